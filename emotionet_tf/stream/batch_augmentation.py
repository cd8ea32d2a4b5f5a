"""`batch_changes` as a step of the stream: one call of Python a batch, and what that needs."""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
import tensorflow as tf

from emotionet_tf.action_units import ACTION_UNITS, flip_permutation
from emotionet_tf.records.fields import AU_FIELDS
from emotionet_tf.records.reading.crop_decoding import Example, decode_square
from emotionet_tf.stream.augmentation import image_by_image
from emotionet_tf.stream.augmentation_ranges import Augmentation
from emotionet_tf.stream.batch_changes import BatchChanges
from emotionet_tf.stream.kept_crops import KeptCrops

_POLL_SECONDS, _QUIET_POLLS, _MOST_POLLS = 0.02, 5, 250


def with_images(
    augmentation: Augmentation,
    crop_size_px: int,
    image_size_px: int,
    aus: Sequence[int] = ACTION_UNITS,
    *,
    kept_crops: KeptCrops,
) -> Callable[[tf.data.Dataset], tf.data.Dataset]:
    """Returns what decodes the images of batches and changes them at random, by the examples' seeds.

    Args:
      augmentation: Ranges of the changes.
      crop_size_px: Side of the crops.
      image_size_px: Side of the images.
      aus: The columns of labels and mask.
      kept_crops: Where crops stay decoded; if it has no room, TensorFlow decodes them.
    Returns:
      From a dataset of batches, with their files and `seed` [batch, 2] int64, to that of their images.
    """
    # The stream's own threads take a batch each; OpenCV's would fight with them for the cores.
    cv2.setNumThreads(1)
    changes = BatchChanges(augmentation, crop_size_px, image_size_px)

    def decode_and_change(jpegs: np.ndarray, seeds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return changes(kept_crops.decoded(jpegs, crop_size_px), seeds)

    def whole(example: Example) -> Example:
        return {**example, "image": decode_square(example["image"], 0, 0, crop_size_px)}

    def applied(batches: tf.data.Dataset) -> tf.data.Dataset:
        # Threads that wait for the interpreter lose more of a busy machine than decoding in Python would save.
        if not kept_crops.most_bytes:
            batches = batches.apply(image_by_image(whole))
        function = decode_and_change if kept_crops.most_bytes else changes
        return batches.map(_changed_by(function, image_size_px, aus), tf.data.AUTOTUNE, deterministic=True)

    return applied


def _changed_by(
    function: Callable[..., Any], image_size_px: int, aus: Sequence[int]
) -> Callable[[Example], Example]:
    """Returns a function of a batch: `function` makes its images, and labels and angles are mirrored with them."""
    columns = flip_permutation(aus)

    def change(batch: Example) -> Example:
        batch = dict(batch)
        seeds = batch.pop("seed")
        images, is_flipped = tf.numpy_function(
            _CALLS.until_exit(function), [batch["image"], seeds], [tf.uint8, tf.bool], stateful=False
        )
        is_flipped = tf.ensure_shape(is_flipped, seeds.shape[:1])[:, None]
        flipped = {
            **{name: tf.gather(batch[name], columns, axis=1) for name in AU_FIELDS if name in batch},
            "angles": batch["angles"] * tf.constant([1.0, -1.0, -1.0]),
        }
        batch.update({name: tf.where(is_flipped, value, batch[name]) for name, value in flipped.items()})
        batch["image"] = tf.ensure_shape(images, [seeds.shape[0], image_size_px, image_size_px, 3])
        return batch

    return change


class _Calls:
    """Calls of Python by TensorFlow's threads, none of which may begin once the interpreter ends.

    A thread that wants it then is ended by it, and the process with that: "terminate called without an active
    exception". Batches that are made ahead would be such calls. So, at the exit, calls fail instead, which ends the
    stream, and the process waits until there are none.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._num_begun = self._num_active = 0
        self._is_over = self._is_registered = False

    def until_exit(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Returns a function that fails when the process ends."""
        if not self._is_registered:
            self._is_registered = True
            atexit.register(self.end)

        def called(*arguments: Any) -> Any:
            with self._lock:
                self._num_begun += 1
                self._num_active += 1
            try:
                if self._is_over:
                    raise RuntimeError("the process ends")
                return function(*arguments)
            finally:
                with self._lock:
                    self._num_active -= 1

        return called

    def end(self) -> None:
        """Lets calls fail from now on, and returns when there have been none for a while."""
        self._is_over = True
        num_quiet, num_begun = 0, self._num_begun
        for _ in range(_MOST_POLLS):
            time.sleep(_POLL_SECONDS)
            is_quiet = not self._num_active and self._num_begun == num_begun
            num_quiet, num_begun = num_quiet + 1 if is_quiet else 0, self._num_begun
            if num_quiet == _QUIET_POLLS:
                return


_CALLS = _Calls()
