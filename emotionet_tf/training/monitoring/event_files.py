"""TensorBoard's event files."""

from __future__ import annotations

import math
import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import tensorflow as tf

from emotionet_tf.errors import UserError
from emotionet_tf.training.lifecycle.checkpoints import first_line

# Since this version TensorBoard takes a START for a restart.
_VERSION = "brain.Event:2"


class EventFile:
    """A file of numbers and pictures by tag and step, one of those that make up a run in TensorBoard.

    It begins with the message that the run was started again before a step: TensorBoard forgets what older files have
    from that step on, so that points which are written again are there once. `tf.summary` cannot write that message.

    Args:
      folder: The run's.
      start: That step: the first that may be written here.
    Raises:
      UserError: If the file cannot be written, here and in all methods.
    """

    def __init__(self, folder: Path, start: int):
        self._folder = folder
        self._start = start
        self._writer: tf.io.TFRecordWriter | None = None

    def add(
        self, step: int, numbers: Mapping[str, float], pictures: Mapping[str, np.ndarray] | None = None
    ) -> None:
        """Writes what belongs to a step.

        Args:
          step: Batches trained on.
          numbers: By tag; those that are not finite are left out.
          pictures: [height, width, 3] uint8 RGB, by tag.
        """
        summary = tf.compat.v1.Summary()
        for tag, number in numbers.items():
            if math.isfinite(number):
                summary.value.add(tag=tag, simple_value=number)
        for tag, picture in (pictures or {}).items():
            encoded = cv2.imencode(".png", picture[:, :, ::-1])[1].tobytes()
            height, width, num_channels = picture.shape
            image = tf.compat.v1.Summary.Image(
                height=height, width=width, colorspace=num_channels, encoded_image_string=encoded
            )
            summary.value.add(tag=tag, image=image)
        try:
            self._write(tf.compat.v1.Event(step=step, summary=summary))
        except (tf.errors.OpError, OSError) as error:
            # Behind half an event TensorBoard would read no more.
            self._writer = None
            raise UserError(
                f"TensorBoard's log cannot be written: {first_line(error)}; the same command resumes from the newest "
                "checkpoint once it can"
            ) from error
        self._start = step + 1

    def close(self) -> None:
        """Ends the file."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _write(self, event: tf.compat.v1.Event) -> None:
        events = [event]
        if self._writer is None:
            self._writer = self._open()
            started = tf.compat.v1.SessionLog(status=tf.compat.v1.SessionLog.START)
            opening = (
                tf.compat.v1.Event(file_version=_VERSION),
                tf.compat.v1.Event(step=self._start, session_log=started),
            )
            events = [*opening, event]
        for one in events:
            one.wall_time = time.time()
            self._writer.write(one.SerializeToString())
        self._writer.flush()

    def _open(self) -> tf.io.TFRecordWriter:
        self._folder.mkdir(parents=True, exist_ok=True)
        # TensorBoard reads a run's files in their names' order.
        seconds, nanoseconds = divmod(time.time_ns(), 10**9)
        name = f"events.out.tfevents.{seconds:010d}.{nanoseconds:09d}.{socket.gethostname()}.{os.getpid()}"
        return tf.io.TFRecordWriter(str(self._folder / name))
