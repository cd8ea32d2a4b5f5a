"""What a format of lists has to say: how a list is recognized, and how its rows become labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from emotionet_tf.action_units import UNKNOWN
from emotionet_tf.label_lists.tables.text_rows import TextRow


@dataclass(frozen=True)
class Columns:
    """Which column of a list holds what; a list without an id column derives the id from the photo's path.

    Attributes:
      num_fields: Fields of every row.
      photo: The column with the photo's path or URL; None where there is none.
      id: The column with the photo's id; None where there is none.
      aus: AU number to column, of the labelled ones.
      intensities: AU number to column, of those with an intensity; each of them is labelled, too.
      person: The column that says who is seen; None where there is none.
      class_name: The column with the photo's class; None where the list has no classes.
      original_url: The column with the address where the photo was found first; None where there is none.
      photo_of: Returns the photo's path of a row where no column has it, as of a list with a row for each frame of a
        video; only for lists with neither `photo` nor `id`.
    """

    num_fields: int
    photo: int | None
    id: int | None
    aus: Mapping[int, int] = field(default_factory=dict)
    class_name: int | None = None
    original_url: int | None = None
    photo_of: Callable[[TextRow], str] | None = None
    intensities: Mapping[int, int] = field(default_factory=dict)
    person: int | None = None


def occurrence(cell: str) -> int | None:
    """Returns what a cell says of an AU: 0, 1 or `UNKNOWN`; None for anything else."""
    try:
        number = float(cell)
    except ValueError:
        return None
    return int(number) if number in (0, 1, UNKNOWN) else None


@dataclass(frozen=True)
class ListFormat:
    """A format of lists of photos.

    Attributes:
      name: What messages call a list of this format.
      looks: How such a list looks, for the message about a file of no known format.
      begins: Returns whether a list whose first row has these cells is one. They are the columns' names without the
        blanks and quotes around them; of a list that `split_line` splits, the cells as they are in the file.
      columns: Given the list's name for messages and the columns' names, returns which column holds what. Raises
        UserError if a column is missing or unknown.
      split_line: Splits a line of a text file whose first row is not a header; None for a CSV with a header.
      label_of: Returns what a cell, without the blanks and quotes around it, says of an AU: 0, 1 or `UNKNOWN`; None
        for what is not valid.
      is_own: Whether such lists are people's own: a cell that is not valid is unknown, and is reported; in lists that a
        dataset comes with it rejects its row.
    """

    name: str
    looks: str
    begins: Callable[[Sequence[str]], bool]
    columns: Callable[[str, Sequence[str]], Columns]
    split_line: Callable[[str], list[str]] | None = None
    label_of: Callable[[str], int | None] = occurrence
    is_own: bool = False
