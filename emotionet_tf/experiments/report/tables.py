"""A table of the report: its columns, and its rows made from them. `html`, `markdown` and `csv_files` write it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from emotionet_tf.experiments.scores.bootstrap import Interval

Value = str | int | float | Interval | None
"""What a cell holds: None shows as a dash; a text in a column of numbers says why there is none."""

Kind = Literal["text", "code", "verdict", "count", "hours", "score", "difference"]

Item = TypeVar("Item")


@dataclass(frozen=True)
class Column(Generic[Item]):
    """A column: all that a table needs to know of it.

    Attributes:
      title: Its heading.
      value: Returns what its cell holds in an item's row.
      kind: How its values are written: "score" as 0.7641, "difference" with its sign; an interval with its ends.
      group: The heading above it, shared by the columns beside each other that have it.
    """

    title: str
    value: Callable[[Item], Value]
    kind: Kind = "text"
    group: str = ""

    @property
    def is_numeric(self) -> bool:
        """Whether its values stand on the right."""
        return self.kind in ("count", "hours", "score", "difference")

    @property
    def full_title(self) -> str:
        """Its heading with the one above it, on one line."""
        return f"{self.group}: {self.title}" if self.group else self.title


@dataclass(frozen=True)
class RowHeading:
    """A heading within a table, over the rows that follow; it is in no CSV."""

    title: str
    text: str = ""


Row = tuple[Value, ...] | RowHeading


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
      name: Of its CSV file.
      title: Says what is seen.
      columns: Its columns.
      rows: Values in the columns' order, and headings.
      caption: What has to be known to read it.
    """

    name: str
    title: str
    columns: tuple[Column[Any], ...]
    rows: tuple[Row, ...]
    caption: str = ""

    def __post_init__(self) -> None:
        for row in self.value_rows:
            if len(row) != len(self.columns):
                raise ValueError(
                    f"table {self.name}: {len(row)} values for {len(self.columns)} columns: {row}"
                )

    @property
    def value_rows(self) -> list[tuple[Value, ...]]:
        """The rows without the headings between them."""
        return [row for row in self.rows if not isinstance(row, RowHeading)]

    @property
    def headings(self) -> list[RowHeading]:
        """The headings between the rows."""
        return [row for row in self.rows if isinstance(row, RowHeading)]


def table_of(
    name: str,
    title: str,
    columns: Sequence[Column[Item]],
    items: Iterable[Item | RowHeading],
    caption: str = "",
) -> Table:
    """Returns a table with a row for each item, as the columns see it; headings stay as they are."""
    rows = tuple(
        item if isinstance(item, RowHeading) else tuple(column.value(item) for column in columns)
        for item in items
    )
    return Table(name, title, tuple(columns), rows, caption)
