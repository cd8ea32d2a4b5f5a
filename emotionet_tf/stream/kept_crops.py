"""Crops decoded outside TensorFlow's graph, and kept decoded where there is memory for them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator

import numpy as np
import simplejpeg
import tensorflow as tf

from emotionet_tf.records.reading.crop_decoding import decode_square


class KeptCrops:
    """Decoded crops: the first ones that were met, as long as there was room.

    What is kept is found again by the file's bytes, all of them: it changes how long decoding takes, never what
    comes of it. Nothing is given up for others, as each epoch shows all examples in another order. Threads may share
    it.

    Args:
      most_bytes: Memory for the crops with their files; 0 keeps none.
    """

    def __init__(self, most_bytes: int = 0) -> None:
        self.most_bytes = most_bytes
        self._crops: dict[bytes, np.ndarray] = {}
        self._free_bytes = most_bytes
        self._lock = threading.Lock()

    @property
    def num_kept(self) -> int:
        """How many crops are kept."""
        return len(self._crops)

    def decoded(self, jpegs: Iterable[bytes], size_px: int) -> Iterator[np.ndarray]:
        """Yields crops, [size_px, size_px, 3] uint8, to be read only, and only until the next one is taken.

        Args:
          jpegs: The files' bytes.
          size_px: Side of the crops in pixels.
        Raises:
          ValueError: If one cannot be decoded as one of that size.
        """
        room = np.empty((size_px, size_px, 3), np.uint8)
        for jpeg in jpegs:
            crop = self._crops.get(jpeg)
            if crop is None:
                crop = decode_crop(jpeg, room)
                self._keep(jpeg, crop)
            yield crop

    def _keep(self, jpeg: bytes, crop: np.ndarray) -> None:
        num_bytes = len(jpeg) + crop.nbytes
        with self._lock:
            if jpeg not in self._crops and num_bytes <= self._free_bytes:
                self._free_bytes -= num_bytes
                self._crops[jpeg] = crop.copy()


def decode_crop(jpeg: bytes, room: np.ndarray) -> np.ndarray:
    """Returns a crop, decoded to the bits of `decode_square`: by the same library, with the same fast transform.

    What that library remarks on is left to TensorFlow, so that both read, and refuse, the same files.

    Args:
      jpeg: The file's bytes.
      room: [size, size, 3] uint8, where it is decoded.
    Raises:
      ValueError: If it cannot be decoded as one of that size.
    """
    try:
        crop = simplejpeg.decode_jpeg(jpeg, fastdct=True, buffer=room)
    except ValueError:
        return _by_tensorflow(jpeg, len(room))
    return crop if crop.shape == room.shape else _by_tensorflow(jpeg, len(room))


def _by_tensorflow(jpeg: bytes, size_px: int) -> np.ndarray:
    try:
        return decode_square(tf.constant(jpeg), 0, 0, size_px).numpy()
    except tf.errors.InvalidArgumentError as error:
        # The only kind of error that a graph makes an InvalidArgumentError again of.
        raise ValueError(error.message) from error
