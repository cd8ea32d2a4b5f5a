"""What `train` and `pretrain` have in common: a run of intervals, with all that happens between its steps."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow import keras

from emotionet_tf.errors import UserError
from emotionet_tf.training.checkpoints import RunState, SaveRun
from emotionet_tf.training.config import TrainConfig
from emotionet_tf.training.devices import AverageStatistics, Devices
from emotionet_tf.training.finiteness import NotFiniteError, StopAtNotFinite, describe
from emotionet_tf.training.input_wait import InputWait
from emotionet_tf.training.interval_sums import LogMeanLoss
from emotionet_tf.training.intervals import Intervals, fit_in_intervals
from emotionet_tf.training.optimizers import configured_schedule
from emotionet_tf.training.pretrain_config import PretrainConfig
from emotionet_tf.training.progress import ProgressLine
from emotionet_tf.training.record_curves import RecordCurves
from emotionet_tf.training.run_calls import RunCalls
from emotionet_tf.training.run_options import RunOptions
from emotionet_tf.training.step_times import Pace, StepTimes
from emotionet_tf.training.stop_requests import StopRequest
from emotionet_tf.training.stopping import SaveInBetween
from emotionet_tf.training.tensorboard_log import TensorBoardLog
from emotionet_tf.training.training_network import TrainingNetwork

MakeValidation = Callable[[Intervals, SaveInBetween], keras.callbacks.Callback]
"""Returns the callback that validates; told when, and what to ask meanwhile whether the run is to stop."""


@dataclass(frozen=True, eq=False)
class Run:
    """A run that is ready to train.

    Attributes:
      config: What decides its result.
      folder: Where this process writes.
      devices: What it computes on.
      options: How it is carried out.
      model: What trains, compiled and restored.
      state: Where it stands.
      batches_from: Returns the endless batches from a step on.
      save_best: Writes the best model.
      make_validation: None for a run without validation.
      measures: What stands behind a validation's score on the screen: names in the logs, and how a person reads them.
      examples_from: Returns the whole batches from a step on as the stream gives them, with their examples' ids.
      curve_columns: The results of a validation that become columns of the curves.
      more_results: Returns further ones that are no numbers of the logs.
      head: The head that is validated, where the network has several.
      draw_batch: Returns a sheet of a batch of `examples_from`; None for no sheet.
    """

    config: TrainConfig | PretrainConfig
    folder: Path
    devices: Devices
    options: RunOptions
    model: TrainingNetwork
    state: RunState
    batches_from: Callable[[int], tf.data.Dataset]
    save_best: Callable[[], None]
    make_validation: MakeValidation | None
    measures: Mapping[str, str]
    examples_from: Callable[[int], tf.data.Dataset]
    curve_columns: Sequence[str]
    more_results: Callable[[keras.Model], Mapping[str, float]] = lambda model: {}
    head: str | None = None
    draw_batch: Callable[[dict[str, tf.Tensor]], np.ndarray] | None = None

    def train(self) -> tuple[RunCalls, Pace]:
        """Trains to the end; returns how the calls of the command went, and how fast this one was.

        Raises:
          KeyboardInterrupt: At Ctrl-C; all is saved.
          StoppedError: If the process is asked to end; all is saved.
          UserError: If the loss or a weight is not finite, or files cannot be written or read.
        """
        # As in the streams: no function of tensors here needs AutoGraph's rewriting, which takes longer than a short
        # run, but Keras's loop over the steps of one execution. Networks are built outside: without it, Keras 2.15
        # loses the constants of MobileNetV3's operations from its file.
        is_loop_rewritten = self.options.steps_per_execution > 1
        train = self._train if is_loop_rewritten else tf.autograph.experimental.do_not_convert(self._train)
        try:
            return train()
        except NotFiniteError as error:
            raise UserError(describe(error, self.examples_from, self.state.newest)) from error

    def _train(self) -> tuple[RunCalls, Pace]:
        config, state = self.config, self.state
        intervals = Intervals(
            config.num_steps, config.checkpoint_interval_steps, config.validation_interval_steps
        )
        calls = RunCalls(self.folder, state)
        if self.devices.strategy is None and self.options.steps_per_execution == 1:
            self.model.input_wait = InputWait()
        times = StepTimes(intervals, state, self.model.input_wait)
        with StopRequest().listening() as request, contextlib.closing(self._log(times)) as log:
            watch = SaveInBetween(
                state, request, self.options.checkpoint_interval_minutes, self.devices.any_worker
            )
            if self.draw_batch and state.step == 0 and self.devices.is_chief:
                log.draw(self.draw_batch(next(iter(self.examples_from(0)))))
            callbacks = [times, *self._callbacks(intervals, watch, times, log), calls]
            try:
                fit_in_intervals(self.model, intervals, self.batches_from, state=state, callbacks=callbacks)
            finally:
                calls.note()
        return calls, times.call()

    def _log(self, times: StepTimes) -> TensorBoardLog:
        return TensorBoardLog(
            self.folder,
            self.state,
            times,
            batch_size=self.config.batch_size,
            learning_rate=configured_schedule(self.config),
            measures=self.model.measures,
            head=self.head,
            more=self.more_results,
        )

    def _callbacks(
        self, intervals: Intervals, watch: SaveInBetween, times: StepTimes, log: TensorBoardLog
    ) -> list[keras.callbacks.Callback]:
        """Returns what happens between steps, in its order."""
        config, state = self.config, self.state
        validation = [self.make_validation(intervals, watch)] if self.make_validation else []
        columns = self.curve_columns if validation else ()
        rate = configured_schedule(config)
        return [
            AverageStatistics(self.devices),
            LogMeanLoss(state.sums),
            *validation,
            StopAtNotFinite(state),
            ProgressLine(config.num_steps, config.batch_size, state, times, rate, self.measures),
            log,
            RecordCurves(state, self.folder, columns, self.more_results),
            watch,
            SaveRun(state, self.save_best),
        ]
