"""Crops by the detector's box alone: what a system without alignment sees."""

from __future__ import annotations

import numpy as np

from emotionet_tf.faces.aligned_crops import CROP_SIZE_PX, extent_of, face_transform, warp
from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.faces.landmarks_68 import POINTS_68_MM

Box = tuple[float, float, float, float]
"""Left, top, width, height in pixels of the photo."""

BOX_SIDE_MM = 184.0
BOX_CENTRE_BELOW_EYES_MM = 21.9
"""What a box of MTCNN spans on a face seen from the front: length of the longer side, and its centre's distance below
the eyes, on the scale of the mean head.

Means over 5,476 uncovered renders whose true angles are all below 10 degrees, against the scale that alignment finds
on them (geometric mean of lengths). The length varies by 5 % of itself, as an open jaw lengthens the box, the centre by
3.5 mm. The boxes' centre lies 2 mm to the left of the face's, which is left so: 1 % of the close-up.
"""


_POINTS_LOW_MM, _POINTS_HIGH_MM = POINTS_68_MM[:, :2].min(axis=0), POINTS_68_MM[:, :2].max(axis=0)


def box_of_68(points: np.ndarray) -> Box:
    """Returns the box of a face of which landmarks alone are known, from the forehead to the chin as MTCNN frames it.

    The landmarks' own box ends at the brows; its upper and lower edge are moved so that on the mean head the box has
    the length and centre of MTCNN's.

    Args:
      points: [68, 2] pixels in the photo.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    px_per_mm = (high[1] - low[1]) / (_POINTS_HIGH_MM[1] - _POINTS_LOW_MM[1])
    bottom = high[1] + (BOX_CENTRE_BELOW_EYES_MM + BOX_SIDE_MM / 2 - _POINTS_HIGH_MM[1]) * px_per_mm
    height = BOX_SIDE_MM * px_per_mm
    return float(low[0]), float(bottom - height), float(high[0] - low[0]), float(height)


def box_transform(box: Box, view: str, crop_size_px: int = CROP_SIZE_PX) -> np.ndarray:
    """Returns the [2, 3] matrix from photo pixels to pixels of a view's crop, without a rotation.

    The crop is a square about the box, enlarged and moved down so that a face seen from the front has on average the
    size and place that alignment gives it.

    Args:
      box: The detector's.
      view: "close_up" or "context".
      crop_size_px: Side of the crop.
    Raises:
      UserError: If there is no such view.
    """
    extent = extent_of(view)
    left, top, width, height = box
    # Degenerate boxes, which no detector of ours gives, still get a crop.
    px_per_mm = max(width, height, 1e-3) / BOX_SIDE_MM
    side_px = extent.side_mm * px_per_mm
    below_box_centre_mm = (0.5 - extent.eyes_y) * extent.side_mm - BOX_CENTRE_BELOW_EYES_MM
    centre = np.array([left + width / 2, top + height / 2 + below_box_centre_mm * px_per_mm])
    scale = crop_size_px / side_px
    # A pixel's centre has integer coordinates: the middle of a crop of n pixels is at (n - 1) / 2.
    shift = (crop_size_px - 1) / 2 - scale * centre
    return np.column_stack([scale * np.eye(2), shift])


def crop_face(photo: np.ndarray, face: Face, view: str, crop_size_px: int, framing: str) -> np.ndarray:
    """Returns a face's crop of one view, [crop_size_px, crop_size_px, channels] uint8.

    Args:
      photo: [height, width, channels] uint8.
      face: What a detector found in it.
      view: "close_up" or "context".
      crop_size_px: Side of the crop.
      framing: "registered", by the face's landmarks, or "box", by its box alone.
    """
    is_box = framing == "box"
    transform = (
        box_transform(face.box, view, crop_size_px) if is_box else face_transform(face, view, crop_size_px)
    )
    return warp(photo, transform, crop_size_px)
