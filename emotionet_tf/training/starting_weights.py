"""What a run's backbones start from in place of random weights."""

from __future__ import annotations

from pathlib import Path

from tensorflow import keras

from emotionet_tf.models.backbones.backbone_folders import (
    check_backbone_folders,
    load_backbone_folders,
    read_backbone_info,
)
from emotionet_tf.models.backbones.init_weights import IMAGENET, check_init_weights, load_backbone_weights
from emotionet_tf.models.batch_norms import set_norm_momentum
from emotionet_tf.storage.files import sha256_of
from emotionet_tf.storage.paths import as_path
from emotionet_tf.training.lifecycle.checkpoints import has_checkpoint
from emotionet_tf.training.run_config import RunConfig


def starting_checksums(config: RunConfig) -> dict[str, str]:
    """Returns, for a run's settings, the checksum of each file that its backbones start from.

    Raises:
      UserError: If the backbones cannot start from these.
    """
    checksums = {}
    if config.init_weights:
        check_init_weights(config.backbone, config.init_weights)
        if config.init_weights != IMAGENET:
            checksums[f"checksum of {config.init_weights}"] = sha256_of(config.init_weights)
    for path in check_backbone_folders(config.backbone, config.init_backbone):
        checksums[f"checksum of {path}"] = sha256_of(path)
    return checksums


def checkpoints_folder(config: RunConfig) -> Path:
    """Returns where a run's checkpoints are."""
    return as_path(config.output_dir) / "checkpoints"


def start_network(network: keras.Model, config: RunConfig) -> None:
    """Gives a network the weights that a run starts from, and says where they come from.

    Args:
      network: The network.
      config: The run's. Where it has a checkpoint, which replaces all weights, none are loaded.
    Raises:
      UserError: If its backbones cannot start from what it names.
    """
    if config.norm_momentum is not None:
        set_norm_momentum(network, config.norm_momentum)
    if has_checkpoint(checkpoints_folder(config)):
        return
    if config.init_weights:
        load_backbone_weights(network, config.backbone, config.init_weights)
        print(f"the backbone starts from {config.init_weights}")
    if config.init_backbone:
        load_backbone_folders(network, config.backbone, config.init_backbone)
        for folder in config.init_backbone:
            info = read_backbone_info(folder)
            size = f"{info.view} view, {info.image_size_px} px"
            print(f"{info.backbone} starts from {folder}, trained for {info.task} ({size})")
