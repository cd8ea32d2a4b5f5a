"""The 68 landmarks of the iBUG scheme on the mesh; their order is told in `emotionet_tf.faces.landmarks_68`."""

from __future__ import annotations

import functools

import numpy as np

from emotionet_tf.faces.landmarks_68 import MIRROR_68
from emotionet_tf.faces.mean_head import PUPIL_DISTANCE_MM
from emotionet_tf.synthetic.person import landmarks_5
from emotionet_tf.synthetic.person.head import Head
from emotionet_tf.synthetic.person.head_cache import load_head
from emotionet_tf.synthetic.person.identity import mean_points
from emotionet_tf.synthetic.rendering.geometry import Geometry
from emotionet_tf.synthetic.rendering.scene import project

_LEFT_HALF: dict[int, tuple[float, float, float]] = {
    0: (-0.676, 7.284, 0.952),
    1: (-0.679, 7.105, 0.931),
    2: (-0.682, 6.973, 0.829),
    3: (-0.634, 6.76, 0.845),
    4: (-0.554, 6.579, 0.969),
    5: (-0.501, 6.469, 0.989),
    6: (-0.355, 6.316, 1.156),
    7: (-0.223, 6.231, 1.303),
    8: (0.0, 6.168, 1.378),
    17: (-0.534, 7.412, 1.277),
    18: (-0.483, 7.451, 1.326),
    19: (-0.419, 7.482, 1.377),
    20: (-0.249, 7.512, 1.465),
    21: (-0.162, 7.457, 1.489),
    27: (0.0, 7.351, 1.507),
    28: (0.0, 7.233, 1.522),
    29: (0.0, 7.105, 1.583),
    30: (0.0, 6.969, 1.669),
    31: (-0.139, 6.839, 1.5),
    32: (-0.063, 6.833, 1.551),
    33: (0.0, 6.827, 1.603),
    36: (-0.439, 7.287, 1.358),
    37: (-0.349, 7.33, 1.408),
    38: (-0.273, 7.323, 1.406),
    39: (-0.175, 7.274, 1.381),
    40: (-0.276, 7.244, 1.388),
    41: (-0.35, 7.243, 1.388),
    48: (-0.26, 6.628, 1.435),
    49: (-0.179, 6.687, 1.523),
    50: (-0.052, 6.709, 1.595),
    51: (0.0, 6.696, 1.597),
    57: (0.0, 6.489, 1.556),
    58: (-0.057, 6.495, 1.542),
    59: (-0.186, 6.543, 1.473),
    60: (-0.23, 6.629, 1.463),
    61: (-0.047, 6.611, 1.549),
    62: (0.0, 6.608, 1.553),
    66: (0.0, 6.601, 1.54),
    67: (-0.051, 6.601, 1.535),
}
"""Where the image-left half's landmarks and those of the middle are at rest, by number; chosen by eye.

Jaw: on the outline of the head seen from the front, without the ears, from the eyes' height to the chin at even
distances along the outline. Nose: 27 to 30 at even heights from the root to the tip, 31 to 35 where the wings and the
wall between the nostrils meet the lip. Eyes: the corners, and on the lids' rims a third and two thirds of the way.
"""


@functools.lru_cache(maxsize=1)
def _vertices() -> list[int]:
    head = load_head()
    vertices = np.zeros(len(MIRROR_68), int)
    for number, (x, y, z) in _LEFT_HALF.items():
        vertices[number] = head.nearest((x, y, z))
        vertices[MIRROR_68[number]] = head.nearest((-x, y, z))
    return [int(vertex) for vertex in vertices]


def face_points_68(points: np.ndarray) -> np.ndarray:
    """Returns the 68 landmarks of a head that faces the camera.

    Args:
      points: [V + J, 3] of an unposed head, any identity and expression.
    Returns:
      [68, 3] float32.
    """
    return np.asarray(points[_vertices()], np.float32)


def image_landmarks_68(geometry: Geometry, side_px: int) -> np.ndarray:
    """Returns the 68 landmarks in a photo of a given side, [68, 2] in pixels, whether or not they are seen in it.

    Those of the jaw are fixed points of the head, as OpenFace's are: on a turned head they leave the outline.
    """
    return np.asarray(project(geometry.camera, geometry.vertices[_vertices()], side_px)[:, :2] - 0.5)


def mean_head_points_68(head: Head | None = None) -> np.ndarray:
    """Returns the mean head's 68 landmarks, in the axes and on the scale of `landmarks.mean_head_points`.

    Returns:
      [68, 3] float64, in millimetres. The two halves of the face are averaged.
    """
    whole = mean_points(head or load_head())
    pupils = landmarks_5.face_points(whole)[:2].astype(np.float64)
    points = (face_points_68(whole) - pupils.mean(0)) * np.array([1.0, -1.0, -1.0])
    points *= PUPIL_DISTANCE_MM / float(np.linalg.norm(pupils[1] - pupils[0]))
    mirrored = points[list(MIRROR_68)] * [-1, 1, 1]
    return np.asarray((points + mirrored) / 2)
