"""What the claims and the report make of a made-up run of SIAT-NTU's tables."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from fake_run import ids_of, noisy, write_fake_records

from emotionet_tf.action_units import ACTION_UNITS, au_name
from emotionet_tf.experiments.paper import Reproduction
from emotionet_tf.experiments.report.report_files import write_report
from emotionet_tf.experiments.reproduction import reproduction_of, start
from emotionet_tf.experiments.scores.results import load_results
from emotionet_tf.experiments.scores.verdicts import HOLDS, NOT_RUN
from emotionet_tf.experiments.siat_ntu2020.claims import judge_claims, published_difference
from emotionet_tf.experiments.siat_ntu2020.lineage import BALANCED, DECIDING, SYSTEMS, Task
from emotionet_tf.experiments.siat_ntu2020.paper import PAPER
from emotionet_tf.experiments.siat_ntu2020.plan import pretrained_dir, thresholds_file
from emotionet_tf.inference.prediction_files import Predictions, write_predictions
from emotionet_tf.training.monitoring.curve_file import CurveFile

# As if the slides were right: share of wrong decisions by key.
ERRORS = {
    "resnet18": 0.20, "resnet50": 0.16, "resnet152": 0.12, "box-face": 0.20, "box-emotion": 0.16, "box-both": 0.12,
    "align-both": 0.08, BALANCED.key: 0.04,
}  # fmt: skip
THRESHOLD = 0.25


def make_run(root: Path, keys: set[str]) -> Reproduction:
    """Writes records' tables and predictions of some systems; where thresholds were tuned, scores around them."""
    run = reproduction_of(root, paper="siat_ntu2020", scale="small")
    start(run)
    generator = np.random.default_rng(0)
    for name in ("opt-train", "opt-val", "test"):
        labels = write_fake_records(run.layout, name, generator)
        for system in SYSTEMS:
            if name == "opt-train" or name in system.unscored or system.key not in keys:
                continue
            for seed in range(3 if system.key in DECIDING | {BALANCED.key} else 1):
                wrong = ERRORS.get(system.key, 0.1) + 0.003 * generator.standard_normal()
                decisions = noisy(labels, wrong, generator)
                is_tuned = bool(system.unscored)
                # Below one half, present and absent differ only at the tuned threshold.
                scores = 0.2 + 0.1 * decisions if is_tuned else decisions
                path = run.layout.predictions(system.key, seed, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                thresholds = np.full(len(ACTION_UNITS), THRESHOLD if is_tuned else 0.5)
                write_predictions(path, Predictions(tuple(ids_of(name)), ACTION_UNITS, scores, thresholds))
                if is_tuned:
                    details = {"thresholds": {au_name(au): THRESHOLD + 0.1 * seed for au in ACTION_UNITS}}
                    thresholds_file(run.layout, system.key, seed).write_text(json.dumps(details))
    return run


def write_pretraining(run: Reproduction, seed: int, accuracies: list[float]) -> None:
    """Writes the curves of a recognition of seven persons, whose second validation has the best score."""
    folder = pretrained_dir(run.layout, "resnet18_x0.25", Task.FACE, seed)
    folder.mkdir(parents=True)
    (folder / "backbone.json").write_text(json.dumps({"classes": list("abcdefg")}))
    file = CurveFile(folder, ("val_score", "val_accuracy", "val_auc"))
    for step, (score, accuracy) in enumerate(zip((0.7, 0.9, 0.8), accuracies, strict=True)):
        file.add(step, {"val_score": score, "val_accuracy": accuracy, "val_auc": score})


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory) -> Reproduction:
    return make_run(tmp_path_factory.mktemp("run"), {system.key for system in SYSTEMS})


@pytest.fixture(scope="module")
def report(whole_run, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "report"
    write_pretraining(whole_run, 0, [0.5, 0.25, 0.6])
    write_pretraining(whole_run, 1, [0.5, 0.35, 0.6])
    write_report(whole_run.layout.root, folder)
    return folder


def lines_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.slow
def test_claims_that_the_made_up_run_was_made_for_hold(whole_run):
    results = load_results(PAPER.systems, whole_run.layout, num_draws=200)
    claims = {claim.key: claim for claim in judge_claims(results)}
    assert {key: claim.verdict for key, claim in claims.items()} == dict.fromkeys(claims, HOLDS)
    assert list(claims) == ["backbones", "transfer", "both", "alignment", "balancing"]
    assert {one.dataset for claim in claims.values() for one in claim.comparisons} == {"test"}
    measures = [one.measure for one in claims["balancing"].comparisons if one.decides]
    assert measures == ["ranking_score", "f1"]


def test_claims_are_decided_by_differences_that_the_slides_print(whole_run):
    results = load_results(PAPER.systems, whole_run.layout, num_draws=20)
    deciding = [one for claim in judge_claims(results) for one in claim.comparisons if one.decides]
    published = [one.published_difference for one in deciding]
    assert published == [0.024, 0.033, 0.025, 0.058, 0.033, 0.017, 0.007, 0.025]
    assert published_difference("align-both-balanced", "align-both", "accuracy") == -0.012
    assert published_difference("align-emotion", "align-face") is None


def test_tuned_systems_are_decided_at_their_thresholds_and_have_no_score_on_opt_val(whole_run):
    results = load_results(PAPER.systems, whole_run.layout, num_draws=20)
    # At 0.5 nothing would be present.
    assert results.score(BALANCED.key, "test", measure="f1").estimate > 0.85
    assert results.score(BALANCED.key, "opt-val") is None


def test_claims_without_results_are_not_run(tmp_path):
    run = make_run(tmp_path, set())
    results = load_results(PAPER.systems, run.layout, num_draws=20)
    assert {claim.verdict for claim in judge_claims(results)} == {NOT_RUN}


def test_report_has_the_slides_rows_with_ours_beside_them(report):
    rows = lines_of(report / "table_2.csv")[1:]
    assert [row[0] for row in rows[:2]] == ["F_face", "F_emotion"]
    assert rows[0][1:4] == ["0.921", "0.384", "0.652"]
    # Accuracy of a fifth of wrong decisions.
    assert float(rows[0][4]) == pytest.approx(0.8, abs=0.02)
    assert len(lines_of(report / "table_1.csv")) == 1 + 3
    assert len(lines_of(report / "balancing.csv")) == 1 + 10


def test_report_shows_published_challenges_and_ours_of_the_whole_system_only(report):
    rows = {row[0]: row for row in lines_of(report / "challenge_scores.csv")[1:]}
    assert rows["SIAT-NTU"][1:4] == ["0.6363", "0.6711", ""]
    assert {name for name, row in rows.items() if any(row[5:])} == {"SIAT-NTU"}
    slides = lines_of(report / "challenge_2020.csv")[1:]
    assert [row[0] for row in slides[:4]] == ["TAL", "University of Magdeburg", "SIAT-NTU", "USTC-alibaba"]


def test_report_names_mean_thresholds(report):
    rows = lines_of(report / "thresholds.csv")[1:]
    assert [row[0] for row in rows] == [au_name(au) for au in ACTION_UNITS]
    # 0.25, 0.35 and 0.45.
    assert {row[-1] for row in rows} == {"0.35"}


def test_report_shows_what_the_best_of_each_pretraining_reached(report):
    rows = {row[0]: row[1:] for row in lines_of(report / "pretrainings.csv")[1:]}
    assert rows["identity, ResNet-18"] == ["2", "7", "0.3", "0.9", ""]
    assert rows["expression, ResNet-18"][1:] == ["", "", "", ""]
    assert len(rows) == 4


@pytest.mark.slow
def test_report_of_a_run_that_has_only_begun_says_not_run(tmp_path):
    run = make_run(tmp_path / "run", {"resnet18"})
    write_report(run.layout.root, tmp_path / "report")
    text = (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    assert "not run" in text
    assert "no score here is a score on EmotioNet" in text
