"""What every paper brings to the shared machinery, and that it is all the machinery asks for."""

import json
from dataclasses import replace

import numpy as np
import pytest
from fake_run import save_fake_info

from emotionet_tf.errors import UserError
from emotionet_tf.experiments.paper import PAPER_NAMES, paper_of
from emotionet_tf.experiments.report.paper_report import report_of
from emotionet_tf.experiments.report.report_files import write_report
from emotionet_tf.experiments.reproduction import choose, missing_inputs, reproduction_of, start, started
from emotionet_tf.experiments.runner.nodes import parents
from emotionet_tf.experiments.scored_systems import Kind, System
from emotionet_tf.experiments.scores.bootstrap import au_measures, resampled_totals
from emotionet_tf.experiments.scores.comparisons import compare, contrasts, mean_of
from emotionet_tf.experiments.scores.results import Results
from emotionet_tf.experiments.scores.scored_sets import ScoredSet
from emotionet_tf.experiments.scores.seed_scores import SeedScores
from emotionet_tf.experiments.werner2020.paper import PAPER as WERNER

every_paper = pytest.mark.parametrize("name", PAPER_NAMES)


@every_paper
def test_paper_has_the_name_of_its_package_and_each_scale_its_own(name):
    paper = paper_of(name)
    assert paper.name == name
    assert {key: scale.name for key, scale in paper.scales.items()} == {
        key: key for key in ("demo", "small", "paper")
    }


@every_paper
def test_every_system_has_a_key_of_its_own_and_commands_that_only_finds(name, tmp_path):
    paper = paper_of(name)
    assert len(set(paper.keys)) == len(paper.keys)
    nodes = reproduction_of(tmp_path, paper=name, scale="demo").nodes()
    above = parents(nodes)
    for key in (*paper.keys, *paper.steps):
        chosen = {node.name for node in choose(paper, nodes, [key])}
        assert chosen and all(set(above[one]) <= chosen for one in chosen), key


@every_paper
def test_trained_rows_come_before_what_is_made_of_them(name):
    kinds = [system.kind for system in paper_of(name).systems]
    assert kinds == sorted(kinds, key=lambda kind: kind in (Kind.FUSION, Kind.SEEDLESS))


@every_paper
def test_report_of_a_run_that_was_only_started_has_the_papers_title_and_claims(name, tmp_path):
    start(reproduction_of(tmp_path, paper=name, scale="demo"))
    facts = write_report(tmp_path)
    assert facts.run.paper.name == name
    text = (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {report_of(name).title}\n")
    assert "not run" in (tmp_path / "report" / "claims.csv").read_text(encoding="utf-8")


def test_unknown_paper_lists_the_known_ones(tmp_path):
    with pytest.raises(UserError, match="paper must be one of werner2020, siat_ntu2020, got 'tal'"):
        paper_of("tal")
    start(reproduction_of(tmp_path, paper="werner2020", scale="demo"))
    path = tmp_path / "reproduce.json"
    content = json.loads(path.read_text())
    content["settings"]["paper"] = "tal"
    path.write_text(json.dumps(content))
    with pytest.raises(
        UserError, match=r"reproduce.json: paper must be one of werner2020, siat_ntu2020, got .tal."
    ):
        started(tmp_path)


def test_unknown_scale_lists_the_papers(tmp_path):
    with pytest.raises(UserError, match="scale must be one of demo, small, paper, got 'huge'"):
        reproduction_of(tmp_path, paper="werner2020", scale="huge")


def test_openface_csv_is_refused_by_a_paper_without_that_baseline(tmp_path):
    with pytest.raises(UserError, match="--openface_csv: siat_ntu2020 has no OpenFace baseline"):
        reproduction_of(tmp_path, paper="siat_ntu2020", scale="demo", openface_csvs=("a.csv",))


def test_plan_for_records_that_are_not_there_yet_says_which(tmp_path):
    records = tmp_path / "records"
    save_fake_info(records / "opt-train", "opt-train")
    save_fake_info(records / "val", "val")

    def warnings(**given):
        asked = {"paper": "siat_ntu2020", "scale": "paper", "must_exist": False, **given}
        return missing_inputs(reproduction_of(tmp_path / "run", **asked))

    needed, scored = warnings(records_dir=records)
    assert "lacks opt-val, box/opt-train, box/opt-val, identity-train" in needed
    assert "which the run needs; tfrecords_tools.write_records" in needed
    assert "lacks box/val, test, box/test, which are scored where they are there" in scored
    assert warnings(scale="demo") == []
    assert warnings(paper="werner2020", scale="demo", openface_csvs=("gone.csv",)) == [
        "--openface_csv=gone.csv is missing"
    ]


def test_folder_of_one_papers_run_is_not_taken_for_anothers(tmp_path):
    start(reproduction_of(tmp_path, paper="werner2020", scale="demo"))
    with pytest.raises(UserError, match="paper was 'werner2020' and is now 'siat_ntu2020'"):
        start(reproduction_of(tmp_path, paper="siat_ntu2020", scale="demo"))


def test_set_is_scored_where_all_folders_that_it_takes_are_there(tmp_path, monkeypatch):
    paper = replace(
        WERNER,
        needed_records=("opt-train",),
        scored_records={"val": ("val", "val-box"), "test": ("test", "test-box")},
    )
    monkeypatch.setattr("emotionet_tf.experiments.reproduction.paper_of", lambda name: paper)
    for name in ("opt-train", "val", "test", "test-box"):
        save_fake_info(tmp_path / name, name)
    run = reproduction_of(tmp_path / "run", paper="any", scale="small", records_dir=tmp_path)
    assert run.evaluated == ("test",)


AUS = (1, 2)
_SEEDS = range(3)


@pytest.fixture(scope="module")
def results() -> Results:
    """Two trained rows, a row that only decides otherwise, and a baseline without seed, on 40 persons."""
    generator = np.random.default_rng(0)
    counts = {
        (key, seed): generator.multinomial(5, (0.3 + gain, 0.2 - gain, 0.2, 0.3), (40, len(AUS)))
        for key, gain in (("a", 0.0), ("b", 0.05), ("a-tuned", 0.1), ("baseline", 0.0))
        for seed in (_SEEDS if key != "baseline" else (0,))
    }
    drawn = resampled_totals(counts, num_draws=50)
    scores = {(*name, "test"): SeedScores(AUS, one[0], au_measures(one)) for name, one in drawn.items()}
    systems = (
        System("a", "A"),
        System("b", "B"),
        System("a-tuned", "A, tuned", Kind.VARIANT),
        System("baseline", "a rule", Kind.SEEDLESS),
    )
    empty = np.zeros((0, 23))
    return Results(systems, {"test": ScoredSet("test", (), empty, empty, np.arange(40), 40, True)}, scores)


def without(results: Results, key: str) -> Results:
    return Results(
        results.systems,
        results.sets,
        {name: one for name, one in results.scores.items() if name[0] != key},
    )


def test_variant_spreads_as_trained_rows_do_and_tells_nothing_of_their_spread(results):
    assert results.score("a-tuned", "test").seed_error == results.score("a", "test").seed_error
    assert without(results, "a-tuned").score("a", "test") == results.score("a", "test")
    assert without(results, "b").score("a", "test") != results.score("a", "test")


def test_seedless_system_has_no_error_of_seeds(results):
    assert results.score("baseline", "test").seed_error == 0


def test_comparison_of_a_measure_is_the_difference_of_its_means(results):
    found = compare(results, "test", "b", "a", aus=AUS, measure="f1", published=0.01, suffix=", F1")
    means = [results.score(key, "test", measure="f1").estimate for key in ("b", "a")]
    assert found.interval.estimate == pytest.approx(means[0] - means[1])
    assert (found.title, found.measure, found.published_difference) == ("b - a, F1", "f1", 0.01)


def test_mean_of_differences_is_one_difference(results):
    parts = contrasts(results, "test", [("b", "a"), ("a-tuned", "a"), ("b", "missing")], AUS)
    assert len(parts) == 2
    each = [results.contrast_interval(one, "test").estimate for one in parts]
    assert results.contrast_interval(mean_of(parts), "test").estimate == pytest.approx(sum(each) / 2)
