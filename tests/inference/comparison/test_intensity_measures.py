"""Agreement of intensities by us, by scikit-learn and scipy, and by the formulas written out."""

import math

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from emotionet_tf.inference.comparison.intensity_measures import intensity_measures, row_terms


def ours(coded, predicted) -> dict[str, float]:
    terms = row_terms(np.array(coded, np.float32), np.array(predicted, float))
    return {name: float(value) for name, value in intensity_measures(terms.sum(axis=0)).items()}


def icc_3_1(x: np.ndarray, y: np.ndarray) -> float:
    """Shrout and Fleiss 1979: two-way mixed, single rater, from the mean squares of the analysis of variance."""
    table = np.stack([x, y], axis=1)
    rows, raters = table.shape
    grand, of_rows, of_raters = table.mean(), table.mean(axis=1), table.mean(axis=0)
    between = raters * ((of_rows - grand) ** 2).sum() / (rows - 1)
    residual = table - of_rows[:, None] - of_raters[None, :] + grand
    error = (residual**2).sum() / ((rows - 1) * (raters - 1))
    return (between - error) / (between + (raters - 1) * error)


def test_three_rows_worked_out_by_hand():
    # x 0 1 2, y 1 2 3: means 1 and 2, variances over n 2/3 each, covariance 2/3.
    found = ours([0, 1, 2], [1, 2, 3])
    assert found["mse"] == pytest.approx(1) and found["mae"] == pytest.approx(1)
    assert found["pearson"] == pytest.approx(1)
    # ICC(3,1) does not mind the constant grade between them; CCC does: 2 * 2/3 / (4/3 + 1).
    assert found["icc"] == pytest.approx(1)
    assert found["ccc"] == pytest.approx(4 / 7)


def test_shrout_and_fleiss_own_example_of_two_judges():
    # Judges 1 and 4 of their table 2. Sums of squares and products of deviations: 40/3, 94/3 and 46/3.
    x, y = np.array([9, 6, 8, 7, 10, 6.0]), np.array([8, 2, 8, 6, 9, 7.0])
    assert ours(x, y)["icc"] == pytest.approx(2 * 46 / (40 + 94))
    assert icc_3_1(x, y) == pytest.approx(2 * 46 / (40 + 94))


def test_random_rows_agree_with_the_formulas_and_other_packages():
    generator = np.random.default_rng(6)
    for _ in range(20):
        x = generator.integers(6, size=50).astype(float)
        y = np.clip(x + generator.normal(0, 1, 50), 0, 5)
        found = ours(x, y)
        assert found["icc"] == pytest.approx(icc_3_1(x, y))
        assert found["pearson"] == pytest.approx(stats.pearsonr(x, y)[0])
        assert found["mse"] == pytest.approx(metrics.mean_squared_error(x, y))
        assert found["mae"] == pytest.approx(metrics.mean_absolute_error(x, y))
        covariance = np.mean((x - x.mean()) * (y - y.mean()))
        assert found["ccc"] == pytest.approx(
            2 * covariance / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)
        )


def test_constants_are_undefined_where_the_formula_is_0_by_0_and_0_elsewhere():
    # One column constant: it covaries with nothing.
    found = ours([0, 0, 0], [1.1, 2.3, 3.7])
    assert found["icc"] == 0 and found["ccc"] == 0 and math.isnan(found["pearson"])
    # 0.1 three times leaves a rounding error that must not pass for a variance.
    found = ours([0, 0, 0], [0.1, 0.1, 0.1])
    assert math.isnan(found["icc"]) and math.isnan(found["pearson"]) and found["ccc"] == 0
    found = ours([2, 2, 2], [2, 2, 2])
    assert math.isnan(found["ccc"]) and found["mse"] == 0


def test_without_any_row_all_are_undefined():
    assert all(math.isnan(value) for value in intensity_measures(np.zeros(7)).values())
