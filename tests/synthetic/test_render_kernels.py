"""The compiled loops of the renderer against their formulas written in NumPy."""

from __future__ import annotations

import numpy as np

from emotionet_tf.synthetic.person import wrinkles
from emotionet_tf.synthetic.person.hair import NUM_NODES, Strands, strand_nodes
from emotionet_tf.synthetic.rendering import raster, shading
from emotionet_tf.synthetic.rendering.degradation import developed
from emotionet_tf.synthetic.rendering.scene import plain_scene
from emotionet_tf.synthetic.rendering.shadow import EXTENT, SIDE_PX, light_frame, to_shadow_map


def test_developed_picture_is_within_one_value_of_the_formula():
    light = np.random.default_rng(0).uniform(0, 1.6, (40, 50, 3)).astype(np.float32) ** 2
    scene = plain_scene()._replace(exposure=1.3, saturation=0.7, contrast=1.2)
    exposed = light.astype(float) * 1.3
    grey = exposed.mean(2, keepdims=True)
    coloured = np.clip(grey + 0.7 * (exposed - grey), 0, None)
    linear = np.clip(coloured / (1 + 0.18 * coloured), 0, 1)
    encoded = np.where(linear < 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    wanted = 255 * encoded**1.2
    photo = developed(light, scene)
    assert photo.dtype == np.uint8
    assert np.abs(photo - wanted).max() < 0.7  # Half a value of rounding, and the table's steps.


def test_black_and_white_stay_what_they_are():
    picture = np.stack([np.zeros((2, 3)), np.full((2, 3), 1e4)]).astype(np.float32)
    np.testing.assert_array_equal(
        developed(picture, plain_scene()), np.stack([np.zeros((2, 3)), np.full((2, 3), 255)])
    )


def test_point_in_the_shadow_map_is_turned_into_the_lights_axes():
    rng = np.random.default_rng(1)
    frame = light_frame(np.asarray([0.6, 0.0, 0.8], np.float32))
    centre, points = rng.normal(size=3).astype(np.float32), rng.normal(size=(4, 5, 3)).astype(np.float32)
    right, down, away = np.moveaxis((points - centre) @ frame.T * [1, -1, 1], -1, 0)
    scale = SIDE_PX / EXTENT
    wanted = np.stack([SIDE_PX / 2 + scale * right, SIDE_PX / 2 + scale * down, 10 + away], -1)
    np.testing.assert_allclose(to_shadow_map(frame, centre, points), wanted, rtol=1e-5)


def test_lit_share_counts_the_map_pixels_around_also_at_the_edge():
    shadow_map = np.zeros((8, 8), np.float32)
    shadow_map[:, 4:] = 5
    at = np.asarray([[4.5, 4.5, 1], [7.9, 4.5, 1], [0.2, 0.2, 1], [-1.5, 3, 1]], np.float32)
    # Columns 3, 4 and 5; 6, 7 and one outside; one outside, 0 and 1, as rows; two outside, and 0.
    np.testing.assert_allclose(raster.lit_shares(shadow_map, at, 0.02), [6 / 9, 1, 5 / 9, 6 / 9], rtol=1e-6)


def test_strands_near_the_root_turn_with_the_head_and_far_ones_hang():
    class OneTriangle:
        skin_triangles = np.asarray([[0, 1, 2]])

    offsets = np.zeros((1, NUM_NODES, 3), np.float32)
    offsets[0, :, 1] = -np.linspace(0, 4, NUM_NODES)
    strands = Strands(
        np.zeros(1, int), np.asarray([[0.5, 0.25, 0.25]], np.float32), offsets, np.ones(1, np.float32)
    )
    turned = np.asarray([[0, 0, 0], [4, 0, 0], [0, 4, 0]], np.float32)
    quarter = np.asarray([[0, -1, 0], [1, 0, 0], [0, 0, 1]], np.float32)
    nodes = strand_nodes(strands, OneTriangle, turned, quarter)[0]
    follow = np.clip(1.15 - 0.45 * np.linspace(0, 4, NUM_NODES), np.sqrt(0.1), 1)[:, None]
    wanted = [1, 1, 0] + (1 - follow) * offsets[0] + follow * (offsets[0] @ quarter.T)
    np.testing.assert_allclose(nodes, wanted, atol=1e-5)


def test_folds_darken_the_skin_and_tilt_it_by_the_slope_of_the_drawing():
    side, rng = 12, np.random.default_rng(2)
    skin = rng.uniform(0.2, 0.8, (side, side, 6)).astype(np.float32)
    maps = np.zeros((3, side, side), np.float32)
    maps[0, 3:6, 4:8], maps[1, 5:9, 2:5], maps[2, 1:11, 1:11] = 0.6, 0.9, 1.0
    extents = np.asarray([[3, 6, 4, 8], [5, 9, 2, 5], [1, 11, 1, 11]])
    shown = np.asarray([1.0, 0.5, 0.0], np.float32)
    fold = (shown[:, None, None] * maps).sum(0)
    carved = wrinkles.carve(skin, maps, extents, shown)
    down, right = np.gradient(fold)
    depth = np.clip(fold, 0, 1)[..., None]
    np.testing.assert_allclose(carved[..., :3], skin[..., :3] * (1 - depth * [0.24, 0.32, 0.34]), rtol=1e-5)
    np.testing.assert_allclose(carved[..., 3:4], skin[..., 3:4] * (1 - 0.5 * depth), rtol=1e-5)
    np.testing.assert_allclose(carved[..., 4], skin[..., 4] - 1.25 * right, atol=1e-6)
    np.testing.assert_allclose(carved[..., 5], skin[..., 5] - 1.25 * down, atol=1e-6)


def test_skin_without_folds_is_left_as_it_is():
    skin = np.random.default_rng(3).uniform(size=(12, 12, 6)).astype(np.float32)
    still = np.zeros(len(wrinkles.NAMES), np.float32)
    np.testing.assert_array_equal(wrinkles.carve(skin, wrinkles.drawings(), wrinkles.extents(), still), skin)


def test_extents_hold_each_drawing_and_keep_clear_of_the_maps_edges():
    for drawing, (top, bottom, left, right) in zip(wrinkles.drawings(), wrinkles.extents(), strict=True):
        outside = drawing.copy()
        outside[top:bottom, left:right] = 0
        assert np.abs(outside).max() <= 1e-4
        assert min(top, left) >= 1 and max(bottom, right) < len(drawing)


def test_highlight_is_the_cosine_to_the_power_of_the_hardness():
    view, light = np.asarray([0, 0, 1], np.float32), np.asarray([0, 0.6, 0.8], np.float32)
    half = (view + light) / np.linalg.norm(view + light)
    for hardness in (20, 40, 60, 220):
        wanted = half[2] ** float(hardness) * (hardness + 8) / (8 * np.pi) * 0.22
        np.testing.assert_allclose(shading._gleam(view, view, light, hardness), wanted, rtol=1e-4)
