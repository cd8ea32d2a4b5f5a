"""The random changes of `augmentation` on a whole batch in one call, by OpenCV and NumPy.

The draws, the squares cut and the places covered are the same, bit for bit; a change of colours or sizes is another
rounding of the same formula, at most two levels of 255 away (`tests/stream/test_batch_changes.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np

from emotionet_tf.records.reading.crop_decoding import centre_offset
from emotionet_tf.stream.augmentation import DRAWS, GREY, photo_edges
from emotionet_tf.stream.augmentation_ranges import Augmentation
from emotionet_tf.stream.philox import uniform

# Where an array begins that TensorFlow takes without copying it.
_ALIGNMENT = 64

Draws = dict[str, np.ndarray]
Change: TypeAlias = tuple[np.ndarray, Callable[[np.ndarray, int], None]]
"""Which images of a batch it changes, [batch] bool, and what changes one in its place, given its number."""


@dataclass(frozen=True, eq=False)
class BatchChanges:
    """Changes the images of a batch: a pure function of their crops and seeds.

    Attributes:
      augmentation: Ranges of the changes.
      crop_size_px: Side of the crops.
      image_size_px: Side of the images that are cut from them.
    """

    augmentation: Augmentation
    crop_size_px: int
    image_size_px: int

    def __call__(self, crops: Iterable[np.ndarray], seeds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Returns the images, and which of them are mirrored.

        Args:
          crops: As many as seeds, [crop_size_px, crop_size_px, 3] uint8 each; one is looked at before the next is made.
          seeds: [batch, 2] int64.
        Returns:
          [batch, image_size_px, image_size_px, 3] uint8, and [batch] bool.
        """
        draws = dict(zip(DRAWS, uniform(seeds, len(DRAWS)).T, strict=True))
        size, is_flipped = self.image_size_px, draws["flip"] < self.augmentation.flip
        tops, lefts = self._offsets(draws)
        changes = self._changes(draws)
        images = _aligned_bytes((len(seeds), size, size, 3))
        for number, (crop, image) in enumerate(zip(crops, images, strict=True)):
            top, left = tops[number], lefts[number]
            square = crop[top : top + size, left : left + size]
            if is_flipped[number]:
                cv2.flip(square, 1, dst=image)
            else:
                np.copyto(image, square)
            for is_changed, change in changes:
                if is_changed[number]:
                    change(image, number)
        return images, is_flipped

    def _offsets(self, draws: Draws) -> tuple[list[int], list[int]]:
        """Returns top and left of each image within its crop."""
        num_offsets = self.crop_size_px - self.image_size_px + 1
        if not self.augmentation.random_crop:
            centres = [centre_offset(self.crop_size_px, self.image_size_px)] * len(draws["top"])
            return centres, centres
        tops, lefts = (
            (draws[name] * np.float32(num_offsets)).astype(np.int32).tolist() for name in ("top", "left")
        )
        return tops, lefts

    def _changes(self, draws: Draws) -> list[Change]:
        """Returns the changes in their order, those with probability 0 left out."""
        ranges = self.augmentation
        changes: list[Change] = []
        if ranges.brightness or ranges.contrast:
            changes.append(_tone_changes(draws, ranges))
        if ranges.cutout:
            changes.append(_cutouts(draws, ranges, self.image_size_px))
        if ranges.downscale:
            changes.append(_losses_of_detail(draws, ranges, self.image_size_px))
        if ranges.greyscale:
            changes.append((draws["greyscale"] < ranges.greyscale, lambda image, _: lose_colour(image)))
        if ranges.border:
            changes.append(_ends_of_photos(draws, ranges, self.image_size_px))
        return changes


def _tone_changes(draws: Draws, ranges: Augmentation) -> Change:
    shifts = (np.float32(255 * ranges.brightness) * (2 * draws["brightness"] - 1)).tolist()
    factors = (1 + np.float32(ranges.contrast) * (2 * draws["contrast"] - 1)).tolist()
    return np.ones(len(shifts), bool), lambda image, number: change_tones(
        image, shifts[number], factors[number]
    )


def _cutouts(draws: Draws, ranges: Augmentation, size: int) -> Change:
    low, high = ranges.cutout_size
    side = np.float32(low) + np.float32(high - low) * draws["cutout_size"]
    y, x = draws["cutout_y"], draws["cutout_x"]
    edges = np.stack([y - side / 2, y + side / 2, x - side / 2, x + side / 2], axis=1)
    places = np.clip(np.rint(np.float32(size) * edges).astype(np.int32), 0, size).tolist()

    def cut_out(image: np.ndarray, number: int) -> None:
        top, bottom, left, right = places[number]
        image[top:bottom, left:right] = GREY

    return draws["cutout"] < ranges.cutout, cut_out


def _losses_of_detail(draws: Draws, ranges: Augmentation, size: int) -> Change:
    least = ranges.downscale_factor
    scale = np.float32(least) + np.float32(1 - least) * draws["downscale_factor"]
    small = np.maximum(np.rint(scale * np.float32(size)).astype(np.int32), 1).tolist()
    return draws["downscale"] < ranges.downscale, lambda image, number: lose_detail(image, small[number])


def _ends_of_photos(draws: Draws, ranges: Augmentation, size: int) -> Change:
    turns, distances = photo_edges(draws)
    return draws["border"] < ranges.border, lambda image, number: end_photo(
        image, turns[number], [side[number] for side in distances]
    )


def change_tones(image: np.ndarray, shift: float, factor: float) -> None:
    """Changes an image in its place to factor * (image - its mean) + its mean + shift, as `augmentation` does."""
    factor = max(factor, 1e-3)
    # The sum of all bytes: OpenCV's norm is the fastest that takes no look at signs.
    mean = cv2.norm(image, cv2.NORM_L1) / image.size
    cv2.addWeighted(image, factor, image, 0.0, mean * (1 - factor) + shift, dst=image)


def lose_detail(image: np.ndarray, small_px: int) -> None:
    """Scales an image in its place down to a side, to the means of areas, and up again, bilinearly."""
    size = image.shape[0]
    if small_px < size:
        reduced = cv2.resize(image, (small_px, small_px), interpolation=cv2.INTER_AREA)
        cv2.resize(reduced, (size, size), dst=image, interpolation=cv2.INTER_LINEAR)


def lose_colour(image: np.ndarray) -> None:
    """Puts an image's luma into its three channels."""
    cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB, dst=image)


def end_photo(image: np.ndarray, turn: np.float32, distances: list[np.float32]) -> None:
    """Blackens an image in its place beyond a turned rectangle, as `augmentation.end_photo` does."""
    size = np.float32(image.shape[0])
    places = (np.arange(image.shape[0], dtype=np.float32) + np.float32(0.5)) / size - np.float32(0.5)
    across, down = places[None, :], places[:, None]
    x = across * np.cos(turn) + down * np.sin(turn)
    y = down * np.cos(turn) - across * np.sin(turn)
    top, bottom, left, right = distances
    image *= ((y >= -top) & (y <= bottom) & (x >= -left) & (x <= right))[:, :, None]


def _aligned_bytes(shape: tuple[int, ...]) -> np.ndarray:
    num_bytes = int(np.prod(shape))
    memory = np.empty(num_bytes + _ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % _ALIGNMENT
    return memory[start : start + num_bytes].reshape(shape)
