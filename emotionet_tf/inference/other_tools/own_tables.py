"""Our own tables: those of `predict` on photos and videos, prediction files, and CSVs of one's own like these.

`AU01` is a score, 0 to 1. It is decided by `AU01_decision` where there is such a column, else at `AU01_threshold`, else
at 0.5. `AU01_intensity` is an intensity from 0 to 5. A video's frames count from 0.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from emotionet_tf.action_units import au_name, intensity_name, is_action_unit, parse_au_name
from emotionet_tf.inference.decisions import threshold_name
from emotionet_tf.inference.other_tools.tool_format import (
    Cells,
    ToolFormat,
    checked_scores,
    without_video_ending,
)
from emotionet_tf.inference.other_tools.tool_table import (
    INTENSITY,
    PRESENCE,
    PROBABILITY,
    ScoreColumn,
    ToolRow,
)
from emotionet_tf.inference.prediction_files import TUNED_ON
from emotionet_tf.inference.tables.face_rows import decision_name

_NAMES = ("file", "path", "id")
"""Columns that say which photo or video a row is of, the surest first."""

_TUNED = "thresholds were tuned on photos of this very table: its decisions are better than on others"

_FACE_OF_ID = re.compile(r"(@\d+)?(#\d+)?$")
"""What `predict` puts behind an id: the frame, and the number of a further face."""


def _aus(names: Sequence[str] | frozenset[str]) -> list[tuple[int, str]]:
    parsed = [(parse_au_name(name), name) for name in names]
    return [(au, name) for au, name in parsed if au is not None and is_action_unit(au)]


def _columns(names: Sequence[str]) -> tuple[list[ScoreColumn], list[str]]:
    columns = []
    for au, name in _aus(names):
        columns.append(ScoreColumn(au, PROBABILITY, name))
        decided = [column for column in (decision_name(au), threshold_name(au)) if column in names]
        columns += [ScoreColumn(au, PRESENCE, column) for column in decided[:1]]
        if intensity_name(au) in names:
            columns.append(ScoreColumn(au, INTENSITY, intensity_name(au)))
    return columns, [_TUNED] * (TUNED_ON in names)


def _row(cells: Cells, name: str, line: int, source: str) -> ToolRow:
    given = cells.text("file") or cells.text("path") or _FACE_OF_ID.sub("", cells.text("id"))
    if not given:
        raise ValueError("no file, path or id")
    face = cells.count("face_index") if cells.text("face_index") else 0
    confidence = cells.number("confidence")
    if "frame" not in cells.columns:
        return ToolRow(line, source, picture=given, face=face, confidence=confidence)
    return ToolRow(
        line,
        source,
        sequence=without_video_ending(given),
        frame=cells.count("frame") + 1,
        seconds=cells.number("seconds"),
        face=face,
        confidence=confidence,
    )


def _scores(cells: Cells, columns: Sequence[ScoreColumn]) -> np.ndarray:
    values = {column.name: cells.number(column.name) for column in columns}
    names = {column.au: column.name for column in columns if column.kind == PROBABILITY}
    for column in columns:
        if column.name == threshold_name(column.au):
            score, threshold = values[names[column.au]], values[column.name]
            values[column.name] = float("nan") if np.isnan(score) else float(score >= threshold)
    return checked_scores([values[column.name] for column in columns], columns)


OWN_TABLES = ToolFormat(
    "emotionet_tf",
    f"a column 'file', 'path' or 'id', and {au_name(1)}, {au_name(12)}, ...",
    lambda names: not names.isdisjoint(_NAMES) and bool(_aus(names)),
    _columns,
    _row,
    has_face=lambda cells: cells.text("found") not in ("0", "0.0"),
    scores=_scores,
)
