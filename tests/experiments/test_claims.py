import pytest
from fake_run import make_fake_run

from emotionet_tf.experiments.run_layout import RunLayout
from emotionet_tf.experiments.scores.bootstrap import Interval
from emotionet_tf.experiments.scores.results import load_results
from emotionet_tf.experiments.scores.verdicts import (
    FAILS,
    HOLDS,
    NOT_RUN,
    OPEN,
    Comparison,
    combined_verdict,
    verdict_on_gain,
    verdict_on_no_gain,
)
from emotionet_tf.experiments.werner2020.claims import judge_claims
from emotionet_tf.experiments.werner2020.paper import PAPER


def interval(low, high, seed_error=0.001):
    return Interval((low + high) / 2, low, high, 3, 100, 0.01, seed_error)


def test_gain_holds_above_zero_only_and_only_where_seeds_are_covered():
    assert verdict_on_gain(interval(0.001, 0.02)) == HOLDS
    assert verdict_on_gain(interval(-0.02, -0.001)) == FAILS
    assert verdict_on_gain(interval(-0.001, 0.02)) == OPEN
    assert verdict_on_gain(interval(0.001, 0.02, seed_error=None)) == OPEN
    assert verdict_on_gain(None) == NOT_RUN


def test_no_gain_holds_where_a_gain_above_the_margin_is_ruled_out():
    assert verdict_on_no_gain(interval(-0.02, 0.004)) == HOLDS
    assert verdict_on_no_gain(interval(-0.02, 0.006)) == OPEN
    assert verdict_on_no_gain(interval(0.001, 0.02)) == FAILS
    assert verdict_on_no_gain(interval(-0.02, 0.004, seed_error=None)) == OPEN


def test_claim_is_judged_by_the_comparisons_that_decide_it():
    def combined(*verdicts):
        return combined_verdict(
            Comparison("", None, verdict.rstrip("*"), "test", decides=not verdict.endswith("*"))
            for verdict in verdicts
        )

    assert combined(HOLDS, HOLDS, FAILS + "*") == HOLDS
    assert combined(HOLDS, FAILS, NOT_RUN) == FAILS
    assert combined(HOLDS, NOT_RUN) == NOT_RUN
    assert combined(HOLDS, OPEN) == OPEN


@pytest.fixture(scope="module")
def claims(tmp_path_factory):
    results = load_results(PAPER.systems, make_fake_run(tmp_path_factory.mktemp("run")).layout, num_draws=200)
    return {claim.key: claim for claim in judge_claims(results)}


def test_claims_that_the_made_up_run_was_made_for_hold(claims):
    for key in ("students", "fusion", "good labels"):
        assert claims[key].verdict == HOLDS, claims[key]


def test_claims_about_rows_made_alike_do_not_hold_as_gains(claims):
    # Students are made alike, with and without multi-task; a teacher with the training set like one without.
    for key in ("multi-task", "teachers", "pose gains", "views"):
        assert claims[key].verdict != HOLDS, claims[key]
    # Alike as well: whether a gain of .005 can be ruled out is a matter of the run's size.
    assert claims["second generation"].verdict in (HOLDS, OPEN)


def test_comparisons_bring_their_intervals_sizes_and_the_papers_differences(claims):
    published = {
        comparison.title: comparison.published_difference
        for claim in claims.values()
        for comparison in claim.comparisons
    }
    # Differences of Table 1's scores and of the view ablation's means, by hand.
    assert published["A.2 - A.2-one-head"] == pytest.approx(0.0072)
    assert published["A.1 - T.1"] == pytest.approx(0.0062)
    assert published["T.2 - mobilenet-opt"] == pytest.approx(0.0085)
    assert published["A.1-efficientnet - A.1"] == pytest.approx(-0.0005)
    assert published["all-aus-close-up - all-aus-context, expression AUs"] == pytest.approx(0.012)
    assert published["all-aus-context - all-aus-close-up, pose AUs"] == pytest.approx(0.026)
    fusions = [comparison.published_difference for comparison in claims["fusion"].comparisons]
    assert fusions == pytest.approx([0.7767 - 0.7706, 0.7754 - 0.7680, 0.7800 - 0.7706])
    for claim in claims.values():
        assert claim.comparisons[0].decides
        for comparison in claim.comparisons:
            assert comparison.dataset == "test"
            assert comparison.interval.num_identities == 30
            assert comparison.interval.covers_seeds


def test_students_claim_lists_the_ten_pairs_of_the_first_generation(claims):
    mean, *pairs = claims["students"].comparisons
    # Of Table 1: B.1, A.1, B.2, A.2, A.3 and B.3 over their teachers.
    gains = [0.0043, 0.0062, 0.0071, 0.0103, 0.0075, 0.0071]
    assert mean.published_difference == pytest.approx(sum(gains) / 6, abs=5e-5)
    of_table = [0.0116, 0.0130, 0.0043, 0.0062, 0.0020, 0.0063, 0.0071, 0.0103, 0.0075, 0.0071]
    assert [pair.published_difference for pair in pairs] == pytest.approx(of_table)
    deciding = [pair for pair in pairs if pair.title.startswith(("A.", "B."))]
    assert mean.interval.estimate == pytest.approx(sum(pair.interval.estimate for pair in deciding) / 6)


def test_claims_of_an_empty_run_were_not_run(tmp_path):
    claims = judge_claims(load_results(PAPER.systems, RunLayout(tmp_path, tmp_path / "records")))
    assert {claim.verdict for claim in claims} == {NOT_RUN}
    assert len(claims) == 8
