"""Cross-validates on rendered faces dressed as DISFA and as BP4D: `python -m benchmarks.dressed_renders --folder=DIR`.

Renders of 41 persons get the names, the pictures' names and the label files of the two datasets; DISFA has 27 of them.
They are aligned, and `cross_validate` trains and tests by the published three parts. AUs that the renderer lacks are
not coded in BP4D's files, and 0 in DISFA's. The scores say that everything is joined rightly, and nothing about real
faces. Ten to thirty minutes on two cores; run again, it resumes.
"""

from __future__ import annotations

import csv
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from absl import flags

from emotionet_tf.action_units import au_name
from emotionet_tf.au_sets import AU_SETS
from emotionet_tf.cli import entry_point
from emotionet_tf.errors import UserError
from emotionet_tf.records.protocols.published_parts import BP4D_PERSONS, DISFA_PERSONS

_FOLDER = flags.DEFINE_string("folder", None, "Folder for everything that is made.", required=True)
_NUM_PHOTOS = flags.DEFINE_integer(
    "num_photos", 820, "Rendered photos, 12 to 24 of each person.", lower_bound=1
)
_NUM_STEPS = flags.DEFINE_integer("num_steps", 1200, "Batches that each network trains on.", lower_bound=1)

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


def main(arguments: list[str]) -> None:
    """Renders, dresses, aligns and cross-validates."""
    entry_point.refuse_arguments(arguments)
    folder = Path(_FOLDER.value)
    sizes = ("--size_px_min=128", "--size_px_max=180")
    none = [f"--num_{name}=0" for name in ("train", "opt", "val", "test")]
    renders = folder / "renders"
    _run("synthesize", f"--output_dir={renders}", *none, f"--num_identity={_NUM_PHOTOS.value}", *sizes)
    by_person: dict[str, list[Row]] = {}
    with (renders / "truth.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            by_person.setdefault(row["identity"], []).append(row)
    if len(by_person) < len(BP4D_PERSONS):
        raise UserError(
            f"{len(BP4D_PERSONS)} persons are needed, the renders have {len(by_person)}: more photos"
        )
    persons = list(by_person.values())
    for dataset, dress, labels in (
        ("disfa", dress_as_disfa, "ActionUnit_Labels"),
        ("bp4d", dress_as_bp4d, "AUCoding"),
    ):
        dressed = folder / dataset
        dress(persons, renders / "photos", dressed)
        faces = dressed / "faces"
        _run(
            "align_faces", f"--photos_dir={dressed / 'photos'}", f"--output_dir={faces}", "--crop_size_px=72"
        )
        _run(
            "cross_validate",
            f"--protocol={dataset}_3parts",
            f"--faces_dir={faces}",
            f"--labels={dressed / labels}",
            f"--dataset={dataset}",
            f"--output_dir={dressed / 'run'}",
            "--",
            *("--backbone=ownnet3", "--image_size_px=64", f"--num_steps={_NUM_STEPS.value}"),
            *("--optimizer=adam", "--learning_rate=0.001", "--norm_momentum=0.95"),
        )


def _run(*command: str) -> None:
    subprocess.run([sys.executable, "-m", "emotionet_tf", *command], check=True, env=dict(os.environ))


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        shutil.copyfile(source, target)


def _write(path: Path, lines: Sequence[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    entry_point.run(main)
