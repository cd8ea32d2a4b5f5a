"""What a detector asks for the AUs of faces, and how it feeds networks. Needs neither TensorFlow nor pandas."""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np

from emotionet_tf.cpu_cores import num_cores
from emotionet_tf.faces.box_crops import crop_face
from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.faces.head_pose import Angles, upright_angles

Place = tuple[np.ndarray, Face]
"""A photo, [height, width, 3] uint8 RGB, and a face in it."""


MIRRORED_ANGLES = (1.0, -1.0, -1.0)
"""What pitch, yaw and roll are multiplied by in the mirror."""


class Scorer(Protocol):
    """Scores the AUs of faces."""

    @property
    def aus(self) -> tuple[int, ...]:
        """The AUs' numbers, in the order of the scores."""

    @property
    def thresholds(self) -> np.ndarray:
        """[AUs] float64; from its threshold upward a score means that the AU is present."""

    @property
    def about(self) -> dict[str, Any]:
        """What the scores come from, as tables name it."""

    @property
    def intensity_aus(self) -> tuple[int, ...]:
        """The AUs that have an intensity as well, in the order of the intensities."""

    def scores_and_intensities(
        self, places: Sequence[Place], angles: Sequence[Angles], *, mirrored: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """Returns what `scores` does, and intensities from 0 to 5, [faces, `intensity_aus`] float64.

        Args:
          places: As of `scores`; so `angles`.
          angles: Of the heads as they are.
          mirrored: Whether the networks are shown the mirror images of crops and angles; columns are as they say.
        """

    def scores(self, places: Sequence[Place], angles: Sequence[Angles]) -> np.ndarray:
        """Returns the scores of some faces, [faces, AUs] float64.

        Args:
          places: The faces, each with its photo; at least one.
          angles: Of their heads.
        """


@dataclass(frozen=True)
class CropKind:
    """The crop that a network is shown.

    Attributes:
      view: "close_up" or "context".
      crop_size_px: Its side.
      framing: "registered" or "box".
    """

    view: str
    crop_size_px: int
    framing: str

    def of(self, places: Sequence[Place], *, mirrored: bool = False) -> np.ndarray:
        """Returns the faces' crops or their mirror images, [faces, crop_size_px, crop_size_px, 3] uint8."""

        def crop(place: Place) -> np.ndarray:
            return crop_face(*place, self.view, self.crop_size_px, self.framing)

        crops = np.stack(list(_threads().map(crop, places)) if len(places) > 1 else [crop(places[0])])
        return np.ascontiguousarray(crops[:, :, ::-1]) if mirrored else crops

    def to_dict(self) -> dict[str, Any]:
        """Returns the kind as JSON can hold it."""
        return asdict(self)


@functools.cache
def _threads() -> ThreadPoolExecutor:
    """Returns what cuts crops side by side, made once."""
    return ThreadPoolExecutor(num_cores())


if hasattr(os, "register_at_fork"):
    # A child that is forked has none of the threads.
    os.register_at_fork(after_in_child=_threads.cache_clear)


def angle_inputs(angles: Sequence[Angles], *, mirrored: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Returns angles [faces, 3] float32, 0 where unknown, and what is known of them, [faces, 3] of 0 and 1.

    They are those of the photo turned upright, as of `upright_angles`, or of its mirror image.
    """
    known = np.array([[float(value is not None)] * 3 for value in angles], np.float32)
    values = np.array([upright_angles(value) or (0.0, 0.0, 0.0) for value in angles], np.float32)
    return (values * np.array(MIRRORED_ANGLES, np.float32) if mirrored else values), known
