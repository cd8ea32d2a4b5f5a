"""Rows of one id: those that label different AUs, as a list for each AU has them, are joined into one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from emotionet_tf.action_units import au_name
from emotionet_tf.au_sets import common_au_set
from emotionet_tf.label_lists.rejection_reasons import duplicate_id, joined_row
from emotionet_tf.label_lists.rows import LabelRow, place_of


class RowsOfOneId:
    """The rows of one id, as they come one after the other.

    Attributes:
      row: What they say together: the first one, with the AUs that later ones add.
    """

    def __init__(self, first: LabelRow, file: str = "") -> None:
        self.row = first
        self._joined = [(first, file)]

    def add(self, row: LabelRow, file: str = "") -> str:
        """Takes a further row, and returns why it is no row of its own.

        It is joined if it labels AUs that the others do not, and contradicts none of them. What contradicts one of
        them, or adds nothing, changes nothing.

        Args:
          row: The row.
          file: Where it is, for the reasons of later ones; empty where all are of one list.
        """
        for other, its_file in self._joined:
            if what := _contradiction(row, other):
                return duplicate_id(what, False, _place(other, its_file))
        first = _place(*self._joined[0])
        if row.class_name:
            return duplicate_id("class", True, first)
        aus = common_au_set([self.row.aus, row.aus])
        own, more = self.row.in_columns(aus), row.in_columns(aus)
        added = (more.mask > own.mask) | (np.isnan(_intensities(own)) & ~np.isnan(_intensities(more)))
        if not added.any():
            return duplicate_id("labels", True, first)
        self.row = _union(own, more)
        self._joined.append((row, file))
        return joined_row([au_name(au) for au, is_added in zip(aus, added, strict=True) if is_added], first)


def _place(row: LabelRow, file: str) -> str:
    return place_of(row) + (f" of {file}" if file else "")


def _contradiction(row: LabelRow, other: LabelRow) -> str:
    """Returns what two rows say differently; empty where they go together."""
    if row.class_name != other.class_name:
        return "class"
    aus = common_au_set([row.aus, other.aus])
    row, other = row.in_columns(aus), other.in_columns(aus)
    both = (row.mask > 0) & (other.mask > 0)
    if (row.labels != other.labels)[both].any():
        return "labels"
    # NaN differs from nothing by more than nothing.
    if (np.abs(_intensities(row) - _intensities(other)) > 0).any():
        return "intensities"
    return "person" if row.person and other.person and row.person != other.person else ""


def _union(row: LabelRow, other: LabelRow) -> LabelRow:
    """Returns a row with what another one, of the same columns, adds."""
    is_known = row.mask > 0
    labels, mask = np.where(is_known, row.labels, other.labels), np.maximum(row.mask, other.mask)
    intensities = None
    if row.intensities is not None or other.intensities is not None:
        own = _intensities(row)
        intensities = np.where(np.isnan(own), _intensities(other), own)
        intensities.flags.writeable = False
    labels.flags.writeable = mask.flags.writeable = False
    return replace(row, labels=labels, mask=mask, intensities=intensities, person=row.person or other.person)


def _intensities(row: LabelRow) -> np.ndarray:
    return np.full(len(row.aus), np.nan, np.float32) if row.intensities is None else row.intensities
