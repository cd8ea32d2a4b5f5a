"""Untrained networks in model folders, for the tests of what uses them."""

from collections.abc import Sequence
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


def write_small_model(
    folder: Path,
    aus: Sequence[int],
    *,
    view: str = "close_up",
    uses_angles: bool = False,
    seed: int = 0,
    framing: str = "registered",
) -> str:
    """Writes a small network for some AUs as `best` of a model folder, and returns the folder."""
    import tensorflow as tf

    tf.keras.utils.set_random_seed(seed)
    config = ModelConfig(
        "ownnet1",
        tuple(aus),
        view,
        ("opt",),
        "opt",
        uses_angles=uses_angles,
        image_size_px=32,
        crop_size_px=35,
        angle_units=4,
        framing=framing,
    )
    save_model(build_model(config), config, folder, "best")
    return str(folder)


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
