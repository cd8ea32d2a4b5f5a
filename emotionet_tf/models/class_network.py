"""The network of pre-training: a backbone, an embedding, and one output for each class."""

from __future__ import annotations

from tensorflow import keras

from emotionet_tf.models.backbones.building import build_backbone
from emotionet_tf.models.cosine_logits import CosineLogits
from emotionet_tf.models.neck import apply_neck

_EMBEDDING = "embedding"


def build_class_network(
    backbone: str,
    image_size_px: int,
    num_classes: int,
    *,
    has_cosine_logits: bool,
    neck: str,
    neck_units: int,
    dropout: float,
    seed: int = 0,
) -> keras.Model:
    """Builds a network with fresh weights that tells classes apart.

    Args:
      backbone: One name that `build_backbone` knows.
      image_size_px: Side of the square input.
      num_classes: Number of outputs.
      has_cosine_logits: Whether the outputs are cosines (`CosineLogits`) or a dense layer's logits.
      neck: One of `config.NECKS`; what it returns is the embedding.
      neck_units: Width of the neck's dense layer.
      dropout: Rate of the dropout in front of the output layer, or of the neck's dense layer.
      seed: Of the dropouts; the weights' initial values follow Keras's global seed.
    Returns:
      A model from {"image": [batch, size, size, 3] in 0..255} to [batch, classes]; the backbone is a model inside it,
      as in `multi_head.build_model`.
    """
    image = keras.Input((image_size_px, image_size_px, 3), name="image")
    features = build_backbone(backbone, image_size_px, seed=seed)(image)
    thinned = apply_neck(features, neck=neck, units=neck_units, dropout=dropout, seed=seed)
    embedding = keras.layers.Activation("linear", name=_EMBEDDING)(thinned)
    # Outputs stay float32 under mixed precision.
    if has_cosine_logits:
        outputs = CosineLogits(num_classes, dtype="float32", name="classes")(embedding)
    else:
        outputs = keras.layers.Dense(num_classes, dtype="float32", name="classes")(embedding)
    return keras.Model({"image": image}, outputs, name="classes_of_photos")


def with_embedding(network: keras.Model) -> keras.Model:
    """Returns a model with the weights of a class network and the outputs (class outputs, embedding)."""
    return keras.Model(network.input, [network.output, network.get_layer(_EMBEDDING).output])
