"""A mesh turned so that its head looks straight at the camera, in distances of the eyes' outer corners."""

from __future__ import annotations

import numpy as np

_RIGID = {
    10: (0.0, -0.460, -0.412),  # top of the forehead
    168: (0.0, 0.090, -0.344),  # between the eyes
    6: (0.0, 0.188, -0.374),  # bridge of the nose
    197: (0.0, 0.279, -0.412),
    33: (-0.5, 0.066, -0.089),  # outer corners of the eyes
    263: (0.5, 0.066, -0.089),
    133: (-0.196, 0.099, -0.144),  # inner corners
    362: (0.196, 0.099, -0.144),
    127: (-0.790, -0.008, 0.467),  # before the ears
    356: (0.790, -0.008, 0.467),
    234: (-0.785, 0.142, 0.553),
    454: (0.785, 0.142, 0.553),
    54: (-0.670, -0.347, -0.016),  # temples
    284: (0.670, -0.347, -0.016),
}
"""Vertices that hardly move with expressions, and where they are on a mean head: our choice of vertices, averaged over
2,321 free faces (generalised Procrustes analysis, made symmetric)."""

_VERTICES = list(_RIGID)
_MEAN = np.array(list(_RIGID.values()))


def upright(mesh: np.ndarray) -> np.ndarray:
    """Returns a mesh in the mean head's frame: x to the image's right, y down, z away from the camera.

    Rotation, scale and shift are those that bring the rigid vertices nearest to the mean head (least squares).

    Args:
      mesh: [478, 3] in any unit that is the same in all three directions.
    Source: Kabsch 1976; scale as in Umeyama 1991, equations 40 to 42.
    """
    own, mean = mesh[_VERTICES], _MEAN - _MEAN.mean(axis=0)
    middle = own.mean(axis=0)
    left, stretches, right = np.linalg.svd((own - middle).T @ mean)
    # A mirror image would come nearer to the mean than a rotation where the mesh is inside out.
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    scale = (stretches * signs).sum() / ((own - middle) ** 2).sum()
    turned: np.ndarray = scale * (mesh - middle) @ ((left * signs) @ right) + _MEAN.mean(axis=0)
    return turned
