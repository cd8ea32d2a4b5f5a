"""Who is seen on each labelled row: what intervals are drawn over."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.rows import LabelRow

BY_FOLDER = "folder"
"""In place of a regular expression: a person's photos or videos lie in a folder of their own."""

EACH_OWN = (
    "no list says who is seen: each photo counts as a person of its own, and intervals are too narrow where persons "
    "have several"
)


def persons_of(rows: Sequence[LabelRow], person_of: str | None = None) -> tuple[list[str], str]:
    """Returns the person of each row, and where they were taken from, in a sentence.

    Without a rule they are the labels' own. Where the labels do not name them, all frames of a video are one person's,
    and each photo is its own person.

    Args:
      rows: Of the label lists.
      person_of: `BY_FOLDER`, or a regular expression that is searched in the photo's path or the video's name; its
        first group, else all that it matches, is the person. None for the labels' own.
    Raises:
      UserError: If the expression is not valid, or a row has no person by the rule.
    """
    if person_of is not None:
        return _by_rule(rows, person_of)
    named = sum(bool(row.person) for row in rows)
    persons = [row.person or (row.frame.sequence if row.frame else row.example_id) for row in rows]
    if named == len(rows):
        return persons, "the labels name the persons"
    if named:
        return (
            persons,
            f"{len(rows) - named} of {len(rows)} rows have no person: each such photo or video is its own",
        )
    if all(row.frame for row in rows):
        return persons, "no list says who is seen: each video counts as a person of its own"
    return persons, EACH_OWN


def _by_rule(rows: Sequence[LabelRow], person_of: str) -> tuple[list[str], str]:
    if person_of == BY_FOLDER:
        return [_folder_of(row) for row in rows], "persons are the photos' or videos' folders"
    try:
        rule = re.compile(person_of)
    except re.error as error:
        raise UserError(f"--person_of={person_of} is not a regular expression: {error}") from error
    persons = []
    for row in rows:
        found = rule.search(_name_of(row))
        if found is None:
            raise UserError(f"--person_of={person_of} finds nothing in {_name_of(row)}")
        persons.append((found[1] if rule.groups else found[0]) or "")
    return persons, f"persons are what {person_of} finds in the photos' or videos' names"


def _name_of(row: LabelRow) -> str:
    return row.frame.sequence if row.frame else row.photo


def _folder_of(row: LabelRow) -> str:
    folder = PurePosixPath(_name_of(row)).parent
    if not folder.name:
        raise UserError(f"--person_of={BY_FOLDER}: {_name_of(row)} lies in no folder")
    return str(folder)
