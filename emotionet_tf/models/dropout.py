"""Dropout whose masks are a function of a seed and a saved counter, so that a resumed run drops what it would have."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import tensorflow as tf
from tensorflow import keras

from emotionet_tf.keras_versions import one_count_per_replica


@keras.utils.register_keras_serializable(package="emotionet_tf")
class SeededDropout(keras.layers.Layer):
    """Sets a share of its input to 0 and scales the rest by 1 / (1 - rate); the identity outside training.

    Keras 2.15 keeps the random state of its own dropout out of checkpoints, so a run that is killed and resumed could
    not equal one that is not. Here the mask comes from (seed, number of training steps), and the number is a weight.
    Each of several replicas draws the whole batch's mask and takes its own rows, as one device would have drawn them.

    Args:
      rate: Share of the inputs that is dropped, in [0, 1).
      seed: The layer's own; two layers with one seed drop the same places.
      noise_shape: Shape of the mask, None for an axis's own length; by default the input's shape.
    """

    def __init__(
        self, rate: float, seed: int, noise_shape: tuple[int | None, ...] | None = None, **kwargs: Any
    ):
        super().__init__(**kwargs)
        self.rate = rate
        self.seed = seed
        self.noise_shape = noise_shape

    def build(self, input_shape: Any) -> None:
        """Creates the counter."""
        self.num_steps = self.add_weight(
            name="num_steps",
            shape=(),
            dtype="int32",
            initializer="zeros",
            trainable=False,
            **one_count_per_replica(),
        )
        super().build(input_shape)

    @tf.autograph.experimental.do_not_convert  # Keras 2 has AutoGraph rewrite it, which takes longer than it.
    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Returns the inputs, thinned in training."""
        if not training or self.rate == 0:
            return inputs
        shape = tf.shape(inputs)
        if self.noise_shape is not None:
            shape = tf.stack([shape[i] if n is None else n for i, n in enumerate(self.noise_shape)])
        uniform = _uniform_of_replica(shape, tf.stack([self.seed, tf.identity(self.num_steps)]))
        self.num_steps.assign_add(1)
        keep = tf.cast(uniform >= self.rate, inputs.dtype)
        return inputs * keep / (1 - self.rate)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments, for saving."""
        return {**super().get_config(), "rate": self.rate, "seed": self.seed, "noise_shape": self.noise_shape}


def _uniform_of_replica(shape: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Returns uniform numbers, of which each replica has the rows at its place in the whole batch."""
    replica = tf.distribute.get_replica_context()
    num_replicas = replica.num_replicas_in_sync if replica else 1
    if num_replicas == 1:
        return tf.random.stateless_uniform(shape, seed)
    num_rows = shape[0]
    whole = tf.random.stateless_uniform(tf.concat([[num_rows * num_replicas], shape[1:]], axis=0), seed)
    first = tf.cast(replica.replica_id_in_sync_group, num_rows.dtype) * num_rows
    return tf.reshape(whole[first : first + num_rows], shape)


def dropout_seed(seed: int, name: str) -> int:
    """Returns a seed of its own for each layer of a run, non-negative and below 2^31."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:4], "big") >> 1


def with_seeded_dropout(
    model: keras.Model,
    seed: int,
    change_config: Callable[[dict[str, Any]], dict[str, Any]] = lambda config: config,
    is_skipped: Callable[[str], bool] = lambda name: False,
) -> keras.Model:
    """Returns a copy of a model with fresh weights whose every Keras dropout is a `SeededDropout`.

    Args:
      model: A functional model with one input and one output.
      seed: Of the dropouts; each has one of its own by its name.
      change_config: Takes a layer's configuration and returns the copy's.
      is_skipped: Whether the copy leaves out the layer of a name: it passes on its first input instead. So a residual
        block goes if all its layers do.
    """
    image = keras.Input(model.input_shape[1:], name=model.layers[0].name)
    tensors = {id(model.input): image}
    for layer in model.layers[1:]:
        inputs = layer.input if isinstance(layer.input, list) else [layer.input]
        copies = [tensors[id(tensor)] for tensor in inputs]
        if not is_skipped(layer.name):
            copy = _with_own_dropout(layer, change_config(layer.get_config()), seed)
            copies = [copy(copies if isinstance(layer.input, list) else copies[0])]
        tensors[id(layer.output)] = copies[0]
    return keras.Model(image, tensors[id(model.output)], name=model.name)


def _with_own_dropout(layer: keras.layers.Layer, config: dict[str, Any], seed: int) -> keras.layers.Layer:
    if not isinstance(layer, keras.layers.Dropout):
        return type(layer).from_config(config)
    name = config["name"]
    return SeededDropout(config["rate"], dropout_seed(seed, name), config["noise_shape"], name=name)
