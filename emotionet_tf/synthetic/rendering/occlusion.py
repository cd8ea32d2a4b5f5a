"""What covers part of the face: glasses, hands, masks and other things."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

_EYES = frozenset({5, 6, 7, 43})
_MOUTH = frozenset({10, 12, 14, 15, 17, 18, 20, 23, 24, 25, 26, 28})

HIDDEN_AUS: dict[str, frozenset[int]] = {
    "": frozenset(),
    "glasses": frozenset(),
    "sunglasses": _EYES,
    "hand": _MOUTH,
    "mask": _MOUTH | {9},
    "object on eyes": _EYES | {1, 2, 4},
    "object on mouth": _MOUTH,
}
"""The AUs that nobody can see behind each cover."""

SHARES: dict[str, float] = {
    "": 0.82,
    "glasses": 0.11,
    "sunglasses": 0.02,
    "hand": 0.015,
    "mask": 0.015,
    "object on eyes": 0.01,
    "object on mouth": 0.01,
}
"""How often each cover occurs: assumed."""


class Face(NamedTuple):
    """What a cover is fitted to.

    Attributes:
      points: [5, 3] landmarks of the unturned head in the mesh's axes.
      to_image: Turns points [N, 3] near the unturned face into pixels [N, 2].
      yaw: Of the head, in radians.
      skin: [3] the person's linear skin colour.
    """

    points: np.ndarray
    to_image: Callable[[np.ndarray], np.ndarray]
    yaw: float
    skin: np.ndarray


def sample_cover(rng: np.random.Generator) -> str:
    """Draws a cover, mostly none."""
    names = list(SHARES)
    return names[int(rng.choice(len(names), p=np.array(list(SHARES.values()))))]


def draw_cover(
    image: np.ndarray, cover: str, face: Face, light: float, rng: np.random.Generator
) -> np.ndarray:
    """Returns the linear image [H, W, 3] with the cover drawn on it.

    Args:
      image: The picture; it may be painted over.
      cover: A key of `HIDDEN_AUS`.
      face: Where the face is.
      light: Rough brightness of the scene, factor of the cover's colours.
      rng: Draws colours and sizes.
    """
    if cover in ("glasses", "sunglasses"):
        return _glasses(image, cover == "sunglasses", face, light, rng)
    if cover == "hand":
        return _hand(image, face, light, rng)
    if cover == "mask":
        return _mask(image, face, light, rng)
    if cover:
        return _object(image, cover == "object on eyes", face, light, rng)
    return image


def _fixed(points: np.ndarray) -> np.ndarray:
    return np.rint(points * 16).astype(np.int32)


def _colour(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def _glasses(
    image: np.ndarray, is_dark: bool, face: Face, light: float, rng: np.random.Generator
) -> np.ndarray:
    width, height = rng.uniform(0.24, 0.285), rng.uniform(0.15, 0.215)
    squareness, drop = rng.choice([2.0, 2.6, 4.5]), rng.uniform(0.02, 0.06)
    frame = rng.choice([0.01, 0.03, 0.12]) * rng.uniform(0.5, 1.5, 3) * light
    around = np.linspace(0, 2 * np.pi, 40)
    cosine, sine = np.cos(around), np.sin(around)
    outline = np.stack(
        [
            width * np.sign(cosine) * np.abs(cosine) ** (2 / squareness),
            height * np.sign(sine) * np.abs(sine) ** (2 / squareness),
        ],
        1,
    )
    eyes = face.points[:2]
    px_per_unit = np.linalg.norm(np.diff(face.to_image(eyes), axis=0)) / np.linalg.norm(eyes[1] - eyes[0])
    thick = max(1, int(px_per_unit * rng.uniform(0.012, 0.04)))
    rims = []
    for eye in eyes:
        side = np.sign(eye[0])
        # The lenses curve back towards the temples.
        back = 0.16 - 0.25 * np.clip(side * outline[:, 0], 0, 1) ** 1.0 * 0.6
        rims.append(
            np.stack([eye[0] + side * 0.02 + outline[:, 0], eye[1] - drop + outline[:, 1], eye[2] + back], 1)
        )
    if is_dark:
        covered = image.copy()
        for rim in rims:
            cv2.fillPoly(covered, [_fixed(face.to_image(rim))], _colour(frame * 0.5), cv2.LINE_AA, 4)
        image = image * np.float32(0.1) + covered * np.float32(0.9)
    elif rng.random() < 0.4:
        shine = image.copy()
        for rim in rims:
            cv2.fillPoly(
                shine, [_fixed(face.to_image(rim))], _colour(np.full(3, 0.6 * light)), cv2.LINE_AA, 4
            )
        image = image * np.float32(0.9) + shine * np.float32(0.1)
    lines = [face.to_image(rim) for rim in rims] + [
        face.to_image(line) for line in _bridge_and_temples(rims, face.yaw)
    ]
    for line in lines:
        cv2.polylines(image, [_fixed(line)], False, _colour(frame), thick, cv2.LINE_AA, 4)
    return image


def _bridge_and_temples(rims: list[np.ndarray], yaw: float) -> list[np.ndarray]:
    """Returns the bridge, and the temple pieces that the head does not hide."""
    left, right = rims
    inner_left, inner_right = left[left[:, 0].argmax()], right[right[:, 0].argmin()]
    middle = (inner_left + inner_right) / 2 + [0, 0.03, 0.04]
    lines = [np.stack([inner_left, middle, inner_right])]
    for rim, side in ((left, -1), (right, 1)):
        outer = rim[(side * rim[:, 0]).argmax()]
        hinge = outer + [side * 0.05, 0.03, -0.06]
        ear = np.array([side * max(0.80, abs(hinge[0]) + 0.03), outer[1], outer[2] - 0.85])
        # The temple on the side that the nose turns to lies behind the face.
        lines.append(np.stack([outer, hinge, ear]) if side * yaw < 0.12 else np.stack([outer, hinge]))
    return lines


def _hand(image: np.ndarray, face: Face, light: float, rng: np.random.Generator) -> np.ndarray:
    """Draws a hand before the mouth: four fingers side by side, and the back of the hand below them."""
    pixels = face.to_image(face.points)
    unit = float(np.linalg.norm(pixels[1] - pixels[0])) + 1e-6
    turn = np.radians(rng.uniform(20, 70)) * rng.choice([-1, 1]) - np.pi / 2
    along, across = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    middle = pixels[3:].mean(0) + rng.normal(0, 0.1 * unit, 2) + along * 0.25 * unit
    colour = face.skin * light * rng.uniform(0.75, 1.0)
    canvas, cover = image.copy(), np.zeros(image.shape[:2], np.float32)
    width = max(2, int(0.24 * unit))
    back = np.stack([middle - along * 0.95 * unit, middle - along * 2.6 * unit])
    _stroke(canvas, cover, back, colour * 0.85, 4 * width)
    for finger, reach in enumerate((0.0, 0.12, 0.1, -0.08)):
        tip = middle + across * (finger - 1.5) * 0.235 * unit + along * (0.3 + reach) * unit
        line = np.stack([tip, tip - along * (1.3 + reach) * unit])
        _stroke(canvas, cover, line, colour * 0.5, width + max(2, width // 6))
        _stroke(canvas, cover, line, colour * 0.8, width)
        _stroke(canvas, cover, line + across * 0.02 * unit, colour, max(1, width // 2))
    soft = cv2.GaussianBlur(canvas, (0, 0), max(0.8, 0.035 * unit))
    share = np.clip(cover, 0, 1)[..., None]
    return image * (1 - share) + soft * share


def _stroke(canvas: np.ndarray, cover: np.ndarray, line: np.ndarray, colour: np.ndarray, width: int) -> None:
    """Draws a thick line with round ends in a colour, and as 1 in the cover."""
    cv2.polylines(canvas, [_fixed(line)], False, _colour(colour), width, cv2.LINE_AA, 4)
    cv2.polylines(cover, [_fixed(line)], False, (1.0,), width, cv2.LINE_AA, 4)


def _mask(image: np.ndarray, face: Face, light: float, rng: np.random.Generator) -> np.ndarray:
    nose, left, right = face.points[2], face.points[3], face.points[4]
    middle = (left + right) / 2
    top = [
        nose + [-0.62, 0.02, -0.85],
        nose + [-0.3, 0.1, -0.35],
        nose + [0, 0.2, -0.02],
        nose + [0.3, 0.1, -0.35],
        nose + [0.62, 0.02, -0.85],
    ]
    bottom = [
        right + [0.36, -0.2, -0.55],
        middle + [0.2, -0.52, -0.02],
        middle + [-0.2, -0.52, -0.02],
        left + [-0.36, -0.2, -0.55],
    ]
    outline = face.to_image(np.array(top + bottom))
    colour = np.array([[0.45, 0.6, 0.75], [0.75, 0.75, 0.75], [0.03, 0.03, 0.035]])[rng.integers(3)] * light
    canvas, cover = image.copy(), np.zeros(image.shape[:2], np.float32)
    cv2.fillPoly(cover, [_fixed(outline)], (1.0,), cv2.LINE_AA, 4)
    ramp = np.linspace(1.1, 0.7, image.shape[0], dtype=np.float32)[:, None, None]
    canvas[:] = np.asarray(colour, np.float32) * ramp
    for share in (0.35, 0.5, 0.65):
        crease = np.stack(
            [outline[0] * (1 - share) + outline[8] * share, outline[4] * (1 - share) + outline[5] * share]
        )
        cv2.polylines(canvas, [_fixed(crease)], False, _colour(colour * 0.75), 2, cv2.LINE_AA, 4)
    return image * (1 - cover[..., None]) + canvas * cover[..., None]


def _object(
    image: np.ndarray, on_eyes: bool, face: Face, light: float, rng: np.random.Generator
) -> np.ndarray:
    """Draws a plain thing, such as a phone or a cup, before the eyes or the mouth."""
    pixels = face.to_image(face.points)
    unit = float(np.linalg.norm(pixels[1] - pixels[0])) + 1e-6
    centre = pixels[:2].mean(0) if on_eyes else pixels[3:].mean(0) + [0, 0.25 * unit]
    size = (
        (unit * rng.uniform(1.9, 2.4), unit * rng.uniform(0.7, 0.9))
        if on_eyes
        else (unit * rng.uniform(1.2, 1.7),) * 2
    )
    corners = cv2.boxPoints((_colour(centre), _colour(np.array(size)), float(rng.uniform(-20, 20))))
    cv2.fillPoly(
        image,
        [_fixed(corners)],
        _colour(rng.uniform(0.02, 0.6) * rng.uniform(0.7, 1.0, 3) * light),
        cv2.LINE_AA,
        4,
    )
    return image
