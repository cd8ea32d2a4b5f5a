#!/usr/bin/env bash
# keras-hub's ResNet-18 and keras-cv's have equal numbers and shapes of weights, layer by layer, so that one's weights load
# into the other without an error. One would guess that it then gives the same features. It does not: strides, epsilon and
# the padding differ, and the features with them. keras-cv is no longer developed, and keras-hub is named as its successor.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3.12}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet tensorflow==2.21.0 keras==3.15.1 keras-cv==0.9.0 keras-hub==0.32.0
cd "$folder"
KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3 venv/bin/python - 2>"$folder/stderr" <<'PYTHON' || { tail -3 "$folder/stderr" >&2; exit 1; }
import keras
import keras_cv
import keras_hub
import numpy as np

print("keras", keras.__version__, "keras-cv", keras_cv.__version__, "keras-hub", keras_hub.__version__)
cv = keras_cv.models.ResNetBackbone(
    stackwise_filters=[64, 128, 256, 512], stackwise_blocks=[2, 2, 2, 2], stackwise_strides=[1, 2, 2, 2],
    block_type="basic_block", include_rescaling=False, input_shape=(64, 64, 3),
)
hub = keras_hub.models.ResNetBackbone(
    input_conv_filters=[64], input_conv_kernel_sizes=[7], stackwise_num_filters=[64, 128, 256, 512],
    stackwise_num_blocks=[2, 2, 2, 2], stackwise_num_strides=[1, 2, 2, 2], block_type="basic_block",
    image_shape=(64, 64, 3),
)
unused = [layer.get_weights() for layer in cv.layers if layer.weights]
for layer in hub.layers:
    if layer.weights:
        shapes = [weight.shape for weight in layer.get_weights()]
        fitting = next(i for i, weights in enumerate(unused) if [weight.shape for weight in weights] == shapes)
        layer.set_weights(unused.pop(fitting))
image = np.random.default_rng(0).uniform(0, 1, (1, 64, 64, 3)).astype("float32")
one, other = np.array(cv(image)), np.array(hub(image))
difference = float(np.abs(one - other).max())
print("parameters", cv.count_params(), hub.count_params(), "weights without a place:", len(unused))
print("maps", one.shape, other.shape, "largest value", float(one.max()), "largest difference", difference)
assert cv.count_params() == hub.count_params() and not unused and difference > 1e-3, "this has changed"
PYTHON
