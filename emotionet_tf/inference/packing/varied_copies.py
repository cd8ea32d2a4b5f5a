"""Copies of faces as other photos would show them: grey, soft, cut off, misplaced, unevenly lit or grainy.

Free faces are mostly in colour, clear, well lit and found exactly; the photos of others are not. A copy is a function
of its number and of the image's place in its batch.
"""

from __future__ import annotations

import math
from dataclasses import replace

import tensorflow as tf

from emotionet_tf.stream.augmentation import change_image, draw, to_bytes
from emotionet_tf.stream.augmentation_ranges import NO_AUGMENTATION

# All of what follows is our choice.
_CHANGES = replace(
    NO_AUGMENTATION,
    brightness=0.2,
    contrast=0.4,
    greyscale=0.5,
    downscale=0.75,
    downscale_factor=0.15,
    border=0.25,
)
_MISPLACED, _LIT, _GRAINY = 0.8, 0.5, 0.5
"""Shares of the copies that are changed so."""
_MOST_SCALED, _MOST_STRETCHED, _MOST_SHIFTED = 0.12, 0.06, 0.04
_MOST_TURNED = math.radians(8)
"""By how much a face may be larger or smaller, wider than high or the reverse, away from its place in sides of the
image, and turned: what landmarks that are a few pixels off do to a registered face."""
_MOST_STOPS, _MOST_UNEVEN = 1.0, 0.5
"""Largest exponent of the tones' curve as a power of two, and logarithm of the light at one edge over the middle's."""
_MOST_GRAIN = 24.0
"""Largest standard deviation of the grain, of 255."""
_DRAWS = (
    *("is_misplaced", "scale", "stretch", "turn", "right", "down"),
    *("is_lit", "stops", "direction", "uneven"),
    *("is_grainy", "grain"),
)
_ALIKE = 1 << 20
"""Apart from the random numbers of `change_image` by this much in their seed."""


def varied(images: tf.Tensor, copy: int) -> tf.Tensor:
    """Returns images [batch, size, size, 3] in 0..255, of their own type, each changed by chance.

    Args:
      images: The faces.
      copy: Number of the copy: the same one gives the same changes, by the image's place in its batch.
    """
    return tf.cast(_varied(tf.cast(images, tf.uint8), tf.constant(copy)), images.dtype)


@tf.function(reduce_retracing=True)
def _varied(images: tf.Tensor, copy: tf.Tensor) -> tf.Tensor:
    return tf.map_fn(
        lambda pair: _one_varied(pair[0], tf.stack([copy, pair[1]])),
        (images, tf.range(tf.shape(images)[0])),
        fn_output_signature=tf.uint8,
    )


def _one_varied(image: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    own = tf.random.stateless_uniform([len(_DRAWS)], seed + [0, _ALIKE])
    draws = dict(zip(_DRAWS, tf.unstack(own), strict=True))
    image = tf.cond(draws["is_misplaced"] < _MISPLACED, lambda: _misplaced(image, draws), lambda: image)
    image = tf.cond(draws["is_lit"] < _LIT, lambda: _lit(image, draws), lambda: image)
    image = tf.cond(
        draws["is_grainy"] < _GRAINY,
        lambda: grainy(image, _MOST_GRAIN * draws["grain"], seed + [0, 2 * _ALIKE]),
        lambda: image,
    )
    return change_image(image, draw(seed), _CHANGES)


def _misplaced(image: tf.Tensor, draws: dict[str, tf.Tensor]) -> tf.Tensor:
    either_way = {name: 2 * draws[name] - 1 for name in ("scale", "stretch", "turn", "right", "down")}
    return misplaced(
        image,
        scale=1 + _MOST_SCALED * either_way["scale"],
        stretch=1 + _MOST_STRETCHED * either_way["stretch"],
        turn=_MOST_TURNED * either_way["turn"],
        shift=_MOST_SHIFTED * tf.stack([either_way["right"], either_way["down"]]),
    )


def misplaced(
    image: tf.Tensor, scale: tf.Tensor, stretch: tf.Tensor, turn: tf.Tensor, shift: tf.Tensor
) -> tf.Tensor:
    """Returns a face as inexact landmarks would register it, mirrored at the edges, [size, size, 3] uint8.

    A pixel at p from the middle shows what was at scale * turn * diag(stretch, 1 / stretch) p + shift.

    Args:
      image: [size, size, 3] uint8.
      scale: Above 1, the face becomes smaller.
      stretch: Above 1, narrower and longer.
      turn: In radians, counter-clockwise as the viewer sees it.
      shift: [2] to the right and down, in sides of the image.
    """
    size = image.shape[0]
    middle = (size - 1) / 2
    a, b = scale * stretch * tf.cos(turn), -scale / stretch * tf.sin(turn)
    c, d = scale * stretch * tf.sin(turn), scale / stretch * tf.cos(turn)
    right, down = tf.unstack(size * tf.convert_to_tensor(shift, tf.float32))
    across, along = middle - (a + b) * middle + right, middle - (c + d) * middle + down
    zero = tf.zeros_like(a)
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=tf.cast(image, tf.float32)[None],
        transforms=tf.stack([a, b, across, c, d, along, zero, zero])[None],
        output_shape=tf.constant([size, size]),
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="REFLECT",
    )
    return to_bytes(moved[0])


def _lit(image: tf.Tensor, draws: dict[str, tf.Tensor]) -> tf.Tensor:
    return lit(
        image,
        gamma=tf.pow(2.0, _MOST_STOPS * (2 * draws["stops"] - 1)),
        direction=2 * math.pi * draws["direction"],
        uneven=_MOST_UNEVEN * draws["uneven"],
    )


def lit(image: tf.Tensor, gamma: tf.Tensor, direction: tf.Tensor, uneven: tf.Tensor) -> tf.Tensor:
    """Returns a face in another light, [size, size, 3] uint8: 255 * (image / 255) ** gamma * exp(uneven * way).

    `way` is the distance from the middle along `direction`, in halves of the side: 1 at the edge.

    Args:
      image: [size, size, 3] uint8.
      gamma: Above 0; above 1 darkens the middle tones.
      direction: Where the light comes from, in radians: 0 from the right, a quarter turn from below.
      uneven: At least 0.
    """
    places = tf.linspace(-1.0, 1.0, image.shape[0])
    way = places[None, :] * tf.cos(direction) + places[:, None] * tf.sin(direction)
    shares = tf.pow(tf.cast(image, tf.float32) / 255, gamma) * tf.exp(uneven * way)[..., None]
    return to_bytes(tf.minimum(255 * shares, 255.0))


def grainy(image: tf.Tensor, spread: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Returns a face with grey grain, [size, size, 3] uint8.

    Args:
      image: [size, size, 3] uint8.
      spread: Standard deviation of the grain, of 255.
      seed: [2] integers.
    """
    grain = spread * tf.random.stateless_normal([*image.shape[:2], 1], seed)
    return to_bytes(tf.clip_by_value(tf.cast(image, tf.float32) + grain, 0.0, 255.0))
