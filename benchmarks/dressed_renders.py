"""Cross-validates on rendered faces dressed as DISFA and as BP4D: `python -m benchmarks.dressed_renders --folder=DIR`.

Renders of 41 persons get the names, the pictures' names and the label files of the two datasets; DISFA has 27 of them.
They are aligned, and `cross_validate` trains and tests by the published three parts. AUs that the renderer lacks are
not coded in BP4D's files, and 0 in DISFA's. The scores say that everything is joined rightly, and nothing about real
faces. Ten to thirty minutes on two cores; run again, it resumes.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

from absl import flags

from benchmarks.dataset_dress import Row, dress_as_bp4d, dress_as_disfa
from emotionet_tf.cli import entry_point
from emotionet_tf.errors import UserError
from emotionet_tf.records.protocols.published_parts import BP4D_PERSONS

_FOLDER = flags.DEFINE_string("folder", None, "Folder for everything that is made.", required=True)
_NUM_PHOTOS = flags.DEFINE_integer(
    "num_photos", 820, "Rendered photos, 12 to 24 of each person.", lower_bound=1
)
_NUM_STEPS = flags.DEFINE_integer("num_steps", 1200, "Batches that each network trains on.", lower_bound=1)


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


if __name__ == "__main__":
    entry_point.run(main)
