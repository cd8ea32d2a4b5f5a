import numpy as np

from emotionet_tf.training.optimization.schedules import stepwise_schedule


def test_rate_falls_to_a_third_after_half_and_three_quarters():
    schedule = stepwise_schedule(0.1, 8)
    rates = [float(schedule(step)) for step in range(8)]
    np.testing.assert_allclose(rates, [0.1] * 4 + [0.033] * 2 + [0.01089] * 2, rtol=1e-6)


def test_paper_length_has_its_borders_at_250k_and_375k():
    schedule = stepwise_schedule(0.1, 500_000)
    steps = [0, 249_999, 250_000, 374_999, 375_000, 499_999]
    np.testing.assert_allclose(
        [float(schedule(step)) for step in steps], [0.1, 0.1, 0.033, 0.033, 0.01089, 0.01089], rtol=1e-6
    )


def test_other_points_and_factor_are_siat_ntus():
    schedule = stepwise_schedule(0.01, 10, factor=0.1, points=[0.3, 0.5, 0.8])
    expected = [1e-2] * 3 + [1e-3] * 2 + [1e-4] * 3 + [1e-5] * 2
    np.testing.assert_allclose([float(schedule(step)) for step in range(10)], expected, rtol=1e-5)


def test_point_that_a_float_misses_by_a_hair_falls_where_it_is_written():
    # 0.29 * 100 is 28.999999999999996.
    schedule = stepwise_schedule(1.0, 100, factor=0.5, points=[0.29])
    assert [float(schedule(step)) for step in (28, 29)] == [1.0, 0.5]


def test_no_points_keep_the_rate():
    schedule = stepwise_schedule(0.1, 4, points=[])
    np.testing.assert_allclose([float(schedule(step)) for step in range(6)], 0.1, rtol=1e-6)
