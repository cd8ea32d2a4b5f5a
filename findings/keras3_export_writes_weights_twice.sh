#!/usr/bin/env bash
# Keras 3: model.export(folder) writes a SavedModel that holds each weight twice, in its variables. One would guess a folder
# about as large as the weights, which is what Keras 2.15's model.export writes, and what tf.saved_model.save of the same
# call gives when the weights are constants of its function.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3.12}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet tensorflow==2.21.0 keras==3.15.1
cd "$folder"
KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3 venv/bin/python - 2>"$folder/stderr" <<'PYTHON' || { tail -3 "$folder/stderr" >&2; exit 1; }
import pathlib

import keras
import tensorflow as tf

print("tensorflow", tf.__version__, "keras", keras.__version__)
model = keras.Sequential([keras.Input((1000,)), keras.layers.Dense(1000)])
model.export("exported", verbose=False)
(data,) = pathlib.Path("exported", "variables").glob("variables.data-*")
weights = 4 * model.count_params()
kernels = [name for name, shape in tf.train.list_variables("exported/variables/variables") if shape == [1000, 1000]]
print(f"weights: {weights} bytes; variables of the export: {data.stat().st_size} bytes, kernels in it: {len(kernels)}")
for name in kernels:
    print(" ", name)
assert len(kernels) == 2 and data.stat().st_size > 1.9 * weights, "this has changed"
PYTHON
