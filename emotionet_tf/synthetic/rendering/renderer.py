"""From a person, an expression, a pose and a scene to a picture."""

from __future__ import annotations

import cv2
import numpy as np

from emotionet_tf.synthetic.person import wrinkles
from emotionet_tf.synthetic.person.hair import strand_nodes
from emotionet_tf.synthetic.person.head import LASH, Head
from emotionet_tf.synthetic.person.person import Person
from emotionet_tf.synthetic.rendering import raster, shading
from emotionet_tf.synthetic.rendering.background import make_background
from emotionet_tf.synthetic.rendering.geometry import Geometry, Pose, face_to_image
from emotionet_tf.synthetic.rendering.hair_colour import BEARD_HAIR, SCALP_HAIR, strand_colours
from emotionet_tf.synthetic.rendering.occlusion import Face, draw_cover
from emotionet_tf.synthetic.rendering.scene import Camera, Scene, camera_position, project
from emotionet_tf.synthetic.rendering.shadow import ShadowMap, cast_shadows, to_shadow_map
from emotionet_tf.synthetic.rendering.strand_raster import draw_strands, shadow_strands

_RENDER_SIDE_PX = 320
"""Small photos are drawn at this side, large ones at five fourths of their own, and then scaled down."""


def render(
    head: Head,
    person: Person,
    pose: Pose,
    scene: Scene,
    *,
    geometry: Geometry,
    cover: str,
    side_px: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Draws a photo.

    Args:
      head: The head.
      person: Who is in it.
      pose: What the face does.
      scene: Camera and light.
      geometry: As `place` gives it.
      cover: What hides part of the face, a key of `occlusion.HIDDEN_AUS`.
      side_px: Side of the square photo.
      rng: Draws background and cover.
    Returns:
      [side_px, side_px, 3] float32, linear.
    """
    side = max(_RENDER_SIDE_PX, int(1.25 * side_px))
    image = make_background(side, rng)
    normals = raster.vertex_normals(geometry.vertices, head.triangles)
    nodes = [strand_nodes(s, head, geometry.vertices, geometry.rotation) for s in (person.hair, person.beard)]
    shadows = _shadows(head, geometry, nodes[0], scene)
    depth = _draw_head(image, head, person, pose, scene, geometry, normals, shadows)
    for strands, points, look in zip(
        (person.hair, person.beard), nodes, (SCALP_HAIR, BEARD_HAIR), strict=True
    ):
        if not len(points):
            continue
        colours = strand_colours(points, person.appearance.hair, strands.shades, scene.light, shadows)
        px_per_unit = side * 0.5 * geometry.camera.focal / geometry.camera.distance
        widths = np.maximum(1, look.thickness * px_per_unit * strands.shades).astype(np.float32)
        screen = project(geometry.camera, points, side)
        draw_strands(image, depth, screen, colours, widths, look.opacity)
    light = float(scene.light.ambient_colour.mean() + 0.5 * scene.light.key_colour.mean())
    face = Face(geometry.face_points, face_to_image(geometry, side), pose.angles.yaw, person.appearance.skin)
    image = draw_cover(image, cover, face, light, rng)
    return cv2.resize(image.astype(np.float32), (side_px, side_px), interpolation=cv2.INTER_AREA)


def _shadows(head: Head, geometry: Geometry, hair: np.ndarray, scene: Scene) -> ShadowMap:
    opaque = head.triangles[head.materials != LASH]
    shadows = cast_shadows(geometry.vertices, opaque, scene.light.key_direction, geometry.camera.target)
    shadow_strands(shadows.depth, to_shadow_map(shadows.frame, shadows.centre, hair))
    return shadows


def _draw_head(
    image: np.ndarray,
    head: Head,
    person: Person,
    pose: Pose,
    scene: Scene,
    geometry: Geometry,
    normals: np.ndarray,
    shadows: ShadowMap,
) -> np.ndarray:
    """Draws skin, eyes, mouth and lashes; returns the depth of the picture."""
    side = image.shape[0]
    screen = project(geometry.camera, geometry.vertices, side)
    is_opaque = head.materials != LASH
    opaque, materials = head.triangles[is_opaque], head.materials[is_opaque]
    depth, shown, weights = raster.rasterize(screen, opaque, side, side, True)
    attributes = np.concatenate(
        [
            head.vertices, normals, geometry.vertices, head.lip_coordinates,
            head.inside_mouth[:, None], head.openness[:, None], person.scalp[:, None],
        ],
        axis=1,
        dtype=np.float32,
    )  # fmt: skip
    shading.shade_head(
        image, shown, weights, opaque, materials, attributes, _cavities(depth, geometry.camera),
        _look(head, person, pose, geometry), scene.light, shadows, camera_position(geometry.camera),
    )  # fmt: skip
    _draw_lashes(image, depth, head, screen, person.appearance.lashes)
    return depth


def _look(head: Head, person: Person, pose: Pose, geometry: Geometry) -> shading.Look:
    strengths = wrinkles.strengths(
        pose.intensities, person.body.identity.age, person.resting_folds, person.liveliness
    )
    appearance = person.appearance
    return shading.Look(
        face=wrinkles.carve(person.skin.texture, wrinkles.drawings(), wrinkles.extents(), strengths),
        lip_mask=head.lip_mask,
        lip_colour=tuple(np.asarray(appearance.lips, np.float32)),
        hair_colour=tuple(np.asarray(appearance.hair, np.float32)),
        iris_colour=tuple(np.asarray(appearance.iris, np.float32)),
        cloth_colour=tuple(np.asarray(appearance.clothes, np.float32)),
        neckline=appearance.neckline,
        pupil_degrees=appearance.pupil_degrees,
        iris_seed=float(person.body.identity.texture_seed % 97),
        gaze=tuple(np.asarray(pose.gaze, np.float32)),
        rotation=geometry.rotation,
    )


def _cavities(depth: np.ndarray, camera: Camera) -> np.ndarray:
    """Returns how much light small hollows get, [H, W] float32: what lies behind its surroundings is darker."""
    is_shown = depth < raster.FAR / 2
    farthest = depth[is_shown].max() if is_shown.any() else 1.0
    filled = np.where(is_shown, depth, farthest).astype(np.float32)
    side = depth.shape[0]
    px_per_unit = side * 0.5 * camera.focal / camera.distance
    hollow = np.zeros_like(filled)
    for reach, weight in ((0.03, 5.5), (0.10, 1.6)):
        shrink = 1 if reach < 0.05 else 4
        small = cv2.resize(filled, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA)
        blurred = cv2.GaussianBlur(small, (0, 0), max(0.8, reach * px_per_unit / shrink))
        if shrink > 1:
            blurred = cv2.resize(blurred, (side, side), interpolation=cv2.INTER_LINEAR)
        hollow += weight * np.clip(filled - blurred, -0.02, 0.08)
    return np.clip(1 - np.clip(hollow, -0.08, 0.8), 0.2, 1.06).astype(np.float32)


def _draw_lashes(
    image: np.ndarray, depth: np.ndarray, head: Head, screen: np.ndarray, opacity: float
) -> None:
    """Draws the lashes' sheets as rows of hairs; those of the lower lids are fainter."""
    side = image.shape[0]
    triangles = head.triangles[head.materials == LASH]
    nearest, shown, weights = raster.rasterize(screen, triangles, side, side, False)
    # Of a flat mask, which NumPy searches much faster than one of two axes.
    places = np.flatnonzero((shown >= 0) & (nearest < depth + 0.004))
    if not len(places):
        return
    rows, columns = np.divmod(places, side)
    corners = head.vertices[triangles[shown[rows, columns]]]
    first, second = weights[rows, columns].T[..., None]
    rest = first * corners[:, 0] + second * corners[:, 1] + (1 - first - second) * corners[:, 2]
    around = np.arctan2(rest[:, 0] - np.sign(rest[:, 0]) * 0.308, rest[:, 2] - 1.0)
    cover = np.clip(0.55 + 0.6 * np.sin(around * 70), 0, 1) * opacity * np.where(rest[:, 1] < 7.27, 0.35, 1)
    cover = cover[:, None].astype(np.float32)
    image[rows, columns] = image[rows, columns] * (1 - cover) + cover * np.asarray(
        [0.012, 0.01, 0.01], np.float32
    )
