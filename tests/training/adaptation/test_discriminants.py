import numpy as np
import pytest

from emotionet_tf.training.adaptation.discriminants import (
    Discriminant,
    FeaturePart,
    FeatureSpread,
    fit_discriminants,
    logistic_scale,
    spread_of,
)


def fit_discriminant(
    features: np.ndarray,
    labels: np.ndarray,
    spread: FeatureSpread,
    shrinkage: float,
    label_smoothing: float = 0.0,
) -> Discriminant:
    """Returns the discriminant of one AU whose labels are all known, by features that all vote together."""
    parts = [FeaturePart(np.arange(features.shape[1]), spread, shrinkage)]
    known = np.ones((len(labels), 1))
    return fit_discriminants(features, labels[:, None], known, parts, label_smoothing)[0]


def test_spread_has_means_deviations_and_correlations():
    # The second feature is minus twice the first one, the third never varies.
    spread = spread_of(np.array([[0.0, 4.0, 7.0], [2.0, 0.0, 7.0], [4.0, -4.0, 7.0]]))
    np.testing.assert_allclose(spread.mean, [2, 0, 7])
    np.testing.assert_allclose(spread.deviation, [np.sqrt(8 / 3), np.sqrt(32 / 3), 0])
    np.testing.assert_allclose(spread.correlations, [[1, -1, 0], [-1, 1, 0], [0, 0, 0]], atol=1e-12)


def turned(shrinkage: float) -> np.ndarray:
    """Returns the direction of a discriminant whose classes differ by (1, 0), in features that correlate by .6."""
    features = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    spread = FeatureSpread(np.zeros(2), np.ones(2), np.array([[1.0, 0.6], [0.6, 1.0]]))
    weights = fit_discriminant(features, np.array([0.0, 0, 1, 1]), spread, shrinkage).weights
    return weights / weights[0]


def test_direction_goes_by_the_other_photos_covariance():
    # The inverse of [[1, r], [r, 1]] turns (1, 0) into (1, -r); of r = .6, shrinkage leaves its share.
    np.testing.assert_allclose(turned(0), [1, -0.6], atol=1e-6)
    np.testing.assert_allclose(turned(0.75), [1, -0.15], atol=1e-6)
    np.testing.assert_allclose(turned(1), [1, 0], atol=1e-6)


def test_scores_do_not_depend_on_the_features_units():
    random = np.random.default_rng(0)
    features, labels = random.normal(size=(40, 3)), (np.arange(40) % 3 == 0).astype(float)
    features[:, 0] += labels
    others, units = random.normal(size=(60, 3)), np.array([1.0, 100.0, 0.01])
    plain = fit_discriminant(features, labels, spread_of(others), 0.5)
    scaled = fit_discriminant(features * units + 3, labels, spread_of(others * units + 3), 0.5)
    np.testing.assert_allclose(
        (features * units + 3) @ scaled.weights + scaled.bias,
        features @ plain.weights + plain.bias,
        rtol=1e-6,
    )


def test_feature_that_never_varies_among_the_other_photos_counts_for_nothing():
    spread = FeatureSpread(np.array([0.0, 5.0]), np.array([1.0, 0.0]), np.diag([1.0, 0.0]))
    features = np.array([[0.0, 5.0], [0.2, 5.0], [1.0, 9.0], [1.3, 5.0]])
    found = fit_discriminant(features, np.array([0.0, 1, 0, 1]), spread, 0.0)
    assert found.weights[1] == 0 and found.weights[0] > 0 and np.isfinite(found.bias)


def test_soft_label_counts_to_both_classes():
    features = np.array([[0.0, 0.0], [1.0, 5.0], [4.0, 3.0]])
    spread = FeatureSpread(np.zeros(2), np.ones(2), np.eye(2))
    weights = fit_discriminant(features, np.array([0.0, 0.75, 1.0]), spread, 0.0).weights
    # Means of the face without, and a quarter of the second one; of three quarters of it, and the last one.
    without, with_it = (0 + 0.25 * features[1]) / 1.25, (0.75 * features[1] + features[2]) / 1.75
    expected = with_it - without
    np.testing.assert_allclose(weights / weights[0], expected / expected[0], rtol=1e-6)


def test_scale_makes_scores_the_logits_of_the_shares():
    # Of eight faces with score 1 six show it, of eight with score 3 seven: by hand, with labels moved as Platt does.
    scores = np.repeat([1.0, 3.0], 8)
    labels = np.array([1.0] * 6 + [0] * 2 + [1] * 7 + [0])
    present, absent = 14 / 15, 1 / 5
    logits = [
        np.log(share / (1 - share)) for share in ((6 * present + 2 * absent) / 8, (7 * present + absent) / 8)
    ]
    slope, shift = logistic_scale(scores, labels)
    np.testing.assert_allclose([slope + shift, 3 * slope + shift], logits, rtol=1e-6)


def test_scale_is_finite_where_scores_make_no_fault_or_say_nothing():
    scores, labels = np.repeat([-100.0, 100.0], 500), np.repeat([0.0, 1.0], 500)
    slope, shift = logistic_scale(scores, labels)
    # 501 / 502 and 1 / 502.
    np.testing.assert_allclose(
        [100 * slope + shift, -100 * slope + shift], [np.log(501), -np.log(501)], rtol=1e-4
    )
    slope, shift = logistic_scale(np.ones(6), np.array([0.0, 0, 0, 0, 1, 1]))
    assert slope == 0 and shift == pytest.approx(np.log((2 * 3 / 4 + 4 / 6) / (2 / 4 + 4 * 5 / 6)))


def test_smoothed_labels_bound_scores_and_keep_their_order():
    features, labels = np.repeat([[-1.0], [1.0]], 500, axis=0), np.repeat([0.0, 1.0], 500)
    found = fit_discriminant(features, labels, spread_of(features), 0.5, label_smoothing=0.2)
    # Labels are .1 and .9, moved a little further as Platt does.
    share = 0.9 * 501 / 502 + 0.1 / 502
    logit = np.log(share / (1 - share))
    np.testing.assert_allclose(features[[0, -1]] @ found.weights + found.bias, [-logit, logit], rtol=1e-4)


def test_each_part_of_the_features_votes_with_its_own_deviation():
    # Both features tell the classes without a fault; the second one's unit is a hundred times smaller.
    features = np.array([[0.0, 0.0], [0.0, 100.0], [2.0, 400.0], [2.0, 700.0]])
    others = np.array(
        [[1.0, 5.0], [3.0, 5.0], [1.0, 805.0], [3.0, 805.0]]
    )  # deviations 1 and 400, no correlation
    parts = [FeaturePart(np.array([column]), spread_of(others[:, [column]]), 0.5) for column in range(2)]
    (found,) = fit_discriminants(features, np.array([[0.0], [0], [1], [1]]), np.ones((4, 1)), parts)
    assert found.weights[0] / found.weights[1] == pytest.approx(400)


def test_parts_do_not_weaken_each_other_where_their_features_go_together():
    features = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    labels, known = np.array([[0.0], [0], [1], [1]]), np.ones((4, 1))
    one = FeatureSpread(np.zeros(1), np.ones(1), np.eye(1))
    parts = [FeaturePart(np.array([column]), one, 0.0) for column in range(2)]
    (found,) = fit_discriminants(features, labels, known, parts)
    # Together, with a correlation of .6, the second one would count -.6 (above); the classes do not differ in it.
    assert found.weights[0] > 0 and found.weights[1] == 0


def test_labels_that_are_unknown_do_not_count_and_aus_are_fitted_each_on_its_own():
    random = np.random.default_rng(0)
    features, others = random.normal(size=(60, 5)), random.normal(size=(80, 5))
    labels = (random.random((60, 2)) < 0.4).astype(float)
    mask = (random.random((60, 2)) < 0.7).astype(float)
    spread = spread_of(others)
    parts = [FeaturePart(np.arange(5), spread, 0.3)]
    both = fit_discriminants(features, labels, mask, parts, 0.1)
    for column, found in enumerate(both):
        known = mask[:, column] > 0
        alone = fit_discriminant(features[known], labels[known, column], spread, 0.3, 0.1)
        np.testing.assert_allclose(found.weights, alone.weights, rtol=1e-9)
        assert found.bias == pytest.approx(alone.bias)
