"""MTCNN's three networks, run by ONNX Runtime; `mtcnn_tensorflow` has them as the package mtcnn does."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from emotionet_tf.runtimes import ONNX_DIR, TENSORFLOW, chosen_runtime, onnx_session

Network = Callable[[np.ndarray], list[np.ndarray]]
"""From normalized images [n, height, width, 3] float32 to the network's outputs."""


class MtcnnNetworks(NamedTuple):
    """The networks; outputs are in units of the box that the network looks at.

    Attributes:
      propose: Images of any size to shifts of boxes [n, rows, columns, 4] and scores [n, rows, columns, 2].
      refine: Images of 24 px to shifts [n, 4] and scores [n, 2].
      output: Images of 48 px to shifts [n, 4], landmarks [n, 10] and scores [n, 2].
    """

    propose: Network
    refine: Network
    output: Network


OUTPUTS = MtcnnNetworks(("shifts", "scores"), ("shifts", "scores"), ("shifts", "points", "scores"))  # type: ignore[arg-type]
"""The names of each network's outputs, in their order."""


def networks_of(runtime: str | None) -> MtcnnNetworks:
    """Returns the networks; raises UserError where the runtime is not one, or not installed."""
    if chosen_runtime(runtime) == TENSORFLOW:
        from emotionet_tf.faces.detectors.mtcnn_tensorflow import tensorflow_networks

        return MtcnnNetworks(*tensorflow_networks())
    return MtcnnNetworks(*map(_onnx_network, MtcnnNetworks._fields))


def _onnx_network(name: str) -> Network:
    # One thread each: photos are searched side by side.
    session = onnx_session(ONNX_DIR / "mtcnn" / f"{name}.onnx", num_threads=1)
    outputs = list(getattr(OUTPUTS, name))

    def run(images: np.ndarray) -> list[np.ndarray]:
        return session.run(outputs, {"images": images})

    return run
