"""The tables of BP4D, BP4D+ and EB+: a file a sequence, a row a coded frame, a column an AU.

Both grammars name the AUs in the header, behind the first column, which has the frame: BP4D's has all of 0 to 99, the
later ones' only those that are coded, and 99. Cells are 0, 1 or 9, which is "not coded"; column 99 flags a frame as a
whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from emotionet_tf.action_units import au_name
from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.datasets.coded_sequences import ReadingLog
from emotionet_tf.label_lists.datasets.grammars.frame_values import FrameValues, read_frame_values
from emotionet_tf.label_lists.datasets.grammars.numbers import frame_number
from emotionet_tf.label_lists.datasets.label_folders import LabelFile
from emotionet_tf.label_lists.tables.text_lines import read_lines

ALL_COLUMNS = 100
"""Of BP4D's own tables; the later ones have fewer than 50."""

_FLAG = "99"
_VALUES = {"0": 0.0, "1": 1.0, "9": np.nan}


def num_columns(file: LabelFile) -> int:
    """Returns how many columns a table's first line has; 0 where it is not a line of numbers."""
    cells = [cell.strip() for cell in file.first_line().split(",")]
    return len(cells) if all(cell.isdigit() for cell in cells) else 0


def refuse_two_grammars(files: Sequence[LabelFile]) -> None:
    """Raises UserError where some tables have all columns and others have not: two datasets in one folder."""
    is_wide = {file.name: num_columns(file) == ALL_COLUMNS for file in files if num_columns(file)}
    if len(set(is_wide.values())) > 1:
        wide, narrow = (
            next(name for name, one in is_wide.items() if one == wanted) for wanted in (True, False)
        )
        raise UserError(
            f"{wide} is a table of BP4D, {narrow} one of BP4D+ or EB+: they differ in frames' offsets; name the folder "
            "of one of them"
        )


@dataclass(frozen=True, eq=False)
class Occurrences:
    """A table as read.

    Attributes:
      frames: [n] int64, ascending.
      lines: [n] int64.
      presence: [n, AUs] float32: 1, 0 or NaN, which is "not coded".
      left_out: Frames with a row that is not used.
    """

    frames: np.ndarray
    lines: np.ndarray
    presence: np.ndarray
    left_out: frozenset[int] = frozenset()

    @property
    def span(self) -> tuple[int, int] | None:
        """The first and last frame with a row; None without one."""
        frames = {*self.frames.tolist(), *self.left_out} - {0}
        return (min(frames), max(frames)) if frames else None


def read_occurrences(file: LabelFile, aus: Sequence[int], log: ReadingLog) -> Occurrences:
    """Reads a table; an AU without a column is unknown, a frame that column 99 flags is left out and reported.

    Args:
      file: The table.
      aus: The AUs to read, in the order of the columns that are returned.
      log: Where lines go that cannot be used.
    """
    lines = [line for line in read_lines(file.path) if line.text.strip()]
    if not lines:
        log.remark(f"{file.name}: empty, no frame is coded")
        return Occurrences(np.empty(0, np.int64), np.empty(0, np.int64), np.empty((0, len(aus)), np.float32))
    names = [cell.strip() for cell in lines[0].text.split(",")]
    # The first column is the frame's, whatever its name: of BP4D+ it is "1", as AU1's is.
    places = {name: place for place, name in enumerate(names) if place}
    if not all(name.isdigit() for name in names) or len(places) != len(names) - 1 or _FLAG not in places:
        reason = f"the header has no numbers of AUs and 99: the file's {len(lines):,} lines are left out"
        log.reject(file.name, lines[0].number, "", reason)
        lines = lines[:1]
    rows: dict[int, tuple[int, list[float]]] = {}
    left_out = set()
    for line in lines[1:]:
        cells = [cell.strip() for cell in line.text.split(",")]
        frame, problem = _frame_of(cells, len(names))
        if not problem and frame in rows:
            problem = f"duplicate frame, as line {rows[frame][0]}"
        if not problem and cells[places[_FLAG]] == "1":
            problem = "flagged as a whole (column 99): not coded"
        if problem:
            log.reject(file.name, line.number, f"frame {frame}" if frame else "", problem)
            left_out.add(frame)
        else:
            rows[frame] = (
                line.number,
                [_VALUES[cells[places[str(au)]]] if str(au) in places else np.nan for au in aus],
            )
    frames = sorted(rows)
    return Occurrences(
        np.array(frames, np.int64),
        np.array([rows[frame][0] for frame in frames], np.int64),
        np.array([rows[frame][1] for frame in frames], np.float32).reshape(len(frames), len(aus)),
        frozenset(left_out - rows.keys()),
    )


def _frame_of(cells: Sequence[str], num_cells: int) -> tuple[int, str]:
    """Returns a row's frame, 0 where it has none, and why the row cannot be used; "" where it can."""
    try:
        frame = frame_number(cells[0])
    except ValueError as error:
        return 0, f"no frame: {error}"
    if len(cells) != num_cells:
        return frame, f"{len(cells)} cells instead of {num_cells}"
    odd = next((cell for cell in cells[1:] if cell not in _VALUES), None)
    if odd is not None:
        return frame, f"'{odd[:40]}' is none of 0, 1, 9"
    return frame, ""


def read_intensities(
    video: str, occurrences: Occurrences, files: Mapping[int, LabelFile], aus: Sequence[int], log: ReadingLog
) -> np.ndarray | None:
    """Reads the tables of intensities, which have no header, beside a sequence's occurrences.

    An AU whose table has other frames than the occurrences is unknown throughout: one of both is shifted.

    Args:
      video: What the log calls the sequence.
      occurrences: Its codes.
      files: The tables by AU.
      aus: The columns of what is returned.
      log: Where lines go that cannot be used, and what differs.
    Returns:
      [n, AUs] float32 from 0 to 5, NaN unknown; None without a table.
    """
    if not files:
        return None
    array = np.full(occurrences.presence.shape, np.nan, np.float32)
    places = {frame: place for place, frame in enumerate(occurrences.frames.tolist())}
    for au, file in files.items():
        values: FrameValues = read_frame_values(file, separator=",", allowed=range(6), unknown=9, log=log)
        if not values.keys() <= places.keys() | occurrences.left_out:
            log.remark(
                f"{video}: {au_name(au)}'s intensities are left out: {file.name} has frames {min(values)} to "
                f"{max(values)}, the occurrences' are {min(places, default=0)} to {max(places, default=0)}"
            )
            continue
        missing = len(places.keys() - values.keys())
        if missing:
            log.remark(f"{video}: {au_name(au)} has no intensity in {missing:,} of {len(places):,} frames")
        for frame, (value, _) in values.items():
            if frame in places:
                array[places[frame], list(aus).index(au)] = value
    return array
