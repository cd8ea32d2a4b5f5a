"""The photos of the inspected records in memory, about 50 bytes each, to find those that occur twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emotionet_tf.inspection.crop_hashes import content_code, difference_code

_NO_CODES = np.zeros((0, 4), np.uint64)


@dataclass(frozen=True, eq=False)
class PhotoIndex:
    """The photos of a records folder, in its order.

    Attributes:
      ids: [n] bytes, UTF-8.
      contents: [n] uint64, the `content_code` of their crops in one view.
      looks: [n, 4] uint64, the `difference_code` of these crops, or [0, 4] if not requested.
      folders: The folders that the photos came from, also those without a face; not the photos' root.
    """

    ids: np.ndarray
    contents: np.ndarray
    looks: np.ndarray
    folders: frozenset[str]


class PhotoIndexer:
    """Gathers a `PhotoIndex`.

    Args:
      with_looks: Whether to compute codes of the decoded crops that nearly agree for copies.
    """

    def __init__(self, with_looks: bool) -> None:
        self._with_looks = with_looks
        self._ids: list[np.ndarray] = [np.zeros(0, "S1")]
        self._contents: list[np.ndarray] = [np.zeros(0, np.uint64)]
        self._looks: list[np.ndarray] = [_NO_CODES]

    def add(self, ids: Sequence[str], crops: Sequence[bytes]) -> None:
        """Adds some photos with their crops."""
        self._ids.append(np.array([example_id.encode() for example_id in ids]))
        self._contents.append(np.array([content_code(crop) for crop in crops], np.uint64))
        if self._with_looks:
            self._looks.append(np.stack([difference_code(crop) for crop in crops]))

    def finish(self, folders: frozenset[str]) -> PhotoIndex:
        """Returns all photos."""
        ids, contents, looks = map(np.concatenate, (self._ids, self._contents, self._looks))
        return PhotoIndex(ids, contents, looks, folders)
