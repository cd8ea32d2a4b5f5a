"""From a person, an expression, a pose and a scene to a picture and its landmarks."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from emotionet_tf.synthetic import landmarks, raster, shading, wrinkles
from emotionet_tf.synthetic.background import make_background
from emotionet_tf.synthetic.expression import expression_offsets, shape_weights
from emotionet_tf.synthetic.hair import Strands, strand_nodes
from emotionet_tf.synthetic.head import LASH, SKIN, Head
from emotionet_tf.synthetic.occlusion import Face, draw_cover
from emotionet_tf.synthetic.person import Body, Person
from emotionet_tf.synthetic.pose import HeadAngles, mesh_rotation, pivot_of, turned_head
from emotionet_tf.synthetic.scene import Camera, Scene, camera_for, camera_position, project
from emotionet_tf.synthetic.shadow import ShadowMap, cast_shadows, to_shadow_map
from emotionet_tf.synthetic.strand_raster import draw_strands, shadow_strands

_RENDER_SIDE_PX = 512
"""Photos up to half of this side are drawn at twice their size; larger ones at half as many pixels more."""


@dataclass(frozen=True)
class Pose:
    """What a face does in one photo.

    Attributes:
      intensities: From 0 to 1 by expression AU.
      angles: Of the head.
      distractors: Weights of movements that are no AUs.
      asymmetry: By how much the subject's left half moves more.
      gaze: Turn of the eyes to the image's right and up, in radians.
      lips_part: Whether AU 25 is on.
    """

    intensities: dict[int, float]
    angles: HeadAngles
    distractors: dict[str, float] = field(default_factory=dict)
    asymmetry: float = 0.0
    gaze: tuple[float, float] = (0.0, 0.0)
    lips_part: bool = True


@dataclass(frozen=True)
class Geometry:
    """Where everything is in one photo, before anything is drawn.

    Attributes:
      face_points: [5, 3] landmarks of the unturned head.
      vertices: [V, 3] of the turned head.
      rotation: [3, 3] of the head.
      pivot: [3] about which it turns.
      camera: The camera.
    """

    face_points: np.ndarray
    vertices: np.ndarray
    rotation: np.ndarray
    pivot: np.ndarray
    camera: Camera


def place(head: Head, body: Body, pose: Pose, scene: Scene) -> Geometry:
    """Computes where a person's head lies in a photo."""
    weights = shape_weights(
        pose.intensities, distractors=pose.distractors, asymmetry=pose.asymmetry, gaze=pose.gaze
    )
    moved = expression_offsets(head, weights, pose.lips_part)
    points = body.points + moved + head.displacement(body.resting_shapes)
    rotation, pivot = mesh_rotation(pose.angles), pivot_of(points)
    neutral = body.points[: len(head.vertices)]
    nose = landmarks.face_points(body.points)[2]
    middle = np.float32([0, nose[1] + 0.12, neutral[head.vertex_materials == SKIN, 2].max() * 0.45])
    target = (middle - pivot) @ rotation.T + pivot
    return Geometry(
        landmarks.face_points(points),
        turned_head(head, points, pose.angles),
        rotation,
        pivot,
        camera_for(scene, target),
    )


def image_landmarks(geometry: Geometry, side_px: int) -> np.ndarray:
    """Returns the five landmarks in a photo of a given side, [5, 2] in pixels, in `LANDMARK_NAMES`' order."""
    points = (geometry.face_points - geometry.pivot) @ geometry.rotation.T + geometry.pivot
    return project(geometry.camera, points, side_px)[:, :2]


def face_box(head: Head, geometry: Geometry, side_px: int) -> np.ndarray:
    """Returns the box from brow to chin and cheek to cheek: left, top, right, bottom in pixels."""
    x, y, z = head.vertices.T
    azimuth = np.abs(np.arctan2(x, z + 0.25))
    is_face = (head.vertex_materials == SKIN) & (azimuth < 1.25) & (y > 6.05) & (y < 8.0) & (z > 0.5)
    pixels = project(geometry.camera, geometry.vertices[is_face], side_px)[:, :2]
    return np.concatenate([pixels.min(0), pixels.max(0)])


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
    side = max(_RENDER_SIDE_PX, int(1.5 * side_px))
    image = make_background(side, rng)
    normals = raster.vertex_normals(geometry.vertices, head.triangles)
    nodes = [strand_nodes(s, head, geometry.vertices, geometry.rotation) for s in (person.hair, person.beard)]
    shadows = _shadows(head, geometry, nodes[0], scene)
    depth = _draw_head(image, head, person, pose, scene, geometry, normals, shadows)
    for strands, points, thickness in zip((person.hair, person.beard), nodes, (0.013, 0.007), strict=True):
        _draw_hair(image, depth, strands, points, person.appearance.hair, scene, geometry, shadows, thickness)
    light = float(scene.light.ambient_colour.mean() + 0.5 * scene.light.key_colour.mean())
    face = Face(geometry.face_points, _face_to_image(geometry, side), pose.angles.yaw, person.appearance.skin)
    image = draw_cover(image, cover, face, light, rng)
    return cv2.resize(image.astype(np.float32), (side_px, side_px), interpolation=cv2.INTER_AREA)


def _face_to_image(geometry: Geometry, side: int):  # noqa: ANN202
    def to_image(points: np.ndarray) -> np.ndarray:
        turned_points = (points - geometry.pivot) @ geometry.rotation.T + geometry.pivot
        return project(geometry.camera, turned_points, side)[:, :2]

    return to_image


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
    skin, appearance = person.skin, person.appearance
    return shading.Look(
        face=wrinkles.carve(skin.albedo, skin.gloss, skin.relief, wrinkles.drawings(), strengths),
        lip_mask=head.lip_mask,
        lip_colour=np.float32(appearance.lips),
        hair_colour=np.float32(appearance.hair),
        iris_colour=np.float32(appearance.iris),
        cloth_colour=np.float32(appearance.clothes),
        neckline=appearance.neckline,
        pupil_degrees=appearance.pupil_degrees,
        iris_seed=float(person.body.identity.texture_seed % 97),
        gaze=np.float32(pose.gaze),
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
    rows, columns = np.nonzero((shown >= 0) & (nearest < depth + 0.004))
    if not len(rows):
        return
    corners = head.vertices[triangles[shown[rows, columns]]]
    first, second = weights[rows, columns].T[..., None]
    rest = first * corners[:, 0] + second * corners[:, 1] + (1 - first - second) * corners[:, 2]
    around = np.arctan2(rest[:, 0] - np.sign(rest[:, 0]) * 0.308, rest[:, 2] - 1.0)
    cover = np.clip(0.55 + 0.6 * np.sin(around * 70), 0, 1) * opacity * np.where(rest[:, 1] < 7.27, 0.35, 1)
    cover = cover[:, None].astype(np.float32)
    image[rows, columns] = image[rows, columns] * (1 - cover) + cover * np.float32([0.012, 0.01, 0.01])


def _draw_hair(
    image: np.ndarray,
    depth: np.ndarray,
    strands: Strands,
    nodes: np.ndarray,
    colour: np.ndarray,
    scene: Scene,
    geometry: Geometry,
    shadows: ShadowMap,
    thickness: float,
) -> None:
    """Draws strands; `thickness` in units of the head."""
    if not len(nodes):
        return
    side = image.shape[0]
    along = np.gradient(nodes, axis=1)
    along /= np.maximum(np.linalg.norm(along, axis=2, keepdims=True), 1e-6)
    key, light = scene.light.key_direction, scene.light
    on_map = to_shadow_map(shadows.frame, shadows.centre, nodes).reshape(-1, 3)
    lit = raster.lit_shares(shadows.depth, on_map, 0.05).reshape(nodes.shape[:2])
    # Kajiya and Kay's model: a strand shines across its way, not along it.
    across = np.sqrt(np.clip(1 - (along @ key) ** 2, 0, 1))
    half = key + np.float32([0, 0, 1])
    half /= np.linalg.norm(half)
    gleam = np.clip(1 - (along @ half) ** 2, 0, 1) ** 12
    tip = np.linspace(0.75, 1.0, nodes.shape[1])[None]
    received = tip[..., None] * (
        light.key_colour * (0.85 * across * (0.25 + 0.75 * lit))[..., None]
        + 0.75 * light.ambient_colour
        + 0.5 * light.fill_colour
    )
    colours = colour * strands.shades[:, None, None] * received
    colours += (0.035 + 0.12 * colour.mean()) * (gleam * lit)[..., None] * light.key_colour
    px_per_unit = side * 0.5 * geometry.camera.focal / geometry.camera.distance
    widths = np.maximum(1, thickness * px_per_unit * strands.shades).astype(np.float32)
    screen = project(geometry.camera, nodes, side)
    draw_strands(image, depth, screen, colours.astype(np.float32), widths, 0.85)
