"""Writes the networks that ONNX Runtime runs without TensorFlow: the package's detectors and MTCNN.

`python light/make_networks.py`, in the environment of Python 3.10 or 3.11 with the extra onnx, whenever the weights in
`emotionet_tf/configs/weights` have changed; tests compare both.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow import keras

from emotionet_tf.faces.detectors.mtcnn_networks import OUTPUTS, MtcnnNetworks
from emotionet_tf.faces.detectors.mtcnn_tensorflow import keras_networks
from emotionet_tf.inference.exports.export import export
from emotionet_tf.inference.exports.onnx_format import write_function
from emotionet_tf.inference.exports.settings import ExportConfig
from emotionet_tf.inference.scoring.keras_models import KerasScorer
from emotionet_tf.inference.shipped_detectors import detector_folders, detector_names
from emotionet_tf.inference.tables.about import about_path
from emotionet_tf.runtimes import ONNX_DIR


def main() -> None:
    """Writes them into the package."""
    for name in detector_names():
        path = str(ONNX_DIR / f"{name}.onnx")
        check = export(ExportConfig(output=path), KerasScorer(detector_folders(name)))
        Path(about_path(path)).unlink()
        print(f"{name}: differs from Keras by at most {check.largest_difference:.2g}")
    (ONNX_DIR / "mtcnn").mkdir(exist_ok=True)
    for name, (network, side_px) in zip(MtcnnNetworks._fields, keras_networks(), strict=True):
        write_mtcnn(name, network, side_px, ONNX_DIR / "mtcnn" / f"{name}.onnx")


def write_mtcnn(name: str, network: keras.Model, side_px: int | None, path: Path) -> None:
    """Writes one of MTCNN's networks, whose inputs and outputs get names.

    Its PReLUs are written in operations for which ONNX Runtime need not change the layout of features: the last two
    networks so take a seventh less time.

    Args:
      name: The network's.
      network: The network.
      side_px: Side of what it looks at; None for any.
      path: The file.
    """
    for attribute, layer in list(vars(network).items()):
        if isinstance(layer, keras.layers.PReLU):
            setattr(network, attribute, _ScaledRelu(layer.alpha.numpy().ravel()))
    signature = tf.TensorSpec([None, side_px, side_px, 3], tf.float32, name="images")

    def run(images: tf.Tensor) -> dict[str, tf.Tensor]:
        return dict(zip(getattr(OUTPUTS, name), network(images), strict=True))

    write_function(tf.function(run, input_signature=[signature]), [signature], path, {})


class _ScaledRelu(keras.layers.Layer):
    """PReLU as (1 - alpha) relu(x) + alpha x, the factors as convolutions by channel.

    Args:
      alpha: [channels].
    """

    def __init__(self, alpha: np.ndarray) -> None:
        super().__init__()
        self._alpha = alpha

    def call(self, features: tf.Tensor) -> tf.Tensor:
        return _by_channel(tf.nn.relu(features), 1 - self._alpha) + _by_channel(features, self._alpha)


def _by_channel(features: tf.Tensor, factors: np.ndarray) -> tf.Tensor:
    if features.shape.rank == 2:
        return features * factors
    return tf.nn.depthwise_conv2d(features, factors.reshape(1, 1, -1, 1), [1] * 4, "VALID")


if __name__ == "__main__":
    main()
