"""Writes the networks that ONNX Runtime runs without TensorFlow: the package's detectors and MTCNN.

`python light/make_networks.py`, in the environment of Python 3.10 or 3.11 with the extra onnx, whenever the weights in
`emotionet_tf/configs/weights` have changed; tests compare both.
"""

from __future__ import annotations

from pathlib import Path

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

    Args:
      name: The network's.
      network: The network.
      side_px: Side of what it looks at; None for any.
      path: The file.
    """
    signature = tf.TensorSpec([None, side_px, side_px, 3], tf.float32, name="images")

    def run(images: tf.Tensor) -> dict[str, tf.Tensor]:
        return dict(zip(getattr(OUTPUTS, name), network(images), strict=True))

    write_function(tf.function(run, input_signature=[signature]), [signature], path, {})


if __name__ == "__main__":
    main()
