"""Where the 68 landmarks of the iBUG scheme, and our five, are on MediaPipe's face mesh."""

from __future__ import annotations

import numpy as np

from emotionet_tf.faces.landmarks_68 import MOUTH_CORNERS, NOSE_TIP

NUM_VERTICES = 478
"""With ten of the irises."""

_ALONE = (
    *(127, 234, 93, 132, 172, 136, 150, 176, 152, 400, 379, 365, 397, 361, 323, 454, 356),  # jaw
    *(70, 63, 105, 66, 107, 336, 296, 334, 293, 300),  # brows
    *(168, 197, 195, 4, 98, 97, 2, 326, 327),  # nose: bridge, then nostrils
    *(33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380),  # eyes
    *(61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181),  # lips, outer edge
    *(78, 82, 13, 312, 308, 317, 14, 87),  # lips, inner edge
)
_BETWEEN = {
    3: (132, 58),
    6: (150, 149),
    10: (379, 378),
    13: (361, 288),
    28: (6, 197),
    29: (195, 5),
    30: (4, 1),
}

VERTICES_68 = np.array([_BETWEEN.get(number, (vertex, vertex)) for number, vertex in enumerate(_ALONE)])
"""[68, 2] the two vertices of the mesh in whose middle each landmark lies; most lie on one, which is there twice.

Our choice: vertices that have the landmark's name (corners of eyes and mouth, wings of the nose) and otherwise, on
brows, jaw and the nose's bridge, the nearest to it. For these the mean mesh of nine people who look straight ahead was
laid over `POINTS_68_MM` and over the mean of one person's 68 points, as OpenFace had fitted them to 100 frames; left
and right decided together. On hand-marked photos of the nine, corners of eyes and mouth, lids, subnasal point and the
middles of the lips are 0.01 to 0.03 distances of the pupils off. The nose tip lies between two vertices that are 33 and
40 mm below their eyes on average, where `FIVE_POINTS_MM` has it 37 mm below: each millimetre is worth about 2 degrees
of pitch. The mesh's outline is that of the head, not of what is seen of it: on a face that is turned far, the hidden
side's jaw points lie inside the face.
"""

_IRISES = (468, 473)


def landmarks_68(mesh: np.ndarray) -> np.ndarray:
    """Returns the [68, 2] landmarks of the iBUG scheme from a mesh, [478, 2]; all are known."""
    return mesh[VERTICES_68].mean(axis=1)


def five_landmarks(mesh: np.ndarray) -> np.ndarray:
    """Returns the five landmarks, [5, 2] in the order of `LANDMARK_NAMES`, from a mesh, [478, 2].

    The eyes are the irises' centres, the others are of the 68.
    """
    return np.concatenate([mesh[list(_IRISES)], landmarks_68(mesh)[[NOSE_TIP, *MOUTH_CORNERS]]])
