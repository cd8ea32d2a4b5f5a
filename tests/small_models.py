"""Untrained networks in model folders, for the tests of what uses them."""

from pathlib import Path

from emotionet_tf.action_units import AuGroup
from emotionet_tf.models import ModelConfig, build_model, save_model


def write_model(folder: Path, group: AuGroup) -> None:
    """Writes a small network for a group's AUs, with fresh weights, as `best` of a model folder."""
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
    save_model(build_model(config), config, folder, "best")
