"""The course of a run, whatever it trains: from an empty or half-done folder to a finished one."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import tensorflow as tf
from tensorflow import keras

# Not among what TensorFlow exports, though its opposite is.
from tensorflow.python.framework.config import disable_op_determinism

from emotionet_tf.console.signals import StopRequest
from emotionet_tf.errors import UserError
from emotionet_tf.models.model_folders import RUN_FILE
from emotionet_tf.storage.folder_settings import claim_folder
from emotionet_tf.storage.paths import as_path
from emotionet_tf.storage.write_locks import only_writer
from emotionet_tf.stream.batches import WHOLE_BATCH
from emotionet_tf.training.device_choice import choose_devices
from emotionet_tf.training.devices import AverageStatistics, Devices
from emotionet_tf.training.lifecycle.changed_length import changed_length
from emotionet_tf.training.lifecycle.checkpoint_periods import CheckpointPeriods, fit_in_periods
from emotionet_tf.training.lifecycle.checkpoints import RunState, SaveAtPeriodEnd
from emotionet_tf.training.lifecycle.finiteness import NotFiniteError, describe
from emotionet_tf.training.lifecycle.run_calls import RunCalls
from emotionet_tf.training.lifecycle.run_files import is_trained, write_summary
from emotionet_tf.training.lifecycle.stopping import SaveWithinPeriods, StopAtNotFinite
from emotionet_tf.training.monitoring.curve_file import WriteCurves
from emotionet_tf.training.monitoring.period_sums import LogMeanLoss
from emotionet_tf.training.monitoring.progress_line import ProgressLine
from emotionet_tf.training.monitoring.step_times import InputWait, Pace, StepTimes
from emotionet_tf.training.monitoring.tensorboard_log import TensorBoardLog
from emotionet_tf.training.optimization.optimizer_and_schedule import configured_schedule
from emotionet_tf.training.starting_weights import checkpoints_folder
from emotionet_tf.training.task import TrainingTask

_NOTICE = "\ninterrupted: saving after this step; Ctrl-C once more ends at once\n"

Batches: TypeAlias = tf.data.Dataset | tf.distribute.DistributedDataset


def run_to_end(task: TrainingTask, settings: Mapping[str, Any]) -> None:
    """Trains to the end from where the run's folder stands, and writes the folder's files; none if it is finished.

    A folder that was begun with another number of steps continues where `changed_length` finds no difference.

    Args:
      task: What is trained, and on what; not built yet.
      settings: All that decides the result, as the folder keeps it.
    Raises:
      KeyboardInterrupt: At Ctrl-C; all is saved.
      StoppedError: If the process is asked to end; all is saved.
      UserError: If the loss or a weight is not finite, files cannot be written or read, or another run trains there.
    """
    config, options = task.config, task.options
    folder = as_path(config.output_dir)
    change = changed_length(config, settings)
    if change is None and is_trained(folder, settings, config.defaults()):
        return
    devices = choose_devices(options.strategy, gpu_memory=options.gpu_memory)
    devices.check_batch(
        config.batch_size, num_sources=len(config.training_dirs), num_micro_batches=config.accumulation_steps
    )
    with (
        devices.peers_watched(),
        devices.own_folder(folder) as own_folder,
        only_writer(own_folder, is_filled=True),
    ):
        make_reproducible(config.seed, is_compiled=options.is_compiled)
        task.build(devices)
        # Before the folder is claimed: it opens all that is trained on.
        batches_from_start = _batches(task, devices, 0)
        # Only now is everything known to fit: a mistyped call leaves no folder that refuses the corrected one.
        begun_with = change.before if change else settings
        claim_folder(own_folder / RUN_FILE, begun_with, defaults=config.defaults(), is_of_one_keras=True)
        task.keep_inputs(own_folder)
        state = _restored_state(task, devices, own_folder)
        if change:
            change.accept(own_folder)
        print(
            devices.describe(
                config.batch_size, config.initial_learning_rate, task.network, config.sync_batch_norm
            )
        )
        task.announce(state.step)
        calls, pace = _Steps(task, devices, own_folder, state, batches_from_start).train()
        task.save(task.model.result, own_folder, "last")
        write_summary(
            own_folder,
            settings,
            task.network,
            state,
            options=options,
            devices=devices,
            calls=calls,
            pace=pace,
        )


def make_reproducible(seed: int, *, is_compiled: bool = False) -> None:
    """Seeds Python, NumPy and TensorFlow, and chooses operations that give the same bits each time.

    XLA refuses to compile the gradient of a max pooling, which OwnNet and the ResNets have, where such operations are
    asked for. On a CPU its own give the same bits anyway; on a GPU, runs that it compiles are equal up to rounding.

    Args:
      seed: The run's.
      is_compiled: Whether XLA compiles the training step.
    """
    keras.utils.set_random_seed(seed)
    if is_compiled:
        disable_op_determinism()
    else:
        tf.config.experimental.enable_op_determinism()


def _batches(task: TrainingTask, devices: Devices, start_step: int) -> Batches:
    """Returns the endless batches from a step on, as the devices take them."""
    return devices.distributed(
        lambda replica_slice: task.batches(start_step, replica_slice), task.config.batch_size
    )


def _restored_state(task: TrainingTask, devices: Devices, own_folder: Path) -> RunState:
    """Returns where the run stands: at its newest checkpoint, or at step 0."""
    checkpoints = checkpoints_folder(task.config)
    state = RunState(
        task.network, task.model, own_folder / checkpoints.name, task.options.num_checkpoints, checkpoints
    )
    devices.check_agreed(state.restore(), checkpoints)
    return state


@dataclass(frozen=True, eq=False)
class _Steps:
    """The steps of a run that is ready to train, with all that happens between them.

    Attributes:
      task: What is trained, built.
      devices: What it is trained on.
      folder: Where this process writes.
      state: Where the run stands.
      batches_from_start: The batches from step 0 on, which have been opened.
    """

    task: TrainingTask
    devices: Devices
    folder: Path
    state: RunState
    batches_from_start: Batches

    def train(self) -> tuple[RunCalls, Pace]:
        """Trains to the end; returns how the calls of the command went, and how fast this one was."""
        # As in the streams: no function of tensors here needs AutoGraph's rewriting, which takes longer than a short
        # run, but Keras's loop over the steps of one execution. Networks are built outside: without it, Keras 2.15
        # loses the constants of MobileNetV3's operations from its file.
        is_loop_rewritten = self.task.options.steps_per_execution > 1
        train = self._train if is_loop_rewritten else tf.autograph.experimental.do_not_convert(self._train)
        try:
            return train()
        except NotFiniteError as error:
            raise UserError(describe(error, self.task.open_examples, self.state.newest)) from error

    def _train(self) -> tuple[RunCalls, Pace]:
        task, state, config, options = self.task, self.state, self.task.config, self.task.options
        periods = CheckpointPeriods(
            config.num_steps, config.checkpoint_interval_steps, config.validation_interval_steps
        )
        calls = RunCalls(self.folder, state)
        input_wait = None
        if self.devices.strategy is None and options.steps_per_execution == 1:
            input_wait = InputWait()
            task.model.wrap_train_function = input_wait.timed
        times = StepTimes(periods, state, input_wait)
        with (
            StopRequest(notice=_NOTICE).listening() as request,
            contextlib.closing(self._tensorboard(times)) as log,
        ):
            if state.step == 0 and self.devices.is_chief:
                log.draw(task.draw_batch(next(iter(task.examples(0, WHOLE_BATCH)))))
            watch = SaveWithinPeriods(
                state, request, options.checkpoint_interval_minutes, self.devices.any_worker
            )
            callbacks = [times, *self._callbacks(periods, watch, times, log), calls]
            try:
                fit_in_periods(task.model, periods, self._batches_from, state=state, callbacks=callbacks)
            finally:
                calls.note()
        return calls, times.call()

    def _batches_from(self, step: int) -> Batches:
        return _batches(self.task, self.devices, step) if step else self.batches_from_start

    def _tensorboard(self, times: StepTimes) -> TensorBoardLog:
        return TensorBoardLog(
            self.folder,
            self.state,
            times,
            batch_size=self.task.config.batch_size,
            learning_rate=configured_schedule(self.task.config),
            measures=self.task.model.measures,
            validation_tags=self.task.validation_results.tensorboard_tags(),
        )

    def _callbacks(
        self, periods: CheckpointPeriods, watch: SaveWithinPeriods, times: StepTimes, log: TensorBoardLog
    ) -> list[keras.callbacks.Callback]:
        """Returns what happens between steps, in its order."""
        config, state, task = self.task.config, self.state, self.task
        validation = task.validation(periods, watch)
        results = task.validation_results
        rate = configured_schedule(config)
        return [
            AverageStatistics(self.devices),
            LogMeanLoss(state.sums),
            *([validation] if validation else []),
            StopAtNotFinite(state),
            ProgressLine(config.num_steps, config.batch_size, state, times, rate, results),
            log,
            WriteCurves(state, self.folder, results.curve_columns() if validation else ()),
            watch,
            SaveAtPeriodEnd(state, lambda: task.save(task.model.result, self.folder, "best")),
        ]
