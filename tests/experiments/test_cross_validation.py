"""Cross-validation by person, on little pictures dressed as DISFA and as BP4D."""

import csv
import json
import os
import signal
import time
from pathlib import Path

import dressed_datasets
import numpy as np
import pytest
import warm_commands

from emotionet_tf.action_units import au_name
from emotionet_tf.errors import UserError
from emotionet_tf.experiments.cross_validation.intensities import PartIntensities, cross_intensities
from emotionet_tf.experiments.cross_validation.plan import model_of, plan, predictions_of
from emotionet_tf.experiments.cross_validation.report import format_results
from emotionet_tf.experiments.cross_validation.results import read_results, to_dict
from emotionet_tf.experiments.cross_validation.scores import CrossScores, PartRows, in_common_columns
from emotionet_tf.experiments.cross_validation.settings import CrossValidation
from emotionet_tf.experiments.runner.nodes import parents
from emotionet_tf.inference.comparison.intensity_measures import row_terms
from emotionet_tf.inference.prediction_files import Predictions, write_predictions
from emotionet_tf.label_lists.reading import read_label_list
from emotionet_tf.records.protocols.choice import ProtocolChoice
from emotionet_tf.records.protocols.published_parts import DISFA_PERSONS, PUBLISHED
from emotionet_tf.records.writing.au_records import write_records

TINY = (
    *("--backbone=ownnet1", "--image_size_px=32", "--num_steps=12", "--batch_size=8", "--dropout=0"),
    *("--optimizer=adam", "--learning_rate=0.02", "--norm_momentum=0.8"),
    *("--validation_interval_steps=4", "--checkpoint_interval_steps=4"),
)
DISFA_PARTS = PUBLISHED["disfa_3parts"].tested


def config_of(folder: Path, dressed: tuple[Path, Path], protocol: str, **changes: object) -> CrossValidation:
    faces, labels = dressed
    values = dict(
        faces_dir=str(faces),
        label_files=(str(labels),),
        dataset="tested",
        output_dir=str(folder),
        parts=ProtocolChoice(protocol),
        training_flags=TINY,
    )
    return CrossValidation(**{**values, **changes})


def rows_of(part: str, persons: list[str], labels: list[int], decisions: list[int], **changes) -> PartRows:
    """Rows of one AU, all known, all with a face."""
    column = [np.array(values, float)[:, None] for values in (labels, np.ones(len(labels)), decisions)]
    values = dict(zip(("labels", "mask", "decisions"), column, strict=True))
    has_face = np.ones(len(labels), bool)
    return PartRows(part, (12,), np.array(persons), **{"has_face": has_face, **values, **changes})


def test_mean_over_parts_and_pooled_f1_are_two_numbers():
    # First part: TP 1, FP 0, FN 1: F1 2/3. Second: TP 3, FP 1, FN 0: 6/7. Pooled: TP 4, FP 1, FN 1: 8/10.
    scores = CrossScores(
        (
            rows_of("one", ["a"] * 4, [1, 1, 0, 0], [1, 0, 0, 0]),
            rows_of("two", ["b"] * 4, [1, 1, 1, 0], [1, 1, 1, 1]),
        )
    )
    assert scores.part_means["f1"] == pytest.approx([(2 / 3 + 6 / 7) / 2])
    assert scores.pooled.values["f1"] == pytest.approx([0.8])
    assert scores.part_means["accuracy"] == pytest.approx([0.75]) and scores.pooled.values[
        "accuracy"
    ] == pytest.approx([0.75])
    # Always present, of 5 in 8: precision 5/8, recall 1.
    assert scores.always_present_f1 == pytest.approx([2 * (5 / 8) / (1 + 5 / 8)])


def test_part_in_which_nothing_is_known_of_an_au_is_in_no_mean():
    unknown = rows_of("two", ["b", "b"], [0, 0], [1, 1], mask=np.zeros((2, 1)))
    scores = CrossScores((rows_of("one", ["a", "a"], [1, 1], [1, 0]), unknown))
    assert scores.part_means["f1"] == pytest.approx([2 / 3]) and scores.pooled.num_known == [2]


def test_interval_is_of_persons_and_holds_the_pooled_score():
    parts = [
        rows_of(name, [f"{name}{index % 5}" for index in range(40)], *values.tolist())
        for name, values in zip("xy", np.random.default_rng(0).integers(0, 2, (2, 2, 40)), strict=True)
    ]
    low, high = CrossScores(tuple(parts)).pooled_f1_interval()
    assert 0 <= low < CrossScores(tuple(parts)).pooled.values["f1"][0] < high <= 1
    assert np.isnan(CrossScores((rows_of("one", ["a"], [1], [1]),)).pooled_f1_interval()).all()


def test_only_aus_that_all_parts_have_are_scored():
    two = PartRows("two", (6, 12), np.array(["b"]), np.array([True]), *(np.array([[1, 0]]),) * 3)
    one, other = in_common_columns([rows_of("one", ["a"], [1], [1]), two])
    assert one.aus == other.aus == (12,) and other.labels.tolist() == [[0]]


def test_commands_train_on_all_other_parts_and_test_the_last_network(tmp_path):
    planned = plan(config_of(tmp_path / "run", dressed_datasets.dress_as_disfa(tmp_path, 2), "disfa_3parts"))
    nodes = {node.name: node for node in planned.nodes()}
    assert list(nodes) == ["records"] + [
        f"{what}/{part}" for part in DISFA_PARTS for what in ("train", "predict")
    ]
    above = parents(list(nodes.values()))
    assert above["train/part_of_SN003"] == ("records",)
    assert above["predict/part_of_SN003"] == ("train/part_of_SN003", "records")
    train = nodes["train/part_of_SN003"].arguments
    assert [flag for flag in train if "source" in flag] == [
        "--source=tested={run}/records/tested-without-part_of_SN003"
    ]
    assert "--aus=1,2,4,6,9,12,25,26" in train and not any("val_records" in flag for flag in train)
    assert train.index("--group=expression") < train.index(TINY[0])
    assert "--which=last" in nodes["predict/part_of_SN003"].arguments


def test_fera_2015_tests_the_development_persons_only(tmp_path):
    dressed = dressed_datasets.dress_as_bp4d(tmp_path, 2)
    planned = plan(config_of(tmp_path / "run", dressed, "bp4d_fera2015"))
    assert [node.name for node in planned.nodes()] == [
        "records",
        "train/fera2015_devel",
        "predict/fera2015_devel",
    ]


def test_protocol_that_does_not_fit_the_persons_ends_the_plan(tmp_path):
    dressed = dressed_datasets.dress_as_disfa(tmp_path, 1, ("SN001", "SN003", "SN006", "SN099"))
    with pytest.raises(
        UserError, match="disfa_3parts has no part for SN099;.*leave_one_person_out or k_parts"
    ):
        plan(config_of(tmp_path / "run", dressed, "disfa_3parts"))
    parts = plan(config_of(tmp_path / "run", dressed, "leave_one_person_out")).protocol.tested
    assert parts == ("person_SN001", "person_SN003", "person_SN006", "person_SN099")


def test_aus_that_a_training_has_no_label_of_are_not_learnt(tmp_path):
    faces, _ = dressed_datasets.dress_as_disfa(tmp_path, 1, ("SN001", "SN003", "SN006"))
    # AU12 is known of all three, AU7 of two, AU6 of one: whoever is tested on it has learnt it from nobody.
    codes = {"SN001": "1,1,1", "SN003": "0,1,", "SN006": "1,,"}
    lines = [f"{person}/0.jpg,{person},{one}\n" for person, one in codes.items()]
    (tmp_path / "list.csv").write_text("path,person,AU12,AU07,AU06\n" + "".join(lines))
    dressed = faces, tmp_path / "list.csv"
    assert plan(config_of(tmp_path / "run", dressed, "leave_one_person_out")).aus == (7, 12)
    (tmp_path / "list.csv").write_text("path,person,AU07\nSN001/0.jpg,SN001,1\nSN003/0.jpg,SN003,\n")
    with pytest.raises(UserError, match="no AU has a label in every training's parts"):
        plan(config_of(tmp_path / "run", dressed, "leave_one_person_out"))


def test_no_protocol_is_refused():
    with pytest.raises(UserError, match="--protocol must be given, one of disfa_3parts"):
        CrossValidation(faces_dir="f", label_files=("l",), dataset="d", output_dir="o")


def test_results_count_rows_without_face_as_absent_and_say_both_numbers(tmp_path):
    config = config_of(tmp_path / "run", dressed_datasets.dress_as_disfa(tmp_path, 3), "disfa_3parts")
    planned = plan(config)
    write_records(config.records_config())
    # A perfect prediction of AU12, always present of AU1; photos without a face get 0, as predict_records writes it.
    lists = {}
    for part in planned.protocol.tested:
        path = config.root / planned.records_of(part) / "rows.csv"
        rows = read_label_list(path).rows
        lists[part] = list(csv.DictReader(path.open()))
        found = np.array([row["found"] == "1" for row in lists[part]], float)
        present = np.array([row.labels[row.aus.index(12)] for row in rows])
        scores = np.stack([found, present * found], axis=1)
        (config.root / "predictions").mkdir(exist_ok=True)
        # Intensities the wrong way round, none without a face.
        intensities = 5 - np.array([row.intensities[row.aus.index(12)] for row in rows])
        intensities[found == 0] = np.nan
        ids = tuple(row.example_id for row in rows)
        predictions = Predictions(ids, (1, 12), scores, intensities={12: intensities})
        write_predictions(config.root / predictions_of(part), predictions)
    results = read_results(planned)
    content = to_dict(results)
    assert content["aus"] == ["AU01", "AU12"]
    assert content["aus_without_score"] == ["AU02", "AU04", "AU06", "AU09", "AU25", "AU26"]
    assert content["num_rows"] == 81 and content["num_without_face"] == 6
    assert content["rows_with_a_face"]["pooled"]["f1_per_au"]["AU12"] == 1
    missed = [row for rows in lists.values() for row in rows if row["found"] == "0" and row["AU12"] == "1"]
    num_present = sum(row["AU12"] == "1" for rows in lists.values() for row in rows)
    assert missed
    recall = 1 - len(missed) / num_present
    assert content["all_rows"]["pooled"]["f1_per_au"]["AU12"] == pytest.approx(2 * recall / (1 + recall))
    agreement = content["intensities"]
    assert agreement["pooled"]["rows_per_au"] == {"AU12": 75}
    assert [agreement[way]["icc"] for way in ("mean_over_parts", "pooled")] == pytest.approx([-1, -1])
    text = format_results(results)
    assert "ICC(3,1): mean over parts" in text
    assert "81 rows, 6 of them without a face, which count as absent" in text
    assert "JAA-Net 126,144" in text and "AU02, AU04" in text


def test_command_hands_flags_on_and_keeps_those_that_it_decides(tmp_path):
    faces, labels = dressed_datasets.dress_as_disfa(tmp_path, 1)
    (tmp_path / "train.flags").write_text("--num_steps=7\n--backbone=ownnet3\n")
    own = [f"--faces_dir={faces}", f"--labels={labels}", "--dataset=d", "--protocol=disfa_3parts"]
    start = ["-m", "emotionet_tf.bin.cross_validate", *own, f"--output_dir={tmp_path / 'run'}", "--dry_run"]
    flagfile = f"--train_flagfile={tmp_path / 'train.flags'}"
    done = warm_commands.run([*start, flagfile, "--", "--num_steps=9"], timeout=100)
    assert done.returncode == 0, done.stderr
    (first, *_) = [line for line in done.stdout.splitlines() if "bin.train" in line]
    flags = first.split()
    assert flags.index("--num_steps=7") < flags.index("--num_steps=9") and "--backbone=ownnet3" in flags
    assert not (tmp_path / "run").exists()
    refused = warm_commands.run(start, timeout=100)
    assert refused.returncode == 2 and "the training's settings are missing" in refused.stderr


def test_agreement_of_intensities_is_by_part_and_pooled():
    coded, predicted = np.array([0, 1, 2, 3.0]), np.array([1, 2, 3, 4.0])
    parts = {
        "one": PartIntensities({12: row_terms(coded, predicted).sum(axis=0), 6: np.ones(7)}),
        "two": PartIntensities({12: row_terms(coded, coded[::-1]).sum(axis=0)}),
    }
    found = cross_intensities(parts)
    assert found.aus == (12,) and found.num_rows.tolist() == [8]
    # One grade too high throughout: ICC(3,1) 1, MAE 1. Reversed: ICC -1, MAE (3 + 1 + 1 + 3) / 4.
    assert found.part_means["icc"] == pytest.approx([0]) and found.part_means["mae"] == pytest.approx([1.5])
    # Pooled: means 1.5 and 2, variances 1.25 and 1.5, covariance (20 + 4) / 8 - 3 = 0.
    assert found.pooled["icc"] == pytest.approx([0]) and found.pooled["mse"] == pytest.approx([(4 + 20) / 8])
    assert cross_intensities({"one": parts["one"], "two": PartIntensities({})}) is None


DRIVER = """
import sys
from pathlib import Path
from emotionet_tf.errors import StoppedError, UserError
from emotionet_tf.experiments.cross_validation.run import cross_validate
from test_cross_validation import config_of
from small_ownnet import shrink_ownnet
from warm_starts import start_commands_warm

shrink_ownnet()
start_commands_warm()
run, faces, labels, protocol = sys.argv[1:]
try:
    cross_validate(config_of(Path(run), (Path(faces), Path(labels)), protocol))
except StoppedError:
    sys.exit(75)
except UserError as error:
    print(error, file=sys.stderr)
    sys.exit(2)
"""
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, Path(__file__).parents[:2]))}


def command(run: Path, dressed: tuple[Path, Path], protocol: str) -> list[object]:
    return ["-c", DRIVER, run, *dressed, protocol]


def check_run(run: Path, parts: tuple[str, ...]) -> dict:
    """Checks that nobody was on both sides and that the scores are those of the prediction files; returns them."""
    content = json.loads((run / "scores.json").read_text())
    f1s, pooled = [], []
    for part in parts:
        settings = json.loads((run / model_of(part) / "run.json").read_text())["settings"]
        (source,) = settings["sources"]
        learnt = list(csv.DictReader((Path(source["records_dir"]) / "rows.csv").open()))
        tested = list(csv.DictReader((run / "records" / f"tested-{part}" / "rows.csv").open()))
        assert not {row["person"] for row in learnt} & {row["person"] for row in tested}
        assert {row["person"] for row in tested} == set(content["tested"][part])
        predicted = {row["id"]: row for row in csv.DictReader((run / predictions_of(part)).open())}
        counts = np.zeros((len(content["aus"]), 3))
        for row in tested:
            for index, au in enumerate(content["aus"]):
                is_present, is_decided = row[au] == "1", float(predicted[row["id"]][au]) >= 0.5
                assert row[au] in ("0", "1")
                counts[index] += [is_present and is_decided, is_present != is_decided, 0]
        f1s.append(f1_of(counts))
        pooled.append(counts)
    assert content["all_rows"]["mean_over_parts"]["f1"] == pytest.approx(np.mean(f1s))
    assert content["all_rows"]["pooled"]["f1"] == pytest.approx(f1_of(sum(pooled)).mean())
    return content


def f1_of(counts: np.ndarray) -> np.ndarray:
    hits, errors = counts[:, 0], counts[:, 1]
    return 2 * hits / np.maximum(2 * hits + errors, 1)


@pytest.mark.slow
def test_killed_run_of_disfa_resumes_to_the_same_scores(tmp_path):
    dressed = dressed_datasets.dress_as_disfa(tmp_path)
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    process = warm_commands.WarmProcess(command(killed, dressed, "disfa_3parts"), env=ENVIRONMENT)
    deadline = time.monotonic() + 240
    while not (killed / model_of("part_of_SN003") / "run.json").exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 75
    for run, done_before in ((killed, "3 of 7 done before"), (whole, "0 of 7 done before")):
        done = warm_commands.run(command(run, dressed, "disfa_3parts"), env=ENVIRONMENT, timeout=400)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done_before in done.stdout
    contents = [check_run(run, DISFA_PARTS) for run in (killed, whole)]
    assert contents[0] == contents[1] and contents[0]["num_rows"] == 27 * 6
    assert sorted(one for persons in contents[0]["tested"].values() for one in persons) == sorted(
        DISFA_PERSONS
    )
    for part in DISFA_PARTS:
        assert (killed / predictions_of(part)).read_bytes() == (whole / predictions_of(part)).read_bytes()

    (dressed[1] / "SN001" / "SN001_au12.txt").write_text("1,5\n")
    refused = warm_commands.run(command(killed, dressed, "disfa_3parts"), env=ENVIRONMENT, timeout=100)
    assert refused.returncode == 2 and "SN001_au12.txt has other content" in refused.stderr


@pytest.mark.slow
def test_bp4d_is_tested_by_its_three_parts(tmp_path):
    dressed = dressed_datasets.dress_as_bp4d(tmp_path)
    done = warm_commands.run(command(tmp_path / "run", dressed, "bp4d_3parts"), env=ENVIRONMENT, timeout=400)
    assert done.returncode == 0, done.stdout + done.stderr
    content = check_run(tmp_path / "run", PUBLISHED["bp4d_3parts"].tested)
    assert content["aus"] == [au_name(au) for au in PUBLISHED["bp4d_3parts"].aus]
    assert content["num_rows"] == 41 * 2 * 4
    assert "FG-Net 146,423" in done.stdout

    model, records = tmp_path / "run" / model_of("part_of_F001"), tmp_path / "run" / "records"
    asked = [f"--model_dir={model}", f"--records_dir={records / 'tested-part_of_F003'}"]
    predict = ["-m", "emotionet_tf.bin.predict_records", *asked, f"--output={tmp_path / 'leak.csv'}"]
    leak = warm_commands.run(predict, timeout=100)
    assert (
        "warning: 14 of the 14 persons of" in leak.stdout
        and "without-part_of_F001 too: F003, F005" in leak.stdout
    )
    log = (tmp_path / "run" / "state" / "predict" / "part_of_F001.log").read_text()
    assert "tested-part_of_F001" in log and "warning" not in log
