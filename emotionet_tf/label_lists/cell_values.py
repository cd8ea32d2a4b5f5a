"""What the cells of a row say of its AUs, and which cells say nothing that is understood."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from emotionet_tf.action_units import UNKNOWN, au_name, column_of
from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.datasets.reading_settings import LabelReading
from emotionet_tf.label_lists.formats.list_format import Columns, ListFormat
from emotionet_tf.label_lists.rejection_reasons import invalid_intensity, invalid_label
from emotionet_tf.label_lists.tables.text_rows import stripped

_MAX_SHOWN = 40
"""Characters of a wrong value in a message."""
_MAX_KINDS, _MAX_LISTED = 1000, 5
"""Different wrong values that are counted apart, and that are listed."""


@dataclass(frozen=True, eq=False, slots=True)
class RowValues:
    """What a row says; the arrays are read-only.

    Attributes:
      labels: [AUs] float32; 0 where the mask is 0.
      mask: [AUs] float32, 1 = known.
      intensities: [AUs] float32 from 0 to 5, NaN where none is given; None of a list without intensities.
      wrong: The columns and texts of cells that are not understood, which are unknown.
    """

    labels: np.ndarray
    mask: np.ndarray
    intensities: np.ndarray | None
    wrong: tuple[tuple[str, str], ...] = ()


class CellValues:
    """Reads the cells of a list's rows.

    Args:
      columns: Which column holds what; the cells come in the order of its AUs, then of its intensities.
      format: The list's format: in people's own lists a wrong cell is unknown, in others it rejects its row.
      reading: Further codes of unknown, and from which intensity on an AU is present.
      aus: The columns of the rows' labels.

    Attributes:
      has_known: Whether a cell that was read says something of an AU.
      highest: The highest number that was read in an AU's own column.
    """

    def __init__(
        self, columns: Columns, format: ListFormat, reading: LabelReading, aus: tuple[int, ...]
    ) -> None:
        self._aus = {au: column_of(au, aus) for au in columns.aus}
        self._intensities = {au: column_of(au, aus) for au in columns.intensities}
        self._format = format
        self._codes = frozenset(map(_code, reading.unknown_codes))
        self._positive_from = reading.positive_from
        self._num_columns = len(aus)
        self.has_known, self.highest = False, 0.0
        self._seen: dict[str, float | None] = {}

    def __call__(self, cells: Iterable[str]) -> RowValues:
        """Returns what the cells of a row say.

        Raises:
          ValueError: With the reason, for a wrong cell that rejects its row.
          UserError: For an intensity where presence is expected.
        """
        texts = iter([stripped(cell) for cell in cells])
        labels, mask = np.zeros((2, self._num_columns), np.float32)
        intensities = np.full(self._num_columns, np.nan, np.float32)
        wrong: list[tuple[str, str]] = []
        for (au, column), text in zip(self._aus.items(), texts, strict=False):
            if text in self._seen:
                value = self._seen[text]
            else:
                value = self._label(au, text)
                if len(self._seen) < _MAX_KINDS and len(text) <= _MAX_SHOWN:
                    self._seen[text] = value
            if value is None:
                wrong.append((au_name(au), text[:_MAX_SHOWN]))
            elif value != UNKNOWN and self._positive_from is not None:
                intensities[column] = value
                labels[column], mask[column] = value >= self._positive_from, 1
                self.highest = max(self.highest, value)
            elif value != UNKNOWN:
                labels[column], mask[column] = value, 1
        self.has_known = self.has_known or bool(mask.any())
        for (au, column), text in zip(self._intensities.items(), texts, strict=True):
            intensity = self._intensity(au, text)
            if intensity is None:
                wrong.append((f"the intensity of {au_name(au)}", text[:_MAX_SHOWN]))
            else:
                intensities[column] = intensity
        for array in (labels, mask, intensities):
            array.flags.writeable = False
        has_intensities = bool(self._intensities) or self._positive_from is not None
        return RowValues(labels, mask, intensities if has_intensities else None, tuple(wrong))

    def _label(self, au: int, text: str) -> float | None:
        """Returns a label, or an intensity where those are expected; `UNKNOWN`, or None for what is neither."""
        if self._codes and _code(text) in self._codes:
            return UNKNOWN
        value = self._format.label_of(text)
        if value is None and not self._format.is_own:
            raise ValueError(invalid_label(au, text[:_MAX_SHOWN]))
        if value == UNKNOWN:
            return value
        number = _number(text)
        if self._positive_from is not None:
            return number if 0 <= number <= 5 else None
        if value is None and 1 < number <= 5:
            raise UserError(
                f"{au_name(au)} is '{text[:_MAX_SHOWN]}', an intensity: --positive_from=2 makes 2 to 5 present and "
                f"keeps the intensities; if it is a code for unknown, --unknown_codes={text[:_MAX_SHOWN]}"
            )
        return value

    def _intensity(self, au: int, text: str) -> float | None:
        """Returns an intensity, NaN where it is unknown; None for what is neither."""
        if (self._codes and _code(text) in self._codes) or text in ("", str(UNKNOWN)):
            return math.nan
        number = _number(text)
        if 0 <= number <= 5:
            return number
        if not self._format.is_own:
            raise ValueError(invalid_intensity(au, text[:_MAX_SHOWN]))
        return math.nan if self._format.label_of(text) == UNKNOWN else None


@dataclass
class WrongCells:
    """The cells of a list that are not understood, counted by their texts, and what is known beside them.

    Attributes:
      has_known: Whether some cell says something of an AU.
      highest: The highest number in an AU's own column, where these are intensities.
    """

    has_known: bool = False
    highest: float = 0
    _counts: dict[str, int] = field(default_factory=dict)
    _first: dict[str, str] = field(default_factory=dict)

    def add(self, wrong: Iterable[tuple[str, str]], place: str) -> None:
        """Counts the columns and texts of a row's cells."""
        for column, text in wrong:
            if text not in self._counts and len(self._counts) >= _MAX_KINDS:
                text = "others"
            self._counts[text] = self._counts.get(text, 0) + 1
            self._first.setdefault(text, f"{place}, {column}")

    def __len__(self) -> int:
        return sum(self._counts.values())

    def lines(self) -> Iterator[str]:
        """Yields what a person should know of them, the most frequent first."""
        kinds = sorted(self._counts, key=lambda text: -self._counts[text])
        for text in kinds[:_MAX_LISTED]:
            count = self._counts[text]
            cells = "1 cell" if count == 1 else f"{count:,} cells"
            yield f"{cells} '{text}' not understood and taken as unknown; the first is {self._first[text]}"
        if more := sum(self._counts[text] for text in kinds[_MAX_LISTED:]):
            yield f"{more:,} cells of {len(kinds) - _MAX_LISTED:,} other kinds likewise"
        if kinds:
            yield f"if they mean unknown, --unknown_codes={','.join(kinds[:_MAX_LISTED])} says so"


def _code(text: str) -> str:
    """Returns a code as cells are compared: 9.0 is 9, and NA is na."""
    number = _number(text)
    return f"{number:g}" if math.isfinite(number) else text.strip().lower()


def _number(text: str) -> float:
    """Returns a number, NaN for other texts; a country's decimal comma is a point."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return math.nan
