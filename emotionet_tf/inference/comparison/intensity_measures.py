"""How well predicted intensities agree with coded ones, from sums over rows, which resamples can weigh."""

from __future__ import annotations

import numpy as np

INTENSITY_MEASURES = ("icc", "mse", "mae", "ccc", "pearson")
INTENSITY_BOUNDS = {
    "icc": (-1, 1),
    "mse": (0, np.inf),
    "mae": (0, np.inf),
    "ccc": (-1, 1),
    "pearson": (-1, 1),
}
"""The measures' ranges."""


def row_terms(coded: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Returns what `intensity_measures` needs the sums of, [rows, 7] float64.

    Args:
      coded: [rows], what a person coded.
      predicted: [rows], on the same scale.
    """
    x, y = coded.astype(np.float64), predicted.astype(np.float64)
    return np.stack([np.ones_like(x), x, y, x * x, y * y, x * y, np.abs(x - y)], axis=1)


def intensity_measures(sums: np.ndarray) -> dict[str, np.ndarray]:
    """Returns the `INTENSITY_MEASURES` of sums of `row_terms`.

    With means, variances and covariance of the two columns:
      ICC(3,1) = (BMS - EMS) / (BMS + EMS), which for two raters is 2 cov / (var x + var y);
      CCC = 2 cov / (var x + var y + (mean x - mean y)^2), variances over n;
      Pearson = cov / sqrt(var x var y);  MSE and MAE are means over the rows.
    ICC(3,1) does not mind that a program is always one grade too high; CCC, MSE and MAE do.

    Args:
      sums: [..., 7].
    Returns:
      By name, each [...] float64; NaN without rows, and where the formula is 0 / 0: Pearson if one column is constant,
      ICC if both are, CCC if they are one and the same constant.
    Sources: Shrout and Fleiss 1979, ICC(3,1); Lin 1989, CCC.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        x, y, xx, yy, xy, distance = (sums[..., column] / sums[..., 0] for column in range(1, 7))
        # Of columns that are constant, rounding leaves a variance of some 1e-16.
        var_x, var_y = _variance(xx, x), _variance(yy, y)
        cov = np.where((var_x > 0) & (var_y > 0), xy - x * y, 0.0)
        apart = (x - y) ** 2
        return {
            "icc": 2 * cov / (var_x + var_y),
            "mse": np.maximum(xx + yy - 2 * xy, 0.0),
            "mae": distance,
            "ccc": 2 * cov / (var_x + var_y + apart),
            "pearson": cov / np.sqrt(var_x * var_y),
        }


def _variance(mean_of_squares: np.ndarray, mean: np.ndarray) -> np.ndarray:
    variance = mean_of_squares - mean**2
    return np.where(variance > 1e-12 * np.maximum(mean_of_squares, 1), variance, variance * 0.0)
