"""Weights that a network's backbone starts from: ImageNet's, downloaded or from a file, or those of another model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tensorflow import keras

from emotionet_tf.errors import UserError
from emotionet_tf.models.backbones.building import innermost_layers, nested_backbones
from emotionet_tf.models.backbones.names import imagenet_publisher, split_backbones
from emotionet_tf.models.backbones.registry import BACKBONES
from emotionet_tf.models.dropout import SeededDropout
from emotionet_tf.models.file_checks.hdf5 import check_hdf5
from emotionet_tf.models.network_files import read_network
from emotionet_tf.storage.paths import as_path, local_copy

IMAGENET = "imagenet"
"""Stands for the weights that keras.applications and keras-cv download."""

_IMAGENET_STD = (0.229, 0.224, 0.225)


def check_init_weights(backbone: str, source: str) -> None:
    """Makes sure that a backbone can start from pretrained weights, without reading them.

    Args:
      backbone: Its name.
      source: "imagenet", for the backbones that have published weights; or a file: .h5 or .weights.h5 as their
        publisher reads them (without the classifier), or, for any backbone, .keras: a whole model of ours, whose
        backbone is taken, or a backbone alone.
    Raises:
      UserError: If the backbone has no published weights, or the file is missing or of another kind.
    """
    if len(split_backbones(backbone)) > 1:
        raise UserError(
            f"--init_weights is for one backbone, not for {backbone}: give --init_backbone once for each of them"
        )
    if source == IMAGENET:
        if not imagenet_publisher(backbone):
            raise UserError(_without_imagenet(backbone))
        return
    if not as_path(source).is_file():
        raise UserError(
            f"--init_weights {source} is not a file; it takes {IMAGENET!r}, none, or a file of weights"
        )
    if as_path(source).suffix not in (".h5", ".keras"):
        raise UserError(f"--init_weights {source} is not an .h5, .weights.h5 or .keras file")
    if not imagenet_publisher(backbone) and as_path(source).suffix != ".keras":
        raise UserError(f"--init_weights {source}: {backbone}'s weights are read from .keras files only")


def _without_imagenet(backbone: str) -> str:
    published = ", ".join(name for name in BACKBONES if imagenet_publisher(name))
    return (
        f"backbone {backbone!r} cannot start from ImageNet weights: none are published for it, only for {published}; "
        "--init_backbone takes a folder that pretrain or train wrote, --init_weights a .keras file of that backbone"
    )


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
        pretrained = nested_backbones(read_network(as_path(source)))[0]
    else:
        pretrained = _from_weights_file(backbone, source)
    copy_weights(
        pretrained, nested_backbones(model)[0], f"--init_weights {source} does not hold {backbone}'s weights"
    )


def refresh_normalization(model: keras.Model) -> None:
    """Makes the input normalisations use their weights; to be called after a checkpoint was restored.

    Keras's Normalization computes with copies of its weights. Keras's own loading renews them, and neither
    `set_weights` nor `tf.train.Checkpoint` does.
    """
    for layer in innermost_layers(model):
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()


def _published(backbone: str, weights: str | None) -> keras.Model:
    return BACKBONES[backbone].import_module().build_published(weights)


def _downloaded(backbone: str) -> keras.Model:
    try:
        return _published(backbone, IMAGENET)
    except UserError:
        raise
    except Exception as error:  # what Keras raises when a download fails is not of a narrower class
        raise UserError(
            f"the ImageNet weights of {backbone} could not be downloaded ({_first_line(error)}); "
            "run where there is a network, or give the file without the classifier that "
            f"{imagenet_publisher(backbone)} publishes by --init_weights=FILE"
        ) from error


def _from_weights_file(backbone: str, path: str) -> keras.Model:
    network = _published(backbone, None)
    try:
        with local_copy(path) as local:
            check_hdf5(Path(local), path)
            network.load_weights(local)
    except UserError:
        raise
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise UserError(
            f"--init_weights {path} does not hold {backbone}'s weights without its classifier: "
            f"{_first_line(error)}"
        ) from error
    return network


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def copy_weights(source: keras.Model, target: keras.Model, complaint: str) -> None:
    """Gives a backbone the weights of another one of the same architecture; dropouts' counters stay.

    Args:
      source: The backbone whose weights are taken.
      target: Changed in place, its layers' input normalisations too.
      complaint: The error's beginning.
    Raises:
      UserError: If the two have other layers or shapes; then nothing is changed.
    """
    theirs, ours = _weighted_layers(source), _weighted_layers(target)
    if len(theirs) != len(ours):
        raise UserError(f"{complaint}: {len(theirs)} layers with weights instead of {len(ours)}")
    for their, our in zip(theirs, ours, strict=True):
        got, expected = ([tuple(weight.shape) for weight in layer.weights] for layer in (their, our))
        if got != expected:
            raise UserError(f"{complaint}: {our.name} has weights of the shapes {expected}, there {got}")
    for their, our in zip(theirs, ours, strict=True):
        weights = their.get_weights()
        is_normalization = isinstance(our, keras.layers.Normalization)
        our.set_weights(_repaired_normalization(weights) if is_normalization else weights)
    refresh_normalization(target)


def _weighted_layers(model: keras.Model) -> list[keras.layers.Layer]:
    return [layer for layer in model.layers if layer.weights and not isinstance(layer, SeededDropout)]


def _repaired_normalization(weights: list[np.ndarray]) -> list[np.ndarray]:
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
