"""A model folder: `model.json` beside `best.keras` and `last.keras`, or beside packed weights."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow import keras

from emotionet_tf.errors import UserError
from emotionet_tf.models.config import CONFIG_FILE, ModelConfig
from emotionet_tf.models.input_checks import checked_angles, checked_images
from emotionet_tf.models.multi_head import build_model, predicted_intensities, prediction_logits
from emotionet_tf.models.network_files import read_network, write_network
from emotionet_tf.models.packed_weights import (
    WAY_OUT,
    WEIGHTS_FILE,
    is_packed,
    packed_weights_path,
    read_packed,
)
from emotionet_tf.storage.files import write_json
from emotionet_tf.storage.paths import as_path

BACKBONE_FILE = "backbone.json"
"""What a pre-trained backbone's folder has in its place."""
RUN_FILE = "run.json"
"""What a training run writes first: its configuration."""
SUMMARY_FILE = "train.json"
"""What a training run writes last; a folder with the former but not this one holds an unfinished run."""
_WHICH = ("best", "last")


def save_model(
    model: keras.Model, config: ModelConfig, model_dir: str | os.PathLike[str], which: str
) -> None:
    """Writes `<model_dir>/<which>.keras` and `model.json`, each in one piece, without a trace of the time.

    Args:
      model: What `build_model(config)` returned, trained.
      config: Its configuration.
      model_dir: The folder; made where it is missing.
      which: "best" (by validation score) or "last".
    """
    folder = as_path(model_dir)
    write_json(folder / CONFIG_FILE, config.to_dict())
    write_network(model, folder / f"{which}.keras")


@dataclass(frozen=True)
class LoadedModel:
    """A trained network that predicts.

    Attributes:
      config: What it predicts and how it is fed.
      network: The Keras model, images to {head: logits}.
      folder: Where it was loaded from.
    """

    config: ModelConfig
    network: keras.Model
    folder: Path

    def __post_init__(self) -> None:
        size = self.config.image_size_px
        spec = {"image": tf.TensorSpec((None, size, size, 3))}
        if self.config.uses_angles:
            spec |= {name: tf.TensorSpec((None, 3)) for name in ("angles", "angles_mask")}
        # Traced once, for batches of any size.
        traced = tf.function(self._outputs).get_concrete_function(spec)
        object.__setattr__(self, "_traced", traced)

    def _outputs(self, inputs: dict[str, tf.Tensor]) -> list[tf.Tensor]:
        outputs = self.network(inputs, training=False)
        logits = prediction_logits(self.config, outputs)
        return (
            [logits, predicted_intensities(self.config, outputs)] if self.config.intensity_aus else [logits]
        )

    def predict_logits(self, images: Any, angles: Any = None, angles_mask: Any = None) -> np.ndarray:
        """Returns the deciding heads' logits, [batch, AUs] float32; the arguments are those of `predict_scores`."""
        return self._run(images, angles, angles_mask)[0].numpy()

    def _run(self, images: Any, angles: Any, angles_mask: Any) -> list[tf.Tensor]:
        images = checked_images(images, self.config.image_size_px)
        inputs = {"image": images}
        if self.config.uses_angles:
            inputs["angles"], inputs["angles_mask"] = checked_angles(angles, angles_mask, len(images))
        return self._traced({name: tf.constant(value) for name, value in inputs.items()})  # type: ignore[attr-defined]

    def predict_scores(self, images: Any, angles: Any = None, angles_mask: Any = None) -> np.ndarray:
        """Returns the probability that each AU is present.

        Args:
          images: [batch, image_size_px, image_size_px, 3], RGB in 0..255, cut from the middle of the model's view.
          angles: [batch, 3] pitch, yaw, roll in radians; None, or NaN, where they are unknown. Ignored by networks
            without.
          angles_mask: [batch, 3], 1 = known; None is known wherever angles are.
        Returns:
          [batch, AUs] float32 in [0, 1], columns as in `config.aus`.
        Raises:
          ValueError: If the images are of another size or range, or the angles are no radians.
        """
        return _sigmoid(self.predict_logits(images, angles, angles_mask))

    def predict_scores_and_intensities(
        self, images: Any, angles: Any = None, angles_mask: Any = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Returns what `predict_scores` does, and intensities from 0 to 5, [batch, `config.intensity_aus`] float32."""
        logits, *intensities = self._run(images, angles, angles_mask)
        none = np.zeros((logits.shape[0], 0), np.float32)
        return _sigmoid(logits.numpy()), intensities[0].numpy() if intensities else none


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logits.astype(np.float64))).astype(np.float32)


def load_model(model_dir: str | os.PathLike[str], which: str | None = None) -> LoadedModel:
    """Loads a model folder, written by Keras 2 or 3.

    Where the other one wrote it, or the weights are packed, the network is built from `model.json` and only its weights
    are read.

    Args:
      model_dir: A folder that `train`, `save_model` or `pack_model` wrote.
      which: "best" or "last"; by default the best, or the last where no validation chose a best one. A packed model
        is neither.
    Raises:
      UserError: If the folder is not a model's, or holds no such model.
    """
    config = read_model_config(model_dir)
    path = network_path(model_dir, which)
    read = read_packed if path.name == WEIGHTS_FILE else read_network
    return LoadedModel(config, read(path, lambda: build_model(config)), as_path(model_dir))


def network_path(model_dir: str | os.PathLike[str], which: str | None = None) -> Path:
    """Returns a model folder's network file, chosen as `load_model` does; raises UserError where there is none."""
    if is_packed(as_path(model_dir)):
        return packed_weights_path(as_path(model_dir), which)
    names = [f"{name}.keras" for name in ([which] if which else _WHICH)]
    paths = [as_path(model_dir) / name for name in names if (as_path(model_dir) / name).is_file()]
    if not paths:
        there = [f"{name}.keras" for name in _WHICH if (as_path(model_dir) / f"{name}.keras").is_file()]
        hint = f"it has {there[0]}" if there else "run its train command again to resume"
        raise UserError(f"{model_dir} holds no {' and no '.join(names)}; {hint}")
    return paths[0]


def read_model_config(model_dir: str | os.PathLike[str]) -> ModelConfig:
    """Reads a model folder's configuration; raises UserError where the folder is not a model's."""
    path = as_path(model_dir) / CONFIG_FILE
    try:
        return ModelConfig.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise UserError(f"{model_dir} is not a model folder: {_what_instead(as_path(model_dir))}") from error
    except (ValueError, TypeError) as error:
        raise UserError(f"{path} is not a model's configuration: {error}") from error


def _what_instead(folder: Path) -> str:
    """Returns what a folder without a model's configuration is, and how to come to one."""
    if folder.suffix and (folder.parent / CONFIG_FILE).is_file() and not folder.is_dir():
        what = "it is a file" if folder.is_file() else "there is no such file"
        return f"{what}; give its folder {folder.parent}"
    if folder.is_file():
        return "it is a file; an exported .onnx file is for predict and ActionUnitDetector alone"
    if not folder.is_dir():
        return "there is no such folder; emotionet_tf.bin.train makes one"
    if is_packed(folder):
        return f"its {CONFIG_FILE} cannot be read; {WAY_OUT}"
    if (folder / BACKBONE_FILE).is_file():
        return f"it holds a pre-trained backbone, which knows no AUs; train --init_backbone={folder} teaches it some"
    if (folder / RUN_FILE).is_file():
        return "its training has not saved a model yet; run the same train command again to resume"
    inside = sorted(str(path.parent) for path in folder.glob(f"*/{CONFIG_FILE}"))
    hint = f"did you mean {' or '.join(inside[:4])}?" if inside else "emotionet_tf.bin.train makes one"
    return f"it has no readable {CONFIG_FILE}; {hint}"


def is_unfinished(model_dir: str | os.PathLike[str]) -> bool:
    """Returns whether a folder holds a training run that has not come to its end."""
    folder = as_path(model_dir)
    return (folder / RUN_FILE).is_file() and not (folder / SUMMARY_FILE).is_file()
