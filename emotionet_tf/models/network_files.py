"""Networks as `.keras` files: equal networks make equal bytes."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tensorflow import keras

from emotionet_tf.errors import UserError
from emotionet_tf.keras_versions import KERAS_MAJOR
from emotionet_tf.models.cosine_logits import CosineLogits
from emotionet_tf.models.dropout import SeededDropout
from emotionet_tf.models.file_checks.architectures import check_architecture
from emotionet_tf.models.file_checks.hdf5 import check_hdf5
from emotionet_tf.models.head_angles import FillMissingAngles
from emotionet_tf.models.looks.layers import Looks, MeanOfLooks
from emotionet_tf.storage.archives import check_archive
from emotionet_tf.storage.files import written_aside
from emotionet_tf.storage.paths import local_copy

# The names of these layers' modules are in the files: to rename one changes every file that is written.
_OWN_LAYERS = {
    layer.__name__: layer for layer in (CosineLogits, FillMissingAngles, Looks, MeanOfLooks, SeededDropout)
}
_METADATA = "metadata.json"
_CONFIG = "config.json"
_WEIGHTS = "model.weights.h5"
ZIP_DATE = (1980, 1, 1, 0, 0, 0)
"""The earliest that a zip archive can hold."""
_MAX_DESCRIPTION_BYTES = 64 << 20
_DATE_SAVED = "1980-01-01@00:00:00"
_PLAIN_FILE = 0o600 << 16
_DAMAGE = (
    *(OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RuntimeError, EOFError),
    *(zlib.error, zipfile.BadZipFile),
)
"""What zipfile, h5py and Keras raise for a damaged file, with their subclasses for each kind of damage."""


def write_network(network: keras.Model, path: str | os.PathLike[str]) -> None:
    """Writes a `.keras` file in one piece, a function of network and weights only.

    Keras notes when it saves, inside and in the zip archive's members; what depends on a training would count as
    changed whenever it is redone. Layers that got their names from Keras (MobileNetV3's and EfficientNet's have some)
    are numbered through a process, so equal bytes take equal builds before, as in two runs of one command.

    Args:
      network: A Keras model.
      path: The file, named `.keras`; replaced where it exists.
    """
    with written_aside(path) as aside:
        # Keras decides the format by the name's ending.
        dated = aside.with_name(aside.name + ".keras")
        try:
            network.save(dated)
            _write_undated(dated, aside)
        finally:
            dated.unlink(missing_ok=True)


def read_network(path: Path, build: Callable[[], keras.Model] | None = None) -> keras.Model:
    """Reads a `.keras` file, which may hold this library's layers; what it holds is checked before Keras sees it.

    Args:
      path: The file.
      build: Returns the network with fresh weights. Where another major version of Keras wrote the file, its
        architecture cannot be read: only the weights are, into this one. None refuses such a file.
    Raises:
      UserError: If it cannot be loaded, holds other layers than plain ones, other files than Keras writes, or more
        bytes than expected; or if it was written by another Keras and there is no `build`.
    """
    try:
        with local_copy(path) as local:
            config = _checked_config(local, path)
            major = keras_major_of(local)
            if major == KERAS_MAJOR:
                check_architecture(config, path, _OWN_LAYERS)
                return keras.models.load_model(local, compile=False, custom_objects=_OWN_LAYERS)
            if build is not None:
                return _with_weights_of(local, build())
    except UserError:
        raise
    except _DAMAGE as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise UserError(f"{path} is not a model that can be loaded: {reason}") from error
    raise UserError(
        f"{path} was written by Keras {major}, whose networks Keras {KERAS_MAJOR} cannot build; use it with "
        f"Keras {major}"
    )


def _checked_config(local: Path, path: Path) -> Any:
    """Returns the content of a local archive's `config.json`, once the archive and its weights are found sound."""
    with zipfile.ZipFile(local) as archive:
        check_archive(archive, path, (_METADATA, _CONFIG, _WEIGHTS).__contains__)
        for name in (_METADATA, _CONFIG):
            if archive.getinfo(name).file_size > _MAX_DESCRIPTION_BYTES:
                raise UserError(f"{path}: its {name} is larger than any network's description")
        with _unpacked_weights(archive) as weights:
            check_hdf5(weights, path)
        return json.loads(archive.read(_CONFIG))


@contextlib.contextmanager
def _unpacked_weights(archive: zipfile.ZipFile) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(archive.extract(_WEIGHTS, folder))


def keras_major_of(path: Path) -> int:
    """Returns the major version of the Keras that wrote a local `.keras` file."""
    with zipfile.ZipFile(path) as archive:
        return int(str(json.loads(archive.read(_METADATA))["keras_version"]).partition(".")[0])


def _with_weights_of(path: Path, network: keras.Model) -> keras.Model:
    """Returns a network, built as that which was saved, with the weights of a local `.keras` file."""
    with zipfile.ZipFile(path) as archive, _unpacked_weights(archive) as weights:
        network.load_weights(weights)
    return network


def _with_numbered_objects(config: bytes) -> bytes:
    """Returns a `config.json` whose shared objects are numbered; Keras 3 names them by their addresses in memory."""
    numbers: dict[bytes, bytes] = {}

    def number(match: re.Match[bytes]) -> bytes:
        return match[1] + numbers.setdefault(match[2], str(len(numbers)).encode())

    return re.sub(rb'("shared_object_id": )(\d+)', number, config)


def _write_undated(source: Path, target: Path) -> None:
    """Copies a `.keras` archive without the times and the addresses in memory in it."""
    with zipfile.ZipFile(source) as dated, zipfile.ZipFile(target, "w") as undated:
        for member in dated.infolist():
            copy = zipfile.ZipInfo(member.filename, ZIP_DATE)
            copy.external_attr = _PLAIN_FILE
            if member.filename == _METADATA:
                metadata = json.loads(dated.read(member)) | {"date_saved": _DATE_SAVED}
                undated.writestr(copy, json.dumps(metadata))
                continue
            if member.filename == _CONFIG and KERAS_MAJOR >= 3:
                undated.writestr(copy, _with_numbered_objects(dated.read(member)))
                continue
            copy.file_size = member.file_size  # tells whether 4 GB suffice
            with dated.open(member) as reader, undated.open(copy, "w") as writer:
                shutil.copyfileobj(reader, writer, 1 << 20)
