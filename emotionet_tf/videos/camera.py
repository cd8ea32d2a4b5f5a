"""A camera's frames, until it is told to stop."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import cv2

from emotionet_tf.errors import UserError
from emotionet_tf.videos.frames import Frame


class Camera:
    """A camera of this machine.

    Args:
      number: Of the camera; 0 is the first.
      every: Each which frame is given.
      end: After so many seconds it is stopped; None for Ctrl-C alone.
      capture: What takes the pictures; None is OpenCV's camera of that number.
    Raises:
      UserError: If there is no such camera.
    """

    num_frames: int | None = None
    rate = 25.0

    def __init__(self, number: int, every: int = 1, end: float | None = None, capture: Any = None) -> None:
        self.damage: list[str] = []
        self._every, self._end = every, end
        _silence()
        self._capture = cv2.VideoCapture(number) if capture is None else capture
        if not self._capture.isOpened():
            raise UserError(f"--camera={number}: no such camera, or another program has it")

    def frames(self, first: int = 0) -> Iterator[Frame]:
        """Yields frames until Ctrl-C, the end, or the camera gives none; what came before stays."""
        start, number = time.monotonic(), -1
        try:
            while True:
                is_read, pixels = self._capture.read()
                seconds, number = time.monotonic() - start, number + 1
                if not is_read or (self._end is not None and seconds >= self._end):
                    return
                if number % self._every == 0:
                    yield Frame(number, seconds, cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB))
        except KeyboardInterrupt:
            return

    def close(self) -> None:
        """Gives the camera back."""
        self._capture.release()


def _silence() -> None:
    """Keeps OpenCV from telling stderr of each kind of camera that it did not find."""
    module: Any = cv2
    # OpenCV 4 has it at its top, 5 among its utilities.
    set_level = module.setLogLevel if hasattr(module, "setLogLevel") else module.utils.logging.setLogLevel
    set_level(0)
