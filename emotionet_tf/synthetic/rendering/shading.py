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

# Each look at an array of a `Look` or `Light` counts references to it, which took half of the time when it was done per
# pixel. So arrays are taken out once, colours and directions are tuples, which stay in registers, and the helpers are
# compiled into the loop.


class Look(NamedTuple):
    """What the shader knows of the person.

    Attributes:
      face: [S, S, 6] the face map with its folds, as `wrinkles.carve` gives it.
      lip_mask: [h, w].
      lip_colour: Red, green, blue, linear.
      hair_colour: As well.
      iris_colour: As well.
      cloth_colour: As well.
      neckline: Height at rest.
      pupil_degrees: Radius of the pupil.
      iris_seed: Turns the iris's pattern.
      gaze: Turn of the eyes to the image's right and up, in radians.
      rotation: [3, 3] of the head.
    """

    face: np.ndarray
    lip_mask: np.ndarray
    lip_colour: tuple[np.float32, ...]
    hair_colour: tuple[np.float32, ...]
    iris_colour: tuple[np.float32, ...]
    cloth_colour: tuple[np.float32, ...]
    neckline: float
    pupil_degrees: float
    iris_seed: float
    gaze: tuple[np.float32, ...]
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
    face, lip_mask = look.face, look.lip_mask
    rotation, frame = _rows(look.rotation), _rows(shadow_map.frame)
    lamps = (
        _triple(light.key_direction), _triple(light.key_colour),
        _triple(light.fill_direction), _triple(light.fill_colour),
        _triple(light.ambient_colour), _triple(light.ambient_gradient),
    )  # fmt: skip
    centre, depth, eye = _triple(shadow_map.centre), shadow_map.depth, _triple(eye_point)
    for y in range(shown.shape[0]):
        for x in range(shown.shape[1]):
            t = shown[y, x]
            if t < 0:
                continue
            w0, w1 = weights[y, x, 0], weights[y, x, 1]
            corners = (triangles[t, 0], triangles[t, 1], triangles[t, 2], w0, w1, 1 - w0 - w1)
            rest = _mean3(attributes, corners, REST)
            normal = _unit(_mean3(attributes, corners, NORMAL))
            place = _mean3(attributes, corners, POSITION)
            view = _unit((eye[0] - place[0], eye[1] - place[1], eye[2] - place[2]))
            inside = _mean(attributes, corners, INSIDE)
            openness = min(1.0, max(0.15, _mean(attributes, corners, OPENNESS))) * cavity[y, x]
            material = materials[t]
            soft, shine, hardness = 0.0, 0.0, 20
            if material == EYE:
                albedo, normal = _eye(rest, look, rotation)
                shine, hardness = 1.5, 220
                # The upper lid and its lashes shade the eyeball.
                openness *= 0.8 - 0.4 * min(1.0, max(0.0, (rest[1] - _EYE_CENTRE[1]) / 0.09))
            elif material == TEETH:
                albedo, normal = _teeth(rest, rotation)
                shine, hardness = 0.5, 60
                openness = max(openness, 0.4)
            elif material == TONGUE:
                albedo = (0.40, 0.13, 0.12)
                shine, hardness, openness = 0.4, 40, 0.6 * openness
            elif _is_cloth(rest, look.neckline):
                albedo, shine = _cloth(rest, look.cloth_colour), 0.02
            else:
                azimuth = math.atan2(rest[0], rest[2] - AXIS_Z)
                spot = _spot_of(azimuth, rest[1])
                if abs(azimuth) < _MAP_REACH and rest[1] > 5.6:
                    normal = _bumped(face, spot, rotation, normal)
                lip = _lip(_mean(attributes, corners, LIP), _mean(attributes, corners, LIP + 1), lip_mask)
                scalp = _scalp(rest, _mean(attributes, corners, SCALP))
                albedo, shine = _skin(face, spot, look, lip, min(1.0, max(0.0, inside)), scalp)
                soft = 1.0 - 0.8 * scalp
            is_mouth = material in (TEETH, TONGUE)
            if is_mouth or inside > 0.5:
                openness *= min(1.0, max(0.06, (rest[2] - 0.95) / 0.5))
            lit = _lit(place, normal, frame, centre, depth)
            if is_mouth:
                lit = min(lit, 0.6)
            colour = _seen(albedo, normal, view, lamps, lit, openness, soft, shine, hardness)
            image[y, x, 0], image[y, x, 1], image[y, x, 2] = colour


@kernel(fastmath=True, error_model="numpy", inline="always")
def _triple(array):
    return (array[0], array[1], array[2])


@kernel(fastmath=True, error_model="numpy", inline="always")
def _rows(matrix):
    return (_triple(matrix[0]), _triple(matrix[1]), _triple(matrix[2]))


@kernel(fastmath=True, error_model="numpy", inline="always")
def _mean(attributes, corners, column):
    """Returns an attribute at a point of a triangle."""
    i, j, k, w0, w1, w2 = corners
    return w0 * attributes[i, column] + w1 * attributes[j, column] + w2 * attributes[k, column]


@kernel(fastmath=True, error_model="numpy", inline="always")
def _mean3(attributes, corners, column):
    return (
        _mean(attributes, corners, column),
        _mean(attributes, corners, column + 1),
        _mean(attributes, corners, column + 2),
    )


@kernel(fastmath=True, error_model="numpy", inline="always")
def _dot(a, b):
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@kernel(fastmath=True, error_model="numpy", inline="always")
def _cross(a, b):
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


@kernel(fastmath=True, error_model="numpy", inline="always")
def _unit(v):
    length = math.sqrt(_dot(v, v)) + 1e-9
    return (v[0] / length, v[1] / length, v[2] / length)


@kernel(fastmath=True, error_model="numpy", inline="always")
def _turned(rotation, v):
    return (_dot(rotation[0], v), _dot(rotation[1], v), _dot(rotation[2], v))


@kernel(fastmath=True, error_model="numpy", inline="always")
def _spot_of(azimuth, height):
    """Returns the place of a point on the face map: row and column, whole, and what is left of each."""
    x = min(max((azimuth + HALF_TURN) * PX_PER_RADIAN, 0.0), _MAP_SIDE - 1.01)
    y = min(max((TOP - height) * PX_PER_UNIT, 0.0), _MAP_SIDE - 1.01)
    column, row = int(x), int(y)
    return (row, column, y - row, x - column)


@kernel(fastmath=True, error_model="numpy", inline="always")
def _sample(texture, spot, channel):
    row, column, fy, fx = spot
    above = texture[row, column, channel] * (1 - fx) + texture[row, column + 1, channel] * fx
    below = texture[row + 1, column, channel] * (1 - fx) + texture[row + 1, column + 1, channel] * fx
    return above * (1 - fy) + below * fy


@kernel(fastmath=True, error_model="numpy", inline="always")
def _grain(x, y, z):
    """Returns a fixed pseudo-random value in [0, 1) for a place."""
    value = math.sin(x * 127.1 + y * 311.7 + z * 74.7) * 43758.5453
    return value - math.floor(value)


@kernel(fastmath=True, error_model="numpy", inline="always")
def _is_cloth(rest, neckline):
    x, y, z = rest
    shoulder = min(1.0, max(0.0, (abs(x) - 0.45) / 0.4))
    return y < neckline - 0.3 * min(1.0, max(-0.2, z)) * (1 - shoulder) + 0.5 * shoulder


@kernel(fastmath=True, error_model="numpy", inline="always")
def _cloth(rest, colour):
    x, y = rest[0], rest[1]
    fold = 1 + 0.12 * math.sin(5 * x + 3 * y + 2 * math.sin(4 * y)) * math.sin(3 * y - 2 * x)
    return (colour[0] * fold, colour[1] * fold, colour[2] * fold)


@kernel(fastmath=True, error_model="numpy", inline="always")
def _scalp(rest, cover):
    """Returns how much of a point the stubs of hair cover."""
    if cover <= 0:
        return 0.0
    grain = _grain(int(60 * rest[0]), int(12 * rest[1]), int(60 * rest[2]))
    return min(1.0, max(0.0, 2 * cover - grain))


@kernel(fastmath=True, error_model="numpy", inline="always")
def _skin(face, spot, look, lip, inside, scalp):
    """Returns albedo and shine of skin, lips and scalp."""
    red = _under(_sample(face, spot, 0), look.lip_colour[0], 0.15, look.hair_colour[0], lip, inside, scalp)
    green = _under(_sample(face, spot, 1), look.lip_colour[1], 0.035, look.hair_colour[1], lip, inside, scalp)
    blue = _under(_sample(face, spot, 2), look.lip_colour[2], 0.03, look.hair_colour[2], lip, inside, scalp)
    shine = 0.30 * _sample(face, spot, 3) * (1 - 0.8 * scalp) + 0.3 * lip
    return (red, green, blue), shine


@kernel(fastmath=True, error_model="numpy", inline="always")
def _under(skin, lip_colour, inner_colour, hair_colour, lip, inside, scalp):
    """Returns a channel of skin under lips, the mouth's inside and hair."""
    value = skin * (1 - 0.85 * lip) + 0.85 * lip * lip_colour
    value = value * (1 - inside) + inside * inner_colour
    return value * (1 - 0.9 * scalp) + 0.9 * scalp * 0.8 * hair_colour


@kernel(fastmath=True, error_model="numpy", inline="always")
def _bumped(face, spot, rotation, normal):
    """Returns a normal tilted by the slopes of the face map."""
    right = _sample(face, spot, 4) * _BUMP
    down = _sample(face, spot, 5) * _BUMP
    # Tangent = the head's up x normal; bitangent = normal x tangent.
    t = _cross((rotation[0][1], rotation[1][1], rotation[2][1]), normal)
    length = math.sqrt(_dot(t, t)) + 1e-6
    t = (t[0] / length, t[1] / length, t[2] / length)
    b = _cross(normal, t)
    return _unit(
        (
            normal[0] - right * t[0] + down * b[0],
            normal[1] - right * t[1] + down * b[1],
            normal[2] - right * t[2] + down * b[2],
        )
    )


@kernel(fastmath=True, error_model="numpy", inline="always")
def _lip(x, y, lip_mask):
    height, width = lip_mask.shape
    if x < 0 or y < 0 or x >= width - 1 or y >= height - 1:
        return 0.0
    return lip_mask[int(y), int(x)]


@kernel(fastmath=True, error_model="numpy", inline="always")
def _eye(rest, look, rotation):
    """Returns albedo and normal of an eyeball; the iris is drawn by its angle from the gaze."""
    side = 1.0 if rest[0] > 0 else -1.0
    dx, dy, dz = _unit((rest[0] - side * _EYE_CENTRE[0], rest[1] - _EYE_CENTRE[1], rest[2] - _EYE_CENTRE[2]))
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
    iris, black = fibre * ring * (1 - pupil) * (1 - outside), 0.006 * pupil * (1 - outside)
    white *= outside
    albedo = (
        look.iris_colour[0] * iris + black + 0.56 * white,
        look.iris_colour[1] * iris + black + 0.50 * (1 - blood) * white,
        look.iris_colour[2] * iris + black + 0.47 * (1 - blood) * white,
    )
    return albedo, _turned(rotation, (dx, dy, dz))


@kernel(fastmath=True, error_model="numpy", inline="always")
def _teeth(rest, rotation):
    """Returns albedo and normal of teeth and gums; the mesh's own teeth are one rough block."""
    x, y, z = rest[0], rest[1], rest[2] - 0.9
    gum = (y - 6.765) / 0.03 if y > 6.69 else (6.53 - y) / 0.03
    gum = min(1.0, max(0.0, gum))
    place = math.atan2(x, z) * 5.2
    gap = abs(place - math.floor(place) - 0.5)
    dark = (1 - 0.3 * min(1.0, max(0.0, (gap - 0.44) / 0.06))) * (1.0 if y > 6.62 else 0.62)
    albedo = (
        (0.74 * (1 - gum) + 0.42 * gum) * dark,
        (0.69 * (1 - gum) + 0.14 * gum) * dark,
        (0.58 * (1 - gum) + 0.13 * gum) * dark,
    )
    length = math.sqrt(2.56 * x * x + z * z) + 1e-9
    return albedo, _turned(rotation, (1.6 * x / length, 0.0, z / length))


@kernel(fastmath=True, error_model="numpy", inline="always")
def _lit(place, normal, frame, centre, depth):
    """Returns the share of the key light that reaches a point."""
    point = (
        place[0] + 0.03 * normal[0] - centre[0],
        place[1] + 0.03 * normal[1] - centre[1],
        place[2] + 0.03 * normal[2] - centre[2],
    )
    column = _SHADOW_HALF + _dot(frame[0], point) * _SHADOW_SCALE
    row = _SHADOW_HALF - _dot(frame[1], point) * _SHADOW_SCALE
    return lit_share(depth, column, row, _dot(frame[2], point) + 10, BIAS)


@kernel(fastmath=True, error_model="numpy", inline="always")
def _seen(albedo, normal, view, lamps, lit, openness, soft, shine, hardness):
    """Returns the light that a surface sends to the camera, three channels."""
    key, key_colour, fill, fill_colour, ambient_colour, gradient = lamps
    to_key, to_fill = _dot(normal, key), max(0.0, 0.8 * _dot(normal, fill) + 0.2) * openness
    to_view = min(1.0, max(0.0, _dot(normal, view)))
    around = min(2.0, max(0.25, 1 + _dot(normal, gradient))) * openness
    open_key = lit * (0.5 + 0.5 * openness)
    rim = (1 - to_view) ** 4 * 0.06 * around if shine > 0.1 else 0.0
    key_gleam = shine * _gleam(normal, view, key, hardness) * lit
    fill_gleam = shine * _gleam(normal, view, fill, hardness) * openness
    # Light that enters the skin comes out redder and further round the edge of the shadow.
    bleed = (1.0 - lit) * lit * 0.5 * soft
    from_key = (
        _wrapped(to_key, 0.38 * soft) * (open_key + bleed),
        _wrapped(to_key, 0.2 * soft) * (open_key + 0.25 * bleed),
        _wrapped(to_key, 0.14 * soft) * (open_key + 0.25 * bleed),
    )
    return (
        key_colour[0] * (albedo[0] * from_key[0] + key_gleam)
        + fill_colour[0] * (albedo[0] * to_fill + fill_gleam)
        + ambient_colour[0] * (albedo[0] * around + rim),
        key_colour[1] * (albedo[1] * from_key[1] + key_gleam)
        + fill_colour[1] * (albedo[1] * to_fill + fill_gleam)
        + ambient_colour[1] * (albedo[1] * around + rim),
        key_colour[2] * (albedo[2] * from_key[2] + key_gleam)
        + fill_colour[2] * (albedo[2] * to_fill + fill_gleam)
        + ambient_colour[2] * (albedo[2] * around + rim),
    )


@kernel(fastmath=True, error_model="numpy", inline="always")
def _wrapped(to_light, wrap):
    return max(0.0, (to_light + wrap) / (1 + wrap))


@kernel(fastmath=True, error_model="numpy", inline="always")
def _gleam(normal, view, light, hardness):
    """Returns the highlight of a light: a broad and, for hard surfaces, a narrow lobe."""
    half = (view[0] + light[0], view[1] + light[1], view[2] + light[2])
    cosine = min(1.0, max(0.0, _dot(normal, half) / (math.sqrt(_dot(half, half)) + 1e-9)))
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
