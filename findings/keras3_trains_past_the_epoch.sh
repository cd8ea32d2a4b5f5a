#!/usr/bin/env bash
# Keras 3: `fit(steps_per_epoch=4)` of a model that was compiled with `steps_per_execution=3` trains 6 steps an epoch on an
# endless dataset. One would guess 4, the last execution being shortened, as Keras 2.15 does it. Nothing is said of it, and
# a schedule, a checkpoint or a seed that counts steps is off from the first epoch on.
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
batches = tf.data.Dataset.from_tensors((tf.ones((2, 3)), tf.ones((2, 1)))).repeat()
steps = {}
for steps_per_execution in (1, 2, 3):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", steps_per_execution=steps_per_execution)
    model.fit(batches, steps_per_epoch=4, epochs=1, verbose=0)
    steps[steps_per_execution] = int(model.optimizer.iterations)
    print(f"steps_per_epoch=4, steps_per_execution={steps_per_execution}: {steps[steps_per_execution]} steps")
assert steps == {1: 4, 2: 4, 3: 6}, "this has changed"
PYTHON
