from __future__ import annotations

import numpy as np

from emotionet_tf.synthetic.rendering import raster
from emotionet_tf.synthetic.rendering.strand_raster import draw_strands

# A right triangle over pixels 0..3, and one before it.
FAR_TRIANGLE = [[0, 0, 2], [0, 4, 2], [4, 0, 2]]
NEAR_TRIANGLE = [[0, 0, 1], [0, 2, 1], [2, 0, 1]]


def _mesh(*triangles):
    points = np.asarray(triangles, np.float32).reshape(-1, 3)
    return points, np.arange(len(points), dtype=np.int32).reshape(-1, 3)


def test_nearer_triangle_hides_the_farther_one():
    points, triangles = _mesh(FAR_TRIANGLE, NEAR_TRIANGLE)
    depth, shown, _ = raster.rasterize(points, triangles, 4, 4, False)
    assert shown[0, 0] == 1 and depth[0, 0] == 1
    assert shown[0, 2] == 0 and depth[0, 2] == 2
    assert shown[3, 3] == -1 and depth[3, 3] > 1e29


def test_culling_drops_one_of_the_two_windings():
    points, triangles = _mesh(FAR_TRIANGLE)
    one = raster.rasterize(points, triangles, 4, 4, True)[1].max()
    other = raster.rasterize(points, np.ascontiguousarray(triangles[:, ::-1]), 4, 4, True)[1].max()
    assert {int(one), int(other)} == {-1, 0}


def test_weights_are_perspective_correct():
    # Between depths 1 and 3 the middle of the screen lies at 1 / ((1/1 + 1/3) / 2) = 1.5.
    points, triangles = _mesh([[0, -10, 1], [10, 0, 3], [0, 10, 1]])
    depth, _, weights = raster.rasterize(points, triangles, 1, 10, False)
    a, b = weights[0, 4]
    assert abs(depth[0, 4] - (a * 1 + b * 3 + (1 - a - b) * 1)) < 1e-5


def test_normal_of_a_triangle_is_perpendicular():
    points, triangles = _mesh([[0, 0, 0], [1, 0, 0], [0, 1, 0]])
    np.testing.assert_allclose(raster.vertex_normals(points, triangles), [[0, 0, 1]] * 3, atol=1e-6)


def test_point_behind_a_surface_is_in_the_shade():
    shadow_map = np.full((8, 8), 5, np.float32)
    points = np.asarray([[4, 4, 4.9], [4, 4, 6.0], [100, 4, 6.0]], np.float32)
    np.testing.assert_allclose(raster.lit_shares(shadow_map, points, 0.02), [1, 0, 1])


def test_strand_behind_a_surface_is_not_drawn():
    image, depth = np.zeros((4, 4, 3), np.float32), np.full((4, 4), 2, np.float32)
    nodes = np.asarray([[[0, 1, 1], [4, 1, 1]], [[0, 3, 3], [4, 3, 3]]], np.float32)
    draw_strands(image, depth, nodes, np.ones((2, 2, 3), np.float32), np.ones(2, np.float32), 1.0)
    assert (image[1] == 1).all() and (image[3] == 0).all()
    assert (depth[1] == 1).all()
