"""OpenFace 2 and 1: `AUxx_c` is presence, `AUxx_r` intensity from 0 to 5, by two models that need not agree.

FeatureExtraction writes a CSV a video, with `frame` from 1 and `success`; FaceLandmarkImg one a photo, with neither,
and none at all for a photo without a face. The photo's or the video's name is that of the file. A failed frame's AUs
are zeros that were smoothed over time afterwards: they are no scores, even where they are above 0.

Source: OpenFace 2.2.0, FaceAnalyser.cpp (smoothing), RecorderCSV.cpp (columns); issues 584 (two models) and 885 (AU28).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from emotionet_tf.action_units import is_action_unit
from emotionet_tf.inference.other_tools.tool_format import Cells, Finished, ToolFormat
from emotionet_tf.inference.other_tools.tool_table import INTENSITY, PRESENCE, ScoreColumn, ToolRow

# Not AUxx_d, the distances that the CMU/Pitt group's fork adds.
_SCORE = re.compile(r"AU(\d\d)_([cr])")
_KINDS = {"c": PRESENCE, "r": INTENSITY}


def _columns(names: Sequence[str]) -> tuple[list[ScoreColumn], list[str]]:
    found = [(name, match) for name in names if (match := _SCORE.fullmatch(name))]
    columns = [ScoreColumn(int(match[1]), _KINDS[match[2]], name) for name, match in found]
    for column in columns:
        if not is_action_unit(column.au):
            raise ValueError(
                f"{column.name} is not an AU of FACS; some converters number OpenFace 3's eight AUs from 1 to 8, which "
                "are AU 1, 2, 4, 6, 9, 12, 25 and 26: give the table that OpenFace 3 wrote"
            )
    return columns, []


def _row(cells: Cells, name: str, line: int, source: str) -> ToolRow:
    face = "face_id" if "face_id" in cells.columns else "face"
    number = cells.count(face) if face in cells.columns else 0
    confidence = cells.number("confidence")
    if "frame" not in cells.columns:
        return ToolRow(line, source, picture=name, face=number, confidence=confidence)
    return ToolRow(
        line,
        source,
        sequence=name,
        frame=cells.count("frame"),
        seconds=cells.number("timestamp"),
        face=number,
        confidence=confidence,
    )


def _has_face(cells: Cells) -> bool:
    return "success" not in cells.columns or cells.number("success") == 1


def _finish(rows: list[ToolRow], columns: Sequence[ScoreColumn]) -> Finished:
    remarks = []
    if {column.kind for column in columns} == {PRESENCE, INTENSITY}:
        remarks.append(
            "AUxx_c and AUxx_r are of two models that need not agree: decisions are AUxx_c, ranks (AUC) AUxx_r"
        )
    frames: dict[str, list[ToolRow]] = defaultdict(list)
    for row in rows:
        if row.sequence:
            frames[row.sequence].append(row)
    if frames and len(frames) < len({row.sequence or row.picture for row in rows}):
        remarks.append(
            "some files are of photos and some of videos: OpenFace shifts a video's AUxx_r by the person's other "
            "frames, so that the two are not on one scale"
        )
    beside = sum(map(_num_beside_failed, frames.values()))
    if beside:
        remarks.append(
            f"scored frames beside a failed one: {beside}; OpenFace has smoothed its zeros into theirs"
        )
    folders = [name for name, own in frames.items() if len(own) > 1 and not any(row.seconds for row in own)]
    if folders:
        remarks.append(
            f"all times of {folders[0]} are 0, as where OpenFace ran on a folder of pictures (-fdir): its frames are "
            "then numbered in the order of the names as texts, 10.jpg before 2.jpg"
        )
    return rows, remarks


def _num_beside_failed(rows: Sequence[ToolRow]) -> int:
    failed = {row.frame for row in rows if row.scores is None and row.frame is not None}
    scored = {row.frame for row in rows if row.scores is not None and row.frame is not None} - failed
    return sum(frame - 1 in failed or frame + 1 in failed for frame in scored)


OPENFACE2 = ToolFormat(
    "OpenFace 2",
    "columns 'confidence' and AU01_c or AU01_r",
    lambda names: "confidence" in names and any(map(_SCORE.fullmatch, names)),
    _columns,
    _row,
    has_face=_has_face,
    finish=_finish,
)
