"""SavedModel folders, as TensorFlow's servers and converters read them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from emotionet_tf.inference.exports.graph import OUTPUTS, DetectorGraph

SIGNATURE = "serving_default"


def write(graph: DetectorGraph, path: Path) -> None:
    """Writes a detector's folder, with one signature.

    The weights are constants of its function: as variables, layers of Keras 3 leave them out of what is saved of a
    plain function, and other runtimes would have to initialise them.

    Args:
      graph: The detector.
      path: The folder.
    """
    signature = graph.signature()
    frozen = convert_variables_to_constants_v2(graph.function().get_concrete_function())

    def serve(**inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        # Without variables a function gives what it returns as a list, a dict's values in the order of its keys.
        outputs = frozen(*(inputs[name] for name in signature))
        return dict(zip(sorted(OUTPUTS), outputs, strict=True))

    module = tf.Module()
    served = tf.function(serve).get_concrete_function(**signature)
    tf.saved_model.save(module, str(path), signatures={SIGNATURE: served})


def run(path: Path, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Returns what a written folder gives for some inputs."""
    loaded = tf.saved_model.load(str(path))
    outputs = loaded.signatures[SIGNATURE](**{name: tf.constant(value) for name, value in inputs.items()})
    return {name: value.numpy() for name, value in outputs.items()}
