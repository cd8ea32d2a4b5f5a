"""A pre-training run: `pretrain`, and what it trains, step by step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow import keras
from typing_extensions import override

from emotionet_tf.models.backbones.backbone_folders import BackboneInfo, save_backbone_model
from emotionet_tf.models.class_network import build_class_network
from emotionet_tf.records.checking.broken_records import READING_ERRORS
from emotionet_tf.records.reading.crop_decoding import narrow_image_warning
from emotionet_tf.stream.batch_sheet import draw_batch
from emotionet_tf.stream.batches import WHOLE_BATCH, ReplicaSlice
from emotionet_tf.stream.class_batches import class_training_stream, load_class_dataset_info
from emotionet_tf.training.class_validation import (
    ClassEvaluator,
    ValidateClasses,
    open_validation,
)
from emotionet_tf.training.devices import Devices
from emotionet_tf.training.lifecycle.checkpoint_periods import CheckpointPeriods
from emotionet_tf.training.lifecycle.record_recovery import RecordRecovery
from emotionet_tf.training.lifecycle.stopping import SaveWithinPeriods
from emotionet_tf.training.lifecycle.stream_choice import kept_crops
from emotionet_tf.training.monitoring.step_measures import ClassMeasures
from emotionet_tf.training.monitoring.validation_results import ValidationResults
from emotionet_tf.training.objectives.class_losses import ClassLoss, class_weights
from emotionet_tf.training.objectives.validation_measures import validation_measures
from emotionet_tf.training.optimization.optimizer_and_schedule import configured_optimizer
from emotionet_tf.training.optimization.training_network import training_network
from emotionet_tf.training.pretrain_config import IDENTITY, PretrainConfig
from emotionet_tf.training.run import run_to_end
from emotionet_tf.training.run_options import RunOptions
from emotionet_tf.training.starting_weights import start_network, starting_checksums
from emotionet_tf.training.task import TrainingTask


def pretrain(config: PretrainConfig, options: RunOptions | None = None) -> None:
    """Trains a backbone to tell persons or expressions apart, or resumes a run that was interrupted.

    The folder then holds `best.keras` (by validation score), `last.keras` and `backbone.json`, from which `train` can
    start, and the other files that `train` writes. On one CPU a run that was killed and resumed ends with the
    same bits as one that was not.

    The output layer is whole on one device, in memory as large as its classes are many: itself, its gradient and its
    momentum each 512 numbers a class, a step's logits batch x classes. 10^5 persons at a batch of 64 took 1.5 GB more
    than 100 did. For more, leave out persons of few photos: write_class_records --min_photos_per_class.

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
            return run_to_end(ClassPretraining(recovery.readable_config(), options), settings)
        except READING_ERRORS as error:
            recovery.replace_broken_records(error)


def _settings(config: PretrainConfig) -> dict[str, Any]:
    """Returns all that decides a run's result: its configuration and what its data hold."""
    settings = {name: value for name, value in config.to_dict().items() if name != "output_dir"}
    for records_dir in filter(None, (config.records_dir, config.val_records_dir)):
        settings[f"checksum of {records_dir}"] = load_class_dataset_info(
            records_dir, check_shards=False
        ).checksum
    return settings | starting_checksums(config)


class ClassPretraining(TrainingTask):
    """A backbone that learns to tell classes apart: persons, or expressions."""

    config: PretrainConfig

    @override
    def build(self, devices: Devices) -> None:
        config = self.config
        self._info = info = load_class_dataset_info(config.records_dir)
        self._kept_crops = kept_crops(config, self.options, devices.kind)
        weights = class_weights(info.class_counts, config.damping_exponent)
        loss = ClassLoss(weights, config.label_smoothing, config.scale_and_margin)
        with devices.scope():
            self.network = _class_network(config, num_classes=len(info.classes))
            start_network(self.network, config)
            self.model = training_network(self.network, config, ClassMeasures())
            self.model.compile(configured_optimizer(config), loss, **self.options.compile_arguments())
        self._validation_set = open_validation(config, info.classes, info.crop_size_px, devices)
        self._evaluator = self._validation_set and ClassEvaluator(
            self.model.result, self._validation_set, loss, config.task, devices
        )

    @override
    @tf.autograph.experimental.do_not_convert
    def batches(self, start_step: int, replica_slice: ReplicaSlice) -> tf.data.Dataset:
        batches = self.examples(start_step, replica_slice)
        return batches.map(lambda batch: ({"image": batch["image"]}, batch["class_index"])).prefetch(
            tf.data.AUTOTUNE
        )

    @override
    def open_examples(self, start_step: int, replica_slice: ReplicaSlice = WHOLE_BATCH) -> tf.data.Dataset:
        return class_training_stream(
            self.config.records_dir,
            view=self.config.view,
            batch_size=self.config.batch_size,
            image_size_px=self.config.image_size_px,
            seed=self.config.seed,
            start_step=start_step,
            augmentation=self.config.augmentation,
            replica_slice=replica_slice,
            kept_crops=self._kept_crops,
        )

    @override
    def announce(self, first_step: int) -> None:
        config, info, validation = self.config, self._info, self._validation_set
        kind = "persons" if config.task == IDENTITY else "expressions"
        print(
            f"{config.backbone}, {self.network.count_params():,} parameters, {config.view} view: "
            f"{len(info.classes)} {kind} in {info.num_examples} photos of {config.records_dir}"
        )
        if warning := narrow_image_warning(config.image_size_px, info.crop_size_px, config.records_dir):
            print(warning)
        if validation:
            print(
                f"validation: {validation.num_examples} photos of {len(validation.trained_index)} {kind}, "
                f"{validation.num_seen} of them trained on"
            )
        if first_step:
            print(f"resuming from step {first_step} of {config.num_steps}")

    @override
    def draw_batch(self, batch: dict[str, tf.Tensor]) -> np.ndarray:
        return draw_batch(batch, [self.config.task], classes=self._info.classes)

    @override
    def validation(self, periods: CheckpointPeriods, watch: SaveWithinPeriods) -> ValidateClasses | None:
        evaluator = self._evaluator
        return ValidateClasses(evaluator, periods, watch.stop_if_asked) if evaluator else None

    @override
    @property
    def validation_results(self) -> ValidationResults:
        return ValidationResults(validation_measures(self.config.task))

    @override
    def save(self, network: keras.Model, folder: Path, name: str) -> None:
        description = BackboneInfo(
            backbone=self.config.backbone,
            image_size_px=self.config.image_size_px,
            crop_size_px=self._info.crop_size_px,
            view=self.config.view,
            task=self.config.task,
            classes=self._info.classes,
        )
        save_backbone_model(network, description, folder, name)


def _class_network(config: PretrainConfig, num_classes: int) -> keras.Model:
    return build_class_network(
        config.backbone,
        config.image_size_px,
        num_classes,
        has_cosine_logits=config.scale_and_margin is not None,
        neck=config.neck_name,
        neck_units=config.neck_units,
        dropout=config.dropout,
        seed=config.seed,
    )
