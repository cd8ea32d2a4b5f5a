"""Which row of a program's table is about which labelled photo or frame."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from emotionet_tf.errors import UserError
from emotionet_tf.inference.comparison.name_matching import match_names
from emotionet_tf.inference.other_tools.tool_table import ToolRow, ToolTable
from emotionet_tf.label_lists.rows import LabelRow

BY_PICTURE, BY_FRAME, BY_TIME = "picture", "frame", "time"
WAYS = ("auto", BY_PICTURE, BY_FRAME, BY_TIME)

_Place = tuple[str, int]
"""A picture's path and 0, or a video's name and a frame's number."""


@dataclass(frozen=True)
class MatchRules:
    """How rows are matched.

    Attributes:
      way: One of `WAYS`; "auto" takes frames where both the table and the labels have some, else pictures.
      frame_offset: Added to the table's frame numbers.
      fps: Frames in a second, by which times become frame numbers; None where none is given.
      sequence_of: A regular expression that is searched in the table's names of videos; its first group, else all that
        it matches, is the labels' name. None takes the names as they are.
    """

    way: str = "auto"
    frame_offset: int = 0
    fps: float | None = None
    sequence_of: str | None = None


@dataclass(frozen=True, eq=False)
class MatchedRows:
    """A table beside the labels: each of its rows is matched, or counted in one of the numbers.

    Attributes:
      rows: [labels] object, the table's row for each labelled row, None where there is none.
      num_unlabelled: Rows of photos or frames that no label row is of.
      num_further_faces: Rows of other faces of a photo or frame than the surest.
      remarks: What looks odd.
    """

    rows: Sequence[ToolRow | None]
    num_unlabelled: int
    num_further_faces: int
    remarks: tuple[str, ...] = ()

    @property
    def num_matched(self) -> int:
        """Labelled rows with a row of the table, failed or not."""
        return sum(row is not None for row in self.rows)


def match_rows(labels: Sequence[LabelRow], table: ToolTable, name: str, rules: MatchRules) -> MatchedRows:
    """Returns the table's rows by the labels' rows.

    Of several faces the surest counts, of equally sure ones the first.

    Args:
      labels: The labels' rows.
      table: The table.
      name: What messages call the table.
      rules: How to match.
    Raises:
      UserError: If nothing matches, names are ambiguous, a way needs what table or labels do not have, or frames are
        places in a folder of fewer pictures than the labels' numbers go to.
    """
    by_frame = rules.way in (BY_FRAME, BY_TIME) or (
        rules.way == "auto" and any(row.sequence for row in table.rows) and any(row.frame for row in labels)
    )
    wanted = _frames_of(labels) if by_frame else {}
    faces: dict[_Place, list[ToolRow]] = defaultdict(list)
    for row in table.rows:
        faces[_frame_place(row, rules, name) if by_frame else (row.picture or row.sequence, 0)].append(row)
    found = _match_frames(faces, wanted) if by_frame else _match_pictures(faces, labels)
    if by_frame and rules.way != BY_FRAME and not rules.frame_offset:
        _refuse_places_in_folders(found, faces, wanted, name)
    if not found:
        raise UserError(_nothing_matches(labels, table.rows[0], name, by_frame))
    chosen: list[ToolRow | None] = [None] * len(labels)
    for place, index in found.items():
        chosen[index] = _surest(faces[place])
    matched = sum(len(faces[place]) for place in found)
    return MatchedRows(
        chosen,
        len(table.rows) - matched,
        matched - len(found),
        tuple(_odd_frames(found, labels) if by_frame else ()),
    )


def _frames_of(labels: Sequence[LabelRow]) -> dict[_Place, int]:
    frames = {(row.frame.sequence, row.frame.number): index for index, row in enumerate(labels) if row.frame}
    if not frames:
        raise UserError("the labels have no frames of videos: rows can be matched by picture only")
    return frames


def _frame_place(row: ToolRow, rules: MatchRules, name: str) -> _Place:
    sequence = row.sequence or row.picture
    if rules.sequence_of is not None:
        try:
            found = re.search(rules.sequence_of, sequence)
        except re.error as error:
            raise UserError(
                f"--sequence_of={rules.sequence_of} is not a regular expression: {error}"
            ) from error
        if found is None:
            raise UserError(f"--sequence_of={rules.sequence_of} finds nothing in {sequence} of {name}")
        sequence = found[1] if found.re.groups else found[0]
    if rules.way == BY_TIME or row.frame is None:
        if rules.fps is None:
            raise UserError(f"{name}: matching by time needs --fps, the video's frames in a second")
        if math.isnan(row.seconds):
            raise UserError(
                f"{name}: {row.place} has no time to match by; --match=frame takes its frame number"
            )
        return sequence, round(row.seconds * rules.fps) + 1 + rules.frame_offset
    return sequence, row.frame + rules.frame_offset


def _match_frames(faces: Mapping[_Place, list[ToolRow]], wanted: Mapping[_Place, int]) -> dict[_Place, int]:
    names = match_names((sequence for sequence, _ in faces), (sequence for sequence, _ in wanted))
    places = {place: (names.get(place[0], ""), place[1]) for place in faces}
    return {place: wanted[own] for place, own in places.items() if own in wanted}


def _refuse_places_in_folders(
    found: Mapping[_Place, int],
    faces: Mapping[_Place, list[ToolRow]],
    wanted: Mapping[_Place, int],
    name: str,
) -> None:
    """Raises UserError where a table's times are all 0, as OpenFace's of a folder, whose pictures have gaps.

    Its frame 3 is then the third picture, which the labels call 15 where it is the fifteenth frame of a video.
    """
    last: dict[str, int] = defaultdict(int)
    for sequence, number in wanted:
        last[sequence] = max(last[sequence], number)
    rows: dict[str, list[ToolRow]] = defaultdict(list)
    num_frames: dict[str, int] = defaultdict(int)
    for (sequence, number), own in faces.items():
        rows[sequence] += own
        num_frames[sequence] = max(num_frames[sequence], number)
    sequence_of = {index: sequence for (sequence, _), index in wanted.items()}
    for sequence, theirs in {place[0]: sequence_of[index] for place, index in found.items()}.items():
        is_of_folder = len(rows[sequence]) > 1 and all(row.seconds == 0 for row in rows[sequence])
        if is_of_folder and last[theirs] > num_frames[sequence]:
            raise UserError(
                f"{name}: {sequence} has {num_frames[sequence]} frames, all of time 0, as OpenFace numbers the "
                f"pictures of a folder (-fdir), and the labels have frames up to {last[theirs]}: run it on "
                "the video, or say that its numbers are the labels': --match=frame"
            )


def _match_pictures(faces: Mapping[_Place, list[ToolRow]], labels: Sequence[LabelRow]) -> dict[_Place, int]:
    """Matches by the photos' paths or by the rows' ids, whichever finds more."""
    best: dict[_Place, int] = {}
    for names_of in ([row.photo for row in labels], [row.example_id for row in labels]):
        index = {name: number for number, name in enumerate(names_of) if name}
        found = match_names((picture for picture, _ in faces), index)
        if len(found) > len(best):
            best = {place: index[found[place[0]]] for place in faces if place[0] in found}
    return best


def _surest(rows: Sequence[ToolRow]) -> ToolRow:
    scored = [row for row in rows if row.scores is not None]
    return max(scored or rows, key=lambda row: np.nan_to_num(row.confidence, nan=-1.0))


def _nothing_matches(labels: Sequence[LabelRow], row: ToolRow, name: str, by_frame: bool) -> str:
    first = next((one for one in labels if one.frame), labels[0]) if by_frame else labels[0]
    label = f"{first.frame.sequence}, frame {first.frame.number}" if by_frame and first.frame else first.photo
    advice = (
        "rename the files, or say --sequence_of and --table_frame_offset"
        if by_frame
        else "names need one end in common"
    )
    if not by_frame and row.sequence:
        advice = "the table is of videos, and these labels are of photos"
    return f"{name}: no row is of a labelled photo or frame; it has {row.place!r}, the labels {label!r}: {advice}"


def _odd_frames(found: Mapping[_Place, int], labels: Sequence[LabelRow]) -> list[str]:
    """Returns a remark where every video lacks just its first or just its last labelled frames: a sign of an offset."""
    wanted, seen = defaultdict(list), defaultdict(list)
    for row in labels:
        if row.frame:
            wanted[row.frame.sequence].append(row.frame.number)
    for index in found.values():
        if frame := labels[index].frame:
            seen[frame.sequence].append(frame.number)
    first = {min(numbers) - min(wanted[one]) for one, numbers in seen.items()}
    last = {max(wanted[one]) - max(numbers) for one, numbers in seen.items()}
    missing = [(shift, "first", 1) for shift in first] if last == {0} and len(first) == 1 else []
    missing += [(shift, "last", -1) for shift in last] if first == {0} and len(last) == 1 else []
    return [
        f"in every video just the {end} {shift} labelled frames have no row: do frames count from the same number? "
        f"--table_frame_offset={-sign * shift} would move them"
        for shift, end, sign in missing
        if shift
    ]
