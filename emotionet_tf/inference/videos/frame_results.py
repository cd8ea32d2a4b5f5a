"""The faces and AUs of a video's frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.inference.face_result import FaceResult
from emotionet_tf.videos.frames import Frame
from emotionet_tf.videos.tracking import FaceTracker

_FRAMES_AT_A_TIME = 16
"""Frames whose faces the networks see together, our choice."""


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


def results_of_frames(
    frames: Iterator[Frame],
    tracker: FaceTracker,
    results: Callable[[Sequence[tuple[np.ndarray, Face]]], list[FaceResult]],
) -> Iterator[list[FrameResult]]:
    """Yields the frames' results, some frames at a time.

    Args:
      frames: In their order.
      tracker: Follows the faces.
      results: Returns the results of faces, each given with its frame's pixels.
    """
    for batch in _batches(frames):
        found = [tracker.step(frame.number, frame.pixels) for frame in batch]
        places = [
            (frame.pixels, face) for frame, faces in zip(batch, found, strict=True) for _, face in faces
        ]
        of_faces = iter(results(places))
        yield [
            FrameResult(
                frame.number,
                frame.seconds,
                frame.pixels,
                [face_id for face_id, _ in faces],
                [next(of_faces) for _ in faces],
            )
            for frame, faces in zip(batch, found, strict=True)
        ]


def _batches(frames: Iterator[Frame]) -> Iterator[list[Frame]]:
    batch: list[Frame] = []
    for frame in frames:
        batch.append(frame)
        if len(batch) == _FRAMES_AT_A_TIME:
            yield batch
            batch = []
    if batch:
        yield batch
