"""The z-buffer: which triangle each pixel shows, in numba loops."""

from __future__ import annotations

import math

import numpy as np

from emotionet_tf.synthetic.rendering.compiled import kernel

FAR = 1e30
"""The depth of a pixel that shows nothing."""


@kernel()
def rasterize(screen, triangles, height, width, cull):
    """Draws triangles into a z-buffer.

    Args:
      screen: [V, 3] float32: x, y in pixels, and the distance from the camera, > 0.
      triangles: [T, 3] int32.
      height: Of the picture, in pixels.
      width: Of the picture, in pixels.
      cull: Whether to leave out triangles that turn their back, i.e. run clockwise on a screen whose y points up.
    Returns:
      Depth [H, W] float32 (`FAR` where empty), triangle [H, W] int32 (-1 where empty) and the perspective-correct
      weights of its first two corners [H, W, 2] float32.
    """
    depth = np.full((height, width), FAR, np.float32)
    shown = np.full((height, width), -1, np.int32)
    weights = np.zeros((height, width, 2), np.float32)
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, az = screen[i, 0], screen[i, 1], screen[i, 2]
        bx, by, bz = screen[j, 0], screen[j, 1], screen[j, 2]
        cx, cy, cz = screen[k, 0], screen[k, 1], screen[k, 2]
        area = (by - cy) * (ax - cx) + (cx - bx) * (ay - cy)
        if abs(area) < 1e-9 or (cull and area > 0):
            continue
        x0 = max(0, math.ceil(min(ax, bx, cx) - 0.5))
        x1 = min(width - 1, math.floor(max(ax, bx, cx) - 0.5))
        y0 = max(0, math.ceil(min(ay, by, cy) - 0.5))
        y1 = min(height - 1, math.floor(max(ay, by, cy) - 0.5))
        inverse = 1.0 / area
        da, db = (by - cy) * inverse, (cy - ay) * inverse
        for y in range(y0, y1 + 1):
            row_a = (cx - bx) * (y + 0.5 - cy) * inverse
            row_b = (ax - cx) * (y + 0.5 - cy) * inverse
            for x in range(x0, x1 + 1):
                a = da * (x + 0.5 - cx) + row_a
                b = db * (x + 0.5 - cx) + row_b
                c = 1.0 - a - b
                if a < -1e-5 or b < -1e-5 or c < -1e-5:
                    continue
                z = 1.0 / (a / az + b / bz + c / cz)
                if z < depth[y, x]:
                    depth[y, x] = z
                    shown[y, x] = t
                    weights[y, x, 0] = a * z / az
                    weights[y, x, 1] = b * z / bz
    return depth, shown, weights


@kernel()
def vertex_normals(points, triangles):
    """Returns unit normals [V, 3] float32, each the area-weighted mean of its triangles' normals."""
    normals = np.zeros_like(points)
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ux, uy, uz = points[j, 0] - points[i, 0], points[j, 1] - points[i, 1], points[j, 2] - points[i, 2]
        vx, vy, vz = points[k, 0] - points[i, 0], points[k, 1] - points[i, 1], points[k, 2] - points[i, 2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for corner in (i, j, k):
            normals[corner, 0] += nx
            normals[corner, 1] += ny
            normals[corner, 2] += nz
    for i in range(points.shape[0]):
        length = math.sqrt(normals[i, 0] ** 2 + normals[i, 1] ** 2 + normals[i, 2] ** 2) + 1e-12
        for c in range(3):
            normals[i, c] /= length
    return normals


@kernel()
def _lit_share_at_edge(shadow_map, x, y, z, bias):
    """Returns `lit_share` where some of the map's pixels may lie outside, which are lit."""
    height, width = shadow_map.shape
    lit = 0.0
    for dy in range(-1, 2):
        for dx in range(-1, 2):
            column, row = int(x + 1.3 * dx), int(y + 1.3 * dy)
            if (
                column < 0
                or row < 0
                or column >= width
                or row >= height
                or z < shadow_map[row, column] + bias
            ):
                lit += 1.0
    return lit / 9.0


@kernel(fastmath=True, inline="always")
def lit_share(shadow_map, x, y, z, bias):
    """Returns how much of the light reaches a point, 0 to 1: the share of 3 x 3 map pixels that lie not before it.

    Args:
      shadow_map: [H, W] depth seen from the light.
      x: The point in map pixels.
      y: The point in map pixels.
      z: Its depth from the light.
      bias: How far a surface must lie before the point to shade it.
    """
    height, width = shadow_map.shape
    if x < 2 or y < 2 or x >= width - 2 or y >= height - 2:
        return _lit_share_at_edge(shadow_map, x, y, z, bias)
    lit, farthest = 0, z - bias
    for dy in range(-1, 2):
        row = int(y + 1.3 * dy)
        for dx in range(-1, 2):
            lit += farthest < shadow_map[row, int(x + 1.3 * dx)]
    return lit / 9.0


@kernel()
def lit_shares(shadow_map, points, bias):
    """Returns `lit_share` of many points [N, 3] in map coordinates, as [N] float32."""
    lit = np.empty(points.shape[0], np.float32)
    for i in range(points.shape[0]):
        lit[i] = lit_share(shadow_map, points[i, 0], points[i, 1], points[i, 2], bias)
    return lit
