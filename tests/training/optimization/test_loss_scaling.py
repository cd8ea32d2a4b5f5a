"""A step whose scaled float16 gradients overflow changes no weight and counts: the stream is one batch further."""

import pytest
import tensorflow as tf
import warm_commands

from emotionet_tf.keras_versions import gradients_of
from emotionet_tf.training.optimization.optimizer_and_schedule import build_optimizer, stepwise_schedule

STEPS_OF_TWO_REPLICAS = """
from emotionet_tf.cli import entry_point
entry_point.set_up_process()
import tensorflow as tf
from emotionet_tf.keras_versions import gradients_of
from emotionet_tf.training.optimization.optimizer_and_schedule import build_optimizer, stepwise_schedule
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
strategy = tf.distribute.MirroredStrategy()
with strategy.scope():
    weight = tf.Variable([1.0])
    optimizer = build_optimizer("sgd", stepwise_schedule(0.5, 9), momentum=0.0, weight_decay=0.0, precision="float16")
    optimizer.build([weight])

@tf.function
def step(overflowing):
    def on_replica():
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        with tf.GradientTape() as tape:
            loss = weight[0] * tf.where(replica == overflowing, float("inf"), 0.25)
        optimizer.apply_gradients(zip(gradients_of(optimizer, loss, [weight], tape), [weight]))
    strategy.run(on_replica)

for overflowing in (-1, 0, 1, -1):
    step(tf.constant(overflowing))
    print(strategy.experimental_local_results(weight)[1].numpy()[0], int(optimizer.iterations.numpy()))
"""


def test_step_that_overflows_counts_and_changes_nothing():
    weight = tf.Variable([1.0])
    optimizer = build_optimizer(
        "sgd", stepwise_schedule(0.5, 9), momentum=0.0, weight_decay=0.0, precision="float16"
    )
    optimizer.build([weight])
    weights = []
    for factor in (0.25, float("inf"), float("nan"), 0.25):
        with tf.GradientTape() as tape:
            loss = weight[0] * factor
        gradients = gradients_of(optimizer, loss, [weight], tape)
        optimizer.apply_gradients(zip(gradients, [weight], strict=True))
        weights.append(float(weight[0]))
    assert weights == [0.875, 0.875, 0.875, 0.75]
    assert int(optimizer.iterations.numpy()) == 4


@pytest.mark.slow
def test_overflow_on_any_replica_is_one_of_all():
    run = warm_commands.run(["-c", STEPS_OF_TWO_REPLICAS])
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == ["0.75", "1", "0.75", "2", "0.75", "3", "0.5", "4"]
