"""MediaPipe's landmarker: the mesh of a face, and how much the face shows of each of 52 blendshapes.

Source of the blendshapes: Grishchenko et al. 2022, "Blendshapes GHUM: real-time monocular facial blendshape
prediction". Their names are those of Apple's ARKit.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from emotionet_tf.console.native_remarks import without_remarks
from emotionet_tf.faces.detectors.mediapipe.graphs import (
    close_at_exit,
    closed,
    face_landmarker,
    image_of,
    import_package,
    points_of,
    read_model,
)
from emotionet_tf.faces.detectors.mediapipe.squares import middle_one, square_about


class Landmarked(NamedTuple):
    """What the landmarker sees of a face.

    Attributes:
      mesh: [478, 3], x to the image's right, y down, z away from the camera, all in shares of the side of a square
        about the face.
      blendshapes: Each one's score in [0, 1], by its name.
      square: The square, [side, side, 3] RGB uint8.
    """

    mesh: np.ndarray
    blendshapes: Mapping[str, float]
    square: np.ndarray


class FaceLandmarker:
    """Looks at faces that have been found, one at a time.

    Args:
      model: The file face_landmarker.task; empty for the one in the user's cache.
    Raises:
      UserError: If mediapipe is not installed, or the file is missing or another one.
    """

    def __init__(self, model: str = "") -> None:
        self._package = import_package()
        self._landmarker = face_landmarker(read_model(model), output_face_blendshapes=True)
        self.made_in = os.getpid()
        close_at_exit(self)

    def look(self, photo: np.ndarray, box: tuple[float, float, float, float]) -> Landmarked | None:
        """Returns what is seen of a face; None where MediaPipe does not find it again.

        Args:
          photo: [height, width, 3] RGB in uint8.
          box: The face's, left, top, width and height in pixels.
        """
        square = np.ascontiguousarray(square_about(photo, np.array(box, np.float64))[0])
        with without_remarks():
            found = self._landmarker.detect(image_of(self._package, square))
        middle = middle_one([points_of(mesh) for mesh in found.face_landmarks])
        if middle is None:
            return None
        mesh = np.array([[point.x, point.y, point.z] for point in found.face_landmarks[middle]], np.float64)
        shapes = {one.category_name: float(one.score) for one in found.face_blendshapes[middle]}
        return Landmarked(mesh, shapes, square)

    def close(self) -> None:
        """Ends the native threads."""
        with without_remarks():
            self._landmarker.close()
        closed(self)
