"""Tiny models in the folders that the documents name."""

from pathlib import Path

import pytest

from emotionet_tf.action_units import EXPRESSION, POSE
from emotionet_tf.models import ModelConfig, build_model, save_model


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory) -> Path:
    """Returns a folder with the untrained models `expression` and `pose`."""
    root = tmp_path_factory.mktemp("models")
    for group in (EXPRESSION, POSE):
        config = ModelConfig(
            "ownnet1",
            group.aus,
            group.view,
            ("opt",),
            "opt",
            uses_angles=group.uses_angles,
            image_size_px=32,
            crop_size_px=36,
            angle_units=4,
        )
        save_model(build_model(config), config, root / group.name, "best")
    return root
