"""Random changes to training images, as functions of one vector of uniform numbers.

All numbers for an image are drawn at once from a stateless seed; each change reads its own and is a plain function of
image and numbers, so that a resumed run repeats every change and each can be tested alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf

from emotionet_tf.action_units import ACTION_UNITS, flip_permutation
from emotionet_tf.records.fields import AU_FIELDS
from emotionet_tf.records.reading.crop_decoding import Example, centre_offset, decode_square
from emotionet_tf.stream.augmentation_ranges import Augmentation

# Red, green and blue in the luma of ITU-R BT.601, JPEG's own.
_LUMA = (0.299, 0.587, 0.114)
GREY = 128
"""Of the square that cutout draws."""

DRAWS = (
    *("top", "left", "flip", "brightness", "contrast"),
    *("cutout", "cutout_size", "cutout_y", "cutout_x"),
    *("downscale", "downscale_factor", "greyscale"),
    *("border", "border_turn", "border_top", "border_bottom", "border_left", "border_right"),
)
"""The random numbers of an image, in their order."""
_SIDES = ("top", "bottom", "left", "right")
_MOST_TURNED = 0.35
_NEAREST_BORDER, _FARTHEST_BORDER = 0.38, 0.7


def augmented(
    augmentation: Augmentation, crop_size_px: int, image_size_px: int, aus: Sequence[int] = ACTION_UNITS
) -> Callable[[Example], Example]:
    """Returns a function that decodes an example's image and changes it at random, by the example's `seed`.

    The function takes `seed` [2] int64 out of the example. Its image is uint8.
    """

    def decode(example: Example) -> Example:
        example = dict(example)
        draws = draw(example.pop("seed"))
        top, left = crop_offset(draws, augmentation, crop_size_px, image_size_px)
        example["image"] = decode_square(example["image"], top, left, image_size_px)
        if augmentation.flip:
            example = flip_example(example, draws["flip"] < augmentation.flip, aus)
        example["image"] = change_image(example["image"], draws, augmentation)
        return example

    return decode


def image_by_image(function: Callable[[Example], Example]) -> Callable[[tf.data.Dataset], tf.data.Dataset]:
    """Returns what maps the examples of batches, whose size is known, one by one, and puts them in batches again."""

    def applied(batches: tf.data.Dataset) -> tf.data.Dataset:
        num_examples = batches.element_spec["image"].shape[0]
        return (
            batches.unbatch()
            .map(function, tf.data.AUTOTUNE, deterministic=True)
            .batch(num_examples, drop_remainder=True)
        )

    return applied


def draw(seed: tf.Tensor) -> dict[str, tf.Tensor]:
    """Returns the random numbers of one image, scalars in [0, 1); the same for the same seed (int64, [2])."""
    numbers = tf.random.stateless_uniform([len(DRAWS)], seed)
    return dict(zip(DRAWS, tf.unstack(numbers), strict=True))


def crop_offset(
    draws: dict[str, tf.Tensor], augmentation: Augmentation, crop_size_px: int, image_size_px: int
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns top and left (int32) of the image within its crop; all offsets are equally likely."""
    if not augmentation.random_crop:
        centre = tf.constant(centre_offset(crop_size_px, image_size_px))
        return centre, centre
    num_offsets = crop_size_px - image_size_px + 1
    top, left = (tf.cast(draws[name] * num_offsets, tf.int32) for name in ("top", "left"))
    return top, left


def flip_example(
    example: dict[str, tf.Tensor], is_flipped: tf.Tensor, aus: Sequence[int] = ACTION_UNITS
) -> dict[str, tf.Tensor]:
    """Returns an example, mirrored left to right if `is_flipped`: image, labels, mask and angles.

    `aus` are the columns of labels and mask.

    AUs of the left and the right side swap their columns; yaw and roll change their signs.
    """
    columns = flip_permutation(aus)
    signs = tf.constant([1.0, -1.0, -1.0])

    def flipped() -> dict[str, tf.Tensor]:
        return {
            **example,
            "image": tf.reverse(example["image"], [1]),
            **{name: tf.gather(example[name], columns) for name in AU_FIELDS if name in example},
            "angles": example["angles"] * signs,
        }

    return tf.cond(is_flipped, flipped, lambda: dict(example))


def change_image(image: tf.Tensor, draws: dict[str, tf.Tensor], augmentation: Augmentation) -> tf.Tensor:
    """Returns an image with brightness, contrast, cutout, down-scaling, greyscale and border changed.

    Args:
      image: [size, size, 3] uint8. It stays bytes between the changes: they are moved four times as fast as floats.
      draws: The image's random numbers.
      augmentation: Their ranges; a change with probability 0 costs nothing.
    Returns:
      [size, size, 3] uint8.
    """
    if augmentation.brightness or augmentation.contrast:
        shift = 255 * augmentation.brightness * (2 * draws["brightness"] - 1)
        factor = 1 + augmentation.contrast * (2 * draws["contrast"] - 1)
        image = change_tones(image, shift, factor)
    if augmentation.cutout:
        low, high = augmentation.cutout_size
        side = low + (high - low) * draws["cutout_size"]
        image = tf.cond(
            draws["cutout"] < augmentation.cutout,
            lambda: cut_out(image, draws["cutout_y"], draws["cutout_x"], side),
            lambda: image,
        )
    if augmentation.downscale:
        scale = (
            augmentation.downscale_factor + (1 - augmentation.downscale_factor) * draws["downscale_factor"]
        )
        image = tf.cond(
            draws["downscale"] < augmentation.downscale, lambda: lose_detail(image, scale), lambda: image
        )
    if augmentation.greyscale:
        image = tf.cond(
            draws["greyscale"] < augmentation.greyscale, lambda: lose_colour(image), lambda: image
        )
    if augmentation.border:
        turn, distances = photo_edges(draws)
        image = tf.cond(
            draws["border"] < augmentation.border,
            lambda: end_photo(image, turn, tf.stack(distances)),
            lambda: image,
        )
    return image


def change_tones(image: tf.Tensor, shift: tf.Tensor, factor: tf.Tensor) -> tf.Tensor:
    """Returns factor * (image - its mean) + its mean + shift, rounded and clipped to 0..255.

    The kernels that convert to and from quantized numbers do it in two passes over the image, and a third one for the
    mean; with multiplication, addition, clipping and rounding there would be five.

    Args:
      image: [size, size, 3] uint8.
      shift: Scalar.
      factor: Scalar in [0, 2].
    """
    factor = tf.maximum(factor, 1e-3)  # the mean is read from the multiplied image
    # 0 or less; what is still to be added then lies in 0..255 for every mean, as to_bytes wants it.
    lowest = 255 * tf.minimum(1 - factor, 0.0) + shift
    scaled = tf.quantization.dequantize(
        tf.bitcast(image, tf.quint8), lowest, lowest + 255 * factor, mode="MIN_COMBINED"
    )
    mean = (tf.reduce_mean(scaled) - lowest) / factor
    return to_bytes(scaled, mean * (1 - factor) + shift - lowest)


def to_bytes(image: tf.Tensor, shift: tf.Tensor | float = 0.0) -> tf.Tensor:
    """Returns image + shift, float32, rounded and clipped to 0..255, as uint8; the shift lies in 0..255."""
    quantized = tf.raw_ops.QuantizeV2(
        input=image, min_range=-shift, max_range=255 - shift, T=tf.quint8, mode="MIN_COMBINED"
    )
    return tf.bitcast(quantized.output, tf.uint8)


def cut_out(image: tf.Tensor, y: tf.Tensor, x: tf.Tensor, side: tf.Tensor) -> tf.Tensor:
    """Returns an image with a grey square; its centre and side are in units of the image's side, cut at the border.

    A row or column is grey from round(size * (centre - side / 2)) up to, without, round(size * (centre + side / 2)).
    """
    size = image.shape[0]
    edges = tf.stack([y - side / 2, y + side / 2, x - side / 2, x + side / 2])
    top, bottom, left, right = tf.unstack(
        tf.clip_by_value(tf.cast(tf.round(size * edges), tf.int32), 0, size)
    )
    # Concatenating slices is four times as fast as choosing pixel by pixel.
    rows = image[top:bottom]
    grey = tf.fill([bottom - top, right - left, 3], tf.constant(GREY, image.dtype))
    middle = tf.concat([rows[:, :left], grey, rows[:, right:]], axis=1)
    return tf.ensure_shape(tf.concat([image[:top], middle, image[bottom:]], axis=0), image.shape)


def lose_detail(image: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
    """Returns an image (uint8) scaled down by `scale`, to the means of areas, and up to its size again, bilinearly."""
    size = image.shape[0]
    small = tf.maximum(tf.cast(tf.round(scale * size), tf.int32), 1)
    # A triangle filter (`antialias=True`) smooths equally well, and takes three times as long.
    reduced = tf.image.resize(tf.cast(image, tf.float32), [small, small], method="area")
    return tf.ensure_shape(to_bytes(tf.image.resize(reduced, [size, size])), image.shape)


def lose_colour(image: tf.Tensor) -> tf.Tensor:
    """Returns an image (uint8) whose three channels all hold its luma."""
    weights = tf.repeat(tf.constant(_LUMA)[:, None], 3, axis=1)
    pixels = tf.reshape(tf.cast(image, tf.float32), [-1, 3])
    return to_bytes(tf.reshape(pixels @ weights, image.shape))


def photo_edges(draws: Mapping[str, Any]) -> tuple[Any, list[Any]]:
    """Returns turn and distances as `end_photo` takes them, of draws in tensors or arrays, float32."""
    turn = _MOST_TURNED * (2 * draws["border_turn"] - 1)
    span = _FARTHEST_BORDER - _NEAREST_BORDER
    return turn, [_NEAREST_BORDER + span * draws[f"border_{side}"] for side in _SIDES]


def end_photo(image: tf.Tensor, turn: tf.Tensor, distances: tf.Tensor) -> tf.Tensor:
    """Returns an image (uint8) of a face at its photo's edges: black beyond a turned rectangle.

    Args:
      image: [size, size, 3] uint8.
      turn: By how much the photo is turned clockwise, in radians: a registered face stands upright, its photo does not.
      distances: [4], of the photo's top, bottom, left and right edge from the image's centre, in units of its side.
    """
    size = image.shape[0]
    places = (tf.range(size, dtype=tf.float32) + 0.5) / size - 0.5
    across, down = places[None, :], places[:, None]
    x = across * tf.cos(turn) + down * tf.sin(turn)
    y = down * tf.cos(turn) - across * tf.sin(turn)
    top, bottom, left, right = tf.unstack(distances)
    is_photo = (y >= -top) & (y <= bottom) & (x >= -left) & (x <= right)
    return image * tf.cast(is_photo, image.dtype)[:, :, None]
