"""The five points that a face detector marks, on the mesh, in the order of `faces.mean_head.LANDMARK_NAMES`."""

from __future__ import annotations

import functools

import numpy as np

from emotionet_tf.faces.mean_head import PUPIL_DISTANCE_MM
from emotionet_tf.synthetic.person.head import EYE, SKIN, Head
from emotionet_tf.synthetic.person.head_cache import load_head
from emotionet_tf.synthetic.person.identity import mean_points

_NOSE_TIP = (0.0, 6.97, 1.67)
"""A little above the mesh's foremost point: there MTCNN marks the tip on renders and photos alike."""


@functools.lru_cache(maxsize=1)
def _vertices() -> tuple[list[np.ndarray], list[int]]:
    """Returns the vertices of the image-left and the image-right eyeball, and those of nose tip and mouth corners."""
    head = load_head()
    x = head.vertices[:, 0]
    eyes = [np.nonzero((head.vertex_materials == EYE) & (side * x > 0))[0] for side in (-1, 1)]
    column, row = np.clip(head.lip_coordinates.T, 0, np.array(head.lip_mask.shape)[::-1, None] - 1).astype(
        int
    )
    is_lip = (head.vertex_materials == SKIN) & (head.lip_mask[row, column] > 0.35) & (head.inside_mouth < 0.3)
    on_map = (head.lip_coordinates > 0).all(1) & (
        head.lip_coordinates < np.array(head.lip_mask.shape)[::-1]
    ).all(1)
    lips = is_lip & on_map
    left = int(np.where(lips, -x, -np.inf).argmax())
    # The mirror image of the other corner: the mask's edge is not symmetric to a pixel.
    right = head.nearest((-head.vertices[left, 0], head.vertices[left, 1], head.vertices[left, 2]))
    return eyes, [head.nearest(_NOSE_TIP), left, right]


def face_points(points: np.ndarray) -> np.ndarray:
    """Returns the five landmarks of a head that faces the camera, in `LANDMARK_NAMES`' order.

    An eye's centre is the front of the eyeball, where the pupil of a straight gaze lies.

    Args:
      points: [V + J, 3] of an unposed head, any identity and expression.
    Returns:
      [5, 3] float32.
    """
    eyes, others = _vertices()
    centres = []
    for eye in eyes:
        ball = points[eye]
        centres.append(ball.mean(0) + np.asarray([0, 0, np.ptp(ball[:, 2]) / 2], np.float32))
    return np.concatenate([np.stack(centres), points[others]]).astype(np.float32)


def mean_head_points(head: Head | None = None) -> np.ndarray:
    """Returns the mean head's five landmarks in the axes of a camera, for head pose estimation.

    x to the image's right, y down, z away from the camera; the origin lies midway between the eyes and the eyes
    are `PUPIL_DISTANCE_MM` apart. The two halves of the face are averaged.

    Returns:
      [5, 3] float64, in millimetres, in `LANDMARK_NAMES`' order.
    """
    points: np.ndarray = face_points(mean_points(head or load_head())) * np.array([1.0, -1.0, -1.0])
    points -= points[:2].mean(0)
    points = points * PUPIL_DISTANCE_MM / float(np.linalg.norm(points[1] - points[0]))
    mirrored = points[[1, 0, 2, 4, 3]] * [-1, 1, 1]
    return (points + mirrored) / 2
