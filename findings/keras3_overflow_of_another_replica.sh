#!/usr/bin/env bash
# Keras 3: a float16 step is skipped when a gradient of the first replica is not finite; an overflow of any other replica
# goes into the weights of all. One would guess that an overflow anywhere skips the step, as in Keras 2.15, which sums the
# replicas' gradients before it looks. A skipped step does not count in `iterations` either, which Keras 2.15 counts, so that
# the learning rate's schedule and a resumed stream of batches fall behind.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3.12}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet tensorflow==2.21.0 keras==3.15.1
cd "$folder"
KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3 venv/bin/python - 2>"$folder/stderr" <<'PYTHON' || { tail -3 "$folder/stderr" >&2; exit 1; }
import keras
import tensorflow as tf

print("tensorflow", tf.__version__, "keras", keras.__version__)
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


def after_a_step(overflowing):
    """Returns weight and number of steps after one whose gradient overflows on a replica."""
    with strategy.scope():
        weight = keras.Variable([1.0])
        optimizer = keras.mixed_precision.LossScaleOptimizer(keras.optimizers.SGD(0.5))
        optimizer.build([weight])

    @tf.function
    def step():
        def on_replica():
            replica = tf.distribute.get_replica_context().replica_id_in_sync_group
            gradient = tf.where(replica == overflowing, float("inf"), 1.0)
            optimizer.apply_gradients([(gradient[None], weight)])

        strategy.run(on_replica)

    step()
    return float(weight.numpy()[0]), int(optimizer.iterations.numpy())


first, second = after_a_step(0), after_a_step(1)
print(f"overflow on the first replica: weight {first[0]}, steps {first[1]}")
print(f"overflow on the second replica: weight {second[0]}, steps {second[1]}")
assert (first, second) == ((1.0, 0), (float("-inf"), 1)), "this has changed"
PYTHON
