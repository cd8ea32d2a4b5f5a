"""Weights as plain numbers: `weights.npz`, small and without code, and `weights.json`, which vouches for it."""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from tensorflow import keras

from emotionet_tf.errors import UserError
from emotionet_tf.models.backbones.building import innermost_layers
from emotionet_tf.models.backbones.init_weights import refresh_normalization
from emotionet_tf.models.config import CONFIG_FILE
from emotionet_tf.models.dropout import SeededDropout
from emotionet_tf.models.network_files import ZIP_DATE
from emotionet_tf.storage.archives import check_archive
from emotionet_tf.storage.files import sha256_of, write_json, written_aside
from emotionet_tf.storage.paths import as_path

WEIGHTS_FILE = "weights.npz"
"""The arrays of a packed model folder."""
WEIGHTS_INFO_FILE = "weights.json"
"""Their SHA-256, that of the network's description, and their provenance."""
FLOAT16_BITS = 11
"""Significant bits of a number of 16 bits."""
WAY_OUT = "reinstall emotionet_tf, or pack the model again"
"""What to do about a packed model folder that is damaged."""


def write_packed(
    network: keras.Model,
    folder: str | os.PathLike[str],
    provenance: Mapping[str, Any],
    kernel_bits: int = FLOAT16_BITS,
) -> None:
    """Writes a network's weights into a folder: equal weights of equally named layers make equal bytes.

    Arrays of two and more axes, which are the kernels, are rounded to float16, and further to `kernel_bits`: the fewer
    there are, the better the file is compressed. All others stay as they are: running variances and biases need
    float32's range and cost nothing.

    Args:
      network: What `build_model` returned, trained.
      folder: Made where it is missing.
      provenance: What the weights were made from and how, as JSON can hold it.
      kernel_bits: Significant bits of the kernels' numbers, from 1 to 11.
    Raises:
      UserError: If a weight is not finite, also where float16 cannot hold it.
    """
    weights = as_path(folder) / WEIGHTS_FILE
    with written_aside(weights) as aside, zipfile.ZipFile(aside, "w") as archive:
        for number, layer in enumerate(weighted_layers(network)):
            name = f"{number:03d}_{layer.name.replace('/', '_')}"
            for index, array in enumerate(layer.get_weights()):
                _write_array(archive, f"{name}/{index}", array, kernel_bits)
    info: dict[str, Any] = {"weights_sha256": sha256_of(weights)}
    if (description := weights.with_name(CONFIG_FILE)).is_file():
        info["model_sha256"] = sha256_of(description)
    write_json(weights.with_name(WEIGHTS_INFO_FILE), {**info, "provenance": dict(provenance)})


def read_packed(weights: Path, build: Callable[[], keras.Model]) -> keras.Model:
    """Returns the network of a packed model folder; nothing in the folder is executed.

    Args:
      weights: Its `weights.npz`.
      build: Returns the network with fresh weights.
    Raises:
      UserError: If a file is missing, is not the one that was written, or is another network's.
    """
    arrays = _arrays_of(_checked_bytes(weights), weights)
    network = build()
    for number, layer in enumerate(weighted_layers(network)):
        own = layer.get_weights()
        found = [arrays.pop((number, index), None) for index in range(len(own))]
        shapes = [None if array is None else array.shape for array in found]
        if shapes != [array.shape for array in own]:
            raise UserError(
                f"{weights} is not of the network that model.json describes: layer {number}, {layer.name}, takes "
                f"{[array.shape for array in own]}, got {shapes}; {WAY_OUT}"
            )
        layer.set_weights(found)
    if arrays:
        raise UserError(
            f"{weights} is not of the network that model.json describes: {len(arrays)} arrays are left over; {WAY_OUT}"
        )
    refresh_normalization(network)
    return network


def weighted_layers(network: keras.Model) -> Iterator[keras.layers.Layer]:
    """Yields the innermost layers that have weights, in the network's order.

    The order follows from how the layers are connected and is the same with Keras 2 and 3; names that Keras gives are
    not. Dropouts are left out: their weight counts training steps.
    """
    for layer in innermost_layers(network):
        if layer.weights and not isinstance(layer, SeededDropout):
            yield layer


def is_packed(folder: Path) -> bool:
    """Returns whether a model folder is a packed one, perhaps with one of its files missing."""
    return any((folder / name).is_file() for name in (WEIGHTS_FILE, WEIGHTS_INFO_FILE))


def packed_weights_path(folder: Path, which: str | None) -> Path:
    """Returns a packed folder's file of weights; raises UserError where it is missing, or `which` asks for another."""
    if which:
        raise UserError(
            f"{folder} is a packed model, with neither a best nor a last one: leave which={which} out"
        )
    path = folder / WEIGHTS_FILE
    if not path.is_file():
        raise UserError(f"{path} is missing; {WAY_OUT}")
    return path


def _write_array(archive: zipfile.ZipFile, name: str, array: np.ndarray, kernel_bits: int) -> None:
    stored = _rounded(array, kernel_bits) if array.ndim >= 2 else array
    if not np.isfinite(stored).all():
        raise UserError(f"{name} cannot be packed: its largest value is {np.abs(array).max()}")
    content = io.BytesIO()
    np.lib.format.write_array(content, np.asarray(stored, order="C"), allow_pickle=False)
    member = zipfile.ZipInfo(f"{name}.npy", ZIP_DATE)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.create_system = 3  # otherwise it depends on where it is written
    archive.writestr(member, content.getvalue())


def _rounded(kernel: np.ndarray, num_bits: int) -> np.ndarray:
    """Returns a kernel as float16, rounded to some of its significant bits; halves away from zero."""
    with np.errstate(over="ignore"):
        kept = kernel.astype(np.float16)
    num_dropped = FLOAT16_BITS - num_bits
    if not num_dropped or not np.isfinite(kept).all():
        return kept
    # The mantissa's carry is the next exponent.
    bits = kept.view(np.uint16) + np.uint16(1 << (num_dropped - 1))
    return (bits >> num_dropped << num_dropped).astype(np.uint16).view(np.float16)


def _checked_bytes(weights: Path) -> bytes:
    """Returns the content of the weights' file, once its checksum is found right."""
    info = weights.with_name(WEIGHTS_INFO_FILE)
    try:
        marks = json.loads(info.read_text(encoding="utf-8"))
        expected, described = marks["weights_sha256"], marks.get("model_sha256")
    except OSError as error:
        raise UserError(f"{info} cannot be read: {error.strerror}; {WAY_OUT}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{info} is damaged: it has no weights_sha256; {WAY_OUT}") from error
    try:
        content = weights.read_bytes()
    except OSError as error:
        raise UserError(f"{weights} cannot be read: {error.strerror}; {WAY_OUT}") from error
    description = weights.with_name(CONFIG_FILE)
    if described and sha256_of(description) != described:
        raise UserError(
            f"{description} is damaged: its SHA-256 is not the one in {WEIGHTS_INFO_FILE}; {WAY_OUT}"
        )
    if hashlib.sha256(content).hexdigest() != expected:
        raise UserError(f"{weights} is damaged: its SHA-256 is not the one in {WEIGHTS_INFO_FILE}; {WAY_OUT}")
    return content


def _arrays_of(content: bytes, weights: Path) -> dict[tuple[int, int], np.ndarray]:
    """Returns the arrays by their layer's number and their number in the layer, as float32 where they are kernels."""
    arrays = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            check_archive(archive, weights)
            for member in archive.infolist():
                layer, _, index = member.filename.removesuffix(".npy").rpartition("/")
                array = _plain_array(archive.read(member))
                arrays[int(layer.partition("_")[0]), int(index)] = (
                    array.astype(np.float32) if array.dtype == np.float16 else array
                )
    except UserError:
        raise
    except (OSError, ValueError, RuntimeError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise UserError(f"{weights} does not hold plain arrays: {reason}; {WAY_OUT}") from error
    return arrays


def _plain_array(content: bytes) -> np.ndarray:
    """Returns the array of a .npy file; raises ValueError where it declares another size than it has, or objects."""
    file = io.BytesIO(content)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("an array is in another version of the format than is written")
    shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(file)
    if dtype.hasobject:
        raise ValueError("Object arrays cannot be loaded: they hold pickled code")
    if math.prod(shape) * dtype.itemsize != len(content) - file.tell():
        raise ValueError(f"an array says that it has {shape} numbers of type {dtype}, which it does not hold")
    return np.frombuffer(content, dtype, offset=file.tell()).reshape(shape, order="F" if is_fortran else "C")
