import numpy as np
import pytest

from emotionet_tf.intervals import mean_interval, share_interval, t_quantile


def test_t_quantile_is_that_of_the_tables():
    # Two-sided 95 %, from any statistics book.
    assert [round(t_quantile(degrees), 3) for degrees in (1, 2, 4, 10, 30)] == [
        12.706,
        4.303,
        2.776,
        2.228,
        2.042,
    ]
    assert t_quantile(1e9) == pytest.approx(1.96, abs=0.005)


def test_interval_of_a_mean_is_students():
    # Mean 3, standard deviation 1.5811 over 5: .7071, times 2.776.
    assert mean_interval(np.array([1.0, 2, 3, 4, 5])) == pytest.approx((3, 3 - 1.963, 3 + 1.963), abs=2e-3)
    mean, low, high = mean_interval(np.array([0.25]))
    assert mean == 0.25 and np.isnan([low, high]).all()
    assert np.isnan(mean_interval(np.array([]))).all()


def test_interval_of_a_share_is_wilsons():
    # By hand with z = 1.96: (p + z2/2n +- z sqrt(p q / n + z2/4n2)) / (1 + z2/n) for 8 of 10.
    assert share_interval(8, 10) == pytest.approx((0.8, 0.490, 0.943), abs=1e-3)
    assert share_interval(0, 10) == pytest.approx((0, 0, 0.2775), abs=1e-3)
    assert share_interval(10, 10) == pytest.approx((1, 1 - 0.2775, 1), abs=1e-3)
    assert np.isnan(share_interval(0, 0)).all()
