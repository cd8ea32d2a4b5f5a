"""Py-Feat 2 (and 0.x, as far as their columns agree): `AUxx` is a probability, 0 to 1, never an intensity.

A row without a face stays, all blank but the picture's size, name and number. Videos' frames count from 0; of photos
`frame` is the photo's number in the run. `approx_time` is a text of minutes and seconds, rounded down, and not used.
`Identity` groups faces over the whole run and numbers none in a frame.

Source: the wheel 2.1.5, Detectorv1, Detectorv2 and MPDetector.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from emotionet_tf.inference.other_tools.tool_format import Cells, Finished, ToolFormat, without_video_ending
from emotionet_tf.inference.other_tools.tool_table import PROBABILITY, ScoreColumn, ToolRow
from emotionet_tf.videos.frames import is_video

_SCORE = re.compile(r"AU(\d\d)")


def _columns(names: Sequence[str]) -> tuple[list[ScoreColumn], list[str]]:
    return [
        ScoreColumn(int(match[1]), PROBABILITY, name) for name in names if (match := _SCORE.fullmatch(name))
    ], []


def _row(cells: Cells, name: str, line: int, source: str) -> ToolRow:
    given, confidence = cells.text("input"), cells.number("FaceScore")
    if "approx_time" in cells.columns or is_video(given):
        sequence = without_video_ending(given or name)
        frame = cells.count("frame") + 1
        return ToolRow(line, source, sequence=sequence, frame=frame, confidence=confidence)
    return ToolRow(line, source, picture=given or name, confidence=confidence)


def _finish(rows: list[ToolRow], columns: Sequence[ScoreColumn]) -> Finished:
    seen: Counter[tuple[str, str, int | None]] = Counter()
    for index, row in enumerate(rows):
        place = (row.picture, row.sequence, row.frame)
        rows[index] = replace(row, face=seen[place])
        seen[place] += 1
    return rows, []


PYFEAT2 = ToolFormat(
    "Py-Feat 2",
    "columns 'FaceScore' and AU01, AU12, ...",
    lambda names: "FaceScore" in names and any(map(_SCORE.fullmatch, names)),
    _columns,
    _row,
    finish=_finish,
    names_faces=False,
)
