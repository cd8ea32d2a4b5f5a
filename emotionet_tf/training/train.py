"""A training run from its configuration to a saved model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np
from tensorflow import keras

from emotionet_tf.models import ModelConfig, build_model, save_model
from emotionet_tf.models.backbones.building import nested_backbones
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
from emotionet_tf.stream.sources import common_framing
from emotionet_tf.training.au_batches import AuBatches
from emotionet_tf.training.au_validation import ValidateAus
from emotionet_tf.training.devices import Devices
from emotionet_tf.training.fit import run
from emotionet_tf.training.lifecycle.record_recovery import train_on_sound_records
from emotionet_tf.training.monitoring.announcements import (
    announce_balancing,
    announce_run,
    warn_of_shared_examples,
)
from emotionet_tf.training.monitoring.curves import au_columns
from emotionet_tf.training.monitoring.record_curves import au_measures
from emotionet_tf.training.monitoring.step_measures import HeadMeasures
from emotionet_tf.training.objectives.au_loss import HeadLoss
from emotionet_tf.training.objectives.au_weights import normalised_au_weights
from emotionet_tf.training.objectives.damping import damping_weights, label_statistics
from emotionet_tf.training.objectives.score_metric import RankingScore
from emotionet_tf.training.optimization.optimizers import configured_optimizer
from emotionet_tf.training.optimization.training_network import TrainingNetwork, training_network
from emotionet_tf.training.run_options import RunOptions
from emotionet_tf.training.starting_weights import start_network, starting_checksums
from emotionet_tf.training.task import TrainingTask
from emotionet_tf.training.train_config import TrainConfig


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
    infos = [
        # Label shards say what the records themselves may not.
        (load_dataset_info if source.labels_dir else load_labelled_info)(source.records_dir)
        for source in config.sources
    ]
    run(config, settings, options, lambda devices: _task(config, options, infos, devices))


def _task(
    config: TrainConfig, options: RunOptions, infos: list[DatasetInfo], devices: Devices
) -> TrainingTask:
    # The stream refuses sources whose crops differ in size.
    framing = common_framing(config.sources, [info.framing for info in infos])
    model_config = config.model_config(infos[0].crop_size_px, framing)
    aus, samplings = model_config.aus, _samplings(config)
    with devices.scope():
        network = build_model(model_config, _mean_angles(infos), seed=config.seed)
        start_network(network, config)
        for backbone in nested_backbones(network) if config.freeze_backbone else ():
            backbone.trainable = False
        model = _compiled(network, config, model_config, samplings, options)
    batches = AuBatches(config, model_config, samplings)
    validation = batches.validation(devices)

    def announce(first_step: int) -> None:
        announce_run(config, model_config, infos, network.count_params(), first_step)
        announce_balancing(config, samplings)
        warn_of_shared_examples(config)

    return TrainingTask(
        network=network,
        model=model,
        batches=batches.training,
        examples=batches.examples,
        make_validation=(
            (lambda intervals, watch: ValidateAus(validation, intervals, watch)) if validation else None
        ),
        save=lambda trained, folder, name: save_model(trained, model_config, folder, name),
        announce=announce,
        keep_inputs=lambda folder: _keep_samplings(config, samplings, folder),
        measures={"val_accuracy": "accuracy", "val_f1": "F1"},
        curve_columns=au_columns(aus),
        more_results=lambda trained: au_measures(trained, aus),
        head=model_config.prediction_head,
        draw_batch=lambda batch: draw_batch(batch, config.source_heads, aus),
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
    return settings | starting_checksums(config)


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


def _keep_samplings(config: TrainConfig, samplings: Sequence[BalancedSampling], folder: Path) -> None:
    for source, sampling, path in zip(
        config.sources, samplings, _sampling_files(folder, config), strict=bool(samplings)
    ):
        keep_sampling(source, sampling, path)


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
    model = training_network(network, config, HeadMeasures(losses, model_config.aus))
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
