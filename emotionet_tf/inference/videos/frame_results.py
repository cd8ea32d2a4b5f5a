"""The faces and AUs of a video's frames."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import Any, NamedTuple

import numpy as np

from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.inference.face_result import FaceResult
from emotionet_tf.videos.frames import Frame
from emotionet_tf.videos.tracking import FaceTracker

_FRAMES_AT_A_TIME = 16
"""Frames whose faces the networks see together, our choice."""
_BYTES_AT_A_TIME = 1 << 25
"""Of pixels: fewer frames of large ones are held in memory at once."""


class FrameResult(NamedTuple):
    """What was found in a frame.

    Attributes:
      number: The frame's place in the video, from 0.
      seconds: Its time from the video's start.
      pixels: [height, width, 3] uint8 RGB, upright.
      face_ids: Numbers that stay with the people, the lowest first.
      faces: Their faces, in the same order.
    """

    number: int
    seconds: float
    pixels: np.ndarray
    face_ids: list[int]
    faces: list[FaceResult]


class FrameBatch(NamedTuple):
    """Some frames in a row.

    Attributes:
      results: What was found in each.
      num_people: How many different people were seen up to here.
      tracker: What the next frame's step depends on (`FaceTracker.state`); None where it was not asked for.
    """

    results: list[FrameResult]
    num_people: int
    tracker: dict[str, Any] | None


def results_of_frames(
    frames: Iterator[Frame],
    tracker: FaceTracker,
    results: Callable[[Sequence[tuple[np.ndarray, Face]]], list[FaceResult]],
    *,
    is_live: bool = False,
    frames_of_a_save: int | None = None,
) -> Generator[FrameBatch, None, None]:
    """Yields the frames' results, some frames at a time.

    While faces are followed in some frames, the ones before are scored and the ones behind are decoded, in threads of
    their own; what comes out is the same as one after the other. Close it (`contextlib.closing`) before the video.

    Args:
      frames: In their order.
      tracker: Follows the faces.
      results: Returns the results of faces, each given with its frame's pixels.
      is_live: Whether frames come as they are taken: none is read or scored ahead, and Ctrl-C reaches the camera.
      frames_of_a_save: So many frames lie at least between two states of the tracker that are given; None for none.
    """
    steps = _steps(_batches(frames), tracker, frames_of_a_save, is_live=is_live)
    if is_live:
        yield from (_scored(step, results) for step in steps)
        return
    with closing(steps), ThreadPoolExecutor(1) as scoring:
        before: Future[FrameBatch] | None = None
        for step in steps:
            if before is not None:
                yield before.result()
            before = scoring.submit(_scored, step, results)
        if before is not None:
            yield before.result()


class _Step(NamedTuple):
    """Frames in which faces were followed, before they are scored."""

    frames: list[Frame]
    found: list[list[tuple[int, Face]]]
    num_people: int
    tracker: dict[str, Any] | None


def _steps(
    batches: Generator[list[Frame], None, None],
    tracker: FaceTracker,
    frames_of_a_save: int | None,
    *,
    is_live: bool,
) -> Generator[_Step, None, None]:
    num_since_save = 0
    with closing(batches if is_live else _read_ahead(batches)) as read:
        for batch in read:
            found = [tracker.step(frame.number, frame.pixels) for frame in batch]
            num_since_save += len(batch)
            state = None
            if frames_of_a_save is not None and num_since_save >= frames_of_a_save:
                state, num_since_save = tracker.state(), 0
            yield _Step(batch, found, tracker.num_people, state)


def _read_ahead(batches: Generator[list[Frame], None, None]) -> Generator[list[Frame], None, None]:
    """Yields what an iterator yields, while a thread reads on; it is read by nobody once this is closed."""
    with ThreadPoolExecutor(1) as reading:
        nothing: list[Frame] = []
        ahead = reading.submit(next, batches, nothing)
        while batch := ahead.result():
            ahead = reading.submit(next, batches, nothing)
            yield batch


def _scored(
    step: _Step, results: Callable[[Sequence[tuple[np.ndarray, Face]]], list[FaceResult]]
) -> FrameBatch:
    pairs = list(zip(step.frames, step.found, strict=True))
    of_faces = iter(results([(frame.pixels, face) for frame, faces in pairs for _, face in faces]))
    in_order = [
        FrameResult(
            frame.number,
            frame.seconds,
            frame.pixels,
            [face_id for face_id, _ in faces],
            [next(of_faces) for _ in faces],
        )
        for frame, faces in pairs
    ]
    return FrameBatch(in_order, step.num_people, step.tracker)


def _batches(frames: Iterator[Frame]) -> Generator[list[Frame], None, None]:
    batch: list[Frame] = []
    num_bytes = 0
    for frame in frames:
        batch.append(frame)
        num_bytes += frame.pixels.nbytes
        if len(batch) == _FRAMES_AT_A_TIME or num_bytes >= _BYTES_AT_A_TIME:
            yield batch
            batch, num_bytes = [], 0
    if batch:
        yield batch
