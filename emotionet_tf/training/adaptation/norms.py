"""Adapts a trained network to photos of another kind, without labels, by its batch normalisations alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow import keras

from emotionet_tf.console.progress import CountLine
from emotionet_tf.errors import UserError
from emotionet_tf.models.batch_norms import batch_norms, fuse_norms, has_batch_norms
from emotionet_tf.models.config import ModelConfig
from emotionet_tf.records.dataset_info import load_dataset_info
from emotionet_tf.stream.augmentation_ranges import NO_AUGMENTATION
from emotionet_tf.stream.batches import training_stream
from emotionet_tf.stream.sources import Source
from emotionet_tf.training.adaptation.adapted_folders import (
    load_for_adaptation,
    save_adapted,
)
from emotionet_tf.training.adaptation.config import NormAdaptationConfig
from emotionet_tf.training.targets import Batch, check_crops, model_inputs

ADAPTATION_FILE = "adapt_norms.json"


def adapt_network(network: keras.Model, inputs: Iterable[Batch]) -> None:
    """Replaces the running means and variances of all batch normalisations by their means over batches.

    Each layer's statistics are those of a training step: what the layers before it make of the batch, normalised by the
    batch itself. All other weights stay.

    Args:
      network: Changed in place, with the models inside it.
      inputs: What the network takes, a batch each, in the order of the photos' kinds mixed: statistics of a batch of
        one kind would miss the differences between the kinds.
    Raises:
      UserError: If the network has no batch normalisation, or there is no batch.
    Source: Li et al. 2016, "Revisiting Batch Normalization For Practical Domain Adaptation", sec. 3.2, which
      estimates the statistics of the other kind of photos layer by layer, as is done here.
    """
    if not has_batch_norms(network):
        raise UserError("the network has no batch normalisation, so there is nothing to adapt")
    fuse_norms(network)
    layers = list(batch_norms(network))
    momenta = [layer.momentum for layer in layers]
    sums = [
        [np.zeros(weight.shape) for weight in (layer.moving_mean, layer.moving_variance)] for layer in layers
    ]
    # A call in training also counts the dropouts' steps.
    weights, num_batches = network.get_weights(), 0
    try:
        for layer in layers:
            # What "runs" is then the last batch alone.
            layer.momentum = 0.0
        for batch in inputs:
            network(batch, training=True)
            num_batches += 1
            for layer, (mean, variance) in zip(layers, sums, strict=True):
                mean += np.asarray(layer.moving_mean)
                variance += np.asarray(layer.moving_variance)
    finally:
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
    if not num_batches:
        raise UserError("there is no batch to adapt to")
    network.set_weights(weights)
    for layer, (mean, variance) in zip(layers, sums, strict=True):
        layer.moving_mean.assign(mean / num_batches)
        layer.moving_variance.assign(variance / num_batches)


def adapt_norms(config: NormAdaptationConfig) -> Path:
    """Adapts a model folder's network to the photos of a records folder, and writes it into a folder of its own.

    Args:
      config: What to adapt to what; `adapt_norms.json` beside the network says so.
    Returns:
      The network's file.
    Raises:
      UserError: If a folder is not what it should be, the crops do not fit the network, or the records do not fill a
        batch.
    """
    model = load_for_adaptation(config)
    check_crops(model, config.records_dir)
    info = load_dataset_info(config.records_dir)
    num_batches = config.num_batches or info.num_examples // config.batch_size
    if not num_batches:
        raise UserError(
            f"{config.records_dir} has {info.num_examples} records, too few for --batch_size={config.batch_size}"
        )
    batches = _photos(config, model.config).take(num_batches)
    adapt_network(model.network, _counted(batches, num_batches, model.config))
    return save_adapted(model, config, ADAPTATION_FILE, {"records_checksum": info.checksum})


def _photos(config: NormAdaptationConfig, model_config: ModelConfig) -> tf.data.Dataset:
    """Returns endless batches of the records, in random order and mirrored at random, otherwise as they are."""
    return training_stream(
        [Source("adapted", config.records_dir)],
        view=model_config.view,
        batch_size=config.batch_size,
        image_size_px=model_config.image_size_px,
        seed=config.seed,
        augmentation=dataclasses.replace(NO_AUGMENTATION, flip=0.5),
    )


def _counted(batches: Iterable[Batch], num_batches: int, config: ModelConfig) -> Iterator[Batch]:
    """Yields a network's inputs of batches, and shows how many are done."""
    show = CountLine("batches")
    show(0, num_batches)
    for number, batch in enumerate(batches, start=1):
        yield model_inputs(batch, config)
        show(number, num_batches)
