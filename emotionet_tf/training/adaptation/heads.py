"""Fits the heads of a trained network anew: linear discriminants on its features, adapted to photos of another kind."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from tensorflow import keras

from emotionet_tf.action_units import columns_of, facs_codes
from emotionet_tf.au_sets import learnable_columns
from emotionet_tf.console.progress import CountLine
from emotionet_tf.errors import UserError
from emotionet_tf.models.config import ModelConfig
from emotionet_tf.models.model_folders import LoadedModel
from emotionet_tf.models.multi_head import head_layer_name
from emotionet_tf.records.dataset_info import load_dataset_info
from emotionet_tf.stream.batches import training_stream
from emotionet_tf.stream.sources import Source
from emotionet_tf.training.adaptation.adapted_folders import load_for_adaptation, save_adapted
from emotionet_tf.training.adaptation.config import HeadRefitConfig
from emotionet_tf.training.adaptation.discriminants import FeaturePart, fit_discriminants, spread_of
from emotionet_tf.training.adaptation.widening import level_columns, widened
from emotionet_tf.training.targets import Batch, check_crops, model_inputs

REFIT_FILE = "refit_heads.json"
_FEWEST = 5
"""Photos with an AU, and without it, that a discriminant takes, however often each is looked at; our choice."""


_MOST_FEATURES = 10_000
"""Of a level: a discriminant takes twelve bytes for each pair of them, 1.2 GB; our choice."""


class _Seen(NamedTuple):
    """A dataset's images: features [images, features], labels and mask [images, AUs], as the network's outputs.

    `is_first` [images] bool is False for further looks at a photo.
    """

    features: np.ndarray
    labels: np.ndarray
    mask: np.ndarray
    is_first: np.ndarray


def refit_heads(config: HeadRefitConfig) -> Path:
    """Fits a model folder's heads anew, and writes the network into a folder of its own.

    The layers before the heads stay. Each AU of a head becomes a discriminant (`fit_discriminants`) between the head's
    labelled photos with and without it, as if these varied like the photos of `config.records_dir`. An AU that hardly
    any of a head's photos shows, or hardly any lacks, stays as it is. Where there are levels, the features and each
    level vote on their own, or the levels alone.

    Args:
      config: What to fit to what; `refit_heads.json` beside the network says so, and which AUs were fitted.
    Returns:
      The network's file.
    Raises:
      UserError: If a folder is not what it should be, the crops do not fit the network, it has no such head, or no AU
        of a head can be fitted.
    """
    model = widened(load_for_adaptation(config), config.levels, config.new_heads)
    folders = dict.fromkeys([config.records_dir, *(source.records_dir for source in config.sources)])
    _check(model, config, folders)
    features_of = _trunk(model)
    others = _look(Source("", config.records_dir), config, model.config, features_of)
    parts, fitted = _parts(model, others.features, config), {}
    for source in config.sources:
        # Often these photos are labelled by something: looked at once more, they would be seen just so.
        is_seen = (source.records_dir, source.labels_dir) == (config.records_dir, None)
        seen = others if is_seen else _look(source, config, model.config, features_of)
        fitted[source.head] = _refit(model, source, seen, parts, config)
    adapted = dataclasses.replace(model, config=_with_learnt(model.config, fitted))
    checksums = {folder: load_dataset_info(folder).checksum for folder in folders}
    marks = {"records_checksums": checksums, "fitted_aus": fitted}
    return save_adapted(adapted, config, REFIT_FILE, marks)


def _check(model: LoadedModel, config: HeadRefitConfig, folders: Iterable[str]) -> None:
    """Raises UserError if a network cannot be refitted so, before photos are looked at."""
    if config.level_aus and not model.config.levels:
        raise UserError("--level_aus: the heads see no level; give one, such as --level=relu4:2")
    for level, columns in zip(
        model.config.levels, level_columns(model.network, model.config.levels), strict=True
    ):
        if len(columns) > _MOST_FEATURES:
            raise UserError(
                f"--level: {level} has {len(columns)} features, and at most {_MOST_FEATURES} can be fitted; a larger "
                "window makes fewer"
            )
    for source in config.sources:
        if source.head not in model.config.heads:
            raise UserError(
                f"the model has no head {source.head!r}, only {', '.join(model.config.heads)}; "
                f"--new_head={source.head} adds it"
            )
    for folder in folders:
        check_crops(model, folder)


def _trunk(model: LoadedModel) -> Callable[[Batch], tf.Tensor]:
    """Returns a network up to what its heads see, a function from inputs to features [batch, features]."""
    network = model.network
    features = network.get_layer(head_layer_name(model.config.heads[0])).input
    trunk = keras.Model(network.inputs, features)
    return tf.function(
        lambda inputs: tf.cast(trunk(inputs, training=False), tf.float32), reduce_retracing=True
    )


def _look(
    source: Source, config: HeadRefitConfig, model: ModelConfig, features_of: Callable[[Batch], tf.Tensor]
) -> _Seen:
    """Returns what is seen of a dataset's images, changed at random."""
    aus = learnable_columns(model.output_aus)
    num_batches = math.ceil(config.num_images / config.batch_size)
    stream = training_stream(
        [source],
        view=model.view,
        batch_size=config.batch_size,
        image_size_px=model.image_size_px,
        seed=config.seed,
        augmentation=config.augmentation,
        aus=aus,
    )
    print(f"looking at {source.labels_dir or source.records_dir}", flush=True)
    show, parts = CountLine("batches"), []
    show(0, num_batches)
    for number, batch in enumerate(stream.take(num_batches), start=1):
        features = features_of(model_inputs(batch, model)).numpy()
        parts.append((features, *(batch[name].numpy() for name in ("labels", "mask", "example_id"))))
        show(number, num_batches)
    features, labels, mask, ids = map(np.concatenate, zip(*parts, strict=True))
    columns = columns_of(model.output_aus, aus)
    is_first = np.isin(np.arange(len(ids)), np.unique(ids, return_index=True)[1])
    return _Seen(features, labels[:, columns].astype(np.float64), mask[:, columns], is_first)


def _parts(model: LoadedModel, features: np.ndarray, config: HeadRefitConfig) -> list[FeaturePart]:
    """Returns which features vote together: first the backbone's own with what is beside it, then each level's."""
    levels = level_columns(model.network, model.config.levels)
    own = np.setdiff1d(np.arange(features.shape[1]), np.concatenate([np.array([], int), *levels]))
    shrinkages = [config.shrinkage, *([config.level_shrinkage] * len(levels))]
    return [
        FeaturePart(columns, spread_of(features[:, columns]), shrinkage)
        for columns, shrinkage in zip([own, *levels], shrinkages, strict=True)
    ]


def _refit(
    model: LoadedModel, source: Source, seen: _Seen, parts: Sequence[FeaturePart], config: HeadRefitConfig
) -> list[int]:
    """Replaces a head's weights; returns the AUs that were fitted, and says which were not."""
    layer = model.network.get_layer(head_layer_name(source.head))
    kernel, bias = (weight.copy() for weight in layer.get_weights())
    of_photos = seen.labels * seen.is_first[:, None], (1 - seen.labels) * seen.is_first[:, None]
    counts = np.minimum(*((seen.mask * photos).sum(0) for photos in of_photos))
    columns = np.flatnonzero(counts >= _FEWEST)
    if not len(columns):
        raise UserError(
            f"no AU of {source.labels_dir or source.records_dir} can be fitted: each takes {_FEWEST} photos that show "
            f"it and {_FEWEST} that do not"
        )
    is_small = np.isin(np.array(model.config.output_aus)[columns], config.level_aus)
    for chosen, voting in ((columns[~is_small], parts), (columns[is_small], parts[1:])):
        if not len(chosen):
            continue
        found = fit_discriminants(
            seen.features, seen.labels[:, chosen], seen.mask[:, chosen], voting, config.label_smoothing
        )
        for column, discriminant in zip(chosen, found, strict=True):
            kernel[:, column], bias[column] = discriminant.weights, discriminant.bias
    layer.set_weights([kernel, bias])
    fitted = [model.config.output_aus[column] for column in columns]
    kept = [au for au in model.config.output_aus if au not in fitted]
    rest = f"; as they were, for want of labels: {facs_codes(kept)}" if kept else ""
    print(f"head {source.head} fitted: {facs_codes(fitted)}{rest}", flush=True)
    return fitted


def _with_learnt(config: ModelConfig, fitted: Mapping[str, Sequence[int]]) -> ModelConfig:
    """Returns the configuration of a network whose heads know what was fitted beside what they had learnt."""
    learnt = {
        head: tuple(au for au in config.output_aus if au in own or au in fitted.get(head, ()))
        for head, own in config.learnt.items()
    }
    newly = {au for own in fitted.values() for au in own}
    aus = tuple(au for au in config.output_aus if au in config.aus or au in newly)
    outputs = () if aus == config.output_aus else config.output_aus
    return dataclasses.replace(config, aus=aus, outputs=outputs, learnt=learnt)
