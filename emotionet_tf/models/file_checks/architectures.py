"""A network's `config.json`: the classes that it asks Keras for must be plain layers.

Keras finds classes by the names in the file. Some run code that is in the file (Lambda), call any function of
TensorFlow (TFOpLambda), or read other files (TFSMLayer, StringLookup), so it is those of our own networks and their
like that are taken, and all others refused.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tensorflow import keras

from emotionet_tf.errors import UserError

# fmt: off
_LAYERS = frozenset((
    "Activation", "Add", "Average", "AveragePooling2D", "BatchNormalization", "Concatenate", "Conv2D",
    "Cropping2D", "Dense", "DepthwiseConv2D", "Dropout", "ELU", "Flatten", "GlobalAveragePooling2D",
    "GlobalMaxPooling2D", "GroupNormalization", "InputLayer", "LayerNormalization", "LeakyReLU",
    "MaxPooling2D", "Maximum", "Minimum", "Multiply", "MultiHeadAttention", "Normalization", "PReLU",
    "Permute", "ReLU", "Rescaling", "Reshape", "SeparableConv2D", "Softmax", "SpatialDropout2D",
    "Subtract", "UnitNormalization", "UpSampling2D", "ZeroPadding2D",
))
_INITIALIZERS = frozenset((
    "Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "LecunNormal", "LecunUniform",
    "Ones", "Orthogonal", "RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling", "Zeros",
))
# fmt: on
_ALLOWED: Mapping[str, frozenset[str]] = {
    r"keras\.layers": _LAYERS,
    r"keras(\.src)?(\.engine|\.models)?(\.functional)?": frozenset({"Functional", "Model"}),
    r"keras\.initializers": _INITIALIZERS,
    r"keras\.regularizers": frozenset({"L1", "L2", "L1L2"}),
    r"keras(\.dtype_policies|\.mixed_precision)?": frozenset({"DTypePolicy", "Policy"}),
    # Sums and products of tensors, as keras.applications has them in MobileNetV3.
    r"keras\.src\.ops\.numpy": frozenset({"Add", "Multiply"}),
    r"keras\.src\.layers\.core\.tf_op_layer": frozenset({"TFOpLambda"}),
}
"""By their modules, which Keras 2 and 3 call differently."""
_TF_FUNCTIONS = ("__operators__.add", "math.add", "math.multiply")
"""What a TFOpLambda may call."""
_TENSOR = "__keras_tensor__"
_LIBRARIES = ("keras", "tf_keras", "keras_cv", "keras_hub", "tensorflow", "tensorflow_addons")


def check_architecture(
    config: Any, path: str | os.PathLike[str], own_layers: Mapping[str, type[keras.layers.Layer]]
) -> None:
    """Makes sure that a network's description names plain layers only.

    Layers that the running program has registered itself, by `keras.saving.register_keras_serializable`, are taken as
    well: their code is the program's, not the file's.

    Args:
      config: The content of `config.json`.
      path: Of the archive, for messages.
      own_layers: This library's layers, by their names.
    Raises:
      UserError: If it is not a network's description, or names anything else.
    """
    if not isinstance(config, dict) or not isinstance(config.get("class_name"), str):
        raise UserError(f"{os.fspath(path)}: its config.json describes no network")
    # Keras is told not to compile, and drops how the network was compiled.
    for one in _described({**config, "compile_config": None}):
        class_name = one["class_name"]
        if class_name == _TENSOR or _is_plain(one) or _is_registered(one, own_layers):
            continue
        inner = one.get("config")
        name = inner.get("name") if isinstance(inner, dict) else None
        named = f"{name!r} is" if isinstance(name, str) else "it has an object that is"
        raise UserError(
            f"{os.fspath(path)} is not loaded: {named} of the class {class_name!r}, which is not one of the plain "
            "layers that emotionet_tf reads, as others may hold code; a layer of your own has to be registered by "
            "keras.saving.register_keras_serializable before"
        )


def _described(content: Any) -> Iterator[dict[str, Any]]:
    """Yields every object that is described anywhere in a configuration."""
    waiting = [content]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if "class_name" in one:
                yield one
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


def _is_plain(one: Mapping[str, Any]) -> bool:
    module, class_name = one.get("module"), one["class_name"]
    if one.get("registered_name") not in (None, class_name):
        return False
    is_known = any(
        class_name in names and isinstance(module, str) and re.fullmatch(pattern, module)
        for pattern, names in _ALLOWED.items()
    )
    if class_name != "TFOpLambda":
        return is_known
    inner = one.get("config")
    return is_known and isinstance(inner, dict) and inner.get("function") in _TF_FUNCTIONS


def _is_registered(one: Mapping[str, Any], own_layers: Mapping[str, type]) -> bool:
    """Returns whether it is a layer of this library's, or one that the running program has registered."""
    name = one.get("registered_name")
    if not isinstance(name, str) or name == one["class_name"]:
        return False
    found = keras.utils.get_registered_object(name)
    if not isinstance(found, type) or found.__name__ != one["class_name"]:
        return False
    return found in own_layers.values() or found.__module__.partition(".")[0] not in _LIBRARIES
