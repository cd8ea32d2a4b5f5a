"""The colour of every pixel that shows the head: material, light, highlights, in one compiled loop."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from emotionet_tf.synthetic.person.face_map import AXIS_Z, HALF_TURN, PX_PER_RADIAN, PX_PER_UNIT, SIDE_PX, TOP
from emotionet_tf.synthetic.person.head import EYE, TEETH, TONGUE
from emotionet_tf.synthetic.rendering.compiled import kernel
from emotionet_tf.synthetic.rendering.raster import lit_share
from emotionet_tf.synthetic.rendering.shadow import BIAS, EXTENT
from emotionet_tf.synthetic.rendering.shadow import SIDE_PX as SHADOW_SIDE_PX

# Columns of the vertex attributes.
REST, NORMAL, POSITION, LIP, INSIDE, OPENNESS, SCALP = 0, 3, 6, 9, 11, 12, 13
NUM_ATTRIBUTES = 14

_EYE_CENTRE = (0.30775, 7.28415, 1.24535)
_IRIS_DEGREES = 27.0
_BUMP = 2.2
_MAP_SIDE = SIDE_PX
_MAP_REACH = 0.98 * HALF_TURN
_SHADOW_SCALE = SHADOW_SIDE_PX / EXTENT
_SHADOW_HALF = SHADOW_SIDE_PX / 2

# The helpers are compiled into the loop: a call would count the references to each array of a `Look`, per pixel.


class Look(NamedTuple):
    """What the shader knows of the person.

    Attributes:
      face: [S, S, 6] the face map with its folds, as `wrinkles.carve` gives it.
      lip_mask: [h, w].
      lip_colour: [3].
      hair_colour: [3].
      iris_colour: [3].
      cloth_colour: [3].
      neckline: Height at rest.
      pupil_degrees: Radius of the pupil.
      iris_seed: Turns the iris's pattern.
      gaze: [2] turn of the eyes to the image's right and up, in radians.
      rotation: [3, 3] of the head.
    """

    face: np.ndarray
    lip_mask: np.ndarray
    lip_colour: np.ndarray
    hair_colour: np.ndarray
    iris_colour: np.ndarray
    cloth_colour: np.ndarray
    neckline: float
    pupil_degrees: float
    iris_seed: float
    gaze: np.ndarray
    rotation: np.ndarray


@kernel(fastmath=True, error_model="numpy")
def shade_head(
    image, shown, weights, triangles, materials, attributes, cavity, look, light, shadow_map, eye_point
):
    """Paints the visible head into an image.

    Args:
      image: [H, W, 3] float32 linear, painted over where the head is.
      shown: [H, W] triangle of each pixel, -1 for none.
      weights: [H, W, 2] of its first two corners.
      triangles: [T, 3].
      materials: [T].
      attributes: [V, NUM_ATTRIBUTES] float32.
      cavity: [H, W] factor of the light in small hollows.
      look: A `Look`.
      light: A `Light`.
      shadow_map: A `ShadowMap`.
      eye_point: [3] where the camera stands.
    """
    # Taken out once: each look-up in a tuple counts references to its array, per pixel.
    face, lip_mask, rotation = look.face, look.lip_mask, look.rotation
    a = np.empty(NUM_ATTRIBUTES, np.float32)
    albedo, normal, view = np.empty(3, np.float32), np.empty(3, np.float32), np.empty(3, np.float32)
    for y in range(shown.shape[0]):
        for x in range(shown.shape[1]):
            t = shown[y, x]
            if t < 0:
                continue
            w0, w1 = weights[y, x, 0], weights[y, x, 1]
            i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            for c in range(NUM_ATTRIBUTES):
                a[c] = w0 * attributes[i, c] + w1 * attributes[j, c] + (1 - w0 - w1) * attributes[k, c]
            # One by one: a slice would be an array of its own for every pixel.
            for c in range(3):
                normal[c] = a[NORMAL + c]
                view[c] = eye_point[c] - a[POSITION + c]
            _normalise(normal)
            _normalise(view)
            openness = min(1.0, max(0.15, a[OPENNESS])) * cavity[y, x]
            material = materials[t]
            soft, shine, hardness = 0.0, 0.0, 20
            if material == EYE:
                shine, hardness = _eye(a, look, rotation, albedo, normal)
                # The upper lid and its lashes shade the eyeball.
                openness *= 0.8 - 0.4 * min(1.0, max(0.0, (a[REST + 1] - _EYE_CENTRE[1]) / 0.09))
            elif material == TEETH:
                _teeth(a, rotation, albedo, normal)
                shine, hardness = 0.5, 60
                openness = max(openness, 0.4)
            elif material == TONGUE:
                albedo[0], albedo[1], albedo[2] = 0.40, 0.13, 0.12
                shine, hardness, openness = 0.4, 40, 0.6 * openness
            else:
                soft, shine = _skin(a, look, face, lip_mask, rotation, albedo, normal)
            is_mouth = material in (TEETH, TONGUE)
            if is_mouth or a[INSIDE] > 0.5:
                openness *= min(1.0, max(0.06, (a[REST + 2] - 0.95) / 0.5))
            lit = _lit(a, normal, shadow_map)
            if is_mouth:
                lit = min(lit, 0.6)
            _light_up(image, y, x, albedo, normal, view, light, lit, openness, soft, shine, hardness)


@kernel(fastmath=True, error_model="numpy", inline="always")
def _normalise(v):
    length = math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]) + 1e-9
    v[0] /= length
    v[1] /= length
    v[2] /= length


@kernel(fastmath=True, error_model="numpy", inline="always")
def _sample(texture, x, y, channel):
    column, row = int(x), int(y)
    fx, fy = x - column, y - row
    above = texture[row, column, channel] * (1 - fx) + texture[row, column + 1, channel] * fx
    below = texture[row + 1, column, channel] * (1 - fx) + texture[row + 1, column + 1, channel] * fx
    return above * (1 - fy) + below * fy


@kernel(fastmath=True, error_model="numpy", inline="always")
def _grain(x, y, z):
    """Returns a fixed pseudo-random value in [0, 1) for a place."""
    value = math.sin(x * 127.1 + y * 311.7 + z * 74.7) * 43758.5453
    return value - math.floor(value)


@kernel(fastmath=True, error_model="numpy", inline="always")
def _skin(a, look, face, lip_mask, rotation, albedo, normal):
    """Sets albedo and normal of skin, lips, scalp and clothes; returns its softness and shine."""
    x, y, z = a[REST], a[REST + 1], a[REST + 2]
    azimuth = math.atan2(x, z - AXIS_Z)
    column = min(max((azimuth + HALF_TURN) * PX_PER_RADIAN, 0.0), _MAP_SIDE - 1.01)
    row = min(max((TOP - y) * PX_PER_UNIT, 0.0), _MAP_SIDE - 1.01)
    shoulder = min(1.0, max(0.0, (abs(x) - 0.45) / 0.4))
    if y < look.neckline - 0.3 * min(1.0, max(-0.2, z)) * (1 - shoulder) + 0.5 * shoulder:
        fold = 1 + 0.12 * math.sin(5 * x + 3 * y + 2 * math.sin(4 * y)) * math.sin(3 * y - 2 * x)
        for c in range(3):
            albedo[c] = look.cloth_colour[c] * fold
        return 0.0, 0.02
    for c in range(3):
        albedo[c] = _sample(face, column, row, c)
    shine = 0.30 * _sample(face, column, row, 3)
    if abs(azimuth) < _MAP_REACH and y > 5.6:
        _bump(face, rotation, column, row, normal)
    lip = _lip(a, lip_mask)
    inside = min(1.0, max(0.0, a[INSIDE]))
    scalp = 0.0
    if a[SCALP] > 0:
        grain = _grain(int(60 * x), int(12 * y), int(60 * z))
        scalp = min(1.0, max(0.0, 2 * a[SCALP] - grain))
    inner = (0.15, 0.035, 0.03)
    for c in range(3):
        value = albedo[c] * (1 - 0.85 * lip) + 0.85 * lip * look.lip_colour[c]
        value = value * (1 - inside) + inside * inner[c]
        albedo[c] = value * (1 - 0.9 * scalp) + 0.9 * scalp * 0.8 * look.hair_colour[c]
    shine = shine * (1 - 0.8 * scalp) + 0.3 * lip
    return 1.0 - 0.8 * scalp, shine


@kernel(fastmath=True, error_model="numpy", inline="always")
def _bump(face, rotation, column, row, normal):
    """Tilts a normal by the slopes of the face map."""
    right = _sample(face, column, row, 4) * _BUMP
    down = _sample(face, column, row, 5) * _BUMP
    r = rotation
    # Tangent = the head's up x normal; bitangent = normal x tangent.
    ux, uy, uz = r[0, 1], r[1, 1], r[2, 1]
    tx, ty, tz = (
        uy * normal[2] - uz * normal[1],
        uz * normal[0] - ux * normal[2],
        ux * normal[1] - uy * normal[0],
    )
    length = math.sqrt(tx * tx + ty * ty + tz * tz) + 1e-6
    tx, ty, tz = tx / length, ty / length, tz / length
    bx, by, bz = (
        normal[1] * tz - normal[2] * ty,
        normal[2] * tx - normal[0] * tz,
        normal[0] * ty - normal[1] * tx,
    )
    normal[0] += -right * tx + down * bx
    normal[1] += -right * ty + down * by
    normal[2] += -right * tz + down * bz
    _normalise(normal)


@kernel(fastmath=True, error_model="numpy", inline="always")
def _lip(a, lip_mask):
    x, y = a[LIP], a[LIP + 1]
    height, width = lip_mask.shape
    if x < 0 or y < 0 or x >= width - 1 or y >= height - 1:
        return 0.0
    return lip_mask[int(y), int(x)]


@kernel(fastmath=True, error_model="numpy", inline="always")
def _eye(a, look, rotation, albedo, normal):
    """Sets albedo and normal of an eyeball; the iris is drawn by its angle from the gaze."""
    side = 1.0 if a[REST] > 0 else -1.0
    dx, dy, dz = a[REST] - side * _EYE_CENTRE[0], a[REST + 1] - _EYE_CENTRE[1], a[REST + 2] - _EYE_CENTRE[2]
    length = math.sqrt(dx * dx + dy * dy + dz * dz) + 1e-9
    dx, dy, dz = dx / length, dy / length, dz / length
    gx, gy = look.gaze[0] - 0.03 * side, 0.9 * look.gaze[1]
    vx, vy, vz = math.sin(gx) * math.cos(gy), math.sin(gy), math.cos(gx) * math.cos(gy)
    degrees = math.degrees(math.acos(min(1.0, max(-1.0, dx * vx + dy * vy + dz * vz))))
    around = math.atan2(dy - vy, dx - vx)
    white = 0.8 + 0.2 * min(1.0, max(0.0, (70 - degrees) / 40))
    blood = 0.12 * min(1.0, max(0.0, (degrees - 34) / 30))
    fibre = 0.72 + 0.35 * abs(math.sin(around * 17 + look.iris_seed)) * 0.7 + 0.35 * (degrees / _IRIS_DEGREES)
    ring = 1 - 0.7 * min(1.0, max(0.0, (degrees - _IRIS_DEGREES + 6) / 6))
    pupil = min(1.0, max(0.0, (look.pupil_degrees - degrees) / 1.5 + 0.5))
    outside = min(1.0, max(0.0, (degrees - _IRIS_DEGREES) / 3 + 0.5))
    scleral = (0.56, 0.50 * (1 - blood), 0.47 * (1 - blood))
    r = rotation
    for c in range(3):
        iris = look.iris_colour[c] * fibre * ring * (1 - pupil) + 0.006 * pupil
        albedo[c] = iris * (1 - outside) + scleral[c] * white * outside
        normal[c] = r[c, 0] * dx + r[c, 1] * dy + r[c, 2] * dz
    return 1.5, 220


@kernel(fastmath=True, error_model="numpy", inline="always")
def _teeth(a, rotation, albedo, normal):
    """Sets albedo and normal of teeth and gums; the mesh's own teeth are one rough block."""
    x, y, z = a[REST], a[REST + 1], a[REST + 2] - 0.9
    gum = (y - 6.765) / 0.03 if y > 6.69 else (6.53 - y) / 0.03
    gum = min(1.0, max(0.0, gum))
    place = math.atan2(x, z) * 5.2
    gap = abs(place - math.floor(place) - 0.5)
    dark = (1 - 0.3 * min(1.0, max(0.0, (gap - 0.44) / 0.06))) * (1.0 if y > 6.62 else 0.62)
    enamel, flesh = (0.74, 0.69, 0.58), (0.42, 0.14, 0.13)
    length = math.sqrt(2.56 * x * x + z * z) + 1e-9
    nx, nz = 1.6 * x / length, z / length
    r = rotation
    for c in range(3):
        albedo[c] = (enamel[c] * (1 - gum) + flesh[c] * gum) * dark
        normal[c] = r[c, 0] * nx + r[c, 2] * nz


@kernel(fastmath=True, error_model="numpy", inline="always")
def _lit(a, normal, shadow_map):
    """Returns the share of the key light that reaches a point."""
    f, centre = shadow_map.frame, shadow_map.centre
    px = a[POSITION] + 0.03 * normal[0] - centre[0]
    py = a[POSITION + 1] + 0.03 * normal[1] - centre[1]
    pz = a[POSITION + 2] + 0.03 * normal[2] - centre[2]
    column = _SHADOW_HALF + (f[0, 0] * px + f[0, 1] * py + f[0, 2] * pz) * _SHADOW_SCALE
    row = _SHADOW_HALF - (f[1, 0] * px + f[1, 1] * py + f[1, 2] * pz) * _SHADOW_SCALE
    depth = f[2, 0] * px + f[2, 1] * py + f[2, 2] * pz + 10
    return lit_share(shadow_map.depth, column, row, depth, BIAS)


@kernel(fastmath=True, error_model="numpy", inline="always")
def _light_up(image, y, x, albedo, normal, view, light, lit, openness, soft, shine, hardness):
    """Sets a pixel to the light that its surface sends to the camera."""
    key, fill, gradient = light.key_direction, light.fill_direction, light.ambient_gradient
    to_key = normal[0] * key[0] + normal[1] * key[1] + normal[2] * key[2]
    to_fill = normal[0] * fill[0] + normal[1] * fill[1] + normal[2] * fill[2]
    to_view = min(1.0, max(0.0, normal[0] * view[0] + normal[1] * view[1] + normal[2] * view[2]))
    around = 1 + normal[0] * gradient[0] + normal[1] * gradient[1] + normal[2] * gradient[2]
    around = min(2.0, max(0.25, around)) * openness
    open_key = lit * (0.5 + 0.5 * openness)
    rim = (1 - to_view) ** 4 * 0.06 if shine > 0.1 else 0.0
    key_gleam = shine * _gleam(normal, view, key, hardness) * lit
    fill_gleam = shine * _gleam(normal, view, fill, hardness) * openness
    # Light that enters the skin comes out redder and further round the edge of the shadow.
    wraps = (0.38 * soft, 0.2 * soft, 0.14 * soft)
    for c in range(3):
        diffuse = max(0.0, (to_key + wraps[c]) / (1 + wraps[c]))
        bleed = (1.0 - lit) * lit * 0.5 * soft * (1.0 if c == 0 else 0.25)
        received = light.key_colour[c] * diffuse * (open_key + bleed)
        received += light.fill_colour[c] * max(0.0, 0.8 * to_fill + 0.2) * openness
        received += light.ambient_colour[c] * around
        gleam = key_gleam * light.key_colour[c] + fill_gleam * light.fill_colour[c]
        image[y, x, c] = albedo[c] * received + gleam + rim * light.ambient_colour[c] * around


@kernel(fastmath=True, error_model="numpy", inline="always")
def _gleam(normal, view, light, hardness):
    """Returns the highlight of a light: a broad and, for hard surfaces, a narrow lobe."""
    hx, hy, hz = view[0] + light[0], view[1] + light[1], view[2] + light[2]
    length = math.sqrt(hx * hx + hy * hy + hz * hz) + 1e-9
    cosine = min(1.0, max(0.0, (normal[0] * hx + normal[1] * hy + normal[2] * hz) / length))
    if cosine < 0.5:
        return 0.0
    # By squaring, which is faster than `pow`: every hardness is a whole number.
    power, square, left = 1.0, cosine, hardness
    while left > 0:
        if left & 1:
            power *= square
        square *= square
        left >>= 1
    return power * (hardness + 8) * (0.22 / (8 * math.pi))
