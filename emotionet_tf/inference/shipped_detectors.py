"""The detectors that come with the package: under each one's name some packed model folders. Needs no TensorFlow."""

from __future__ import annotations

from pathlib import Path

from emotionet_tf import __version__
from emotionet_tf.errors import UserError
from emotionet_tf.runtimes import ONNX_DIR

WEIGHTS_DIR = Path(__file__).parents[1] / "configs" / "weights"
"""Holds `NAME/MODEL/`: a folder for each detector, in it a packed model folder for each of its models."""
DEFAULT_DETECTOR = "fast"
"""The detector that predicts where neither model folders nor a name are given."""


def detector_names() -> tuple[str, ...]:
    """Returns the names of the detectors that come with this package: the default first, then by the alphabet."""
    names = [folder.name for folder in _folders_in(WEIGHTS_DIR) if _folders_in(folder)]
    return tuple(sorted(names, key=lambda name: (name != DEFAULT_DETECTOR, name)))


def detector_folders(name: str = DEFAULT_DETECTOR) -> tuple[Path, ...]:
    """Returns the model folders of a detector.

    Raises:
      UserError: If no detector of that name comes with the package; the message lists those that do.
    """
    names = detector_names()
    if not names:
        raise UserError(
            "no trained detector comes with this copy of emotionet_tf; give the folder of a model, such as "
            "emotionet_tf.bin.train makes, or install a release with weights"
        )
    if name not in names:
        raise UserError(f"the detector's name must be one of {', '.join(names)}, got {name!r}")
    return tuple(_folders_in(WEIGHTS_DIR / name))


def onnx_file(name: str = DEFAULT_DETECTOR) -> Path:
    """Returns a detector's file for ONNX Runtime.

    Raises:
      UserError: If no detector of that name comes with the package for it; the message lists those that do.
    """
    names = sorted(path.stem for path in ONNX_DIR.glob("*.onnx"))
    if name not in names:
        raise UserError(
            f"the detector's name must be one of {', '.join(names) or 'none (none came along)'}, got {name!r}"
        )
    return ONNX_DIR / f"{name}.onnx"


def described(name: str) -> str:
    """Returns a detector's name with the version of the package that it comes from."""
    return f"{name} (emotionet_tf {__version__})"


def _folders_in(folder: Path) -> list[Path]:
    """Returns the folders in a folder, in the order of their names, but for hidden ones and Python's own."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] not in "._")
