"""PyAFAR: `Occ_au_1` is a probability, 0 to 1, `Int_au_6` an intensity, 0 to 5; persons count from 1.

A frame without a face has no row. Where its `Frame` counts from is not documented: from 1, unless a 0 is there. The
infants' models have an AU3, the brows drawn together, which is not an AU of FACS and is left out.

Source: AffectAnalysisGroup/PyAFAR, resources/readme/output_format.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from emotionet_tf.action_units import is_action_unit
from emotionet_tf.inference.other_tools.tool_format import Cells, Finished, ToolFormat
from emotionet_tf.inference.other_tools.tool_table import INTENSITY, PROBABILITY, ScoreColumn, ToolRow

_SCORE = re.compile(r"(Occ|Int)_au_(\d+)")
_KINDS = {"Occ": PROBABILITY, "Int": INTENSITY}


def _columns(names: Sequence[str]) -> tuple[list[ScoreColumn], list[str]]:
    found = [(name, match) for name in names if (match := _SCORE.fullmatch(name))]
    columns = [ScoreColumn(int(match[2]), _KINDS[match[1]], name) for name, match in found]
    left_out = [column.name for column in columns if not is_action_unit(column.au)]
    remarks = [f"{name} is left out: not an AU of FACS" for name in left_out]
    return [column for column in columns if column.name not in left_out], remarks


def _row(cells: Cells, name: str, line: int, source: str) -> ToolRow:
    person = cells.count("Person_ID") if "Person_ID" in cells.columns else 1
    return ToolRow(line, source, sequence=name, frame=cells.count("Frame"), face=person - 1)


def _finish(rows: list[ToolRow], columns: Sequence[ScoreColumn]) -> Finished:
    from_zero = {row.source for row in rows if row.frame == 0}
    rows = [
        replace(row, frame=row.frame + 1) if row.source in from_zero and row.frame is not None else row
        for row in rows
    ]
    remarks = []
    if not from_zero:
        remarks.append(
            "frames are taken to count from 1, as none is 0; --table_frame_offset=1 if yours count from 0"
        )
    return rows, remarks


PYAFAR = ToolFormat(
    "PyAFAR",
    "columns 'Frame' and Occ_au_1 or Int_au_6",
    lambda names: "Frame" in names and any(map(_SCORE.fullmatch, names)),
    _columns,
    _row,
    finish=_finish,
)
