"""AUs as a heat map on the face: warm where muscles pull whose AUs are scored high."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import cv2
import numpy as np

from emotionet_tf.faces.aligned_crops import face_transform, reference_shape
from emotionet_tf.inference.face_result import FaceResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Spot = tuple[float, float, float, float, float]
"""An ellipse on the head seen from the front: centre x and y, half axes in mm, and how far it is turned in degrees."""

_SIDE_PX = 256
_VIEW = "close_up"
_STRENGTH = 0.75
"""Share of the colour where a score is 1, our choice."""


def _both(x: float, y: float, width: float, height: float, turned: float = 0.0) -> tuple[Spot, ...]:
    """Returns a spot on the left of the image and its mirror image."""
    return (-x, y, width, height, turned), (x, y, width, height, -turned)


SPOTS: Mapping[int, tuple[Spot, ...]] = {
    1: _both(14, -32, 12, 18),  # frontalis, medial
    2: _both(42, -30, 13, 18),  # frontalis, lateral
    4: (*_both(14, -17, 13, 6, 20), (0.0, -16.0, 8.0, 8.0, 0.0)),  # corrugator and procerus
    5: _both(31, -7, 15, 5),  # levator palpebrae
    6: _both(43, 12, 18, 13, -15),  # orbicularis oculi, orbital
    9: (*_both(10, 17, 7, 15, 15), (0.0, 2.0, 7.0, 8.0, 0.0)),  # levator labii, alar part
    10: _both(19, 40, 7, 19, -20),  # levator labii superioris
    12: _both(38, 52, 9, 24, -40),  # zygomaticus major
    15: _both(28, 84, 7, 13, 10),  # depressor anguli oris
    17: ((0.0, 100.0, 15.0, 11.0, 0.0),),  # mentalis
    18: ((0.0, 71.0, 14.0, 12.0, 0.0),),  # incisivii
    20: _both(42, 76, 16, 8, 10),  # risorius
    24: ((0.0, 71.0, 24.0, 7.0, 0.0),),  # orbicularis oris
    25: ((0.0, 73.0, 20.0, 9.0, 0.0),),  # depressor labii
    26: _both(57, 62, 9, 24, -10),  # masseter, relaxed
    28: ((0.0, 74.0, 20.0, 6.0, 0.0),),  # orbicularis oris
    43: _both(31, 0, 16, 7),  # orbicularis oculi, palpebral
}
"""Where the muscle of each expression AU lies, on the mean head (`emotionet_tf.faces.mean_head`): x to the image's
right, y down from the eyes. Rough, and for show alone: nothing is measured there. AUs of the head's pose have no place.

Source of which muscle: Ekman, Friesen and Hager 2002, Facial Action Coding System."""


def muscle_heat(result: FaceResult) -> np.ndarray:
    """Returns how warm the aligned face is, [256, 256] float32 in 0..1: at each place the highest score of its AUs."""
    heat = np.zeros((_SIDE_PX, _SIDE_PX), np.float32)
    rows, columns = np.mgrid[:_SIDE_PX, :_SIDE_PX].astype(np.float32)
    (left, top), (right, _) = reference_shape(_VIEW, _SIDE_PX)[:2]
    px_per_mm = (right - left) / 63.0
    middle = (left + right) / 2
    for au, score in zip(result.aus, result.scores, strict=True):
        for x, y, width, height, turned in SPOTS.get(au, ()):
            along = (columns - middle) / px_per_mm - x, (rows - top) / px_per_mm - y
            cosine, sine = np.cos(np.radians(turned)), np.sin(np.radians(turned))
            across = (cosine * along[0] + sine * along[1]) / width
            down = (-sine * along[0] + cosine * along[1]) / height
            np.maximum(heat, float(score) * np.exp(-1.5 * (across**2 + down**2)), out=heat)
    return heat


def heated(pixels: np.ndarray, result: FaceResult) -> np.ndarray:
    """Returns a photo with a face's heat map over it, [height, width, 3] uint8 RGB.

    Args:
      pixels: [height, width, 3] uint8 RGB.
      result: The face.
    """
    size = pixels.shape[1], pixels.shape[0]
    back = cv2.invertAffineTransform(face_transform(result.face, _VIEW, _SIDE_PX))
    heat = cv2.warpAffine(muscle_heat(result), back, size, flags=cv2.INTER_LINEAR)
    levels = np.round(255 * heat).astype(np.uint8)
    colours = cv2.cvtColor(cv2.applyColorMap(levels, cv2.COLORMAP_HOT), cv2.COLOR_BGR2RGB)
    share = _STRENGTH * np.clip(1.6 * heat, 0, 1)[..., None]
    return np.round(pixels * (1 - share) + colours * share).astype(np.uint8)


def plot_muscles(pixels: np.ndarray, result: FaceResult, *, axes: Axes | None = None) -> Axes:
    """Draws a face with a heat map of its AUs: warm where muscles lie whose AUs are scored high.

    Args:
      pixels: The photo, [height, width, 3] uint8 RGB.
      result: The face.
      axes: Where to draw; None makes a figure.
    Raises:
      UserError: If matplotlib is not installed.
    """
    from emotionet_tf.plots.canvas import axes_or_new

    axes = axes_or_new(axes, 5, 5)
    axes.imshow(heated(pixels, result))
    axes.set_axis_off()
    return axes
