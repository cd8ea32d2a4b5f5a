"""Pretrained weights for a network's backbone: ImageNet's, from a network or a file, or those of another model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from tensorflow import keras

from emotionet_tf.errors import UserError
from emotionet_tf.models.backbones import nested_backbones
from emotionet_tf.models.dropout import SeededDropout
from emotionet_tf.models.network_files import read_network

IMAGENET = "imagenet"
"""Stands for the weights that keras.applications downloads."""

_PUBLISHED: dict[str, Callable[..., keras.Model]] = {
    "mobilenet_v3_large": lambda **kwargs: keras.applications.MobileNetV3Large(**kwargs),
    "efficientnet_b0": lambda **kwargs: keras.applications.EfficientNetB0(**kwargs),
}
_IMAGENET_STD = (0.229, 0.224, 0.225)


def check_init_weights(backbone: str, source: str) -> None:
    """Makes sure that a backbone can start from pretrained weights, without reading them.

    Args:
      backbone: Its name.
      source: "imagenet", or a file: .h5 or .weights.h5 as keras.applications reads them (without the classifier), or
        .keras, a whole model: one of ours, whose backbone is taken, or a backbone alone.
    Raises:
      UserError: If the backbone has no published weights, or the file is missing or of another kind.
    """
    family = next((name for name in _PUBLISHED if backbone == name or backbone.startswith(f"{name}_x")), None)
    if family is None:
        raise UserError(
            f"backbone {backbone!r} has no pretrained weights to start from; --init_weights is for "
            f"{' and '.join(_PUBLISHED)}"
        )
    is_narrower = backbone != family
    if source == IMAGENET:
        if is_narrower:
            raise UserError(
                f"ImageNet weights are published for {family}, not for {backbone}; "
                f"--init_weights takes a .keras file of that backbone"
            )
        return
    if not Path(source).is_file():
        raise UserError(
            f"--init_weights {source} is no file; it takes {IMAGENET!r}, none, or a file of weights"
        )
    if Path(source).suffix not in (".h5", ".keras"):
        raise UserError(f"--init_weights {source} is no .h5, .weights.h5 or .keras file")
    if is_narrower and Path(source).suffix != ".keras":
        raise UserError(f"--init_weights {source}: {backbone}'s weights are read from .keras files only")


def load_backbone_weights(model: keras.Model, backbone: str, source: str) -> None:
    """Replaces the fresh weights of a network's backbone by pretrained ones.

    Args:
      model: What `build_model` returned; its heads and its dropouts' counters stay as they are.
      backbone: The backbone's name.
      source: As `check_init_weights` takes it.
    Raises:
      UserError: If the source cannot be used, cannot be read or downloaded, or holds another network's weights.
    """
    check_init_weights(backbone, source)
    if source == IMAGENET:
        pretrained = _downloaded(backbone)
    elif source.endswith(".keras"):
        pretrained = nested_backbones(read_network(Path(source)))[0]
    else:
        pretrained = _from_weights_file(backbone, source)
    _copy_weights(pretrained, nested_backbones(model)[0], f"{source} does not hold {backbone}'s weights")


def refresh_normalization(model: keras.Model) -> None:
    """Makes the input normalisations use their weights; to be called after a checkpoint was restored.

    Keras's Normalization computes with copies of its weights. Keras's own loading renews them, and neither
    `set_weights` nor `tf.train.Checkpoint` does.
    """
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            refresh_normalization(layer)
        elif isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()


def _published_network(backbone: str, weights: str | None) -> keras.Model:
    # The weights do not depend on the image's size; at any but this one keras.applications warns.
    return _PUBLISHED[backbone](input_shape=(224, 224, 3), include_top=False, weights=weights, pooling="avg")


def _downloaded(backbone: str) -> keras.Model:
    try:
        return _published_network(backbone, IMAGENET)
    except Exception as error:  # what Keras raises when a download fails is no narrower class
        raise UserError(
            f"the ImageNet weights of {backbone} could not be downloaded ({_first_line(error)}); "
            "run where there is a network, or give keras.applications' file without the classifier by "
            "--init_weights=FILE"
        ) from error


def _from_weights_file(backbone: str, path: str) -> keras.Model:
    network = _published_network(backbone, None)
    try:
        network.load_weights(path)
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise UserError(
            f"--init_weights {path} does not hold {backbone}'s weights without its classifier: "
            f"{_first_line(error)}"
        ) from error
    return network


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _copy_weights(source: keras.Model, target: keras.Model, complaint: str) -> None:
    theirs, ours = _weighted_layers(source), _weighted_layers(target)
    if len(theirs) != len(ours):
        raise UserError(
            f"--init_weights {complaint}: {len(theirs)} layers with weights instead of {len(ours)}"
        )
    for their, our in zip(theirs, ours, strict=True):
        got, expected = ([tuple(weight.shape) for weight in layer.weights] for layer in (their, our))
        if got != expected:
            raise UserError(
                f"--init_weights {complaint}: {our.name} has weights of the shapes {expected}, there {got}"
            )
    for their, our in zip(theirs, ours, strict=True):
        weights = their.get_weights()
        is_normalization = isinstance(our, keras.layers.Normalization)
        our.set_weights(_mended_normalization(weights) if is_normalization else weights)
    refresh_normalization(target)


def _weighted_layers(model: keras.Model) -> list[keras.layers.Layer]:
    return [layer for layer in model.layers if layer.weights and not isinstance(layer, SeededDropout)]


def _mended_normalization(weights: list[np.ndarray]) -> list[np.ndarray]:
    """Returns (mean, variance, count), with variances in place of EfficientNet's published standard deviations.

    The published file has the standard deviation where the layer, which divides by the root, expects the variance.
    keras.applications divides by the root once more, in a layer that it adds for weights="imagenet" but not for the
    same weights from a file: there the network is not the one that was trained. Other files are left as they are.
    Source: https://github.com/tensorflow/tensorflow/issues/49930
    """
    mean, variance, count = weights
    if np.allclose(variance, _IMAGENET_STD, rtol=0, atol=1e-3):
        variance = variance * np.asarray(_IMAGENET_STD, variance.dtype)
    return [mean, variance, count]
