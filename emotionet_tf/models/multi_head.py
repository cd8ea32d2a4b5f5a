"""One trunk, one head per dataset: the multi-task network of Werner et al. 2020."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import tensorflow as tf
from tensorflow import keras

from emotionet_tf.models.backbones.building import build_backbones
from emotionet_tf.models.backbones.init_weights import refresh_normalization
from emotionet_tf.models.backbones.levels import with_levels
from emotionet_tf.models.config import ModelConfig
from emotionet_tf.models.head_angles import FillMissingAngles
from emotionet_tf.models.intensities import (
    intensities_of,
    intensity_key,
    intensity_layer_name,
    intensity_logits,
)
from emotionet_tf.models.looks.layers import Looks, MeanOfLooks
from emotionet_tf.models.neck import apply_neck
from emotionet_tf.models.packed_weights import weighted_layers

_FILL_ANGLES = "fill_missing_angles"


def build_model(
    config: ModelConfig, mean_angles: Sequence[float] = (0.0, 0.0, 0.0), *, seed: int = 0
) -> keras.Model:
    """Builds a network with fresh weights.

    The image passes the backbone, or each of several, whose features are concatenated; those of its levels follow; of
    several looks at it, the mean; where the network uses angles, they pass a dense layer (ReLU) and are concatenated to
    the features; dropout, or the neck with the dropout in it; one dense layer per head.

    Args:
      config: The network.
      mean_angles: Pitch, yaw, roll in radians that stand for missing angles; unused without angles.
      seed: Of the dropout; the weights' initial values follow Keras's global seed.
    Returns:
      A model from {"image": [batch, size, size, 3] in 0..255} (and "angles", "angles_mask", [batch, 3] each, where
      they are used) to {head: logits [batch, AUs]}, columns as in `config.output_aus`, and
      {intensity key: `intensity_logits`} of the heads that have intensities.
    Source: Werner et al. 2020, sec. 2. The paper's sigmoid is left to the loss and to prediction, for its numerics.
    """
    size = config.image_size_px
    inputs = {"image": keras.Input((size, size, 3), name="image")}
    image = Looks(config.looks, name="looks")(inputs["image"]) if config.looks else inputs["image"]
    backbones = build_backbones(config.backbone, size, seed=seed)
    if config.levels:
        backbones = [with_levels(backbones[0], config.levels)]
    trunks = [backbone(image) for backbone in backbones]
    features = trunks[0] if len(trunks) == 1 else keras.layers.Concatenate(name="backbone_features")(trunks)
    # All that follows the image's features is affine once it is trained, so that the logits' mean is the same.
    if config.looks:
        features = MeanOfLooks(len(config.looks), name="mean_of_looks")(features)
    if config.uses_angles:
        inputs |= {name: keras.Input((3,), name=name) for name in ("angles", "angles_mask")}
        filled = FillMissingAngles(name=_FILL_ANGLES)([inputs["angles"], inputs["angles_mask"]])
        pose = keras.layers.Dense(config.angle_units, activation="relu", name="angle_features")(filled)
        features = keras.layers.Concatenate(name="joint_features")([features, pose])
    features = apply_neck(
        features, neck=config.neck, units=config.neck_units, dropout=config.dropout, seed=seed
    )
    # Logits stay float32 under mixed precision.
    logits = {
        head: keras.layers.Dense(len(config.output_aus), dtype="float32", name=head_layer_name(head))(
            features
        )
        for head in config.heads
    }
    num_aus = len(config.output_aus)
    logits |= {
        intensity_key(head): intensity_logits(features, config.intensities, num_aus, head)
        for head in config.heads
        if head in config.intensities_learnt
    }
    model = keras.Model(inputs, logits, name="action_units")
    if config.uses_angles:
        model.get_layer(_FILL_ANGLES).set_weights([tf.constant(mean_angles, tf.float32).numpy()])
    return model


def prediction_logits(config: ModelConfig, logits: Mapping[str, tf.Tensor]) -> tf.Tensor:
    """Returns the logits that a network predicts with, [batch, `config.aus`]: each AU's of the head that decides it.

    Args:
      config: The network.
      logits: {head: [batch, `config.output_aus`]}, as the network returns them.
    """
    deciding = config.deciding_heads
    if set(deciding) == {config.prediction_head} and config.output_aus == config.aus:
        return logits[config.prediction_head]
    columns = [config.output_aus.index(au) for au in config.aus]
    return tf.stack([logits[head][:, column] for head, column in zip(deciding, columns, strict=True)], axis=1)


def predicted_intensities(config: ModelConfig, outputs: Mapping[str, tf.Tensor]) -> tf.Tensor:
    """Returns the intensities that a network predicts, [batch, `config.intensity_aus`] from 0 to 5; it has some.

    Args:
      config: The network.
      outputs: As the network returns them.
    """
    by_head = {
        head: intensities_of(outputs[intensity_key(head)], config.intensities)
        for head in dict.fromkeys(config.intensity_heads)
    }
    columns = [config.output_aus.index(au) for au in config.intensity_aus]
    return tf.stack(
        [by_head[head][:, column] for head, column in zip(config.intensity_heads, columns, strict=True)],
        axis=1,
    )


def head_layer_name(head: str) -> str:
    """Returns the name of the dense layer that gives a head's logits."""
    return f"head_{head}"


def copy_trunk(source: keras.Model, network: keras.Model) -> None:
    """Gives a network all weights of another one that has the same trunk, but those of its heads.

    Args:
      source: What `build_model` returned; it may have other heads, looks and levels.
      network: What `build_model` returned; changed in place.
    """
    for own, layer in zip(_trunk_layers(network), _trunk_layers(source), strict=True):
        own.set_weights(layer.get_weights())
    refresh_normalization(network)


def _trunk_layers(model: keras.Model) -> list[keras.layers.Layer]:
    """Returns the layers in front of the heads that have weights, in an order that looks do not change."""
    endings = head_layer_name(""), intensity_layer_name("")
    is_nested = any(isinstance(layer, keras.Model) for layer in model.layers)
    # Where there are looks, Keras has layers beside the backbone in another order; these have names of their own.
    beside = {id(layer) for layer in model.layers if is_nested}
    heads = {id(layer) for layer in model.layers if layer.name.startswith(endings)}
    layers = [layer for layer in weighted_layers(model) if id(layer) not in heads]
    return sorted(layers, key=lambda layer: layer.name if id(layer) in beside else "")
