"""The shadow map: the scene as the key light sees it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from emotionet_tf.synthetic.rendering import raster
from emotionet_tf.synthetic.rendering.compiled import kernel

SIDE_PX = 256
EXTENT = 4.2
"""The side of what the map shows, in units of the head."""

BIAS = 0.02
"""How far, in units of the head, a surface must lie before a point to shade it."""


class ShadowMap(NamedTuple):
    """A parallel light's view.

    Attributes:
      depth: [SIDE_PX, SIDE_PX] float32, distance from the light.
      frame: [3, 3] float32 axes of the light's camera.
      centre: [3] float32, shown in the middle.
    """

    depth: np.ndarray
    frame: np.ndarray
    centre: np.ndarray


def light_frame(light: np.ndarray) -> np.ndarray:
    """Returns the axes [3, 3] of a camera that looks along a parallel light: right, up, away from the light."""
    up = np.asarray([0, 1, 0], np.float32) if abs(light[1]) < 0.95 else np.asarray([1, 0, 0], np.float32)
    right = np.cross(up, light)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(light, right), -light]).astype(np.float32)


def to_shadow_map(frame: np.ndarray, centre: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Returns map coordinates [..., 3] float32 of points: column, row, distance."""
    flat = np.ascontiguousarray(points, np.float32).reshape(-1, 3)
    return _mapped(frame, np.asarray(centre, np.float32), flat).reshape(points.shape)


@kernel()
def _mapped(frame, centre, points):
    half, scale = SIDE_PX / 2, SIDE_PX / EXTENT
    mapped = np.empty_like(points)
    for i in range(points.shape[0]):
        x, y, z = points[i, 0] - centre[0], points[i, 1] - centre[1], points[i, 2] - centre[2]
        mapped[i, 0] = half + scale * (frame[0, 0] * x + frame[0, 1] * y + frame[0, 2] * z)
        mapped[i, 1] = half - scale * (frame[1, 0] * x + frame[1, 1] * y + frame[1, 2] * z)
        mapped[i, 2] = 10 + frame[2, 0] * x + frame[2, 1] * y + frame[2, 2] * z
    return mapped


def cast_shadows(
    points: np.ndarray, triangles: np.ndarray, light: np.ndarray, centre: np.ndarray
) -> ShadowMap:
    """Returns the shadow map of a mesh.

    Args:
      points: [V, 3].
      triangles: [T, 3].
      light: [3] unit vector to the light.
      centre: [3] of the part of the scene that is shown, about two heads wide.
    """
    frame = light_frame(light)
    screen = to_shadow_map(frame, centre, points)
    depth, _, _ = raster.rasterize(screen, triangles, SIDE_PX, SIDE_PX, False)
    return ShadowMap(depth, frame, np.asarray(centre, np.float32))
