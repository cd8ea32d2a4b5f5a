"""Which library runs trained networks: TensorFlow, or ONNX Runtime, which is small and starts at once."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from emotionet_tf.errors import UserError

if TYPE_CHECKING:
    import onnxruntime

TENSORFLOW, ONNX = "tensorflow", "onnx"
RUNTIMES = (TENSORFLOW, ONNX)
ONNX_DIR = Path(__file__).parent / "configs" / "onnx"
"""What comes with the package for ONNX Runtime: `NAME.onnx` of its detectors, and MTCNN's networks."""

_OTHER_FILE = b"\x0a\x08location"
"""How the name of a file with weights begins in an ONNX file: a field's key, as protobuf writes it."""


def chosen_runtime(name: str | None = None) -> str:
    """Returns the runtime of a name; by default TensorFlow where it is installed, else ONNX Runtime.

    Raises:
      UserError: If there is no such runtime, or it is not installed.
    """
    if name is None:
        name = TENSORFLOW if find_spec("tensorflow") else ONNX
    if name not in RUNTIMES:
        raise UserError(f"runtime {name!r} must be one of {', '.join(RUNTIMES)}")
    if name == ONNX:
        check_onnx_runtime()
    return name


def check_onnx_runtime() -> None:
    """Raises UserError, which says how to get it, unless ONNX Runtime is installed; it is not imported."""
    if find_spec("onnxruntime") is None:
        raise UserError("ONNX Runtime is not installed: pip install 'emotionet_tf[onnx]'")


def onnx_session(path: str | os.PathLike[str], num_threads: int) -> onnxruntime.InferenceSession:
    """Returns an ONNX file, ready to run on the processor; threads may share it.

    Args:
      path: The file.
      num_threads: Threads that one call uses.
    Raises:
      UserError: If ONNX Runtime is missing, or the file cannot be read as ONNX or names other files to read.
    """
    check_onnx_runtime()
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = num_threads
    # Threads that wait by turning round and round would be in the way of those that find faces.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3  # Errors are raised; its warnings are for its own authors.
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise UserError(f"{os.fspath(path)} cannot be read: {error.strerror}") from error
    if _OTHER_FILE in content:
        raise UserError(
            f"{os.fspath(path)} keeps weights in other files, which are not read; export it as one file"
        )
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    # Its errors have no class in common but Exception.
    except Exception as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise UserError(f"{os.fspath(path)} cannot be read as ONNX: {reason}") from error
