"""The package mtcnn's networks and weights, run by TensorFlow."""

from __future__ import annotations

import importlib.resources
import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import tensorflow as tf
from mtcnn.stages import StageONet, StagePNet, StageRNet
from tensorflow import keras

from emotionet_tf.faces.detectors.mtcnn_settings import OUTPUT_PX, REFINE_PX


def tensorflow_networks() -> tuple[Callable[[np.ndarray], list[np.ndarray]], ...]:
    """Returns the three networks as `mtcnn_networks.MtcnnNetworks` has them."""
    return tuple(_runnable(network, side_px) for network, side_px in keras_networks())


def keras_networks() -> tuple[tuple[keras.Model, int | None], ...]:
    """Returns the three networks, each with the side of what it looks at; None for any."""
    return (
        (_network_of(StagePNet, "pnet.lz4"), None),
        (_network_of(StageRNet, "rnet.lz4"), REFINE_PX),
        (_network_of(StageONet, "onet.lz4"), OUTPUT_PX),
    )


def _network_of(stage: Callable[..., Any], file_name: str) -> keras.Model:
    """Returns one of the package's networks with the package's weights.

    They are named by their whole path: a bare name would be looked for in the working directory first, and whatever
    file is there would be unpickled.
    """
    asset = importlib.resources.files("mtcnn.assets.weights") / file_name
    with importlib.resources.as_file(asset) as path, _without_late_flushes():
        return stage(weights=str(path)).model


@contextmanager
def _without_late_flushes() -> Iterator[None]:
    """Drops what Python 3.13 says on stderr when lz4's readers are flushed after joblib has closed what they read."""
    said = sys.unraisablehook

    def say(raised: Any) -> None:
        is_late_flush = isinstance(raised.object, io.BufferedReader) and raised.exc_type is ValueError
        if not is_late_flush:
            said(raised)

    sys.unraisablehook = say
    try:
        yield
    finally:
        sys.unraisablehook = said


def _runnable(network: keras.Model, side_px: int | None) -> Callable[[np.ndarray], list[np.ndarray]]:
    signature = [tf.TensorSpec([None, side_px, side_px, 3], tf.float32)]
    # Traced here, once: threads that call it first at the same time would each trace it again.
    function = tf.function(lambda images: network(images), input_signature=signature).get_concrete_function()

    def run(images: np.ndarray) -> list[np.ndarray]:
        # These networks are far too small to be worth a trip to another device.
        with tf.device("CPU:0"):
            return [output.numpy() for output in function(tf.constant(images))]

    return run
