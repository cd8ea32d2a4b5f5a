#!/usr/bin/env bash
# Keras 3: `global_clipnorm` clips each replica's gradient before the replicas' gradients are added up. One would guess that
# the whole batch's gradient is clipped, as with one device, and as Keras 2.15 does it. With two replicas the step may have
# twice the norm that was asked for, and a model that trains on one device trains otherwise on two.
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


def step_of(strategy):
    """Returns how far one step at rate 1 and norm 1 goes along gradients of 10, split among the replicas."""
    with strategy.scope():
        weight = keras.Variable([0.0])
        optimizer = keras.optimizers.SGD(1.0, global_clipnorm=1.0)
        optimizer.build([weight])
    share = 10.0 / strategy.num_replicas_in_sync

    @tf.function
    def step():
        strategy.run(lambda: optimizer.apply_gradients([(tf.constant([share]), weight)]))

    step()
    return float(-weight.numpy()[0])


one = step_of(tf.distribute.OneDeviceStrategy("CPU:0"))
two = step_of(tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]))
print(f"norm asked for: 1; step of one device: {one}, of two replicas: {two}")
assert (one, two) == (1.0, 2.0), "this has changed"
PYTHON
