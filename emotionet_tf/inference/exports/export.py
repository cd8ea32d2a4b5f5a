"""Writes models in another runtime's format, and checks what was written against Keras on real faces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from emotionet_tf import __version__
from emotionet_tf.action_units import au_name
from emotionet_tf.errors import UserError
from emotionet_tf.inference.exports import onnx_format, saved_model_format, tflite_format
from emotionet_tf.inference.exports.faces import faces_for_check
from emotionet_tf.inference.exports.graph import DetectorGraph
from emotionet_tf.inference.exports.settings import ExportConfig
from emotionet_tf.inference.scoring.keras_models import KerasScorer
from emotionet_tf.inference.tables.about import about_path
from emotionet_tf.storage.files import (
    check_replaceable,
    check_writable,
    folder_written_aside,
    write_json,
    written_aside,
)
from emotionet_tf.storage.paths import as_path, refuse_remote
from emotionet_tf.storage.write_locks import only_writer

MOST_DIFFERENCE = 1e-4
"""A float32 file whose scores on a real face differ by more from Keras's is not written; our choice."""

INPUTS = {
    "crops": "crops of faces as emotionet_tf cuts them, [faces, side, side, 3] uint8 RGB",
    "angles": "pitch, yaw, roll of the head in radians, [faces, 3] float32; 0 where unknown",
    "angles_mask": "1 where an angle is known, else 0, [faces, 3] float32",
}
OUTPUTS = {
    "scores": "how sure the models are that each AU occurs, [faces, AUs] float32 in 0..1",
    "decisions": "1 where an AU is present, its score reaches its threshold, else 0, [faces, AUs] int8",
}


@dataclass(frozen=True)
class Check:
    """How an exported file compares with Keras on real faces.

    Attributes:
      num_faces: How many.
      largest_difference: Of two scores.
      num_decisions: Faces times AUs.
      num_different: Decisions that differ.
    """

    num_faces: int
    largest_difference: float
    num_decisions: int
    num_different: int


def check_export(config: ExportConfig) -> None:
    """Raises UserError unless an export can be written: its packages are there, and its place is free."""
    refuse_remote(output=config.output)
    if config.format == "onnx":
        onnx_format.check_packages()
    if config.format == "saved_model":
        check_replaceable(config.output, "saved_model.pb", "SavedModel folder")
    else:
        check_writable(as_path(config.output), "output")


def export(config: ExportConfig, scorer: KerasScorer) -> Check:
    """Writes the models, and beside them what they take and give.

    Args:
      config: What to write.
      scorer: The models.
    Returns:
      How the file compares with Keras.
    Raises:
      UserError: As `check_export`, if no face is found in the photos, or a float32 file differs too much from Keras.
    """
    check_export(config)
    graph = DetectorGraph.of(scorer)
    places, angles = faces_for_check(config.photos_dir)
    inputs = graph.inputs(places, angles)
    about = describe(graph, config)
    aside = folder_written_aside if config.format == "saved_model" else written_aside
    with only_writer(config.output), aside(config.output) as path:
        outputs = _written(config, graph, path, about, inputs)
        check = _compared(scorer.scores(places, angles), scorer.thresholds, outputs)
        if config.precision == "float32" and not check.largest_difference <= MOST_DIFFERENCE:
            raise UserError(
                f"{config.output} is not written: its scores differ from Keras's by up to "
                f"{check.largest_difference:.2g} on {check.num_faces} faces; please report this, with the versions "
                "that emotionet-tf version prints"
            )
    faces = "those that come with the package" if config.photos_dir is None else "given"
    write_json(about_path(config.output), {**about, "checked": {**vars(check), "faces": faces}})
    return check


def describe(graph: DetectorGraph, config: ExportConfig) -> dict[str, Any]:
    """Returns what an exported file takes and gives and what it comes from, as JSON can hold it."""
    scorer = graph.scorer
    inputs = {name: INPUTS["crops"] for name in graph.crops}
    if graph.uses_angles:
        inputs |= {name: INPUTS[name] for name in ("angles", "angles_mask")}
    return {
        "emotionet_tf": __version__,
        "format": config.format,
        "precision": config.precision,
        "inputs": inputs,
        "crops": {name: kind.to_dict() for name, kind in graph.crops.items()},
        "uses_angles": graph.uses_angles,
        "outputs": OUTPUTS,
        "aus": list(scorer.aus),
        "au_names": [au_name(au) for au in scorer.aus],
        "thresholds": scorer.thresholds.tolist(),
        "about": scorer.about,
    }


def _written(
    config: ExportConfig,
    graph: DetectorGraph,
    path: Path,
    about: Mapping[str, Any],
    inputs: Mapping[str, np.ndarray],
) -> dict[str, np.ndarray]:
    """Writes the file and returns what it gives for some inputs."""
    if config.format == "onnx":
        onnx_format.write(graph, path, about)
        return onnx_format.run(path, inputs)
    if config.format == "tflite":
        tflite_format.write(graph, path, config.precision, inputs)
        return tflite_format.run(path, inputs)
    saved_model_format.write(graph, path)
    return saved_model_format.run(path, inputs)


def _compared(scores: np.ndarray, thresholds: np.ndarray, outputs: Mapping[str, np.ndarray]) -> Check:
    different = outputs["decisions"] != (scores >= thresholds)
    difference = np.abs(outputs["scores"] - scores).max()
    return Check(len(scores), float(difference), different.size, int(different.sum()))
