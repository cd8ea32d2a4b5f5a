"""What a face detector takes and gives: photos in, faces with five landmarks out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np


@dataclass(frozen=True, eq=False)
class Face:
    """A face in a photo, in pixels of the photo; a pixel's centre has integer coordinates.

    Attributes:
      box: Left, top, width, height; may reach beyond the photo's edges.
      confidence: The detector's own score, in [0, 1].
      landmarks: [5, 2] float64: left eye, right eye, nose, mouth left, mouth right; left and right of the
        image.
      points: [68, 2] float64, the 68 landmarks of the iBUG scheme; NaN where one is not known. None where the
        detector marks the five only.
      detector: Name of the detector that found the face; empty where it is the one that was asked.
    """

    box: tuple[float, float, float, float]
    confidence: float
    landmarks: np.ndarray
    points: np.ndarray | None = None
    detector: str = ""

    @property
    def area(self) -> float:
        """Area of the box in square pixels."""
        return self.box[2] * self.box[3]

    def signed(self, detector: str) -> Face:
        """Returns the face with the name of the detector that was asked, unless it names its finder already."""
        return self if self.detector else dataclasses.replace(self, detector=detector)


class Detector(Protocol):
    """A face detector; `name` is what the face table says in its column `detector`."""

    @property
    def name(self) -> str:
        """Short name in lower case."""

    def detect(
        self, photos: Sequence[np.ndarray], *, largest_only: bool = True, names: Sequence[str] = ()
    ) -> list[list[Face]]:
        """Returns the faces of each photo, the largest first; an empty list for a photo without a face.

        What is found in a photo does not depend on the other photos of the call.

        Args:
          photos: Each [height, width, 3] uint8 RGB, of any size.
          largest_only: Whether one face a photo is enough; allows a detector to look for large faces first.
          names: The photos' relative paths, for what was found before and is read from files; may be empty elsewhere.
        """


def tell_places(detector: Detector, place_of: Callable[[str], Path], photos: Iterable[str] = ()) -> None:
    """Tells a detector that reads what was found before where the photos lie that `detect` gets the names of.

    Args:
      detector: Most have no use for it.
      place_of: Returns a photo's path, given its name.
      photos: The names of all that it will be asked about, where they are known: its files have to be of some of them.
    Raises:
      UserError: If they are of none.
    """
    if tell := getattr(detector, "tell_places", None):
        tell(place_of, photos)


def remarks_of(detector: Detector) -> list[str]:
    """Returns lines that a detector has for the user after its work, such as on damaged files; most have none."""
    remarks = getattr(detector, "remarks", None)
    return remarks() if remarks else []
