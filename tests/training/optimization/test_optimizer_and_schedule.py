import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from emotionet_tf.training.optimization.optimizer_and_schedule import build_optimizer, stepwise_schedule

FACTOR = 0.1


def steps(name, num_steps, *, factor, momentum=0.9, weight_decay=0.01, function=lambda step: step):
    """Returns the values of a kernel of a backbone and one of a head after equal gradients, from 1 on, by step."""
    backbone, head = (tf.Variable([[1.0]], name=f"{place}/kernel") for place in ("backbone", "head"))
    optimizer = build_optimizer(
        name,
        stepwise_schedule(0.1, 4, factor=0.5, points=[0.5]),
        momentum=momentum,
        weight_decay=weight_decay,
        slow_variables=[backbone],
        slow_factor=factor,
    )
    optimizer.build([backbone, head])

    @function
    def step():
        optimizer.apply_gradients([(tf.constant([[2.0]]), backbone), (tf.constant([[2.0]]), head)])

    values = []
    for _ in range(num_steps):
        step()
        values.append((backbone.numpy().item(), head.numpy().item()))
    return np.array(values)


def test_one_step_moves_the_backbone_by_the_factor():
    # Decay first, 1 - 0.01 * 0.1 * 1; then the gradient, 0.1 * 2. For the backbone both with a tenth of the rate.
    np.testing.assert_allclose(
        steps("sgd", 1, factor=FACTOR), [[1 - 0.0001 - 0.02, 1 - 0.001 - 0.2]], rtol=1e-6
    )


def test_factor_holds_with_momentum_decay_and_a_falling_rate():
    expected = []
    for factor in (FACTOR, 1):
        value, velocity, values = 1.0, 0.0, []
        for rate in (0.1, 0.1, 0.05, 0.05):
            value -= 0.01 * rate * factor * value
            velocity = 0.9 * velocity - rate * factor * 2
            value += velocity
            values.append(value)
        expected.append(values)
    np.testing.assert_allclose(steps("sgd", 4, factor=FACTOR), np.transpose(expected), rtol=1e-5)


def test_adams_steps_are_scaled_too():
    # Adam's first step is the rate itself, whatever the gradient, but for epsilon.
    values = steps("adam", 1, factor=FACTOR, weight_decay=0.0)
    np.testing.assert_allclose(values, [[1 - 0.01, 1 - 0.1]], rtol=1e-5)
    decayed = steps("adam", 1, factor=FACTOR)
    np.testing.assert_allclose(decayed, [[1 - 0.0001 - 0.01, 1 - 0.001 - 0.1]], rtol=1e-5)


@pytest.mark.parametrize("name", ["sgd", "adam"])
def test_traced_and_compiled_steps_are_the_same(name):
    eager = steps(name, 3, factor=FACTOR)
    for function in (tf.function, tf.function(jit_compile=True)):
        np.testing.assert_allclose(steps(name, 3, factor=FACTOR, function=function), eager, rtol=1e-5)


@pytest.mark.parametrize("name", ["sgd", "adam"])
def test_factor_zero_stops_the_backbone_and_changes_nothing_else(name):
    stopped, plain = steps(name, 3, factor=0.0), steps(name, 3, factor=1.0)
    np.testing.assert_array_equal(stopped[:, 0], 1)
    np.testing.assert_allclose(stopped[:, 1], plain[:, 1], rtol=1e-6)


def test_rate_from_outside_is_that_of_the_heads():
    optimizer = build_optimizer(
        "sgd", stepwise_schedule(0.1, 4), momentum=0.0, weight_decay=0.0, slow_factor=FACTOR
    )
    assert float(optimizer.learning_rate) == pytest.approx(0.1)


def test_checkpoint_is_that_of_the_plain_optimiser(tmp_path):
    names = []
    for factor in (1.0, FACTOR):
        variable = tf.Variable([1.0])
        optimizer = build_optimizer(
            "adam", stepwise_schedule(0.1, 4), momentum=0.9, weight_decay=0.1,
            slow_variables=[variable], slow_factor=factor,
        )  # fmt: skip
        optimizer.build([variable])
        path = tf.train.Checkpoint(optimizer=optimizer).write(str(tmp_path / str(factor)))
        names.append([name for name, _ in tf.train.list_variables(path)])
    assert names[0] == names[1]
    assert isinstance(optimizer, keras.optimizers.Adam)


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
