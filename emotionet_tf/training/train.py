"""A training run: `train`, and what it trains, step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow import keras
from typing_extensions import override

from emotionet_tf.models import build_model, save_model
from emotionet_tf.models.backbones.building import nested_backbones
from emotionet_tf.models.intensities import intensity_key
from emotionet_tf.records.checking.broken_records import READING_ERRORS
from emotionet_tf.records.dataset_info import (
    DatasetInfo,
    LabelInfo,
    load_dataset_info,
    load_label_info,
    load_labelled_info,
)
from emotionet_tf.storage.paths import as_path
from emotionet_tf.stream.balanced_sampling import BalancedSampling
from emotionet_tf.stream.balanced_sampling_cache import keep_sampling, kept_or_balanced
from emotionet_tf.stream.batch_sheet import draw_batch
from emotionet_tf.stream.batches import WHOLE_BATCH, ReplicaSlice
from emotionet_tf.stream.sources import common_framing
from emotionet_tf.training.au_batches import AuBatches
from emotionet_tf.training.au_validation import ValidateAus, open_au_validation
from emotionet_tf.training.devices import Devices
from emotionet_tf.training.lifecycle.checkpoint_periods import CheckpointPeriods
from emotionet_tf.training.lifecycle.record_recovery import RecordRecovery
from emotionet_tf.training.lifecycle.stopping import SaveWithinPeriods
from emotionet_tf.training.lifecycle.stream_choice import kept_crops
from emotionet_tf.training.monitoring.announcements import (
    announce_balancing,
    announce_run,
    warn_of_narrow_images,
    warn_of_shared_examples,
)
from emotionet_tf.training.monitoring.step_measures import HeadMeasures
from emotionet_tf.training.monitoring.validation_results import ValidationResults
from emotionet_tf.training.objectives.au_loss import HeadLoss
from emotionet_tf.training.objectives.au_validation_metric import AuValidationMetric
from emotionet_tf.training.objectives.au_weights import normalised_au_weights
from emotionet_tf.training.objectives.damping import damping_weights, label_statistics
from emotionet_tf.training.objectives.intensity_loss import IntensityLoss
from emotionet_tf.training.objectives.learnt_aus import with_learnt_aus
from emotionet_tf.training.objectives.validation_measures import AUS, validation_measures
from emotionet_tf.training.optimization.optimizer_and_schedule import configured_optimizer
from emotionet_tf.training.optimization.training_network import TrainingNetwork, training_network
from emotionet_tf.training.run import run_to_end
from emotionet_tf.training.run_options import RunOptions
from emotionet_tf.training.starting_weights import start_network, starting_checksums
from emotionet_tf.training.task import TrainingTask
from emotionet_tf.training.train_config import TrainConfig

_MEASURES = validation_measures(AUS)


def train(config: TrainConfig, options: RunOptions | None = None) -> None:
    """Trains a network, or resumes a run that was interrupted.

    The folder then holds `best.keras` (by validation score), `last.keras`, `model.json`, `run.json` (this
    configuration and its data's checksums), `train.json` (versions, times, best score), `curves.csv` (losses and
    scores per AU over the run), `checkpoints/` and `logs/` for TensorBoard. On one CPU a run that was killed and
    resumed ends with the same bits as one that was not.

    Args:
      config: What decides the result.
      options: How the run is carried out; None for the defaults.
    Raises:
      StoppedError: If the process is asked to end (SIGTERM); all is saved.
      UserError: If the data do not fit the configuration, the folder holds a run of other settings or data, or more
        records are broken than may be replaced.
    """
    options = options or RunOptions()
    settings = _settings(config)
    recovery = RecordRecovery(config, options)
    while True:
        try:
            return run_to_end(AuTraining(recovery.readable_config(), options), settings)
        except READING_ERRORS as error:
            recovery.replace_broken_records(error)


def _settings(config: TrainConfig) -> dict[str, Any]:
    """Returns all that decides a run's result: its configuration and what its data hold."""
    settings = {name: value for name, value in config.to_dict().items() if name != "output_dir"}
    for source in config.sources:
        settings[f"checksum of {source.records_dir}"] = _checksum(load_dataset_info, source.records_dir)
        if source.labels_dir:
            settings[f"checksum of {source.labels_dir}"] = _checksum(load_label_info, source.labels_dir)
    if config.val_records_dir:
        settings[f"checksum of {config.val_records_dir}"] = _checksum(
            load_dataset_info, config.val_records_dir
        )
    return settings | starting_checksums(config)


def _checksum(load_info: Callable[..., DatasetInfo | LabelInfo], folder: str) -> str:
    """Returns a folder's checksum, without looking at its shards: whoever reads them does."""
    return load_info(folder, check_shards=False).checksum


class AuTraining(TrainingTask):
    """A network that learns AUs from the sources' labels."""

    config: TrainConfig

    @override
    def build(self, devices: Devices) -> None:
        config = self.config
        self._infos = [
            # Label shards say what the records themselves may not.
            (load_dataset_info if source.labels_dir else load_labelled_info)(source.records_dir)
            for source in config.sources
        ]
        # The stream refuses sources whose crops differ in size.
        framing = common_framing(config.sources, [info.framing for info in self._infos])
        network = config.model_config(self._infos[0].crop_size_px, framing)
        self._model_config = with_learnt_aus(network, config, self._infos)
        self._samplings = _samplings(config)
        with devices.scope():
            self.network = build_model(self._model_config, _mean_angles(self._infos), seed=config.seed)
            start_network(self.network, config)
            for backbone in nested_backbones(self.network) if config.freeze_backbone else ():
                backbone.trainable = False
            self.model = self._compiled()
        crops = kept_crops(config, self.options, devices.kind)
        self._batches = AuBatches(config, self._model_config, self._samplings, crops)
        self._open_validation = open_au_validation(config, self._model_config, devices)

    @override
    def batches(self, start_step: int, replica_slice: ReplicaSlice) -> tf.data.Dataset:
        return self._batches.training(start_step, replica_slice, self.examples)

    @override
    def open_examples(self, start_step: int, replica_slice: ReplicaSlice = WHOLE_BATCH) -> tf.data.Dataset:
        return self._batches.examples(start_step, replica_slice)

    @override
    def keep_inputs(self, folder: Path) -> None:
        files = _sampling_files(folder, self.config)
        for source, sampling, path in zip(
            self.config.sources, self._samplings, files, strict=bool(self._samplings)
        ):
            keep_sampling(source, sampling, path)

    @override
    def announce(self, first_step: int) -> None:
        num_parameters = self.network.count_params()
        announce_run(self.config, self._model_config, self._infos, num_parameters, first_step)
        announce_balancing(self.config, self._samplings)
        warn_of_narrow_images(self.config, self._infos)
        warn_of_shared_examples(self.config)

    @override
    def draw_batch(self, batch: dict[str, tf.Tensor]) -> np.ndarray:
        return draw_batch(batch, self.config.source_heads, self._model_config.output_aus)

    @override
    def validation(self, periods: CheckpointPeriods, watch: SaveWithinPeriods) -> ValidateAus | None:
        return ValidateAus(self._open_validation, periods, watch) if self._open_validation else None

    @override
    @property
    def validation_results(self) -> ValidationResults:
        model_config = self._model_config
        return ValidationResults(_MEASURES, model_config.output_aus, model_config.prediction_head)

    @override
    def save(self, network: keras.Model, folder: Path, name: str) -> None:
        save_model(network, self._model_config, folder, name)

    def _compiled(self) -> TrainingNetwork:
        """Returns what trains the network."""
        config, model_config = self.config, self._model_config
        losses: dict[str, keras.losses.Loss] = {
            head: _head_loss(config, head, self._samplings) for head in model_config.heads
        }
        for head in model_config.intensities_learnt:
            name = f"intensity_loss_{head}"
            losses[intensity_key(head)] = IntensityLoss(config.intensities, config.intensity_weight, name)
        model = training_network(self.network, config, HeadMeasures(losses, model_config.output_aus))
        optimizer = configured_optimizer(
            config,
            slow_variables=[
                variable
                for backbone in nested_backbones(self.network)
                for variable in backbone.trainable_variables
            ],
            slow_factor=config.backbone_lr_factor,
        )
        metrics = {model_config.prediction_head: [AuValidationMetric(_MEASURES, model_config.output_aus)]}
        model.compile(optimizer=optimizer, loss=losses, metrics=metrics, **self.options.compile_arguments())
        return model


def _mean_angles(infos: list[DatasetInfo]) -> list[float]:
    return np.mean([info.mean_angles for info in infos], axis=0).tolist()


def _samplings(config: TrainConfig) -> list[BalancedSampling]:
    """Returns the balanced sampling of each source; none where every example is shown equally often."""
    if not config.balance_sampling:
        return []
    files = _sampling_files(as_path(config.output_dir), config)
    return [
        kept_or_balanced(source, config.au_group.aus, path, config.view or config.au_group.view)
        for source, path in zip(config.sources, files, strict=True)
    ]


def _sampling_files(folder: Path, config: TrainConfig) -> list[Path]:
    return [folder / f"balance_sampling-{number}.npz" for number in range(len(config.sources))]


def _head_loss(config: TrainConfig, head: str, samplings: Sequence[BalancedSampling]) -> HeadLoss:
    aus = config.au_group.aus
    is_own = [source.head == head for source in config.sources]
    sources, own_samplings = list(compress(config.sources, is_own)), list(compress(samplings, is_own))
    positive, known = label_statistics(sources, aus, own_samplings)
    present, absent = damping_weights(positive, known, config.damping_exponent)
    speeds = normalised_au_weights(config.au_weights, aus).astype(np.float32)
    return HeadLoss(present * speeds, absent * speeds, config.label_smoothing, name=f"loss_{head}")
