"""What a run's backbones start from in place of random weights."""

from __future__ import annotations

from collections.abc import Sequence

from tensorflow import keras

from emotionet_tf.files import sha256_of
from emotionet_tf.models.backbone_folders import (
    check_backbone_folders,
    load_backbone_folders,
    read_backbone_info,
)
from emotionet_tf.models.pretrained import IMAGENET, check_init_weights, load_backbone_weights


def starting_checksums(
    backbone: str, init_weights: str | None, init_backbone: Sequence[str]
) -> dict[str, str]:
    """Returns, for a run's settings, the checksum of each file that its backbones start from.

    Args:
      backbone: The network's backbones, with "+" between them.
      init_weights: "imagenet", a file of weights, or None.
      init_backbone: Folders of pre-trained backbones.
    Raises:
      UserError: If the backbones cannot start from these.
    """
    checksums = {}
    if init_weights:
        check_init_weights(backbone, init_weights)
        if init_weights != IMAGENET:
            checksums[f"checksum of {init_weights}"] = sha256_of(init_weights)
    for path in check_backbone_folders(backbone, init_backbone):
        checksums[f"checksum of {path}"] = sha256_of(path)
    return checksums


def load_starting_weights(
    model: keras.Model, backbone: str, init_weights: str | None, init_backbone: Sequence[str]
) -> None:
    """Replaces the backbones' random weights by those that a run is to start from, if any, and says so.

    Args:
      model: The network.
      backbone: As `starting_checksums` takes it; so are the others.
    Raises:
      UserError: If the backbones cannot start from these.
    """
    if init_weights:
        load_backbone_weights(model, backbone, init_weights)
        print(f"the backbone starts from {init_weights}")
    if init_backbone:
        load_backbone_folders(model, backbone, init_backbone)
        for folder in init_backbone:
            info = read_backbone_info(folder)
            size = f"{info.view} view, {info.image_size_px} px"
            print(f"{info.backbone} starts from {folder}, trained for {info.task} ({size})")
