#!/usr/bin/env bash
# TensorFlow 2.21 with Keras 3: a TFLite file that TFLiteConverter.from_concrete_functions makes of a function and, as its
# `trackable_obj`, of the Keras model that the function calls, holds none of the weights. It is converted without an error, and
# runs; only its size and its scores tell. One would guess that the argument, which the documentation advises to give, can
# only help: with it TensorFlow 2.15 (Keras 2) writes the weights and, other than without, a signature with the names of
# inputs and outputs. Without it the file is right on both, and has no signature.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3.12}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet tensorflow==2.21.0 keras==3.15.1
cd "$folder"
KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3 venv/bin/python - 2>"$folder/stderr" <<'PYTHON' || { tail -3 "$folder/stderr" >&2; exit 1; }
import keras
import numpy as np
import tensorflow as tf

print("tensorflow", tf.__version__, "keras", keras.__version__)
model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(256, kernel_initializer="ones")])
function = tf.function(
    lambda x: {"scores": model(x, training=False)},
    input_signature=[tf.TensorSpec([1, 64], tf.float32, name="crop")],
).get_concrete_function()


def converted(*arguments):
    content = tf.lite.TFLiteConverter.from_concrete_functions([function], *arguments).convert()
    interpreter = tf.lite.Interpreter(model_content=content)
    return len(content), list(interpreter.get_signature_list())


weights = 4 * model.count_params()
alone, with_model = converted(), converted(model)
print(f"weights: {weights} bytes; (file's bytes, signatures) of the function alone {alone}, with the model {with_model}")
assert alone[0] > 0.9 * weights > 5 * with_model[0], "this has changed"
assert (alone[1], with_model[1]) == ([], ["serving_default"]), "this has changed"
PYTHON
