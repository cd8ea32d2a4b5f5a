"""Pictures to a video file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np


class VideoWriter:
    """Writes an MP4 file of H.264, of pictures that may differ in size from the first; in a `with` statement.

    Args:
      path: The file; its folder is made where it is missing.
      rate: Pictures a second.
    """

    def __init__(self, path: Path, rate: float) -> None:
        self._path, self._rate = path, Fraction(rate).limit_denominator(1000)
        self._container: Any = None
        self._stream: Any = None

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._container is not None:
            self._container.mux(self._stream.encode())
            self._container.close()

    def add(self, picture: np.ndarray) -> None:
        """Adds a picture, [height, width, 3] uint8 RGB."""
        import av

        if self._container is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._container = av.open(str(self._path), "w")
            self._stream = self._container.add_stream("libx264", rate=self._rate)
            # H.264 stores colours for 2 x 2 pixels.
            self._stream.height, self._stream.width = (size // 2 * 2 for size in picture.shape[:2])
            self._stream.pix_fmt = "yuv420p"
        height, width = self._stream.height, self._stream.width
        fitted = np.zeros((height, width, 3), np.uint8)
        own = picture[:height, :width]
        fitted[: own.shape[0], : own.shape[1]] = own
        self._container.mux(self._stream.encode(av.VideoFrame.from_ndarray(fitted, format="rgb24")))
