import numpy as np
import pytest

from emotionet_tf.experiments.scored_systems import System
from emotionet_tf.experiments.scores.bootstrap import (
    SeedSpread,
    au_measures,
    interval,
    measure_of,
    pooled_spread,
    resampled_totals,
)
from emotionet_tf.experiments.scores.results import Results
from emotionet_tf.experiments.scores.scored_sets import ScoredSet
from emotionet_tf.experiments.scores.seed_scores import SeedScores
from emotionet_tf.intervals import t_quantile


def test_first_total_is_of_the_identities_as_they_are_and_all_rows_see_the_same_resamples():
    counts = np.random.default_rng(0).integers(0, 3, (50, 2, 4)).astype(np.uint8)
    totals = resampled_totals({"a": counts, "twice": 2 * counts}, num_draws=30, seed=1)
    np.testing.assert_array_equal(totals["a"][0], counts.sum(axis=0))
    np.testing.assert_array_equal(totals["twice"], 2 * totals["a"])
    assert totals["a"].shape == (31, 2, 4)
    np.testing.assert_array_equal(totals["a"], resampled_totals({"a": counts}, num_draws=30, seed=1)["a"])
    assert not np.array_equal(totals["a"], resampled_totals({"a": counts}, num_draws=30, seed=2)["a"])


def test_resample_draws_as_many_identities_as_there_are():
    one_each = np.zeros((40, 1, 4))
    one_each[:, 0, 3] = 1
    assert (resampled_totals({"a": one_each}, num_draws=20)["a"][:, 0, 3] == 40).all()


def test_bootstrap_variance_of_an_accuracy_is_the_binomial_one():
    # 300 photos, one per identity, 240 right: variance .8 x .2 / 300.
    counts = np.zeros((300, 1, 4))
    counts[:240, 0, 3] = 1
    counts[240:, 0, 1] = 1
    accuracy = measure_of(au_measures(resampled_totals({"a": counts}, num_draws=4000)["a"]), "accuracy")
    assert accuracy[0] == pytest.approx(0.8)
    assert accuracy[1:].std() == pytest.approx((0.8 * 0.2 / 300) ** 0.5, rel=0.05)


def test_measures_are_means_over_the_aus_of_which_something_is_known():
    # AU a: 1 TP, 1 FP, 0 FN, 2 TN -> accuracy 3/4, F1 2/3. AU b: nothing known. AU c: absent, never predicted -> F1 0.
    totals = np.array([[[1, 1, 0, 2], [0, 0, 0, 0], [0, 0, 0, 4]]])
    values = au_measures(totals)
    assert measure_of(values, "accuracy") == pytest.approx([(3 / 4 + 1) / 2])
    assert measure_of(values, "f1") == pytest.approx([(2 / 3 + 0) / 2])
    assert measure_of(values, "ranking_score") == pytest.approx([(7 / 8 + 1 / 3) / 2])
    with pytest.raises(ValueError, match="ranking_score, accuracy, f1, got 'AUC'"):
        measure_of(values, "AUC")


def test_spread_is_the_pooled_mean_square_without_what_the_resamples_explain():
    # Row 1: scores 1, 3 -> squares 2 with 1 degree. Row 2: scores 0, 3, 3 -> squares 6 with 2 degrees.
    flat = [np.array([[1.0, 5, 5], [3.0, 7, 7]]), np.array([[0.0, 1, 1], [3.0, 4, 4], [3.0, 4, 4]])]
    spread = pooled_spread([(values, 1.0) for values in flat])
    assert (spread.observed, spread.variance, spread.degrees) == pytest.approx((8 / 3, 8 / 3, 3))
    # The deviations of row 1 are +-1 and +-2 in the two resamples: variance 1/4 each, from the identities alone.
    spread = pooled_spread([(np.array([[1.0, 1, 1], [3.0, 3, 5]]), 1.0)])
    assert (spread.observed, spread.variance) == pytest.approx((2, 2 - 2 / 4))
    # A difference of two scores has twice the variance of one.
    assert pooled_spread([(flat[0], 2.0)]).observed == pytest.approx(1)
    assert pooled_spread([(np.zeros((1, 3)), 1.0)]) is None


def test_interval_adds_both_variances_and_takes_the_degrees_of_satterthwaite():
    draws = np.array([0.5, 0.4, 0.6])  # variance .01 over the resamples
    found = interval(
        draws, num_seeds=3, num_identities=101, spread=SeedSpread(0.03, 0.03, 4.0), sum_of_squares=1 / 3
    )
    # Seeds: .03 / 3 = .01. Degrees: (.02)^2 / (.01^2 / 4 + .01^2 / 100) = 4 / .26 = 15.4.
    assert found.estimate == 0.5
    assert found.high - 0.5 == pytest.approx(t_quantile(15.4) * 0.02**0.5)
    assert 0.5 - found.low == pytest.approx(found.high - 0.5)
    assert (found.identity_error, found.seed_error) == pytest.approx((0.1, 0.1))
    assert found.covers_seeds


def test_interval_without_spread_says_that_it_leaves_the_seeds_out():
    found = interval(
        np.array([0.5, 0.4, 0.6]), num_seeds=1, num_identities=9, spread=None, sum_of_squares=1.0
    )
    assert found.seed_error is None and not found.covers_seeds


AUS = (1, 2, 4, 12)
SIMULATED_ROWS = ("T.1", "A.1", "B.1", "T.2", "A.2", "B.2")


def simulated_results(generator, num_identities=60, photos=5, num_seeds=3):
    """Six equally good rows, B.2 with one seed; each seed shifts each AU's threshold, each identity some faces."""
    identity = np.repeat(np.arange(num_identities), photos)
    shape = (num_identities, len(AUS))
    latent = (0.8 * generator.normal(size=shape))[identity] + 0.6 * generator.normal(
        size=(len(identity), len(AUS))
    )
    present = latent > 0.5
    hard = 0.5 * generator.normal(size=shape)
    counts = {}
    for row in SIMULATED_ROWS:
        of_row = hard + 0.2 * generator.normal(size=shape)
        for seed in range(1 if row == "B.2" else num_seeds):
            error = (of_row + 0.2 * generator.normal(size=shape))[identity]
            error += 0.35 * generator.normal(size=len(AUS)) + 0.4 * generator.normal(size=latent.shape)
            decided = latent - 0.5 + error > 0
            cell = np.where(decided, np.where(present, 0, 1), np.where(present, 2, 3))
            one_hot = np.eye(4)[cell]
            counts[row, seed] = one_hot.reshape(num_identities, photos, len(AUS), 4).sum(axis=1)
    totals = resampled_totals(counts, num_draws=100)
    scores = {(*key, "test"): SeedScores(AUS, drawn[0], au_measures(drawn)) for key, drawn in totals.items()}
    empty = np.zeros((0, 23))
    systems = tuple(System(row, row) for row in SIMULATED_ROWS)
    truth = ScoredSet("test", (), empty, empty, identity, num_identities, True)
    return Results(systems, {"test": truth}, scores)


@pytest.mark.slow
def test_intervals_cover_the_truth_about_as_often_as_they_say():
    generator = np.random.default_rng(3)
    found = {"score": [], "one training's score": [], "difference": [], "difference of one training": []}
    for _ in range(300):
        results = simulated_results(generator)
        found["score"].append(results.score("A.1", "test"))
        found["one training's score"].append(results.score("B.2", "test"))
        found["difference"].append(results.difference("A.1", "T.1", "test"))
        found["difference of one training"].append(results.difference("B.2", "T.2", "test"))
    for name, intervals in found.items():
        # Rows are equally good, so a difference's truth is 0; a score's is its mean over the simulations.
        truth = 0.0 if "difference" in name else np.mean([one.estimate for one in intervals])
        coverage = np.mean([one.low <= truth <= one.high for one in intervals])
        # 300 simulations of a true 95 %: standard deviation .0126.
        assert 0.92 <= coverage <= 0.99, (name, coverage)
    # A training by itself differs by its seed as much as by the identities: without it, the interval would miss often.
    blind = [one.identity_error * 1.96 >= abs(one.estimate) for one in found["difference of one training"]]
    assert np.mean(blind) < 0.9
