"""What a person is told of a dataset's codes as they were read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from emotionet_tf.action_units import au_name
from emotionet_tf.label_lists.datasets.coded_sequences import SINGLE, CodedSequence
from emotionet_tf.label_lists.datasets.pictures import Offset

_MAX_LISTED = 150
"""Persons whose rows are listed."""


def rows_remark(path: str, title: str, sequences: Sequence[CodedSequence], aus: Iterable[int]) -> str:
    """Returns how many rows there are, of each person where the files say who is seen, and of which AUs."""
    rows = Counter[str]()
    for one in sequences:
        rows[one.person] += len(one.frames)
    counts = f"{path}: {title}, {sum(rows.values()):,} rows"
    names = " ".join(au_name(au).removeprefix("AU") for au in aus)
    persons = [f"{person} {count:,}" for person, count in rows.items() if person]
    if not persons:
        return f"{counts} in {len(sequences):,} sequences; AUs {names}"
    more = f" and {len(persons) - _MAX_LISTED} more" if len(persons) > _MAX_LISTED else ""
    listed = ", ".join(persons[:_MAX_LISTED]) + more
    return f"{counts} of {len(persons)} persons in {len(sequences):,} sequences ({listed}); AUs {names}"


def offset_remark(offset: Offset, sequences: Sequence[CodedSequence]) -> str:
    """Returns which picture shows a frame, and how that is known."""
    if all(one.covers == SINGLE for one in sequences):
        how = f"number {offset.value:+d}" if offset.value else "numbers"
        found = "" if offset.num_with_pictures else "; no picture of them is there"
        return f"the codes' {how} are the pictures'{found}"
    numbering = f"frame 1 is picture {1 + offset.value}"
    if not offset.num_with_pictures:
        return f"no picture of its sequences is there; that {numbering} is taken for granted"
    if not offset.num_checked:
        return f"{numbering}: taken for granted, the pictures' numbers fit other offsets as well (--frame_offset)"
    return f"{numbering}: so say first and last picture of {offset.num_checked:,} of {len(sequences):,} sequences"
