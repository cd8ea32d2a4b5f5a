"""What TensorBoard shows of a run, in `logs/` of its folder."""

from __future__ import annotations

from pathlib import Path

import tensorflow as tf
from tensorflow import keras

from emotionet_tf.errors import UserError
from emotionet_tf.training.checkpoints import first_line

_LOGS = "logs"


class TensorBoardLog(keras.callbacks.TensorBoard):
    """Keras's callback, which writes out each interval's events at once.

    They are to be seen then, and a full disk ends the run: TensorFlow would go on behind half an event, after which
    TensorBoard reads no more.
    """

    def __init__(self, folder: Path):
        super().__init__(str(folder / _LOGS), write_graph=False)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Keras's call."""
        super().on_epoch_end(epoch, logs)
        for writer in self._writers.values():
            writer.flush()


def refuse_unwritten_log(error: tf.errors.OpError, folder: Path) -> None:
    """Raises UserError if an error of TensorFlow's is that of writing a run's log."""
    if str(folder / _LOGS) in error.message:
        raise UserError(
            f"TensorBoard's log cannot be written: {first_line(error)}; the same command goes on from the newest "
            "checkpoint once it can"
        ) from error
