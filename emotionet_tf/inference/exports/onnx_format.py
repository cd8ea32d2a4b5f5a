"""ONNX files, written by tf2onnx."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from emotionet_tf.cpu_cores import num_cores
from emotionet_tf.errors import UserError
from emotionet_tf.inference.exports.graph import OUTPUTS, DetectorGraph
from emotionet_tf.inference.scoring.onnx_file import METADATA_KEY
from emotionet_tf.runtimes import check_onnx_runtime, onnx_session

OPSET = 15
"""Of the operations that are used, known since ONNX 1.10 and ONNX Runtime 1.10."""


def check_packages() -> None:
    """Raises UserError, which says how to get them, unless the packages that write and run ONNX are there."""
    check_onnx_runtime()
    try:
        import onnx  # noqa: F401
        import tf2onnx  # noqa: F401
    except ImportError as error:
        raise UserError(
            f"an ONNX file needs tf2onnx and onnx: pip install 'emotionet_tf[onnx]' ({error})"
        ) from error


def write(graph: DetectorGraph, path: Path, about: Mapping[str, Any]) -> None:
    """Writes a detector's file, which says itself what it takes and gives.

    Args:
      graph: The detector.
      path: The file.
      about: What goes into its metadata, as JSON can hold it.
    """
    write_function(graph.function(), list(graph.signature().values()), path, {METADATA_KEY: about})


def write_function(
    function: Any, signature: Sequence[tf.TensorSpec], path: Path, metadata: Mapping[str, Mapping[str, Any]]
) -> None:
    """Writes a `tf.function`; its inputs and outputs keep their names.

    Kernels that float16 holds exactly, as those of packed models are, take half the room: a runtime widens them once,
    when it loads the file.
    """
    import onnx
    import tf2onnx

    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    with _kernels_as_they_are():
        model, _ = tf2onnx.convert.from_function(function, input_signature=list(signature), opset=OPSET)
    _halve_exact_weights(model)
    for name, content in metadata.items():
        model.metadata_props.add(key=name, value=json.dumps(content))
    onnx.save(model, str(path))


def run(path: Path, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Returns what a written file gives for some inputs."""
    session = onnx_session(path, num_cores())
    return dict(zip(OUTPUTS, session.run(list(OUTPUTS), dict(inputs)), strict=True))


@contextlib.contextmanager
def _kernels_as_they_are() -> Iterator[None]:
    """Has tf2onnx leave the batch normalisations, which it would multiply into the kernels; runtimes do so themselves.

    It has no switch for that. Where its insides are others, the file is right all the same, and larger.
    """
    from tf2onnx.optimizer import back_to_back_optimizer

    merged = getattr(back_to_back_optimizer, "_func_map", {})
    key = ("Conv", "BatchNormalization")
    merge = merged.pop(key, None)
    try:
        yield
    finally:
        if merge:
            merged[key] = merge


def _halve_exact_weights(model: Any) -> None:
    """Stores as float16 the kernels whose every value it holds exactly, with a cast in front of what uses them."""
    from onnx import TensorProto, helper, numpy_helper

    casts = []
    for weights in model.graph.initializer:
        if weights.data_type != TensorProto.FLOAT or len(weights.dims) < 2:
            continue
        values = numpy_helper.to_array(weights)
        with np.errstate(over="ignore"):
            halved = values.astype(np.float16)
        if not np.array_equal(halved.astype(np.float32), values):
            continue
        name = weights.name
        weights.CopyFrom(numpy_helper.from_array(halved, f"{name}_float16"))
        casts.append(helper.make_node("Cast", [f"{name}_float16"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
