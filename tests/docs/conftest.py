"""Tiny models in the folders that the documents name."""

from pathlib import Path

import pytest
from small_models import write_model

from emotionet_tf.action_units import EXPRESSION, POSE


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory) -> Path:
    """Returns a folder with the untrained models `expression` and `pose`."""
    root = tmp_path_factory.mktemp("models")
    for group in (EXPRESSION, POSE):
        write_model(root / group.name, group)
    return root
