"""SIAT-NTU's whole system at the demo scale: two pre-trainings, a training on both, predictions, thresholds."""

import json
import os
import shutil
from pathlib import Path

import pytest
import warm_commands

from emotionet_tf.errors import UserError
from emotionet_tf.experiments.reproduction import reproduction_of
from emotionet_tf.inference.prediction_files import read_predictions
from emotionet_tf.records.splits import Split
from emotionet_tf.records.writing.au_records import RecordsConfig, write_records
from emotionet_tf.records.writing.class_records import ClassRecordsConfig, write_class_records

ROOT = Path(__file__).parent.parent.parent
# A network of one convolution stands for ResNet-18: it is quicker to trace. The commands are forks of the runner.
DRIVER = """
from dataclasses import replace
from pathlib import Path
from emotionet_tf.cli import entry_point
from emotionet_tf.experiments.reproduction import choose, reproduction_of, start
from emotionet_tf.experiments.runner.run import run_nodes
from emotionet_tf.experiments.siat_ntu2020 import scales
from small_ownnet import shrink_ownnet
from warm_starts import start_commands_warm

def main(arguments):
    import emotionet_tf.training.train
    start_commands_warm()
    shrink_ownnet()
    demo = scales.SCALES["demo"]
    network = replace(demo.networks[demo.selected], backbone="ownnet1")
    scales.SCALES["demo"] = replace(demo, networks={**demo.networks, demo.selected: network})
    root, records = map(Path, arguments[1:])
    run = reproduction_of(root, paper="siat_ntu2020", scale="demo", records_dir=records)
    start(run)
    nodes = choose(run.paper, run.nodes(), ["align-both-balanced"])
    run_nodes(nodes, run.layout.state, jobs=2)

entry_point.run(main)
"""


@pytest.fixture
def records_dir(make_labelled_faces, tmp_path) -> Path:
    """Returns all records folders that the paper needs; boxes are the registered crops once more."""
    folder = tmp_path / "records"
    faces_dir = ""
    for dataset, num_photos, split in (("opt", 40, Split(0.3)), ("test", 16, Split())):
        faces, labels = make_labelled_faces(tmp_path / dataset, num_photos, size_px=40)
        write_records(
            RecordsConfig(
                faces_dir=str(faces),
                dataset=dataset,
                output_dir=str(folder),
                split=split,
                label_files=(str(labels),),
            )
        )
        faces_dir = faces_dir or str(faces)
    classes = tmp_path / "classes.csv"
    rows = [f"opt_{index:04d}.jpg,class {index % 4}" for index in range(40)]
    classes.write_text("\n".join(["path,class", *rows]) + "\n", encoding="utf-8")
    for dataset in ("identity", "expression"):
        write_class_records(
            ClassRecordsConfig(
                faces_dir=faces_dir,
                dataset=dataset,
                output_dir=str(folder),
                split=Split(0.3),
                classes=str(classes),
            )
        )
    for dataset in ("opt-train", "opt-val", "test"):
        boxes = Path(shutil.copytree(folder / dataset, folder / "box" / dataset)) / "dataset.json"
        content = json.loads(boxes.read_text(encoding="utf-8"))
        boxes.write_text(json.dumps({**content, "framing": "box"}), encoding="utf-8")
    return folder


def test_records_of_another_kind_or_framing_are_named(records_dir, tmp_path):
    def error() -> str:
        with pytest.raises(UserError) as raised:
            reproduction_of(tmp_path / "run", paper="siat_ntu2020", scale="demo", records_dir=records_dir)
        return str(raised.value)

    run = reproduction_of(tmp_path / "run", paper="siat_ntu2020", scale="demo", records_dir=records_dir)
    assert run.evaluated == ("opt-val", "test")
    shutil.rmtree(records_dir / "box" / "opt-val")
    shutil.copytree(records_dir / "opt-val", records_dir / "box" / "opt-val")
    assert "box/opt-val holds crops of framing registered; run align_faces with --framing=box" in error()
    shutil.rmtree(records_dir / "identity-val")
    shutil.copytree(records_dir / "opt-val", records_dir / "identity-val")
    shutil.rmtree(records_dir / "box" / "opt-val")
    assert "lacks box/opt-val" in error()
    shutil.copytree(records_dir / "box" / "opt-train", records_dir / "box" / "opt-val")
    assert "identity-val has to hold class records, of write_class_records" in error()


@pytest.mark.slow
def test_whole_system_runs_from_its_transfers_to_its_thresholds(records_dir, tmp_path):
    run = tmp_path / "run"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, Path(__file__).parent)))}
    done = warm_commands.run(["-c", DRIVER, run, records_dir], env=environment, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    untuned, tuned = (
        read_predictions(run / "predictions" / key / "seed0" / "test.csv")
        for key in ("sampling-selective", "align-both-balanced")
    )
    assert len(tuned.ids) == 16
    assert (tuned.scores == untuned.scores).all()
    assert tuned.has_own_thresholds
    assert not untuned.has_own_thresholds
    log = (run / "state" / "train" / "sampling-selective" / "seed0.log").read_text(encoding="utf-8")
    for task in ("identity", "expression"):
        assert f"starts from {run}/pretraining/models/ownnet1-{task}/seed0, trained for {task}" in log
