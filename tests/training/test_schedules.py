import numpy as np

from emotionet_tf.training.schedules import stepwise_schedule


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
