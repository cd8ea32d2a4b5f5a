"""A pre-trained backbone's folder: `backbone.json` beside `best.keras` and `last.keras`."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tensorflow import keras

from emotionet_tf.action_units import VIEWS
from emotionet_tf.errors import UserError
from emotionet_tf.json_fields import check_field_types
from emotionet_tf.models.backbones.building import nested_backbones
from emotionet_tf.models.backbones.init_weights import copy_weights
from emotionet_tf.models.backbones.names import split_backbones
from emotionet_tf.models.model_folders import (
    BACKBONE_FILE,
    CONFIG_FILE,
    load_model,
    network_path,
    read_model_config,
)
from emotionet_tf.models.network_files import read_network, write_network
from emotionet_tf.models.packed_weights import WEIGHTS_FILE
from emotionet_tf.storage.files import write_json
from emotionet_tf.storage.paths import as_path

AU_TASK = "action_units"
"""The task of a backbone in one of our AU models' folders."""


@dataclass(frozen=True)
class BackboneInfo:
    """What a backbone was trained on.

    Attributes:
      backbone: Its name, one that `build_backbone` knows; of an AU model also several with "+" between them.
      image_size_px: Side of the images it saw. Its weights do not depend on it.
      crop_size_px: Side of the aligned crops that they were cut from.
      view: The crop, "close_up" or "context".
      task: "identity", "expression" or "action_units".
      classes: The classes, in the order of the outputs; empty for action units.
    """

    backbone: str
    image_size_px: int
    crop_size_px: int
    view: str
    task: str
    classes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Returns the description as JSON can hold it."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> BackboneInfo:
        """Returns the description that `to_dict` wrote; raises ValueError for other keys, types or views."""
        names = [field.name for field in dataclasses.fields(cls)]
        if not isinstance(content, Mapping) or set(content) != set(names):
            raise UserError(f"a backbone's description has the keys {names}, got {list(content)!r}")
        check_field_types(cls, content)
        if content["view"] not in VIEWS:
            raise UserError(f"view {content['view']!r} must be one of {', '.join(VIEWS)}")
        return cls(**{**content, "classes": tuple(content["classes"])})


def save_backbone_model(
    network: keras.Model, info: BackboneInfo, folder: str | os.PathLike[str], which: str
) -> None:
    """Writes `<folder>/<which>.keras` and `backbone.json`, each in one piece, without a trace of the time.

    Args:
      network: What was trained; what `build_backbone` returned is a layer of it.
      info: Its backbone's description.
      folder: Made where it is missing.
      which: "best" (by validation) or "last".
    """
    write_json(as_path(folder) / BACKBONE_FILE, info.to_dict())
    write_network(network, as_path(folder) / f"{which}.keras")


def read_backbone_info(folder: str | os.PathLike[str]) -> BackboneInfo:
    """Reads the description of the backbone in a folder that `save_backbone_model` wrote, or in an AU model's folder.

    Raises:
      UserError: If the folder is neither, or its description is damaged.
    """
    path = as_path(folder) / BACKBONE_FILE
    if (as_path(folder) / CONFIG_FILE).is_file() and not path.is_file():
        model = read_model_config(folder)
        sizes = model.image_size_px, model.crop_size_px
        return BackboneInfo(model.backbone, *sizes, model.view, AU_TASK, ())
    try:
        return BackboneInfo.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        if as_path(folder).is_file():
            raise UserError(f"{folder} is a file; give its folder {as_path(folder).parent}") from error
        raise UserError(
            f"{folder} holds neither a pre-trained backbone ({BACKBONE_FILE}) nor a model ({CONFIG_FILE}); pretrain "
            "and train make such folders"
        ) from error
    except (ValueError, TypeError) as error:
        raise UserError(f"{path} is not a backbone's description: {error}") from error


def check_backbone_folders(backbone: str, folders: Sequence[str]) -> list[Path]:
    """Makes sure that folders hold the trained backbones of a network, without reading their weights.

    Args:
      backbone: The network's backbones, with "+" between them.
      folders: Whose backbones they start from, in the same order; an AU model's folder may hold several.
    Returns:
      The networks' files: the best by validation, or the last where there is none. Nothing for no folders.
    Raises:
      UserError: If a folder holds no backbone, or they are not those of the network; the message names both.
    """
    names = [read_backbone_info(folder).backbone for folder in folders]
    if folders and split_backbones("+".join(names)) != split_backbones(backbone):
        held = " and ".join(f"{name} ({folder})" for name, folder in zip(names, folders, strict=True))
        raise UserError(f"the network's backbone is {backbone}, the folders to start from hold {held}")
    return [network_path(folder) for folder in folders]


def load_backbone_folders(model: keras.Model, backbone: str, folders: Sequence[str]) -> None:
    """Replaces the fresh weights of a network's backbones by those of pre-trained ones.

    Args:
      model: What `build_model` returned; all behind its backbones, and its dropouts' counters, stay as they are.
      backbone: Its backbones, with "+" between them.
      folders: As `check_backbone_folders` takes them.
    Raises:
      UserError: If a folder cannot be used, or a network is damaged or another one than its folder says.
    """
    paths = check_backbone_folders(backbone, folders)
    sources = [(path, one) for path in paths for one in nested_backbones(_read(path))]
    targets = nested_backbones(model)
    if len(sources) != len(targets):
        raise UserError(
            f"{', '.join(map(str, paths))} hold {len(sources)} backbones, the network has {len(targets)}"
        )
    for (path, source), target, name in zip(sources, targets, split_backbones(backbone), strict=True):
        copy_weights(source, target, f"{path} does not hold {name}'s weights")


def _read(path: Path) -> keras.Model:
    """Returns the network of a file that `check_backbone_folders` named."""
    return load_model(path.parent).network if path.name == WEIGHTS_FILE else read_network(path)
