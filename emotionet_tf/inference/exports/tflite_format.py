"""TFLite files, as LiteRT runs them on phones and small machines."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from emotionet_tf.console.native_remarks import silent_unless_failing, without_remarks
from emotionet_tf.inference.exports import saved_model_format
from emotionet_tf.inference.exports.graph import DetectorGraph


def write(graph: DetectorGraph, path: Path, precision: str, examples: Mapping[str, np.ndarray]) -> None:
    """Writes a detector's file, with one signature.

    Args:
      graph: The detector.
      path: The file.
      precision: "float32", "float16" (weights), or "int8" (weights, and what passes between layers).
      examples: Inputs that an int8 file is calibrated on.
    """
    with tempfile.TemporaryDirectory() as folder:
        # By way of a SavedModel: a function alone gives a file without a signature, whose inputs have no names.
        saved_model_format.write(graph, Path(folder) / "model")
        converter = tf.lite.TFLiteConverter.from_saved_model(str(Path(folder) / "model"))
        if precision != "float32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if precision == "float16":
            converter.target_spec.supported_types = [tf.float16]
        if precision == "int8":
            converter.representative_dataset = lambda: _one_by_one(examples)
        with silent_unless_failing():
            content = converter.convert()
        path.write_bytes(content)


def run(path: Path, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Returns what a written file gives for some inputs, face by face, as its input's size is one face."""
    with warnings.catch_warnings(), without_remarks():
        # TensorFlow's interpreter is LiteRT's, which goes on under that name alone.
        warnings.filterwarnings("ignore", message="[\\s\\S]*tf.lite.Interpreter is deprecated")
        interpreter = tf.lite.Interpreter(model_content=path.read_bytes())
        runner = interpreter.get_signature_runner(saved_model_format.SIGNATURE)
        rows = [runner(**one) for one in _one_by_one(inputs)]
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}


def _one_by_one(inputs: Mapping[str, np.ndarray]) -> Iterator[dict[str, Any]]:
    for row in range(len(next(iter(inputs.values())))):
        yield {name: value[row : row + 1] for name, value in inputs.items()}
