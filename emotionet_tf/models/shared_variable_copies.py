"""Copies of a network that live on its variables: they compute in another precision, or with other weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf
from tensorflow import keras

from emotionet_tf.keras_versions import layer_name_of, tensorflow_variable


def copy_network(
    network: keras.Model,
    *,
    variable_of: Callable[[tf.Variable], tf.Variable] = lambda variable: variable,
    policy: str | None = None,
) -> keras.Model:
    """Returns a copy of a network without variables of its own.

    What changes a variable changes all that live on it: a batch normalisation of a copy that trains moves the network's
    running statistics, and a network that is copied for its precision can be saved as if it had been trained itself.

    Args:
      network: A functional model, which may hold others; built outside of a `policy`.
      variable_of: Returns the variable that stands in the copy for one of the network's; of its shape and type.
      policy: Name of the Keras policy that the copy computes in, such as "mixed_bfloat16", but for the layers that give
        its outputs; None leaves each layer's own.
    """
    outputs = {layer_name_of(tensor) for tensor in tf.nest.flatten(network.outputs)}
    return _copied(network, variable_of, policy, as_they_are=outputs)


def _copied(
    network: keras.Model,
    variable_of: Callable[[tf.Variable], tf.Variable],
    policy: str | None,
    as_they_are: set[str],
) -> keras.Model:
    def copied_layer(layer: keras.layers.Layer) -> keras.layers.Layer:
        if isinstance(layer, keras.Model):
            return _copied(layer, variable_of, policy, as_they_are=set())
        config = layer.get_config()
        # Keras 3 has sums and products of a network as operations, which compute in what they are given.
        is_layer = isinstance(layer, keras.layers.Layer)
        if policy is not None and is_layer and layer.name not in as_they_are:
            config["dtype"] = policy
        copy = type(layer).from_config(config)
        if is_layer and layer.weights:
            with tf.variable_creator_scope(_giving(layer, variable_of)):
                copy.build_from_config(layer.get_build_config())
        return copy

    copy = keras.models.clone_model(network, clone_function=copied_layer)
    if not network.trainable:
        copy.trainable = False
    return copy


def _giving(
    layer: keras.layers.Layer, variable_of: Callable[[tf.Variable], tf.Variable]
) -> Callable[..., tf.Variable]:
    """Returns a creator of variables that gives a layer's copy the variable of the same name."""
    by_name = {variable.name.split("/")[-1].split(":")[0]: variable for variable in layer.weights}
    assert len(by_name) == len(layer.weights), layer.name

    def create(next_creator: Callable[..., tf.Variable], **arguments: Any) -> tf.Variable:
        return tensorflow_variable(variable_of(by_name[arguments["name"]]))

    return create
