"""LibreFace: `au_1` is presence, `au_1_intensity` intensity from 0 to 5, by two heads for two sets of AUs.

A frame or photo without a face has no row. Frames count from 0. `frame_time_in_ms` holds seconds in the versions on
PyPI (0.1.0 to 0.2.0), so that the step from frame to frame says what it is. A photo's table has one row and no name:
the file's name is taken for the photo's.

Sources: the wheels 0.1.0, 0.1.1 and 0.2.0; issue 18 (intensities from 0 to 1).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from emotionet_tf.inference.other_tools.tool_format import Cells, Finished, ToolFormat
from emotionet_tf.inference.other_tools.tool_table import INTENSITY, PRESENCE, ScoreColumn, ToolRow

_SCORE = re.compile(r"au_(\d+)(_intensity)?")


def _columns(names: Sequence[str]) -> tuple[list[ScoreColumn], list[str]]:
    found = [(name, match) for name in names if (match := _SCORE.fullmatch(name))]
    return [
        ScoreColumn(int(match[1]), INTENSITY if match[2] else PRESENCE, name) for name, match in found
    ], []


def _row(cells: Cells, name: str, line: int, source: str) -> ToolRow:
    if "frame_idx" not in cells.columns:
        return ToolRow(line, source, picture=name)
    frame, seconds = cells.count("frame_idx") + 1, cells.number("frame_time_in_ms")
    return ToolRow(line, source, sequence=name, frame=frame, seconds=seconds)


def _finish(rows: list[ToolRow], columns: Sequence[ScoreColumn]) -> Finished:
    remarks = []
    largest = largest_intensity(rows, columns)
    if largest is not None and largest <= 1:
        remarks.append(
            f"the largest intensity is {largest:g}: older versions are said to write them from 0 to 1, not to 5; then "
            "--intensity_threshold=0.2 is what 1 is otherwise"
        )
    if any(column.kind == INTENSITY for column in columns):
        remarks.append("presences and intensities are of two heads and two sets of AUs, and need not agree")
    sources: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        if row.frame is not None:
            sources[row.source].append(index)
    for places in sources.values():
        if _is_in_milliseconds([rows[place] for place in places]):
            for place in places:
                rows[place] = replace(rows[place], seconds=rows[place].seconds / 1000)
    return rows, remarks


def largest_intensity(rows: Sequence[ToolRow], columns: Sequence[ScoreColumn]) -> float | None:
    """Returns the largest intensity of all rows and AUs; None where there is none."""
    places = [place for place, column in enumerate(columns) if column.kind == INTENSITY]
    scored = [row.scores[places] for row in rows if row.scores is not None]
    values = np.concatenate(scored) if scored else np.array([])
    values = values[~np.isnan(values)]
    return float(values.max()) if len(values) else None


def _is_in_milliseconds(rows: Sequence[ToolRow]) -> bool:
    """Returns whether a frame takes 1 or more of the times' unit: nobody films at 1,000 or at less than 1 a second."""
    last = max(rows, key=lambda row: row.frame or 0)
    return last.frame is not None and last.frame > 1 and last.seconds / (last.frame - 1) >= 1


LIBREFACE = ToolFormat(
    "LibreFace",
    "columns au_1 or au_1_intensity",
    lambda names: any(map(_SCORE.fullmatch, names)),
    _columns,
    _row,
    finish=_finish,
)
