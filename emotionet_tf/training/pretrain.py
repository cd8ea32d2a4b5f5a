"""A pre-training run from its configuration to a backbone's folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow import keras

from emotionet_tf.data.batch_sheet import draw_batch
from emotionet_tf.data.class_stream import class_training_stream, load_class_dataset_info
from emotionet_tf.data.dataset_info import DatasetInfo
from emotionet_tf.data.stream import WHOLE, Share
from emotionet_tf.models.backbone_folders import BackboneInfo, save_backbone_model
from emotionet_tf.models.class_network import build_class_network
from emotionet_tf.models.normalization import set_norm_momentum, synchronize_norms
from emotionet_tf.models.saved import RUN_FILE
from emotionet_tf.paths import as_path
from emotionet_tf.run_settings import claim_folder
from emotionet_tf.training.checkpoints import RunState, has_checkpoint
from emotionet_tf.training.class_losses import ClassLoss, class_weights
from emotionet_tf.training.class_validation import (
    ClassEvaluator,
    ValidateClasses,
    ValidationSet,
    open_validation,
)
from emotionet_tf.training.device_choice import choose_devices
from emotionet_tf.training.devices import Devices
from emotionet_tf.training.optimizers import configured_optimizer
from emotionet_tf.training.pretrain_config import IDENTITY, PretrainConfig
from emotionet_tf.training.reproducibility import make_reproducible
from emotionet_tf.training.run_files import is_trained, write_summary
from emotionet_tf.training.run_options import RunOptions
from emotionet_tf.training.running import MakeValidation, Run
from emotionet_tf.training.sound_records import train_on_sound_records
from emotionet_tf.training.starting_weights import load_starting_weights, starting_checksums
from emotionet_tf.training.step_measures import ClassMeasures
from emotionet_tf.training.training_network import TrainingNetwork

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
    folder = as_path(config.output_dir)
    info = load_class_dataset_info(config.records_dir)
    if is_trained(folder, settings, PretrainConfig.defaults()):
        return
    devices = choose_devices(options.strategy)
    devices.check_batch(config.batch_size, num_parts=config.accumulation_steps)
    with devices.peers_watched(), devices.own_folder(folder) as own_folder:
        _pretrain(config, options, info, settings, devices, own_folder)


def _pretrain(
    config: PretrainConfig,
    options: RunOptions,
    info: DatasetInfo,
    settings: dict[str, Any],
    devices: Devices,
    own_folder: Path,
) -> None:
    """Trains, writing into this process's own folder."""
    checkpoints = as_path(config.output_dir) / "checkpoints"
    make_reproducible(config.seed, is_compiled=options.is_compiled)
    loss = ClassLoss(
        class_weights(info.class_counts, config.damping_exponent),
        config.label_smoothing,
        config.scale_and_margin,
    )
    with devices.scope():
        network = _build(config, num_classes=len(info.classes))
        if not has_checkpoint(checkpoints):
            load_starting_weights(network, config.backbone, config.init_weights, config.init_backbone)
        model = TrainingNetwork(
            network,
            precision=config.precision,
            accumulation_steps=config.accumulation_steps,
            measures=ClassMeasures(),
        )
        if config.sync_batch_norm:
            synchronize_norms(model)
        model.compile(configured_optimizer(config), loss, **options.compile_arguments())
    validation = open_validation(config, info.classes, info.crop_size_px, devices)

    def batches_from(step: int) -> tf.data.Dataset:
        return devices.distributed(lambda share: _training_data(config, step, share), config.batch_size)

    training_from_start = batches_from(0)
    # Only now is everything known to fit: a mistyped call leaves no folder that refuses the corrected one.
    claim_folder(own_folder / RUN_FILE, settings, defaults=PretrainConfig.defaults())
    state = RunState(network, model, own_folder / "checkpoints", options.num_checkpoints, checkpoints)
    first_step = state.restore()
    devices.check_agreed(first_step, checkpoints)
    print(devices.describe(config.batch_size, config.initial_learning_rate, network, config.sync_batch_norm))
    _announce(config, info, validation, network.count_params(), first_step)
    description = _description(config, info)
    measure, measure_text = _MEASURES.get(config.task, _OTHER_MEASURE)
    run = Run(
        config,
        own_folder,
        devices,
        options,
        model,
        state,
        lambda step: batches_from(step) if step else training_from_start,
        lambda: save_backbone_model(model.result, description, own_folder, "best"),
        (
            _validating(ClassEvaluator(model.result, validation, loss, config.task, devices))
            if validation
            else None
        ),
        {"val_accuracy": "accuracy", f"val_{measure}": measure_text},
        lambda step: _examples(config, step),
        ("val_loss", "val_score", "val_accuracy", f"val_{measure}"),
        draw_batch=lambda batch: draw_batch(batch, [config.task], classes=info.classes),
    )
    calls, pace = run.train()
    save_backbone_model(model.result, description, own_folder, "last")
    write_summary(
        own_folder, settings, network, state, options=options, devices=devices, calls=calls, pace=pace
    )


def _validating(evaluator: ClassEvaluator) -> MakeValidation:
    return lambda intervals, watch: ValidateClasses(evaluator, intervals, watch.stop_if_asked)


def _settings(config: PretrainConfig) -> dict[str, Any]:
    """Returns all that decides a run's result: its configuration and what its data hold."""
    settings = {name: value for name, value in config.to_dict().items() if name != "output_dir"}
    for records_dir in filter(None, (config.records_dir, config.val_records_dir)):
        settings[f"checksum of {records_dir}"] = load_class_dataset_info(
            records_dir, check_shards=False
        ).checksum
    return settings | starting_checksums(config.backbone, config.init_weights, config.init_backbone)


def _build(config: PretrainConfig, num_classes: int) -> keras.Model:
    network = build_class_network(
        config.backbone,
        config.image_size_px,
        num_classes,
        has_cosine_logits=config.scale_and_margin is not None,
        neck=config.neck_name,
        neck_units=config.neck_units,
        dropout=config.dropout,
        seed=config.seed,
    )
    if config.norm_momentum is not None:
        set_norm_momentum(network, config.norm_momentum)
    return network


def _description(config: PretrainConfig, info: DatasetInfo) -> BackboneInfo:
    return BackboneInfo(
        backbone=config.backbone,
        image_size_px=config.image_size_px,
        crop_size_px=info.crop_size_px,
        view=config.view,
        task=config.task,
        classes=info.classes,
    )


def _examples(config: PretrainConfig, start_step: int, share: Share = WHOLE) -> tf.data.Dataset:
    """Returns the stream's batches from a step on."""
    return class_training_stream(
        config.records_dir,
        view=config.view,
        batch_size=config.batch_size,
        image_size_px=config.image_size_px,
        seed=config.seed,
        start_step=start_step,
        augmentation=config.augmentation,
        share=share,
    )


@tf.autograph.experimental.do_not_convert
def _training_data(config: PretrainConfig, start_step: int, share: Share) -> tf.data.Dataset:
    batches = _examples(config, start_step, share)
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
