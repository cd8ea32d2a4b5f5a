"""Rendered photos in the layouts of DISFA and BP4D: names of persons and pictures, and label files."""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from emotionet_tf.action_units import au_name
from emotionet_tf.au_sets import AU_SETS
from emotionet_tf.records.protocols.published_parts import BP4D_PERSONS, DISFA_PERSONS

_FIRST_FRAME = 17
_NOT_CODED = 9

Row = Mapping[str, str]
"""A row of the renders' truth table."""


def intensity_of(row: Row, au: int) -> int | None:
    """Returns an AU's intensity as coders give it: 0 if it is absent, else 2 to 5; None if the renderer lacks it."""
    label = row.get(au_name(au))
    if label not in ("0", "1"):
        return None
    return 0 if label == "0" else min(5, max(2, math.ceil(5 * float(row[f"{au_name(au)}_intensity"]))))


def dress_as_disfa(by_person: Sequence[Sequence[Row]], photos: Path, folder: Path) -> None:
    """Writes `photos` and `ActionUnit_Labels` as DISFA has them, its pictures counted from 0."""
    for person, rows in zip(DISFA_PERSONS, by_person, strict=False):
        for number, row in enumerate(rows):
            _copy(photos / row["path"], folder / "photos" / person / f"{number}.jpg")
        for au in AU_SETS["disfa"]:
            lines = [f"{frame},{intensity_of(row, au) or 0}\n" for frame, row in enumerate(rows, start=1)]
            _write(folder / "ActionUnit_Labels" / person / f"{person}_au{au}.txt", lines)


def dress_as_bp4d(by_person: Sequence[Sequence[Row]], photos: Path, folder: Path) -> None:
    """Writes `photos` and `AUCoding` as BP4D has them: two tasks a person, whose coded frames begin later than 1."""
    for person, rows in zip(BP4D_PERSONS, by_person, strict=False):
        half = (len(rows) + 1) // 2
        for task, own in (("T1", rows[:half]), ("T6", rows[half:])):
            lines = [",".join(map(str, range(100))) + "\n"]
            for frame, row in enumerate(own, start=_FIRST_FRAME):
                _copy(photos / row["path"], folder / "photos" / person / task / f"{frame:04d}.jpg")
                lines.append(",".join(map(str, (frame, *map(_bp4d_code, [row] * 99, range(1, 100))))) + "\n")
            _write(folder / "AUCoding" / "AU_OCC" / f"{person}_{task}.csv", lines)


def _bp4d_code(row: Row, au: int) -> int:
    intensity = intensity_of(row, au) if au in AU_SETS["bp4d"] else None
    return _NOT_CODED if intensity is None else int(intensity > 0)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        shutil.copyfile(source, target)


def _write(path: Path, lines: Sequence[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines), encoding="utf-8")
