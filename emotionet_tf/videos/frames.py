"""The frames of a video, upright and with their times; a damaged file gives those that it has."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from emotionet_tf.errors import UserError
from emotionet_tf.photos.limits import MAX_PIXELS

VIDEO_ENDINGS = (".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".ts", ".3gp")
URL_SCHEMES = ("rtsp://", "rtmp://", "http://", "https://", "udp://", "srt://")


_USUAL_RATE = 25.0
"""Frames a second of a video that does not say."""
_MOST_DAMAGE = 1000
"""So many places that cannot be decoded end the reading, our choice."""

_MOST_MISSING_SECONDS = 1.0
"""A video may end by so much before the time that it says without a remark: the last frame is shown for a while."""


@dataclass(frozen=True, eq=False)
class Frame:
    """A frame.

    Attributes:
      number: Its place in the video, from 0; frames that were left out count.
      seconds: Its time from the video's start, as the file says.
      pixels: [height, width, 3] uint8 RGB, upright.
    """

    number: int
    seconds: float
    pixels: np.ndarray


@dataclass
class Video:
    """A video file or stream that is being read.

    Attributes:
      path: The file's path, or the stream's URL.
      every: Each which frame is given.
      start: Frames before are left out, in seconds.
      end: Frames from here on are left out; None for the video's end.
      rate: Frames a second, on average.
      num_frames: How many frames it has, as far as it says; None where it does not.
      damage: Where frames could not be decoded, once they have been read; empty where all could.
    """

    path: str
    every: int = 1
    start: float = 0.0
    end: float | None = None
    rate: float = field(default=_USUAL_RATE, init=False)
    num_frames: int | None = field(default=None, init=False)
    damage: list[str] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self._container = _opened(self.path)
        self._stream = self._container.streams.video[0]
        self._stream.thread_type = "AUTO"
        self.rate = float(self._stream.average_rate or _USUAL_RATE)
        self.num_frames = _num_frames(self._stream, self._container)

    def frames(self, first: int = 0) -> Iterator[Frame]:
        """Yields the frames from a number on; those before are decoded only, so that the rest is the same.

        Raises:
          UserError: If a frame has too many pixels.
        """
        offset, seconds = None, 0.0
        for number, decoded in enumerate(self._decoded()):
            stamp = None if decoded.pts is None else float(decoded.pts * decoded.time_base)
            if offset is None:
                offset = stamp if stamp is not None else 0.0
            seconds = number / self.rate if stamp is None else stamp - offset
            if self.end is not None and seconds >= self.end:
                return
            if number < first or seconds < self.start or number % self.every:
                continue
            if decoded.width * decoded.height > MAX_PIXELS:
                raise UserError(f"{self.path}: frame {number} has more than {MAX_PIXELS:,} pixels")
            yield Frame(number, seconds, _upright(decoded.to_ndarray(format="rgb24"), decoded.rotation))
        self._note_early_end(seconds)

    def close(self) -> None:
        """Closes the file."""
        self._container.close()

    def _decoded(self) -> Iterator[Any]:
        """Yields decoded frames; what cannot be decoded is noted and passed over."""
        import av

        seconds = 0.0
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
                for frame in packet.decode():
                    seconds = float(frame.time or 0.0)
                    if frame.is_corrupt:
                        self.damage.append(f"a damaged frame at {seconds:.2f} s")
                    yield frame
            except StopIteration:
                return
            except av.error.EOFError:
                return
            except av.error.FFmpegError as error:
                self.damage.append(f"after {seconds:.2f} s: {error.strerror or error}")
                if len(self.damage) > _MOST_DAMAGE:
                    return

    def _note_early_end(self, seconds: float) -> None:
        duration = _duration(self._stream, self._container)
        if duration is not None and self.end is None and seconds < duration - _MOST_MISSING_SECONDS:
            self.damage.append(f"it ends at {seconds:.2f} s, and says that it has {duration:.2f} s")


def is_video(path: str) -> bool:
    """Returns whether a path is named as a video is, or is a stream's URL."""
    return path.lower().startswith(URL_SCHEMES) or os.path.splitext(path)[1].lower() in VIDEO_ENDINGS


def check_decoder() -> None:
    """Raises UserError where the package that decodes videos is missing."""
    try:
        import av  # noqa: F401
    except ImportError as error:
        raise UserError("videos need PyAV: pip install 'emotionet_tf[video]' (or pip install av)") from error


def _opened(path: str) -> Any:
    check_decoder()
    import av

    is_stream = path.lower().startswith(URL_SCHEMES)
    try:
        # A file may be a list of other places; those of the network are not asked.
        options = {} if is_stream else {"protocol_whitelist": "file,crypto,data"}
        container = av.open(path, options=options)
    except (OSError, av.error.FFmpegError) as error:
        reason = getattr(error, "strerror", None) or error
        hint = "" if is_stream else "; is it whole?"
        raise UserError(f"{path} cannot be read as a video: {reason}{hint}") from error
    if not container.streams.video:
        kinds = ", ".join(stream.type for stream in container.streams)
        container.close()
        raise UserError(f"{path} has no pictures, only {kinds or 'nothing'}")
    return container


def _duration(stream: Any, container: Any) -> float | None:
    """Returns the seconds that a video says it has; None where it does not say."""
    if stream.duration is not None:
        return float(stream.duration * stream.time_base)
    return None if container.duration is None else container.duration / 1e6


def _num_frames(stream: Any, container: Any) -> int | None:
    if stream.frames:
        return int(stream.frames)
    seconds = _duration(stream, container)
    return round(seconds * float(stream.average_rate)) if seconds and stream.average_rate else None


def _upright(pixels: np.ndarray, rotation: int) -> np.ndarray:
    """Returns a frame turned as its file says, in quarters; the rotation is counter-clockwise, in degrees."""
    return np.ascontiguousarray(np.rot90(pixels, round(rotation / 90) % 4))
