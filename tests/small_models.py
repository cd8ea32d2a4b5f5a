"""Untrained networks in model folders, for the tests of what uses them."""

from pathlib import Path

from emotionet_tf.action_units import AuGroup
from emotionet_tf.models import ModelConfig, build_model, save_model
from emotionet_tf.models.model_folders import CONFIG_FILE
from emotionet_tf.models.packed_weights import write_packed
from emotionet_tf.storage.files import write_json


def write_model(folder: Path, group: AuGroup) -> None:
    """Writes a small network for a group's AUs, with fresh weights, as `best` of a model folder."""
    config = _config(group)
    save_model(build_model(config), config, folder, "best")


def write_packed_model(folder: Path, group: AuGroup) -> None:
    """Writes such a network as a packed model folder."""
    config = _config(group)
    write_json(folder / CONFIG_FILE, config.to_dict())
    write_packed(build_model(config), folder, {"data": "none"})


def _config(group: AuGroup) -> ModelConfig:
    return ModelConfig(
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
