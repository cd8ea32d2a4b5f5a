"""Small videos for the tests."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np


def write_video(
    path: Path,
    pictures: Iterable[np.ndarray],
    *,
    rate: int = 25,
    codec: str = "libx264",
    ticks: Sequence[int] = (),
) -> Path:
    """Writes pictures [height, width, 3] uint8 RGB as a video; `ticks` are their times in 1/1000 s, else regular."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        stream.pix_fmt = "yuv420p"
        if ticks:
            stream.codec_context.time_base = Fraction(1, 1000)
        for number, picture in enumerate(pictures):
            if number == 0:
                stream.height, stream.width = picture.shape[:2]
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            if ticks:
                frame.pts, frame.time_base = ticks[number], Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def numbered_pictures(count: int, height: int = 48, width: int = 64) -> Iterable[np.ndarray]:
    """Yields pictures that are brighter one after the other, with a red upper left quarter."""
    for number in range(count):
        picture = np.full((height, width, 3), 20 + 4 * number, np.uint8)
        picture[: height // 2, : width // 2] = (255, 0, 0)
        yield picture


def turn_clockwise(path: Path) -> None:
    """Marks an MP4 file as one to be shown turned by a quarter, as phones that are held upright do."""
    content = bytearray(path.read_bytes())
    matrix = content.index(b"tkhd") + 44
    content[matrix : matrix + 36] = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
    path.write_bytes(content)
