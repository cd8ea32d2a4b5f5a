#!/usr/bin/env bash
# Keras 3: a batch normalisation of images keeps the biased variance of its batches, sum / n. TensorFlow's fused kernel, by
# which Keras 2.15 trains the same layer, hands over the unbiased one, sum / (n - 1). One would guess that a layer of equal
# configuration and weights keeps equal statistics. With few pixels a map (small batches, last blocks, 1x1 maps) running
# variances, and the scores at inference with them, differ.
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
# Two images of one pixel: mean 0, biased variance 1, unbiased variance 2.
batch = np.array([-1.0, 1.0], np.float32).reshape(2, 1, 1, 1)
layer = keras.layers.BatchNormalization(momentum=0.0)
layer(batch, training=True)
of_layer = float(layer.moving_variance.numpy()[0])
_, _, variance = tf.compat.v1.nn.fused_batch_norm(batch, tf.ones(1), tf.zeros(1))
print(f"running variance of the layer: {of_layer}, of the fused kernel: {float(variance[0])}")
assert (of_layer, float(variance[0])) == (1.0, 2.0), "this has changed"
PYTHON
