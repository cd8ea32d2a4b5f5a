"""OpenFace 3 (`openface-test`): eight unnamed numbers in one cell, `action_units`, the same for all faces of a picture.

They are AU 1, 2, 4, 6, 9, 12, 25 and 26, in this order: the trainer takes 0, 4, 8, 10, 11, 1, 6, 7 of twelve labels
that lie in the order of file names. They are cosines, 0 to 1, of what DISFA codes 2 and more: presences.
Where a picture has several faces, every row carries the AUs of the best face, so that only that face keeps them here.
Frames count from 0, and `timestamp` is the time of the day.

Sources: the wheel 0.1.26; CMU-MultiComp-Lab/OpenFace-3.0, train_mix_au_dev.py; Py-Feat's benchmark on DISFA+.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from emotionet_tf.inference.other_tools.tool_format import (
    Cells,
    Finished,
    ToolFormat,
    checked_scores,
    without_video_ending,
)
from emotionet_tf.inference.other_tools.tool_table import PROBABILITY, ScoreColumn, ToolRow

_CELL = "action_units"
AUS = (1, 2, 4, 6, 9, 12, 25, 26)
_PLACE_OF_CONFIDENCE = 4
"""In `face_detection`: behind the box's four."""


def _columns(names: Sequence[str]) -> tuple[list[ScoreColumn], list[str]]:
    return [ScoreColumn(au, PROBABILITY, f"{_CELL}[{place}]") for place, au in enumerate(AUS)], []


def _row(cells: Cells, name: str, line: int, source: str) -> ToolRow:
    face = cells.number("face_id")
    number = int(face) if face >= 0 else 0
    detection = _numbers(cells, "face_detection")
    confidence = detection[_PLACE_OF_CONFIDENCE] if len(detection) > _PLACE_OF_CONFIDENCE else float("nan")
    if "frame_index" not in cells.columns:
        picture = cells.text("image_path") or name
        return ToolRow(line, source, picture=picture, face=number, confidence=confidence)
    sequence = without_video_ending(cells.text("video_path") or name)
    frame = cells.count("frame_index") + 1
    return ToolRow(line, source, sequence=sequence, frame=frame, face=number, confidence=confidence)


def _numbers(cells: Cells, name: str) -> list[float]:
    """Returns the numbers of a cell that holds a list, or a list within one; none of a blank cell."""
    text = cells.text(name)
    if not text:
        return []
    try:
        content = json.loads(text)
        content = content[0] if len(content) == 1 else content
        return [float(number) for number in content]
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise ValueError(f"{name} is {text[:40]!r}, not a list of numbers") from error


def _scores(cells: Cells, columns: Sequence[ScoreColumn]) -> np.ndarray:
    numbers = _numbers(cells, _CELL)
    if len(numbers) != len(AUS):
        raise ValueError(f"{_CELL} has {len(numbers)} numbers, not {len(AUS)}")
    return checked_scores(numbers, columns)


def _finish(rows: list[ToolRow], columns: Sequence[ScoreColumn]) -> Finished:
    faces: dict[tuple[str, str, int | None], list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        if row.scores is not None:
            faces[row.picture, row.sequence, row.frame].append(index)
    several = [places for places in faces.values() if len(places) > 1]
    for places in several:
        best = max(places, key=lambda place: np.nan_to_num(rows[place].confidence, nan=-1))
        for place in set(places) - {best}:
            rows[place] = replace(rows[place], scores=None)
    remarks = []
    if several:
        remarks.append(
            f"pictures with several faces: {len(several)}; OpenFace 3 gives all of them the AUs of the best one, so "
            "that only the surest face's row is used"
        )
    return rows, remarks


OPENFACE3 = ToolFormat(
    "OpenFace 3",
    f"a column '{_CELL}' with eight numbers in brackets",
    lambda names: _CELL in names,
    _columns,
    _row,
    has_face=lambda cells: bool(cells.text(_CELL)),
    scores=_scores,
    finish=_finish,
)
