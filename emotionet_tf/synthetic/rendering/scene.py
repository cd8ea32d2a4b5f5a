"""The camera and the light of one photo."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

HEAD_HEIGHT = 2.55
"""From chin to crown, in units of the head."""


class Camera(NamedTuple):
    """A pinhole camera that looks at the head.

    Attributes:
      target: [3] the point it looks at.
      distance: From the target, in units of the head.
      focal: Focal length over half of the picture's width.
      shift_x: Shift of the picture to the right, as a share of its side.
      shift_y: Shift downwards.
    """

    target: np.ndarray
    distance: float
    focal: float
    shift_x: float
    shift_y: float


class Light(NamedTuple):
    """The light of a scene; colours are linear RGB and hold the strength.

    Attributes:
      key_direction: [3] unit vector to the key light.
      key_colour: [3].
      fill_direction: [3] unit vector to a second light that casts no shadow.
      fill_colour: [3].
      ambient_colour: [3].
      ambient_gradient: [3] by how much the surroundings are brighter in each direction.
    """

    key_direction: np.ndarray
    key_colour: np.ndarray
    fill_direction: np.ndarray
    fill_colour: np.ndarray
    ambient_colour: np.ndarray
    ambient_gradient: np.ndarray


class Scene(NamedTuple):
    """What surrounds the head in one photo.

    Attributes:
      field_of_view: Of the camera, in radians.
      head_share: Height of the head as a share of the picture's side.
      shift: [2] of the head's centre, as shares of the side.
      light: The light.
      exposure: Factor of all light.
      saturation: Factor of the colours' distance from grey.
      contrast: Exponent of the final picture.
    """

    field_of_view: float
    head_share: float
    shift: tuple[float, float]
    light: Light
    exposure: float
    saturation: float
    contrast: float


def sample_scene(rng: np.random.Generator) -> Scene:
    """Draws camera and light as web photos have them: mostly frontal soft light, sometimes hard or from below."""
    kind = rng.choice(["soft", "studio", "sun", "window", "lamp"], p=[0.35, 0.2, 0.15, 0.2, 0.1])
    warmth = float(rng.normal({"lamp": 0.16, "sun": 0.05}.get(str(kind), 0.0), 0.05))
    key, ambient, fill = {
        "soft": (0.5, 0.6, 0.2),
        "studio": (0.7, 0.5, 0.35),
        "sun": (1.15, 0.45, 0.1),
        "window": (0.8, 0.4, 0.1),
        "lamp": (0.75, 0.3, 0.1),
    }[str(kind)]
    sideways = rng.uniform(1.0, 2.0) * rng.choice([-1, 1]) if kind == "window" else rng.uniform(-1.0, 1.0)
    direction = _unit([sideways, rng.uniform(-0.1, 1.3), rng.uniform(0.5, 1.2)])
    key_tint, ambient_tint = (
        np.array([1 + warmth, 1, 1 - warmth]),
        np.array([1, 1, 1]) + rng.normal(0, 0.04, 3),
    )
    light = Light(
        key_direction=direction,
        key_colour=np.asarray(key * rng.uniform(0.75, 1.25) * key_tint, np.float32),
        fill_direction=_unit(
            [-direction[0] + rng.normal(0, 0.4), rng.uniform(-0.3, 0.7), rng.uniform(-0.3, 1)]
        ),
        fill_colour=np.asarray(fill * rng.uniform(0.3, 1.7) * np.ones(3), np.float32),
        ambient_colour=np.asarray(ambient * rng.uniform(0.8, 1.2) * ambient_tint, np.float32),
        ambient_gradient=np.asarray(rng.normal(0, 0.18, 3) + [0, 0.28, 0], np.float32),
    )
    return Scene(
        field_of_view=math.radians(rng.uniform(12, 36)),
        head_share=float(rng.uniform(0.46, 0.82)),
        shift=(float(rng.uniform(-0.08, 0.08)), float(rng.uniform(-0.07, 0.07))),
        light=light,
        exposure=float(rng.uniform(0.85, 1.45)),
        saturation=float(rng.uniform(0.85, 1.2) if rng.random() > 0.06 else 0.0),
        contrast=float(rng.uniform(0.95, 1.4)),
    )


def plain_scene(head_share: float = 0.74, shift: tuple[float, float] = (0.0, 0.0)) -> Scene:
    """Returns the scene of the previews: a soft key light from the upper left side."""
    light = Light(
        _unit([0.5, 0.7, 1.0]),
        np.full(3, 0.75, np.float32),
        _unit([-0.8, 0.1, 0.6]),
        np.full(3, 0.18, np.float32),
        np.full(3, 0.55, np.float32),
        np.asarray([0, 0.28, 0], np.float32),
    )
    return Scene(0.35, head_share, shift, light, 1.0, 1.0, 1.0)


def camera_for(scene: Scene, target: np.ndarray) -> Camera:
    """Returns the scene's camera, at the distance at which the head has its share of the picture."""
    focal = 1 / math.tan(scene.field_of_view / 2)
    distance = focal * HEAD_HEIGHT / (2 * scene.head_share)
    return Camera(np.asarray(target, np.float32), distance, focal, scene.shift[0], scene.shift[1])


def project(camera: Camera, points: np.ndarray, side_px: int) -> np.ndarray:
    """Returns x, y in pixels and the distance from the camera, [..., 3] float32, for a square picture."""
    relative = points - camera.target
    distance = camera.distance - relative[..., 2]
    x = relative[..., 0] * (camera.focal / distance)
    y = relative[..., 1] * (camera.focal / distance)
    return np.stack(
        [side_px * (0.5 + camera.shift_x + 0.5 * x), side_px * (0.52 + camera.shift_y - 0.5 * y), distance],
        -1,
    ).astype(np.float32)


def camera_position(camera: Camera) -> np.ndarray:
    """Returns where the camera stands, [3] float32."""
    return camera.target + np.asarray([0, 0, camera.distance], np.float32)


def _unit(vector: list[float]) -> np.ndarray:
    return (np.array(vector) / np.linalg.norm(vector)).astype(np.float32)
