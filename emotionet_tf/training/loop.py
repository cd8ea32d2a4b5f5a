"""A training run from its configuration to a saved model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow import keras

from emotionet_tf.data.balanced_sampling import BalancedSampling
from emotionet_tf.data.batch_sheet import draw_batch
from emotionet_tf.data.dataset_info import (
    DatasetInfo,
    LabelInfo,
    load_dataset_info,
    load_label_info,
    load_labelled_info,
)
from emotionet_tf.data.sampling_files import keep_sampling, kept_or_balanced
from emotionet_tf.data.sources import common_framing
from emotionet_tf.models import ModelConfig, build_model, save_model
from emotionet_tf.models.backbones import nested_backbones
from emotionet_tf.models.normalization import set_norm_momentum, synchronize_norms
from emotionet_tf.models.saved import RUN_FILE
from emotionet_tf.paths import as_path
from emotionet_tf.run_settings import claim_folder
from emotionet_tf.training.announcements import announce_balancing, announce_run, warn_of_shared_examples
from emotionet_tf.training.au_batches import AuBatches
from emotionet_tf.training.au_weights import normalised_au_weights
from emotionet_tf.training.checkpoints import RunState, has_checkpoint
from emotionet_tf.training.class_balance import damping_weights, label_statistics
from emotionet_tf.training.config import TrainConfig
from emotionet_tf.training.curves import au_columns
from emotionet_tf.training.device_choice import choose_devices
from emotionet_tf.training.devices import Devices
from emotionet_tf.training.losses import HeadLoss
from emotionet_tf.training.metrics import RankingScore
from emotionet_tf.training.optimizers import configured_optimizer
from emotionet_tf.training.record_curves import au_measures
from emotionet_tf.training.reproducibility import make_reproducible
from emotionet_tf.training.run_files import is_trained, write_summary
from emotionet_tf.training.run_options import RunOptions
from emotionet_tf.training.running import Run
from emotionet_tf.training.sound_records import train_on_sound_records
from emotionet_tf.training.starting_weights import load_starting_weights, starting_checksums
from emotionet_tf.training.step_measures import HeadMeasures
from emotionet_tf.training.training_network import TrainingNetwork
from emotionet_tf.training.validation import ValidateAus


def train(config: TrainConfig, options: RunOptions | None = None) -> None:
    """Trains a network, or goes on with a run that was interrupted.

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
    # What is read may be elsewhere; what the run is stays.
    train_on_sound_records(config, options, lambda data: _train_on(data, _settings(config), options))


def _train_on(config: TrainConfig, settings: dict[str, Any], options: RunOptions) -> None:
    """Trains on the folders that a configuration names, as the run that the settings say."""
    folder = as_path(config.output_dir)
    infos = [
        # Label shards say what the records themselves may not.
        (load_dataset_info if source.labels_dir else load_labelled_info)(source.records_dir)
        for source in config.sources
    ]
    if is_trained(folder, settings, TrainConfig.defaults()):
        return

    devices = choose_devices(options.strategy)
    devices.check_batch(
        config.batch_size, num_sources=len(config.sources), num_parts=config.accumulation_steps
    )
    with devices.peers_watched(), devices.own_folder(folder) as own_folder:
        _train(config, options, infos, settings, devices, own_folder)


def _train(
    config: TrainConfig,
    options: RunOptions,
    infos: list[DatasetInfo],
    settings: dict[str, Any],
    devices: Devices,
    own_folder: Path,
) -> None:
    """Trains, writing into this process's own folder."""
    checkpoints = as_path(config.output_dir) / "checkpoints"
    make_reproducible(config.seed, is_compiled=options.is_compiled)
    # The stream refuses sources whose crops differ in size.
    framing = common_framing(config.sources, [info.framing for info in infos])
    model_config = config.model_config(infos[0].crop_size_px, framing)
    samplings = _samplings(config)
    with devices.scope():
        network = build_model(model_config, _mean_angles(infos), seed=config.seed)
        if config.norm_momentum is not None:
            set_norm_momentum(network, config.norm_momentum)
        if not has_checkpoint(checkpoints):
            load_starting_weights(network, config.backbone, config.init_weights, config.init_backbone)
        for backbone in nested_backbones(network) if config.freeze_backbone else ():
            backbone.trainable = False
        model = _compiled(network, config, model_config, samplings, options)
    batches = AuBatches(config, model_config, samplings)
    validation = batches.validation(devices)

    def batches_from(step: int) -> tf.data.Dataset:
        return devices.distributed(lambda share: batches.training(step, share), config.batch_size)

    training_from_start = batches_from(0)
    # Only now is everything known to fit: a mistyped call leaves no folder that refuses the corrected one.
    claim_folder(own_folder / RUN_FILE, settings, defaults=TrainConfig.defaults())
    if samplings:
        for source, sampling, path in zip(
            config.sources, samplings, _sampling_files(own_folder, config), strict=True
        ):
            keep_sampling(source, sampling, path)
    state = RunState(network, model, own_folder / "checkpoints", options.num_checkpoints, checkpoints)
    first_step = state.restore()
    devices.check_agreed(first_step, checkpoints)
    print(devices.describe(config.batch_size, config.initial_learning_rate, network, config.sync_batch_norm))
    announce_run(config, model_config, infos, network.count_params(), first_step)
    announce_balancing(config, samplings)
    warn_of_shared_examples(config)
    run = Run(
        config,
        own_folder,
        devices,
        options,
        model,
        state,
        lambda step: batches_from(step) if step else training_from_start,
        lambda: save_model(model.result, model_config, own_folder, "best"),
        (lambda intervals, watch: ValidateAus(validation, intervals, watch)) if validation else None,
        {"val_accuracy": "accuracy", "val_f1": "F1"},
        batches.examples,
        au_columns(model_config.aus),
        lambda trained: au_measures(trained, model_config.aus),
        model_config.prediction_head,
        lambda batch: draw_batch(batch, config.source_heads, model_config.aus),
    )
    calls, pace = run.train()
    save_model(model.result, model_config, own_folder, "last")
    write_summary(
        own_folder, settings, network, state, options=options, devices=devices, calls=calls, pace=pace
    )


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
    return settings | starting_checksums(config.backbone, config.init_weights, config.init_backbone)


def _checksum(load_info: Callable[..., DatasetInfo | LabelInfo], folder: str) -> str:
    """Returns a folder's checksum, without looking at its shards: whoever reads them does."""
    return load_info(folder, check_shards=False).checksum


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


def _compiled(
    network: keras.Model,
    config: TrainConfig,
    model_config: ModelConfig,
    samplings: Sequence[BalancedSampling],
    options: RunOptions,
) -> TrainingNetwork:
    """Returns what trains a network."""
    losses = {head: _head_loss(config, head, samplings) for head in model_config.heads}
    model = TrainingNetwork(
        network,
        precision=config.precision,
        accumulation_steps=config.accumulation_steps,
        measures=HeadMeasures(losses, model_config.aus),
    )
    if config.sync_batch_norm:
        synchronize_norms(model)
    optimizer = configured_optimizer(
        config,
        slow_variables=[
            variable for part in nested_backbones(network) for variable in part.trainable_variables
        ],
        slow_factor=config.backbone_lr_factor,
    )
    metrics = {model_config.prediction_head: [RankingScore(len(model_config.aus))]}
    model.compile(optimizer=optimizer, loss=losses, metrics=metrics, **options.compile_arguments())
    return model


def _head_loss(config: TrainConfig, head: str, samplings: Sequence[BalancedSampling]) -> HeadLoss:
    aus = config.au_group.aus
    is_own = [source.head == head for source in config.sources]
    sources, own_samplings = list(compress(config.sources, is_own)), list(compress(samplings, is_own))
    positive, known = label_statistics(sources, aus, own_samplings)
    present, absent = damping_weights(positive, known, config.damping_exponent)
    speeds = normalised_au_weights(config.au_weights, aus).astype(np.float32)
    return HeadLoss(present * speeds, absent * speeds, config.label_smoothing, name=f"loss_{head}")
