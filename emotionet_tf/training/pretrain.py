"""A pre-training run from its configuration to a backbone's folder."""

from __future__ import annotations

from typing import Any

import tensorflow as tf
from tensorflow import keras

from emotionet_tf.models.backbones.backbone_folders import BackboneInfo, save_backbone_model
from emotionet_tf.models.class_network import build_class_network
from emotionet_tf.records.dataset_info import DatasetInfo
from emotionet_tf.stream.batch_sheet import draw_batch
from emotionet_tf.stream.batches import ALL_ROWS, ReplicaSlice
from emotionet_tf.stream.class_batches import class_training_stream, load_class_dataset_info
from emotionet_tf.training.class_validation import (
    ClassEvaluator,
    ValidateClasses,
    ValidationSet,
    open_validation,
)
from emotionet_tf.training.devices import Devices
from emotionet_tf.training.fit import run
from emotionet_tf.training.lifecycle.record_recovery import train_on_sound_records
from emotionet_tf.training.monitoring.step_measures import ClassMeasures
from emotionet_tf.training.objectives.class_losses import ClassLoss, class_weights
from emotionet_tf.training.optimization.optimizers import configured_optimizer
from emotionet_tf.training.optimization.training_network import training_network
from emotionet_tf.training.pretrain_config import IDENTITY, PretrainConfig
from emotionet_tf.training.run_options import RunOptions
from emotionet_tf.training.starting_weights import start_network, starting_checksums
from emotionet_tf.training.task import TrainingTask

_MEASURES = {IDENTITY: ("auc", "AUC")}
_OTHER_MEASURE = ("recall", "mean recall")


def pretrain(config: PretrainConfig, options: RunOptions | None = None) -> None:
    """Trains a backbone to tell persons or expressions apart, or goes on with a run that was interrupted.

    The folder then holds `best.keras` (by validation score), `last.keras` and `backbone.json`, from which `train` can
    start, and the other files that `loop.train` writes. On one CPU a run that was killed and resumed ends with the
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
    # What is read may be elsewhere; what the run is stays.
    train_on_sound_records(config, options, lambda data: _pretrain_on(data, _settings(config), options))


def _pretrain_on(config: PretrainConfig, settings: dict[str, Any], options: RunOptions) -> None:
    """Trains on the folders that a configuration names, as the run that the settings say."""
    info = load_class_dataset_info(config.records_dir)
    run(config, settings, options, lambda devices: _task(config, options, info, devices))


def _task(config: PretrainConfig, options: RunOptions, info: DatasetInfo, devices: Devices) -> TrainingTask:
    weights = class_weights(info.class_counts, config.damping_exponent)
    loss = ClassLoss(weights, config.label_smoothing, config.scale_and_margin)
    with devices.scope():
        network = _build(config, num_classes=len(info.classes))
        start_network(network, config)
        model = training_network(network, config, ClassMeasures())
        model.compile(configured_optimizer(config), loss, **options.compile_arguments())
    validation = open_validation(config, info.classes, info.crop_size_px, devices)
    evaluator = validation and ClassEvaluator(model.result, validation, loss, config.task, devices)
    description = _description(config, info)
    measure, measure_text = _MEASURES.get(config.task, _OTHER_MEASURE)
    return TrainingTask(
        network=network,
        model=model,
        batches=lambda step, replica_slice: _training_data(config, step, replica_slice),
        examples=lambda step: _examples(config, step),
        make_validation=(
            (lambda intervals, watch: ValidateClasses(evaluator, intervals, watch.stop_if_asked))
            if evaluator
            else None
        ),
        save=lambda trained, folder, name: save_backbone_model(trained, description, folder, name),
        announce=lambda step: _announce(config, info, validation, network.count_params(), step),
        measures={"val_accuracy": "accuracy", f"val_{measure}": measure_text},
        curve_columns=("val_loss", "val_score", "val_accuracy", f"val_{measure}"),
        draw_batch=lambda batch: draw_batch(batch, [config.task], classes=info.classes),
    )


def _settings(config: PretrainConfig) -> dict[str, Any]:
    """Returns all that decides a run's result: its configuration and what its data hold."""
    settings = {name: value for name, value in config.to_dict().items() if name != "output_dir"}
    for records_dir in filter(None, (config.records_dir, config.val_records_dir)):
        settings[f"checksum of {records_dir}"] = load_class_dataset_info(
            records_dir, check_shards=False
        ).checksum
    return settings | starting_checksums(config)


def _build(config: PretrainConfig, num_classes: int) -> keras.Model:
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


def _description(config: PretrainConfig, info: DatasetInfo) -> BackboneInfo:
    return BackboneInfo(
        backbone=config.backbone,
        image_size_px=config.image_size_px,
        crop_size_px=info.crop_size_px,
        view=config.view,
        task=config.task,
        classes=info.classes,
    )


def _examples(
    config: PretrainConfig, start_step: int, replica_slice: ReplicaSlice = ALL_ROWS
) -> tf.data.Dataset:
    """Returns the stream's batches from a step on."""
    return class_training_stream(
        config.records_dir,
        view=config.view,
        batch_size=config.batch_size,
        image_size_px=config.image_size_px,
        seed=config.seed,
        start_step=start_step,
        augmentation=config.augmentation,
        replica_slice=replica_slice,
    )


@tf.autograph.experimental.do_not_convert
def _training_data(config: PretrainConfig, start_step: int, replica_slice: ReplicaSlice) -> tf.data.Dataset:
    batches = _examples(config, start_step, replica_slice)
    return batches.map(lambda batch: ({"image": batch["image"]}, batch["class_index"])).prefetch(
        tf.data.AUTOTUNE
    )


def _announce(
    config: PretrainConfig,
    info: DatasetInfo,
    validation: ValidationSet | None,
    num_parameters: int,
    first_step: int,
) -> None:
    kind = "persons" if config.task == IDENTITY else "expressions"
    print(
        f"{config.backbone}, {num_parameters:,} parameters, {config.view} view: {len(info.classes)} {kind} in "
        f"{info.num_examples} photos of {config.records_dir}"
    )
    if validation:
        print(
            f"validation: {validation.num_examples} photos of {len(validation.trained_index)} {kind}, "
            f"{validation.num_seen} of them trained on"
        )
    if first_step:
        print(f"going on from step {first_step} of {config.num_steps}")
