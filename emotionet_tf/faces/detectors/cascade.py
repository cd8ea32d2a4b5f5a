"""Several face detectors in a row: each looks only at the photos in which those before it found nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from emotionet_tf.faces.detectors.interface import Detector, Face, remarks_of, tell_places


class CascadeDetector:
    """Asks detectors in turn; see `emotionet_tf.faces.detectors.interface.Detector`.

    A photo's faces are all of one detector, the first that found any: where faces of several were mixed, the same
    face would have to be recognised in the boxes of each. `Face.detector` names the finder.

    Args:
      detectors: At least one, in the order in which they are asked.
    Attributes:
      name: The detectors' names, joined by commas.
    """

    def __init__(self, detectors: Sequence[Detector]) -> None:
        if not detectors:
            raise ValueError("expected at least one detector, got none")
        self._detectors = tuple(detectors)
        self.name = ",".join(detector.name for detector in detectors)

    def detect(
        self, photos: Sequence[np.ndarray], *, largest_only: bool = True, names: Sequence[str] = ()
    ) -> list[list[Face]]:
        """Returns the faces of each photo, the largest first; see `Detector.detect`."""
        faces: list[list[Face]] = [[] for _ in photos]
        left = list(range(len(photos)))
        for detector in self._detectors:
            if not left:
                break
            found = detector.detect(
                [photos[index] for index in left],
                largest_only=largest_only,
                names=[names[index] for index in left] if names else (),
            )
            for index, own in zip(left, found, strict=True):
                faces[index] = [face.signed(detector.name) for face in own]
            left = [index for index in left if not faces[index]]
        return faces

    def tell_places(self, place_of: Callable[[str], Path], photos: Iterable[str] = ()) -> None:
        """Tells all detectors where photos lie; see `interface.tell_places`."""
        photos = list(photos)
        for detector in self._detectors:
            tell_places(detector, place_of, photos)

    def remarks(self) -> list[str]:
        """Returns the remarks of all detectors."""
        return [line for detector in self._detectors for line in remarks_of(detector)]
