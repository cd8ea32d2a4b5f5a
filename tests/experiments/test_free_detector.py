import csv
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import warm_commands
from small_ownnet import build_small

from emotionet_tf.action_units import ACTION_UNITS
from emotionet_tf.experiments.free_detector.free_data import FREE_RECORDS
from emotionet_tf.experiments.free_detector.plan import (
    ASKED,
    LINEAGES,
    LOOKS,
    SHIPPED_ASKED,
    SHIPPED_AUS,
    STUDENT_HEADS,
    Making,
)
from emotionet_tf.experiments.free_detector.scales import SCALES
from emotionet_tf.experiments.runner.nodes import Node, parents
from emotionet_tf.faces.table import read_face_table
from emotionet_tf.inference.landmarker_labels.face_labels import LABELLERS
from emotionet_tf.label_lists.formats.plain_csv import write_plain_csv
from emotionet_tf.label_lists.photo_ids import example_id
from emotionet_tf.label_lists.reading import read_label_list
from emotionet_tf.label_lists.rows import LabelRow
from emotionet_tf.models import load_model
from emotionet_tf.models.backbones import ownnet

TINY = replace(
    SCALES["small"],
    num_renders=40,
    num_steps={"teacher": 4, "student": 4, "pose": 4},
    interval_steps=4,
    level="relu1:2",
)
NUM_FREE = 70
LABELLING = ("free/label", "free_mesh/label", "free_furrows/label")


def making(free_photos: Path) -> Making:
    return Making(TINY, free_photos)


def all_nodes(made: Making) -> list[Node]:
    return [*made.training_nodes(), *made.packing_nodes(), *made.scoring_nodes()]


@pytest.mark.parametrize("scale", SCALES.values(), ids=SCALES)
def test_student_learns_from_renders_and_from_every_labeller_of_the_free_faces(scale):
    nodes = {node.name: node for node in all_nodes(Making(scale, Path("photos")))}
    above = parents(list(nodes.values()))
    for lineage in LINEAGES:
        assert set(above[f"train/student_{lineage}"]) == {
            "data/records_opt",
            "free/records",
            "free_mesh/records",
            f"label/teacher_{lineage}",
            f"train/teacher_{lineage}",
        }
        student = nodes[f"train/student_{lineage}"].arguments
        sources = [flag.split("=")[1] for flag in student if flag.startswith("--source=")]
        assert sources == list(STUDENT_HEADS)
        assert f"--seed={lineage}" in nodes[f"train/teacher_{lineage}"].arguments
        assert f"--seed={lineage + 1}" in student
    assert "--mixture=everyday_26" in nodes["data/synthesize"].arguments
    # The fusion of the students labels the free faces for the last one, which is packed.
    assert {*above["label/fusion"]} == {"ask/student_0", "ask/student_1", "ask/student_2", "free/records"}
    assert {"label/fusion", "train/teacher_0", "free_mesh/records"} < {*above["train/distilled"]}
    assert above["pack/expression"] == ("refit/distilled", "free/records")
    # No head is fitted to another network's labels; the last student's head for the fusion's is asked as trained.
    labelled = {"data/records_opt", "free/records", "free_mesh/records"}
    for name in ("student_0", "student_1", "student_2"):
        assert set(above[f"refit/{name}"]) == {f"adapt/{name}", *labelled}
    assert set(above["refit/distilled"]) == {"adapt/distilled", "free_furrows/records", *labelled}
    last = nodes["refit/distilled"].arguments
    assert {"--new_head=furrows", "--level=relu4:2", "--level_aus=4"} < {*last}
    asked = [
        flag.split("=")[1].split(":")[0] for flag in nodes["pack/expression"].arguments if "--head=" in flag
    ]
    assert asked == ["taught", "renders", "blendshapes", "mesh", "furrows"]
    assert all(set(SHIPPED_ASKED[name]) <= set(labeller.rules) for name, labeller in LABELLERS.items())
    assert "--neutral_share_of=12:0.01" in nodes["pack/expression"].arguments
    assert not any("share_of" in flag for flag in nodes["pack/pose"].arguments)


def test_every_shipped_au_has_a_head_that_is_asked_for_it():
    assert set(SHIPPED_AUS["expression"]) <= {au for aus in ASKED.values() for au in aus}


DRIVER = """
import sys
from pathlib import Path
from emotionet_tf.experiments.free_detector.provenance import write_provenance
from emotionet_tf.experiments.free_detector.report import write_report
from emotionet_tf.experiments.runner.run import run_nodes
from small_ownnet import shrink_ownnet
from test_free_detector import LABELLING, making
from warm_starts import start_commands_warm

start_commands_warm()
shrink_ownnet()
root, free_photos = Path(sys.argv[1]), Path(sys.argv[2])
made = making(free_photos)
nodes = [node for node in made.training_nodes() if node.name not in LABELLING]
run_nodes(nodes, root / "state", show_output=True)
write_provenance(root, nodes, root / "state", free_photos)
run_nodes([*made.packing_nodes(), *made.scoring_nodes()], root / "state", show_output=True)
write_report(root)
"""


def render_free_photos(folder: Path) -> Path:
    """Renders photos in place of free ones; returns their folder."""
    flags = ["--num_train=0", f"--num_opt={NUM_FREE}", "--num_val=0", "--num_test=0", "--seed=9"]
    sizes = ["--size_px_min=96", "--size_px_max=128"]
    done = warm_commands.run(
        ["-m", "emotionet_tf.bin.synthesize", f"--output_dir={folder}", *flags, *sizes], timeout=600
    )
    assert done.returncode == 0, done.stderr
    return folder / "photos"


@pytest.mark.slow
def test_weights_are_made_from_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(ownnet, "build_ownnet", build_small)
    free_photos = render_free_photos(tmp_path / "free")
    # In place of MediaPipe, whose model file no test has: all its AUs on each third face.
    photos = sorted(str(path.relative_to(free_photos)) for path in free_photos.rglob("*.jpg"))
    root = tmp_path / "made"
    root.mkdir()
    for labeller, dataset in FREE_RECORDS.items():
        columns, rows = [ACTION_UNITS.index(au) for au in LABELLERS[labeller].rules], []
        for number, name in enumerate(photos):
            labels, mask = np.zeros(23, np.float32), np.zeros(23, np.float32)
            labels[columns], mask[columns] = number % 3 == 0, 1
            rows.append(LabelRow(example_id(name), name, labels, mask))
        write_plain_csv(root / f"{dataset}.csv", rows)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    done = warm_commands.run(["-c", DRIVER, root, free_photos], env=environment, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    expression, pose = (load_model(root / "weights" / "fast" / group) for group in ("expression", "pose"))
    assert (expression.config.aus, len(expression.config.heads)) == (SHIPPED_AUS["expression"], 1)
    assert pose.config.aus == SHIPPED_AUS["pose"]
    assert (expression.config.looks, pose.config.looks) == (LOOKS["expression"], ())
    again = warm_commands.run(["-c", DRIVER, root, free_photos], env=environment, timeout=600)
    assert again.returncode == 0, again.stderr
    assert again.stdout.count("done before") == len(all_nodes(making(free_photos))) - len(LABELLING)
    provenance = json.loads((root / "weights/fast/expression/weights.json").read_text())["provenance"]
    num_found = sum(row.found for row in read_face_table(root / "free_faces" / "faces.csv"))
    assert provenance["records"]["free"]["num_faces"] == num_found >= 64
    commands = [step["command"] for step in provenance["steps"]]
    assert sum("align_faces --photos_dir=FREE_PHOTOS" in command for command in commands) == 1
    assert str(tmp_path) not in json.dumps(provenance)
    assert provenance["calibration"]["num_neutral_faces"] > 0
    report = (root / "report.md").read_text()
    # Every third of the free faces shows each AU that a labeller knows.
    num_present = sum(row["AU12"] == "1" for row in csv.DictReader((root / "free.csv").open()))
    labels = read_label_list(root / "records" / "free" / "rows.csv").rows
    num_kept = sum(int(row.labels[ACTION_UNITS.index(12)]) for row in labels)
    for au in ("AU12", "AU01"):
        assert f"| {au} | {num_kept} | {len(labels) - num_kept} | 0 |" in report and num_kept <= num_present
    assert "| AU06 | taught + renders + blendshapes + mesh | 0.0020 |" in report
    assert "python -m emotionet_tf.bin.train" in report and str(tmp_path) not in report
