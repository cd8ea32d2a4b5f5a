"""Hair as strands: roots on the skin, grown once per person, carried along by the mesh."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from emotionet_tf.synthetic.person.face_map import (
    AXIS_Z,
    BOTTOM,
    HALF_TURN,
    PX_PER_RADIAN,
    PX_PER_UNIT,
    SIDE_PX,
    TOP,
)
from emotionet_tf.synthetic.person.head import SKIN, Head
from emotionet_tf.synthetic.person.skin import beard_region
from emotionet_tf.synthetic.rendering.compiled import kernel
from emotionet_tf.synthetic.rendering.raster import vertex_normals

NUM_NODES = 10

_SKULL_CENTRE = np.array([0.0, 7.3, 0.2])
_SKULL_AXES = np.array([0.88, 1.22, 1.22])
"""An ellipsoid a little inside the scalp."""


@dataclass(frozen=True)
class HairStyle:
    """How the scalp's hair is worn.

    Attributes:
      name: "bald", "buzz", "short", "bob", "long" or "tied".
      length: Of a strand, in units of the head (about 2.5 high).
      hairline: Height of the hairline above the forehead at rest.
      recession: How far the hairline goes back at the temples.
      parting: x of the parting.
      lift: How far strands stand off at the root, 0 to 1.
      fringe: Whether the front hair falls on the forehead.
      wave: Amplitude of waves or curls, in units of the head.
    """

    name: str
    length: float
    hairline: float
    recession: float
    parting: float
    lift: float
    fringe: bool
    wave: float


@dataclass(frozen=True)
class Strands:
    """Strands that start on triangles of the skin.

    Attributes:
      triangles: [N] rows of the head's skin triangles.
      corners: [N, 3] weights of the triangle's corners.
      offsets: [N, NUM_NODES, 3] float32 from the root, for the unturned head.
      shades: [N] float32, brightness of each strand.
    """

    triangles: np.ndarray
    corners: np.ndarray
    offsets: np.ndarray
    shades: np.ndarray


_STYLES_MALE = {"bald": 0.08, "buzz": 0.2, "short": 0.62, "bob": 0.06, "long": 0.04}
_STYLES_FEMALE = {"short": 0.1, "bob": 0.28, "long": 0.4, "tied": 0.2, "buzz": 0.02}
_LENGTHS = {
    "bald": (0.0, 0.0), "buzz": (0.04, 0.08), "short": (0.18, 0.5), "bob": (1.2, 1.8), "long": (2.2, 3.2),
    "tied": (0.9, 1.2),
}  # fmt: skip
_COUNTS = {"bald": 0, "buzz": 5000, "short": 4500, "bob": 5000, "long": 5500, "tied": 4000}


def sample_style(masculinity: float, age: float, rng: np.random.Generator) -> HairStyle:
    """Draws a hair style."""
    is_male = masculinity > 0.5
    shares = _STYLES_MALE if is_male else _STYLES_FEMALE
    name = str(rng.choice(list(shares), p=np.array(list(shares.values())) / sum(shares.values())))
    return HairStyle(
        name=name,
        length=float(rng.uniform(*_LENGTHS[name])),
        hairline=float(rng.uniform(7.78, 7.98)),
        recession=float(abs(rng.normal(0, 0.05 + 0.2 * max(0.0, age - 0.5)))) if is_male else 0.0,
        parting=float(rng.uniform(-0.4, 0.4)),
        lift=float(rng.uniform(0.15, 0.75)),
        fringe=bool(rng.random() < (0.3 if name in ("short", "bob", "long") else 0.0)),
        wave=float(max(0.0, rng.normal(0.01, 0.02))),
    )


def scalp_cover(head: Head, style: HairStyle) -> np.ndarray:
    """Returns for each vertex at rest how far it lies inside the hairline: 0 outside, 1 inside, [V] float32."""
    x, y, z = head.vertices.T
    azimuth = np.abs(np.arctan2(x, z - AXIS_Z))
    drop = np.interp(
        azimuth,
        [0, 0.35, 0.65, 0.80, 0.92, 1.04, 1.16, 1.32, 1.45, 1.8, 2.3, 3.2],
        [0, 0, -0.10, -0.26, -0.52, -0.80, -0.80, -0.70, -0.95, -1.3, -1.55, -1.65],
    )
    front = np.clip((1.0 - azimuth) / 0.35, 0, 1)
    line = drop + style.hairline * front + (8 + 0.3 * (style.hairline - 8)) * (1 - front)
    line += 1.2 * style.recession * np.exp(-np.square((azimuth - 0.55) / 0.25))
    is_ear = (np.abs(x) > 0.80) & (y < 7.45) & (z > 0.1)
    is_scalp = (head.vertex_materials == SKIN) & (y > 6.2) & (head.inside_mouth < 0.1) & ~is_ear
    return np.where(is_scalp, np.clip((y - line) / 0.06, 0, 1), 0).astype(np.float32)


def grow_hair(head: Head, points: np.ndarray, style: HairStyle, rng: np.random.Generator) -> Strands:
    """Grows the scalp's hair.

    It grows on the head at rest, whose measures are known, and is then stretched to the person's head.

    Args:
      head: The head.
      points: [V + J, 3], the person's own, unturned and neutral.
      style: The style.
      rng: Draws roots and the strands' own ways.
    """
    cover = scalp_cover(head, style)
    triangles, corners = _roots(
        head, head.vertices, cover[head.skin_triangles].min(1), _COUNTS[style.name], rng
    )
    roots, normals = _on_skin(head, head.vertices, triangles, corners)
    nodes = _grown(roots, normals, style, rng)
    scalp = np.nonzero(head.vertices[:, 1] > 7.6)[0]
    stretch = points[scalp].std(0) / head.vertices[scalp].std(0)
    shades = rng.uniform(0.7, 1.3, len(roots)).astype(np.float32)
    return Strands(triangles, corners, ((nodes - roots[:, None]) * stretch).astype(np.float32), shades)


def grow_beard(
    head: Head, points: np.ndarray, density: float, length: float, rng: np.random.Generator
) -> Strands:
    """Grows a beard of short strands that hang down; none where it is too short to be seen as hairs."""
    vertices = np.ascontiguousarray(points[: len(head.vertices)])
    azimuth = np.arctan2(head.vertices[:, 0], head.vertices[:, 2] - AXIS_Z)
    column = np.clip((azimuth + HALF_TURN) * PX_PER_RADIAN, 0, SIDE_PX - 1).astype(int)
    row = np.clip((TOP - head.vertices[:, 1]) * PX_PER_UNIT, 0, SIDE_PX - 1).astype(int)
    is_face = (np.abs(azimuth) < 1.3) & (head.inside_mouth < 0.05) & (head.vertices[:, 1] > BOTTOM)
    cover = beard_region()[row, column] * is_face
    count = int(7000 * density) if length > 0.01 else 0
    triangles, corners = _roots(head, vertices, cover[head.skin_triangles].min(1), count, rng)
    roots, normals = _on_skin(head, vertices, triangles, corners)
    steps = np.linspace(0, 1, NUM_NODES)[None, :, None]
    way = normals * 0.35 + np.asarray([0, -0.9, 0], np.float32) + rng.normal(0, 0.25, roots.shape)
    own_length = length * rng.uniform(0.5, 1.2, (len(roots), 1, 1))
    offsets = (way[:, None] * steps * own_length).astype(np.float32)
    return Strands(triangles, corners, offsets, rng.uniform(0.7, 1.3, len(roots)).astype(np.float32))


def _roots(
    head: Head, vertices: np.ndarray, cover: np.ndarray, count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draws triangles [N] by area times cover, and points in them [N, 3]."""
    a, b, c = (vertices[head.skin_triangles[:, i]] for i in range(3))
    chance = np.linalg.norm(np.cross(b - a, c - a), axis=1) * cover
    if chance.sum() == 0:
        count = 0
    triangles = (
        rng.choice(len(chance), count, p=chance / max(chance.sum(), 1e-9)) if count else np.zeros(0, int)
    )
    corners = rng.dirichlet([1, 1, 1], count).reshape(-1, 3)
    return triangles, corners.astype(np.float32)


def _on_skin(
    head: Head, vertices: np.ndarray, triangles: np.ndarray, corners: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Returns points and unit normals [N, 3] on the skin."""
    indices = head.skin_triangles[triangles]
    weights = corners[..., None]
    normals = (vertex_normals(vertices, head.skin_triangles)[indices] * weights).sum(1)
    return (vertices[indices] * weights).sum(1), normals / np.maximum(
        np.linalg.norm(normals, axis=1, keepdims=True), 1e-6
    )


def _grown(roots: np.ndarray, normals: np.ndarray, style: HairStyle, rng: np.random.Generator) -> np.ndarray:
    """Returns the nodes of the strands, [N, NUM_NODES, 3]: combed at the root, pulled down, kept off the skull."""
    count = len(roots)
    length = style.length * rng.uniform(0.75, 1.05, count)
    length[_is_fringe(roots, style)] = rng.uniform(0.34, 0.5)
    combed = _combed(roots, style, rng)
    way = combed + normals * (
        style.lift * (1.0 if style.length < 0.6 else 0.35) * rng.uniform(0.5, 1.2, (count, 1))
    )
    way += rng.normal(0, 0.22 if style.name == "short" else 0.07, way.shape)
    # Waves run along neighbouring strands together, so they hang on the root's place.
    phase = 9 * np.arctan2(roots[:, 0], roots[:, 2] - AXIS_Z) + 5 * roots[:, 1] + rng.normal(0, 0.5, count)
    gravity = {"bald": 0.0, "buzz": 0.0, "short": 0.12, "tied": 0.0}.get(style.name, 0.9)
    nodes = [roots + normals * 0.012]
    for step in range(1, NUM_NODES):
        way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-6)
        if style.name == "tied":
            way += 0.5 * _towards(nodes[-1], (0.0, 7.55, -1.0))
        point = nodes[-1] + way * (length / (NUM_NODES - 1))[:, None]
        swing = style.wave * np.sin(phase + step * 1.1) * min(1.0, style.length)
        point[:, 0] += swing
        point[:, 2] += 0.5 * swing
        point, way = _kept_outside(point, way, roots, style, step)
        nodes.append(point)
        # Drag takes the swing out of hanging hair, or it would spread like a tent.
        way = way * ([0.55, 1, 0.55] if style.length > 0.6 else [1, 1, 1]) + np.asarray(
            [0, -gravity, 0], np.float32
        )
    return np.stack(nodes, 1)


def _combed(roots: np.ndarray, style: HairStyle, rng: np.random.Generator) -> np.ndarray:
    """Returns the way each strand is combed at its root, [N, 3]."""
    away = np.sign(roots[:, 0] - style.parting + rng.normal(0, 0.06, len(roots)))
    is_front = np.clip((roots[:, 2] - 0.4) / 0.6, 0, 1)
    if style.name in ("short", "buzz"):
        forward = 0.9 if style.fringe else -0.2
        flow = np.stack(
            [away * 0.55, 0.25 * is_front - 0.3 * (1 - is_front), forward * is_front - 0.2 * (1 - is_front)],
            1,
        )
        return flow.astype(np.float64)
    if style.name == "tied":
        return _towards(roots, (0.0, 7.55, -1.0))
    # Hair at the crown is combed aside, hair at the temples already hangs.
    hanging = np.clip(np.abs(roots[:, 0]) / 0.75, 0, 1)
    flow = np.stack([away * 0.8 * (1 - hanging), -0.2 - 0.9 * hanging, -0.5 * is_front * (1 - hanging)], 1)
    if style.fringe:
        is_fringe = _is_fringe(roots, style)
        flow[is_fringe] = [0.0, -0.3, 1.0]
        flow[is_fringe, 0] = 0.15 * away[is_fringe]
    return flow


def _is_fringe(roots: np.ndarray, style: HairStyle) -> np.ndarray:
    """Returns which strands of a long style fall on the forehead."""
    if not style.fringe or style.length < 0.6:
        return np.zeros(len(roots), bool)
    return (roots[:, 2] > 0.85) & (np.abs(roots[:, 0]) < 0.5)


def _towards(points: np.ndarray, goal: tuple[float, float, float]) -> np.ndarray:
    way = np.array(goal) - points
    return way / np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-6)


def _kept_outside(
    point: np.ndarray, way: np.ndarray, roots: np.ndarray, style: HairStyle, step: int
) -> tuple[np.ndarray, np.ndarray]:
    """Pushes strands out of an ellipsoid round the skull; lets long ones lie on it and frame the face."""
    relative = (point - _SKULL_CENTRE) / _SKULL_AXES
    reach = np.linalg.norm(relative, axis=1, keepdims=True)
    # Where the scalp lies outside the ellipsoid, the strand stays as far out as its root, at first.
    root_reach = np.linalg.norm((roots - _SKULL_CENTRE) / _SKULL_AXES, axis=1, keepdims=True)
    root_reach = 1 + (root_reach - 1) * max(0.0, 1 - step / 4)
    least = np.maximum(0.97, root_reach) + 0.02 + 0.007 * step
    is_inside = reach < least
    outward = relative / _SKULL_AXES
    outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-6)
    inward = np.minimum((way * outward).sum(1, keepdims=True), 0)
    pushed = np.where(
        is_inside, _SKULL_CENTRE + relative / np.maximum(reach, 1e-6) * least * _SKULL_AXES, point
    )
    way = np.where(is_inside, way - inward * outward, way)
    if style.length > 0.6:
        pushed = _framing(pushed, roots, style, np.maximum(1.0, root_reach[:, 0]))
    return pushed, way


def _framing(point: np.ndarray, roots: np.ndarray, style: HairStyle, reach: np.ndarray) -> np.ndarray:
    """Moves long strands off the face, which the labels are about, and close to the head.

    `reach` [N] is how far the ellipsoid must be enlarged to hold the strands' roots.
    """
    x, y, z = point[:, 0], point[:, 1], point[:, 2] - AXIS_Z
    azimuth = np.arctan2(x, z)
    if style.name == "tied":
        least = np.zeros(len(point))
    else:
        least = np.interp(y, [5.6, 5.9, 7.5, 7.95], [0, 0.9, 0.95, 0]) * ~_is_fringe(roots, style)
    azimuth = np.where(azimuth >= 0, 1, -1) * np.maximum(np.abs(azimuth), least)
    bulk = 1.06 + 0.2 * style.lift * (style.name != "tied")
    radius = np.minimum(np.hypot(x, z), _skull_radius(azimuth, y) * bulk * reach + 0.03)
    return np.stack([radius * np.sin(azimuth), y, AXIS_Z + radius * np.cos(azimuth)], 1)


def _skull_radius(azimuth: np.ndarray, height: np.ndarray) -> np.ndarray:
    """Returns how far the ellipsoid reaches from the face map's axis; below its middle it goes on as a cylinder."""
    rise = np.clip((height - _SKULL_CENTRE[1]) / _SKULL_AXES[1], 0, 0.87)
    shift = AXIS_Z - _SKULL_CENTRE[2]
    # The points of a ray from the axis that lie on the ellipse at this height solve a r^2 + b r + c = 0.
    a = np.square(np.sin(azimuth) / _SKULL_AXES[0]) + np.square(np.cos(azimuth) / _SKULL_AXES[2])
    b = 2 * np.cos(azimuth) * shift / _SKULL_AXES[2] ** 2
    c = (shift / _SKULL_AXES[2]) ** 2 - (1 - rise**2)
    return (-b + np.sqrt(np.maximum(b * b - 4 * a * c, 0))) / (2 * a)


def strand_nodes(strands: Strands, head: Head, turned: np.ndarray, rotation: np.ndarray) -> np.ndarray:
    """Returns the strands of a turned, moved head, [N, NUM_NODES, 3] float32.

    Args:
      strands: The strands.
      head: The head.
      turned: [V, 3] vertices of the turned head with its expression.
      rotation: [3, 3] rotation of the head in the mesh's axes.
    """
    roots = (turned[head.skin_triangles[strands.triangles]] * strands.corners[..., None]).sum(1)
    return _carried(roots.astype(np.float32), strands.offsets, np.asarray(rotation, np.float32))


@kernel()
def _carried(roots, offsets, rotation):
    """Returns nodes [N, K, 3] float32, given roots [N, 3] and, of the unturned head, offsets [N, K, 3]."""
    nodes = np.empty_like(offsets)
    for n in range(offsets.shape[0]):
        for k in range(offsets.shape[1]):
            x, y, z = offsets[n, k, 0], offsets[n, k, 1], offsets[n, k, 2]
            # Far from the root, gravity wins over the head's turn.
            follow = min(1.0, max(math.sqrt(0.1), 1.15 - 0.45 * math.sqrt(x * x + y * y + z * z)))
            for c in range(3):
                stiff = rotation[c, 0] * x + rotation[c, 1] * y + rotation[c, 2] * z
                nodes[n, k, c] = roots[n, c] + offsets[n, k, c] + follow * (stiff - offsets[n, k, c])
    return nodes
