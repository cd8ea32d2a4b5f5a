#!/usr/bin/env bash
# Keras 3: an optimiser's `use_ema=True` keeps averages that are zero until the first step, which sets them to the weights
# after it, whatever the decay. One would guess that they start at the initial weights, as Keras 2.15's do; a model that is
# evaluated with the averages of the same training gives other scores on the two.
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
weight = keras.Variable([1.0])
optimizer = keras.optimizers.SGD(1.0, use_ema=True, ema_momentum=0.9)
optimizer.build([weight])
averages = [float(optimizer._model_variables_moving_average[0].numpy()[0])]
for _ in range(2):
    optimizer.apply_gradients([(tf.constant([-1.0]), weight)])
    averages.append(float(optimizer._model_variables_moving_average[0].numpy()[0]))
expected = [1.0, 0.9 * 1 + 0.1 * 2, 0.9 * (0.9 * 1 + 0.1 * 2) + 0.1 * 3]
print("weights 1, 2, 3; averages with decay 0.9 from the first weight on:", [round(value, 4) for value in expected])
print("averages that the optimiser keeps:", [round(value, 4) for value in averages])
assert [round(value, 4) for value in averages] == [0.0, 2.0, 2.1], "this has changed"
PYTHON
