"""The real faces that an exported file is checked and calibrated on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from emotionet_tf.errors import UserError
from emotionet_tf.faces.detectors.mtcnn import MtcnnDetector
from emotionet_tf.faces.head_pose import Angles, head_angles_of
from emotionet_tf.inference.scoring.interface import Place
from emotionet_tf.photos.given_photos import photos_as_arrays
from emotionet_tf.photos.reading import list_photos
from emotionet_tf.storage.paths import as_path

FACES_DIR = Path(__file__).parents[2] / "configs" / "faces"
"""Ten pictures of faces that come with the package; their licence is beside them."""
_MOST_PHOTOS = 500


def faces_for_check(photos_dir: str | None) -> tuple[Sequence[Place], Sequence[Angles]]:
    """Returns the largest face of each photo of a folder, with its photo, and the heads' angles.

    Args:
      photos_dir: The folder, of which 500 photos are taken, spread over the names' order; None for the pictures that
        come with the package.
    Raises:
      UserError: If there is no photo in the folder, one cannot be read, or no face is found.
    """
    folder = FACES_DIR if photos_dir is None else as_path(photos_dir)
    names = list_photos(folder)
    names = names[:: max(1, len(names) // _MOST_PHOTOS)][:_MOST_PHOTOS]
    detector = MtcnnDetector()
    places: list[Place] = []
    for name in names:
        (photo,) = photos_as_arrays(folder / name)
        (faces,) = detector.detect([photo])
        places += [(photo, face) for face in faces]
    if not places:
        raise UserError(f"{folder}: no face is found in {len(names)} photos; give photos of faces")
    return places, head_angles_of([face.landmarks for _, face in places])
