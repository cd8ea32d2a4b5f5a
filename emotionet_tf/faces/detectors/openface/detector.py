"""Faces that OpenFace found before: read from its CSV files by the photos' names, nothing is looked for.

`photos` says where the files are sought. OpenFace reads photos upright, as `read_photo` does, so its pixels
are ours.

OpenFace's head angles are left out: faces get those of `head_pose`, which are fitted to five of the 68 landmarks. On
100 frames of one real file, whose head hardly moves, the two agree in roll (-1.1 degrees each), have yaw with opposite
signs, and differ by 20 degrees in pitch: too little to convert by.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from emotionet_tf.errors import UserError
from emotionet_tf.faces.box_crops import box_of_68
from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.faces.detectors.openface.csv_files import OpenFaceRow
from emotionet_tf.faces.detectors.openface.photos import OpenFacePhotos, PlaceOf
from emotionet_tf.faces.landmarks_68 import five_of_68


class OpenFaceDetector:
    """Gives the faces that OpenFace found; see `emotionet_tf.faces.detectors.interface.Detector`.

    Args:
      photos: What its files say.
    """

    name = "openface"

    def __init__(self, photos: OpenFacePhotos) -> None:
        self._photos = photos

    def detect(
        self, photos: Sequence[np.ndarray], *, largest_only: bool = True, names: Sequence[str] = ()
    ) -> list[list[Face]]:
        """Returns the faces of each photo, the largest first; see `Detector.detect`.

        Raises:
          UserError: If no names are given, or as `OpenFacePhotos.faces`.
        """
        if len(names) != len(photos):
            raise UserError(
                "detector openface knows photos by their names, which are not known here: take another one"
            )
        return [self._faces(name, largest_only) for name in names]

    def tell_places(self, place_of: PlaceOf, photos: Iterable[str] = ()) -> None:
        """Takes where photos lie, and checks before the search that the files are of them; see `tell_places`."""
        self._photos.tell_places(place_of)
        self._photos.check(photos)

    def remarks(self) -> list[str]:
        """Returns lines that say what was missing or damaged so far; none if nothing was."""
        return self._photos.remarks()

    def _faces(self, photo: str, largest_only: bool) -> list[Face]:
        faces = sorted(map(_face, self._photos.faces(photo)), key=lambda face: face.area, reverse=True)
        return faces[:1] if largest_only else faces


def _face(row: OpenFaceRow) -> Face:
    assert row.points is not None
    return Face(
        box_of_68(row.points), row.confidence, five_of_68(row.points), row.points, OpenFaceDetector.name
    )
