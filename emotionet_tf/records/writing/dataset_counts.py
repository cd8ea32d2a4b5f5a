"""The counts in `dataset.json`, made record by record while a dataset is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from emotionet_tf.action_units import ACTION_UNITS, au_name
from emotionet_tf.au_sets import name_of_au_set
from emotionet_tf.label_lists.rows import LabelRow
from emotionet_tf.records.dataset_info import DatasetInfo, OrderChecksum, Shard
from emotionet_tf.versions import installed_versions


class RecordCounts:
    """Counts a dataset's records in their order; its memory does not grow with them.

    Args:
      aus: The columns of the records' labels.
    Attributes:
      num_examples: Records of each view so far.
    """

    def __init__(self, aus: tuple[int, ...] = ACTION_UNITS) -> None:
        self.num_examples = 0
        self._aus = aus
        self._known = np.zeros(len(aus), np.float64)
        self._positives = np.zeros(len(aus), np.float64)
        self._intensities = np.zeros(len(aus), np.float64)
        self._angles = np.zeros(3, np.float64)
        self._num_angles = 0
        self._classes: Counter[str] = Counter()
        self._order = OrderChecksum()

    def add(self, label: LabelRow, angles: tuple[float, float, float] | None) -> None:
        """Counts the next record of a shard."""
        self.num_examples += 1
        self._known += label.mask
        self._positives += label.labels * label.mask
        if label.intensities is not None:
            self._intensities += ~np.isnan(label.intensities)
        if angles is not None:
            self._angles += angles
            self._num_angles += 1
        self._classes[label.class_name] += 1
        self._order.add(label.example_id)

    def end_shard(self) -> None:
        """Ends a shard."""
        self._order.end_shard()

    def describe(
        self,
        name: str,
        *,
        views: Mapping[str, Sequence[Shard]],
        num_usable: int,
        num_rejected: int,
        crop_size_px: int,
        framing: str,
        settings: Mapping[str, Any],
        classes: Sequence[str] = (),
    ) -> DatasetInfo:
        """Returns the dataset's description, once all records are counted.

        Args:
          name: The dataset's name.
          views: Per view the shards, in order.
          num_usable: Rows with and without a face that can be used.
          num_rejected: The other rows.
          crop_size_px: Side of the crops.
          framing: What placed the faces in them.
          settings: What the dataset was made from and how.
          classes: The classes' names, where records have one.
        """
        names = [au_name(au) for au in self._aus]
        pitch, yaw, roll = (self._angles / max(1, self._num_angles)).tolist()
        return DatasetInfo(
            name=name,
            views={view: tuple(shards) for view, shards in views.items()},
            num_examples=self.num_examples,
            num_rows=num_usable + num_rejected,
            num_without_face=num_usable - self.num_examples,
            num_rejected=num_rejected,
            crop_size_px=crop_size_px,
            framing=framing,
            known=dict(zip(names, self._known.tolist(), strict=True)),
            positives=dict(zip(names, self._positives.tolist(), strict=True)),
            mean_angles=(pitch, yaw, roll),
            order_sha256=self._order.hexdigest(),
            settings=settings,
            versions=installed_versions(),
            classes=tuple(classes),
            class_counts=tuple(self._classes[name] for name in classes),
            au_set=name_of_au_set(self._aus),
            aus=self._aus,
            intensities=dict(zip(names, self._intensities.tolist(), strict=True))
            if self._intensities.any()
            else {},
        )
