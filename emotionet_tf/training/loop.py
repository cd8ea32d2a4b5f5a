"""A training run from its configuration to a saved model."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow import keras

from emotionet_tf.action_units import au_name
from emotionet_tf.data.dataset_info import DatasetInfo, load_dataset_info
from emotionet_tf.data.stream import evaluation_stream, training_stream
from emotionet_tf.durations import format_duration
from emotionet_tf.errors import UserError
from emotionet_tf.files import write_json
from emotionet_tf.models import ModelConfig, build_model, save_model
from emotionet_tf.training.checkpoints import RunState, SaveRun
from emotionet_tf.training.class_balance import damping_weights, label_statistics
from emotionet_tf.training.config import TrainConfig
from emotionet_tf.training.losses import HeadLoss
from emotionet_tf.training.metrics import RankingScore
from emotionet_tf.training.progress import ProgressLine
from emotionet_tf.training.schedules import stepwise_schedule
from emotionet_tf.training.targets import head_targets, model_inputs
from emotionet_tf.versions import installed_versions

_RUN_FILE = "run.json"
_SUMMARY_FILE = "train.json"


def train(config: TrainConfig) -> None:
    """Trains a network, or goes on with a run that was interrupted.

    The folder then holds `best.keras` (by validation score), `last.keras`, `model.json`, `run.json` (this
    configuration), `train.json` (versions, data, times, best score), `checkpoints/` and `logs/` for TensorBoard.
    On one CPU a run that was killed and resumed ends with the same bits as one that was not.

    Raises:
      UserError: If the data do not fit the configuration, or the folder holds a run of another configuration.
    """
    folder = Path(config.output_dir)
    infos = [load_dataset_info(source.records_dir) for source in config.sources]
    model_config = config.model_config(_common_crop_size(config, infos))
    if (folder / _SUMMARY_FILE).is_file():
        _refuse_other_run(folder, config)
        print(f"{folder} is already trained: nothing to do")
        return
    folder.mkdir(parents=True, exist_ok=True)
    _refuse_other_run(folder, config)
    write_json(folder / _RUN_FILE, config.to_dict())

    keras.utils.set_random_seed(config.seed)
    tf.config.experimental.enable_op_determinism()
    model = build_model(model_config, _mean_angles(infos), seed=config.seed)
    _compile(model, config, model_config)
    state = RunState(model, folder / "checkpoints")
    first_step = state.restore()
    _announce(config, model_config, infos, model.count_params(), first_step)
    start = time.monotonic()
    _fit(model, config, model_config, state)
    save_model(model, model_config, folder, "last")
    seconds = time.monotonic() - start
    best_score = state.best_score if np.isfinite(state.best_score) else None
    summary = {
        "config": config.to_dict(),
        "num_parameters": model.count_params(),
        "best_val_score": best_score,
        "first_step_of_last_call": first_step,
        "seconds_of_last_call": round(seconds, 1),
        "data": {
            source.records_dir: info.order_sha256 for source, info in zip(config.sources, infos, strict=True)
        },
        "versions": installed_versions(),
    }
    write_json(folder / _SUMMARY_FILE, summary)
    best = "" if best_score is None else f", best validation score {best_score:.4f}"
    print(
        f"trained {config.num_steps - first_step} steps in {format_duration(seconds)}{best}; model in {folder}"
    )


def _common_crop_size(config: TrainConfig, infos: list[DatasetInfo]) -> int:
    sizes = {
        source.records_dir: info.crop_size_px for source, info in zip(config.sources, infos, strict=True)
    }
    if len(set(sizes.values())) > 1:
        raise UserError(f"the sources' crops differ in size: {sizes}")
    return infos[0].crop_size_px


def _mean_angles(infos: list[DatasetInfo]) -> list[float]:
    return np.mean([info.mean_angles for info in infos], axis=0).tolist()


def _refuse_other_run(folder: Path, config: TrainConfig) -> None:
    path = folder / _RUN_FILE
    if not path.is_file():
        return
    before = json.loads(path.read_text(encoding="utf-8"))
    now = json.loads(json.dumps(config.to_dict()))
    changed = [name for name in sorted(set(before) | set(now)) if before.get(name) != now.get(name)]
    changed = [name for name in changed if name != "output_dir"]
    if changed:
        name = changed[0]
        raise UserError(
            f"{folder} holds a run of another configuration: {name} was {before.get(name)!r} and is now "
            f"{now.get(name)!r}; choose another output_dir, or remove the folder"
        )


def _compile(model: keras.Model, config: TrainConfig, model_config: ModelConfig) -> None:
    losses = {head: _head_loss(config, head) for head in model_config.heads}
    optimizer = keras.optimizers.SGD(
        stepwise_schedule(config.initial_learning_rate, config.num_steps),
        momentum=config.momentum,
        weight_decay=config.weight_decay,
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "beta", "gamma"])
    metrics = {model_config.prediction_head: [RankingScore(len(model_config.aus))]}
    model.compile(optimizer=optimizer, loss=losses, metrics=metrics)


def _head_loss(config: TrainConfig, head: str) -> HeadLoss:
    aus = config.au_group.aus
    positive, known = label_statistics([source for source in config.sources if source.head == head], aus)
    present, absent = damping_weights(positive, known, config.damping_exponent)
    speeds = np.array([config.au_weights.get(au, 1.0) for au in aus], np.float32)
    speeds /= speeds.mean()
    return HeadLoss(present * speeds, absent * speeds, config.label_smoothing, name=f"loss_{head}")


def _fit(model: keras.Model, config: TrainConfig, model_config: ModelConfig, state: RunState) -> None:
    """Trains in whole checkpoint intervals, then what is left of the run."""
    interval = config.checkpoint_interval_steps
    num_whole = config.num_steps // interval
    if state.step < num_whole * interval:
        _fit_epochs(model, config, model_config, state, steps=interval, epochs=num_whole)
    if state.step < config.num_steps:
        _fit_epochs(
            model, config, model_config, state, steps=config.num_steps - state.step, epochs=num_whole + 1
        )


def _fit_epochs(
    model: keras.Model,
    config: TrainConfig,
    model_config: ModelConfig,
    state: RunState,
    *,
    steps: int,
    epochs: int,
) -> None:
    """Calls Keras's `fit`; an epoch is a checkpoint interval."""
    interval = config.checkpoint_interval_steps
    validation = None
    is_last = epochs * interval >= config.num_steps
    if config.val_records_dir:
        validation = _validation_data(config, model_config)
    every = config.validation_interval_steps // interval
    model.fit(
        _training_data(config, model_config, state.step),
        initial_epoch=state.step // interval,
        epochs=epochs,
        steps_per_epoch=steps,
        validation_data=validation,
        validation_freq=_validation_epochs(state.step // interval, epochs, every, is_last),
        callbacks=[
            ProgressLine(config.num_steps, config.batch_size, state.step),
            SaveRun(state, model_config, Path(config.output_dir)),
            keras.callbacks.TensorBoard(Path(config.output_dir) / "logs", write_graph=False),
        ],
        verbose=0,
    )


def _validation_epochs(first: int, last: int, every: int, is_last: bool) -> list[int]:
    """Returns the epochs, counted from 1, after which to validate: every so many, and the run's last."""
    return [
        epoch for epoch in range(first + 1, last + 1) if epoch % every == 0 or (is_last and epoch == last)
    ]


def _training_data(config: TrainConfig, model_config: ModelConfig, start_step: int) -> tf.data.Dataset:
    batches = training_stream(
        config.sources,
        view=model_config.view,
        batch_size=config.batch_size,
        image_size_px=config.image_size_px,
        seed=config.seed,
        start_step=start_step,
        augmentation=config.augmentation,
    )
    heads = config.source_heads
    return batches.map(
        lambda batch: (model_inputs(batch, model_config), head_targets(batch, model_config, heads))
    ).prefetch(tf.data.AUTOTUNE)


def _validation_data(config: TrainConfig, model_config: ModelConfig) -> tf.data.Dataset:
    assert config.val_records_dir is not None
    batches = evaluation_stream(
        config.val_records_dir,
        view=model_config.view,
        batch_size=config.batch_size,
        image_size_px=config.image_size_px,
    )
    heads = [model_config.prediction_head]
    return batches.map(
        lambda batch: (model_inputs(batch, model_config), head_targets(batch, model_config, heads))
    ).prefetch(tf.data.AUTOTUNE)


def _announce(
    config: TrainConfig,
    model_config: ModelConfig,
    infos: list[DatasetInfo],
    num_parameters: int,
    first_step: int,
) -> None:
    aus = " ".join(au_name(au) for au in model_config.aus)
    print(f"{model_config.backbone}, {num_parameters:,} parameters, {model_config.view} view: {aus}")
    share = config.batch_size // len(config.sources)
    for source, info in zip(config.sources, infos, strict=True):
        labels = f" with labels from {source.labels_dir}" if source.labels_dir else ""
        origin = f"{info.num_examples} in {source.records_dir}{labels}"
        print(f"head {source.head}: {share} of {config.batch_size} from {origin}")
    if first_step:
        print(f"going on from step {first_step} of {config.num_steps}")
