"""Pictures that show what was found: box, landmarks, head angles and the AUs that are present."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from emotionet_tf.action_units import au_name, describe
from emotionet_tf.faces.head_pose import rotation_matrix
from emotionet_tf.inference.face_result import FaceResult
from emotionet_tf.storage.files import written_aside

_PHOTO_HEIGHT_PX, _PHOTO_MAX_WIDTH_PX, _PANEL_WIDTH_PX = 640, 1280, 400
_LINE_PX, _MARGIN_PX = 24, 14
_FONT, _FONT_SCALE = cv2.FONT_HERSHEY_SIMPLEX, 0.52
_WHITE, _GREY, _BACKGROUND = (255, 255, 255), (170, 170, 170), (32, 32, 32)
_FACE_COLOURS = ((90, 220, 120), (255, 180, 60), (110, 180, 255), (255, 120, 200))
_AXES = ((0, (235, 80, 70)), (1, (80, 200, 80)), (2, (80, 140, 255)))


def annotate(
    photo: np.ndarray, results: Sequence[FaceResult], numbers: Sequence[int] | None = None
) -> np.ndarray:
    """Returns a photo with its faces marked and a panel that names the present AUs with their scores and bars.

    The photo is scaled to one height, so that lines and letters suit photos of any size. The axes at the nose point
    along the head: red to the image's right, green to the chin, blue where the nose points.

    Args:
      photo: [height, width, 3] uint8 RGB.
      results: The faces of the photo.
      numbers: What they are called, which decides their colours; None is 1, 2, ...
    Returns:
      [height, width, 3] uint8 RGB.
    """
    scale = min(_PHOTO_HEIGHT_PX / photo.shape[0], _PHOTO_MAX_WIDTH_PX / photo.shape[1])
    size = (max(1, round(photo.shape[1] * scale)), max(1, round(photo.shape[0] * scale)))
    shown = cv2.resize(photo, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    if numbers is None:
        numbers = range(1, len(results) + 1)
    for number, result in zip(numbers, results, strict=True):
        _mark(shown, result, scale, _colour_of(number), number)
    panel = _panel(_panel_lines(results, numbers), max(_PHOTO_HEIGHT_PX, size[1]))
    canvas = np.full((panel.shape[0], size[0], 3), _BACKGROUND, np.uint8)
    canvas[: size[1]] = shown
    return np.hstack([canvas, panel])


def write_picture(path: Path, picture: np.ndarray) -> None:
    """Writes a picture, [height, width, 3] uint8 RGB, as a JPEG file, in one piece."""
    data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 92])[1]
    with written_aside(path) as aside:
        aside.write_bytes(data.tobytes())


def _mark(
    picture: np.ndarray, result: FaceResult, scale: float, colour: tuple[int, ...], number: int
) -> None:
    """Draws a face's box, landmarks and axes into a picture that is `scale` times the photo."""
    left, top, width, height = (round(value * scale) for value in result.face.box)
    cv2.rectangle(picture, (left, top), (left + width, top + height), colour, 2, cv2.LINE_AA)
    cv2.putText(picture, str(number), (left + 4, top + 20), _FONT, 0.7, colour, 2, cv2.LINE_AA)
    points = (result.face.landmarks + 0.5) * scale - 0.5
    if result.angles is not None:
        length = 0.9 * float(np.linalg.norm(points[1] - points[0]))
        axes = rotation_matrix(*result.angles)[:2] * (1, 1, -1) * length
        for axis, axis_colour in _AXES:
            tip = points[2] + axes[:, axis]
            cv2.arrowedLine(
                picture, _pixel(points[2]), _pixel(tip), axis_colour, 2, cv2.LINE_AA, tipLength=0.15
            )
    for point in points:
        cv2.circle(picture, _pixel(point), 3, _WHITE, -1, cv2.LINE_AA)
        cv2.circle(picture, _pixel(point), 3, colour, 1, cv2.LINE_AA)


def _pixel(point: np.ndarray) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))


def _colour_of(number: int) -> tuple[int, ...]:
    return _FACE_COLOURS[(number - 1) % len(_FACE_COLOURS)]


class _Line(NamedTuple):
    """A line of the panel; under a score lies a bar as long as that share of the panel."""

    text: str
    colour: tuple[int, ...]
    share: float | None = None
    bar_colour: tuple[int, ...] = _WHITE


def _panel_lines(results: Sequence[FaceResult], numbers: Sequence[int]) -> list[_Line]:
    if not results:
        return [_Line("no face found", _WHITE)]
    lines: list[_Line] = []
    for number, result in zip(numbers, results, strict=True):
        lines.append(_Line(f"face {number}", _colour_of(number)))
        if result.angles is not None:
            pitch, yaw, roll = (round(math.degrees(angle)) for angle in result.angles)
            lines.append(_Line(f"pitch {pitch:+d}  yaw {yaw:+d}  roll {roll:+d} degrees", _GREY))
        present = [column for column in range(len(result.aus)) if result.decisions[column]]
        for column in present:
            au, score = result.aus[column], float(result.scores[column])
            text = f"{au_name(au)}  {describe(au)}  {score:.2f}"
            lines.append(_Line(text, _WHITE, score, _colour_of(number)))
        if not present:
            lines.append(_Line("no action unit present", _WHITE))
        lines.append(_Line("", _WHITE))
    return lines[:-1]


def _panel(lines: Sequence[_Line], height_px: int) -> np.ndarray:
    """Returns the panel, as high as the photo and higher where the lines need it."""
    height_px = max(height_px, 2 * _MARGIN_PX + _LINE_PX * len(lines))
    panel = np.full((height_px, _PANEL_WIDTH_PX, 3), _BACKGROUND, np.uint8)
    for row, line in enumerate(lines):
        top = _MARGIN_PX + _LINE_PX * row
        cv2.putText(panel, line.text, (_MARGIN_PX, top + 16), _FONT, _FONT_SCALE, line.colour, 1, cv2.LINE_AA)
        if line.share is not None:
            right = _MARGIN_PX + round(line.share * (_PANEL_WIDTH_PX - 2 * _MARGIN_PX))
            panel[top + 20 : top + 23, _MARGIN_PX:right] = line.bar_colour
    return panel
