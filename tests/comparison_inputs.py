"""Label lists and tables of programs for comparisons, of a few rows."""

import numpy as np

from emotionet_tf.inference.other_tools.tool_table import PRESENCE, ScoreColumn, ToolRow, ToolTable
from emotionet_tf.label_lists.rows import Frame, LabelList, LabelRow


def label_row(name: str, values: dict[int, float | None], **others) -> LabelRow:
    """A photo's labels by AU; None is unknown."""
    aus = tuple(sorted(values))
    labels = np.array([values[au] or 0 for au in aus], np.float32)
    mask = np.array([values[au] is not None for au in aus], np.float32)
    return LabelRow(name, name, labels, mask, aus=aus, **others)


def frame_row(sequence: str, number: int, values: dict[int, float | None], **others) -> LabelRow:
    """A frame's labels by AU."""
    return label_row(f"{sequence}@{number}", values, frame=Frame(sequence, number), **others)


def label_list(rows: list[LabelRow]) -> LabelList:
    return LabelList(rows, [], "test", rows[0].aus, aus=rows[0].aus)


def tool_row(scores: list[float] | None, **place) -> ToolRow:
    return ToolRow(2, "t.csv", scores=None if scores is None else np.array(scores, float), **place)


def tool_table(rows: list[ToolRow], *columns: ScoreColumn) -> ToolTable:
    return ToolTable("a program", columns or (ScoreColumn(12, PRESENCE, "AU12_c"),), tuple(rows), ())
