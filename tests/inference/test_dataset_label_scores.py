"""Scores of predictions against datasets' label files: of the function, and of the commands with their flags."""

import json
from pathlib import Path

import numpy as np
import pytest
import warm_commands

from emotionet_tf.inference.prediction_files import Predictions, write_predictions
from emotionet_tf.inference.thresholds.tune_on_prediction_files import tune_files
from emotionet_tf.label_lists.datasets.reading_settings import LabelReading
from emotionet_tf.label_lists.streaming import label_checksum

ROOT = Path(__file__).parents[2]


@pytest.fixture
def disfa(tmp_path) -> str:
    """A DISFA folder of one person and AU12 only, with intensities 0 1 2 5."""
    path = tmp_path / "labels/SN001/SN001_au12.txt"
    path.parent.mkdir(parents=True)
    path.write_text("1,0\n2,1\n3,2\n4,5\n")
    return str(tmp_path / "labels")


@pytest.fixture
def predictions(tmp_path) -> str:
    """Scores 0.1 0.2 0.4 0.6 of the four frames, whose pictures count from 0."""
    scores = np.array([[0.1], [0.2], [0.4], [0.6]])
    ids = tuple(f"SN001/{number}.jpg" for number in range(4))
    write_predictions(tmp_path / "scores.csv", Predictions(ids, (12,), scores))
    return str(tmp_path / "scores.csv")


def test_thresholds_are_tuned_on_a_dataset_s_folder_whose_checksum_is_kept(disfa, predictions, tmp_path):
    details = tmp_path / "details.json"
    # Present from 2 on are the scores 0.4 and 0.6, from 1 on also 0.2.
    assert tune_files(predictions, [disfa], [], []).thresholds.tolist() == [0.4]
    reading = LabelReading(positive_from=1)
    assert tune_files(predictions, [disfa], [], [], str(details), reading=reading).thresholds.tolist() == [
        0.2
    ]
    tuned_on = json.loads(details.read_text())["tuned_on"]
    assert tuned_on["labels"] == [{"file": disfa, "sha256": label_checksum(disfa)}]
    assert tuned_on["reading"] == {"positive_from": 1.0}


@pytest.mark.parametrize(
    ("flags", "f1"),
    [((), "0.6667"), (("--positive_from=1",), "0.5000"), (("--label_format=disfa",), "0.6667")],
)
def test_evaluate_scores_against_a_dataset_s_folder(disfa, predictions, flags, f1):
    # At 0.5 only the fourth frame is positive: of two that are present F1 is 2/3, of three 2/4.
    arguments = [
        "-m",
        "emotionet_tf.bin.evaluate",
        f"--predictions={predictions}",
        f"--labels={disfa}",
        *flags,
    ]
    result = warm_commands.run(arguments, cwd=ROOT, timeout=240)
    assert result.returncode == 0, result.stderr
    assert "frame 1 is picture 0: so say first and last picture of 1 of 1 sequences" in result.stdout
    assert f1 in next(line for line in result.stdout.splitlines() if line.startswith("AU12"))


def test_evaluate_refuses_a_shift_in_one_line(disfa, predictions):
    arguments = ["-m", "emotionet_tf.bin.evaluate", f"--predictions={predictions}", f"--labels={disfa}"]
    result = warm_commands.run([*arguments, "--frame_offset=0"], cwd=ROOT, timeout=240)
    assert result.returncode == 2
    assert "a picture's number is its frame's -1, but --frame_offset says +0" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
