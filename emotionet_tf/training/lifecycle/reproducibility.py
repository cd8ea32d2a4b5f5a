"""What makes two runs of one configuration equal."""

from __future__ import annotations

import tensorflow as tf
from tensorflow import keras

# Not among what TensorFlow exports, though its opposite is.
from tensorflow.python.framework.config import disable_op_determinism


def make_reproducible(seed: int, *, is_compiled: bool = False) -> None:
    """Seeds Python, NumPy and TensorFlow, and chooses operations that give the same bits each time.

    XLA refuses to compile the gradient of a max pooling, which OwnNet and the ResNets have, where such operations are
    asked for. On a CPU its own are such without; on a GPU, runs that it compiles are equal but for rounding.

    Args:
      seed: The run's.
      is_compiled: Whether XLA compiles the training step.
    """
    keras.utils.set_random_seed(seed)
    if is_compiled:
        disable_op_determinism()
    else:
        tf.config.experimental.enable_op_determinism()
