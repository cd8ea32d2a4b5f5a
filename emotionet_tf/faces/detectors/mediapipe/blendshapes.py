"""MediaPipe's face blendshapes: how much a face shows of each of 52 movements, by a network of its own.

Source: Grishchenko et al. 2022, "Blendshapes GHUM: real-time monocular facial blendshape prediction". The names are
those of Apple's ARKit.
"""

from __future__ import annotations

import os

import numpy as np

from emotionet_tf.console.native_remarks import without_remarks
from emotionet_tf.faces.detectors.mediapipe.graphs import (
    close_at_exit,
    face_landmarker,
    image_of,
    import_package,
    points_of,
    read_model,
)
from emotionet_tf.faces.detectors.mediapipe.squares import middle_one, square_about


class BlendshapeScorer:
    """Scores the blendshapes of faces that have been found, one at a time.

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

    def scores(self, photo: np.ndarray, box: tuple[float, float, float, float]) -> dict[str, float] | None:
        """Returns each blendshape's score of a face, in [0, 1]; None where MediaPipe does not find the face again.

        Args:
          photo: [height, width, 3] RGB in uint8.
          box: The face's, left, top, width and height in pixels.
        """
        square, _ = square_about(photo, np.array(box, np.float64))
        with without_remarks():
            found = self._landmarker.detect(image_of(self._package, np.ascontiguousarray(square)))
        middle = middle_one([points_of(mesh) for mesh in found.face_landmarks])
        if middle is None:
            return None
        return {one.category_name: float(one.score) for one in found.face_blendshapes[middle]}

    def close(self) -> None:
        """Ends the native threads."""
        with without_remarks():
            self._landmarker.close()
