"""MTCNN: three small networks, each of which looks more closely at what the one before has proposed.

The networks and their weights are the package `mtcnn`'s. Its driver is replaced by this one, because the package

- takes a number of pyramid steps that does not depend on `min_face_size`: from 40 px on, the last steps can be
  smaller than the first network's 12 px, TensorFlow refuses them, and the error is taken for "no face";
- pads the photos of a batch to a common size and, where one of them has no face, moves the boxes of the others by
  the wrong photo's padding; and one error empties the whole batch;
- rounds landmarks to whole pixels, and runs the networks in eager mode, which takes most of the time.

TensorFlow runs the networks, or ONNX Runtime (`mtcnn_networks`).

Here each photo is on its own, and threads share the processor's cores. Large photos are scaled down for the first two
networks only; the last one looks at the photo itself, so that landmarks of small faces in large photos are exact.
Landmarks are the mean of those found in the face's patch and in its mirror image, which takes away most of the last
network's leaning to one side.

Source: Zhang et al. 2016, "Joint face detection and alignment using multitask cascaded convolutional networks".
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cv2
import numpy as np

from emotionet_tf.cpu_cores import num_cores
from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.faces.detectors.mtcnn_networks import networks_of
from emotionet_tf.faces.detectors.mtcnn_settings import CELL_PX, OUTPUT_PX, REFINE_PX, MtcnnSettings

_STRIDE_PX = 2
_MIRROR_PARTNERS = [1, 0, 2, 4, 3]


class MtcnnDetector:
    """Finds faces with five landmarks; see `emotionet_tf.faces.detectors.interface.Detector`.

    Args:
      settings: What to look for.
      num_threads: Photos searched side by side; None takes the number of cores.
    Attributes:
      networks: What it runs.
    """

    name = "mtcnn"

    def __init__(self, settings: MtcnnSettings | None = None, *, num_threads: int | None = None) -> None:
        self.settings = settings or MtcnnSettings()
        self._threads = ThreadPoolExecutor(num_threads or num_cores())
        self.networks = networks_of(self.settings.runtime)
        self._propose, self._refine, self._output = self.networks

    def detect(
        self, photos: Sequence[np.ndarray], *, largest_only: bool = True, names: Sequence[str] = ()
    ) -> list[list[Face]]:
        """Returns the faces of each photo, the largest first; see `Detector.detect`."""
        return list(self._threads.map(lambda photo: self._detect_one(photo, largest_only), photos))

    def refined(
        self, photo: np.ndarray, boxes: Sequence[tuple[float, float, float, float]]
    ) -> list[Face | None]:
        """Returns the face near each of some boxes, by the last network alone; None where there is none.

        Args:
          photo: [height, width, 3] uint8 RGB.
          boxes: Left, top, width, height, as faces of the frame before had them.
        """
        if not boxes:
            return []
        corners = np.array(
            [(left, top, left + width, top + height, 1.0) for left, top, width, height in boxes]
        )
        return [
            _face(box, points) if box[4] > self.settings.thresholds[2] else None
            for box, points in zip(*self._last_look(photo, _squared(corners)), strict=True)
        ]

    def _detect_one(self, photo: np.ndarray, largest_only: bool) -> list[Face]:
        height, width = photo.shape[:2]
        shrink = min(1.0, self.settings.max_side_px / max(height, width))
        size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
        small = photo if shrink == 1 else cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
        scales = pyramid_scales(min(size), self.settings)
        found = None
        if largest_only:
            share_px = self.settings.large_face_share * min(size)
            large_scales = [scale for scale in scales if CELL_PX / scale >= share_px]
            found = self._cascade(photo, small, large_scales)
        if found is None:
            found = self._cascade(photo, small, scales)
        if found is None:
            return []
        faces = [_face(box, points) for box, points in zip(*found, strict=True)]
        faces.sort(key=lambda face: face.area, reverse=True)
        return faces[:1] if largest_only else faces

    def _cascade(
        self, photo: np.ndarray, small: np.ndarray, scales: Sequence[float]
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """Returns boxes [n, 5] (left, top, right, bottom, score) and landmarks [n, 5, 2], or None.

        The first two networks look at `small`, which is `photo` scaled down; the last one, which places the landmarks,
        looks at `photo`, whose pixels the results are in.
        """
        _, refine_threshold, output_threshold = self.settings.thresholds
        proposals = [self._proposals(small, scale) for scale in scales]
        boxes = np.concatenate([np.empty((0, 5)), *proposals])
        boxes = _squared(boxes[_suppress(boxes, 0.7)])
        if not len(boxes):
            return None
        shifts, scores = self._refine(patches_of(small, boxes, REFINE_PX))
        boxes = _moved(boxes, shifts, scores)
        boxes = boxes[boxes[:, 4] > refine_threshold]
        boxes = _squared(boxes[_suppress(boxes, 0.7)])
        if not len(boxes):
            return None
        boxes = _enlarged(boxes, np.array([photo.shape[1] / small.shape[1], photo.shape[0] / small.shape[0]]))
        boxes, landmarks = self._last_look(photo, boxes)
        passed = boxes[:, 4] > output_threshold
        boxes, landmarks = boxes[passed], landmarks[passed]
        kept = _suppress_contained(boxes, 0.7)
        return (boxes[kept], landmarks[kept]) if len(kept) else None

    def _last_look(self, photo: np.ndarray, boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Returns the last network's boxes [n, 5] and landmarks [n, 5, 2], given square boxes [n, 5]."""
        patches = patches_of(photo, boxes, OUTPUT_PX)
        shifts, points, scores = self._output(patches)
        mirrored_points = self._output(np.ascontiguousarray(patches[:, :, ::-1]))[1]
        landmarks = _placed(boxes, (points + _mirrored(mirrored_points)) / 2)
        return _moved(boxes, shifts, scores), landmarks

    def _proposals(self, photo: np.ndarray, scale: float) -> np.ndarray:
        """Returns the first network's boxes [n, 5] at one step of the pyramid, in pixels of `photo`."""
        size = int(photo.shape[1] * scale), int(photo.shape[0] * scale)
        scaled = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
        shifts, scores = (output[0] for output in self._propose(_normalized(scaled[None])))
        rows, columns = np.nonzero(scores[:, :, 1] > self.settings.thresholds[0])
        corners = np.stack([columns, rows, columns, rows], axis=1) * _STRIDE_PX + (0, 0, CELL_PX, CELL_PX)
        corners = (corners + shifts[rows, columns] * CELL_PX) / scale
        boxes = np.column_stack([corners, scores[rows, columns, 1]])
        return boxes[_suppress(boxes, 0.5)]


def build(settings: MtcnnSettings) -> MtcnnDetector:
    """Returns the registry's detector."""
    return MtcnnDetector(settings)


def pyramid_scales(short_side_px: int, settings: MtcnnSettings) -> list[float]:
    """Returns the scales at which faces from `min_face_px` up fill the first network's 12 px."""
    scales = []
    scale = CELL_PX / settings.min_face_px
    while int(short_side_px * scale) >= CELL_PX:
        scales.append(scale)
        scale *= settings.scale_factor
    return scales


def _normalized(images: np.ndarray) -> np.ndarray:
    return (images.astype(np.float32) - 127.5) / 128.0


def patches_of(photo: np.ndarray, boxes: np.ndarray, side_px: int) -> np.ndarray:
    """Returns the contents of boxes (left, top, right, bottom), [n, side_px, side_px, 3] normalized.

    Beyond the photo's edges they are mid-grey.
    """
    patches = np.empty((len(boxes), side_px, side_px, 3), np.uint8)
    limit = np.array([photo.shape[1], photo.shape[0]])
    for patch, box in zip(patches, boxes, strict=True):
        low = np.floor(box[:2]).astype(int)
        high = np.maximum(np.ceil(box[2:4]).astype(int), low + 1)
        inside_low, inside_high = np.clip(low, 0, limit), np.clip(high, 0, limit)
        patch_source = photo[inside_low[1] : inside_high[1], inside_low[0] : inside_high[0]]
        if (inside_low != low).any() or (inside_high != high).any():
            whole = np.full((high[1] - low[1], high[0] - low[0], 3), 127, np.uint8)
            left, top = inside_low - low
            whole[top : top + patch_source.shape[0], left : left + patch_source.shape[1]] = patch_source
            patch_source = whole
        cv2.resize(patch_source, (side_px, side_px), dst=patch, interpolation=cv2.INTER_AREA)
    return _normalized(patches)


def _moved(boxes: np.ndarray, shifts: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Returns the boxes moved by a network's shifts, which are in units of the box, with its scores."""
    sizes = boxes[:, 2:4] - boxes[:, :2] + 1
    return np.column_stack([boxes[:, :4] + shifts * np.tile(sizes, 2), scores[:, 1]])


def _mirrored(points: np.ndarray) -> np.ndarray:
    """Returns the network's landmarks [n, 10] of mirrored patches, mirrored back."""
    columns, rows = points[:, :5], points[:, 5:]
    return np.concatenate([1 - columns[:, _MIRROR_PARTNERS], rows[:, _MIRROR_PARTNERS]], axis=1)


def _placed(boxes: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Returns landmarks [n, 5, 2] in pixels from [n, 10]: five x and five y in units of the box."""
    sizes = boxes[:, 2:4] - boxes[:, :2] + 1
    return points.reshape(-1, 2, 5).transpose(0, 2, 1) * sizes[:, None] + boxes[:, None, :2] - 1


def _squared(boxes: np.ndarray) -> np.ndarray:
    """Returns boxes grown to squares about their centres."""
    centres = (boxes[:, :2] + boxes[:, 2:4]) / 2
    half = (boxes[:, 2:4] - boxes[:, :2]).max(axis=1, keepdims=True) / 2 if len(boxes) else np.empty((0, 1))
    return np.column_stack([centres - half, centres + half, boxes[:, 4]])


def _suppress(boxes: np.ndarray, threshold: float) -> np.ndarray:
    """Returns the indices of the boxes that stay, best score first; overlap is intersection over union."""
    if not len(boxes):
        return np.empty(0, int)
    rectangles = np.column_stack([boxes[:, :2], boxes[:, 2:4] - boxes[:, :2]])
    # The stubs know lists only; arrays are taken too, and faster.
    suppress: Any = cv2.dnn.NMSBoxes
    return np.asarray(suppress(rectangles, boxes[:, 4], 0.0, threshold), int)


def _suppress_contained(boxes: np.ndarray, threshold: float) -> np.ndarray:
    """Returns the indices of the boxes that stay; overlap is the share of the smaller box that is covered."""
    kept: list[int] = []
    areas = np.prod(boxes[:, 2:4] - boxes[:, :2], axis=1)
    for index in np.argsort(-boxes[:, 4], kind="stable"):
        low = np.maximum(boxes[kept, :2], boxes[index, :2])
        high = np.minimum(boxes[kept, 2:4], boxes[index, 2:4])
        covered = np.prod(np.maximum(high - low, 0), axis=1)
        if (covered <= threshold * np.minimum(areas[kept], areas[index])).all():
            kept.append(int(index))
    return np.array(kept, int)


def _enlarged(boxes: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    """Returns boxes of a scaled-down photo in pixels of the photo, which is `ratio` (x, y) times as large."""
    # Pixel centres: x_photo + 1/2 = (x_small + 1/2) * ratio.
    return np.column_stack([(boxes[:, :4] + 0.5) * np.tile(ratio, 2) - 0.5, boxes[:, 4]])


def _face(box: np.ndarray, landmarks: np.ndarray) -> Face:
    left, top, right, bottom, score = map(float, box)
    return Face(box=(left, top, right - left, bottom - top), confidence=score, landmarks=landmarks)
