"""Which versions of the library and of its main dependencies made a result."""

from __future__ import annotations

import importlib.metadata
import platform
import subprocess
from pathlib import Path

_PACKAGES = (
    "tensorflow",
    "keras",
    "keras-cv",
    "tensorflow-addons",
    "mtcnn",
    "mediapipe",
    "opencv-python",
    "numpy",
    "pandas",
)
_CHECKOUT = Path(__file__).parent.parent


def installed_versions() -> dict[str, str]:
    """Returns name and version of Python, the library and its main dependencies; "-" for one that is missing."""
    from emotionet_tf import __version__

    versions = {"python": platform.python_version(), "emotionet_tf": __version__}
    for package in _PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = "-"
    return versions


def checkout_commit() -> str:
    """Returns the commit of the checkout that runs, and whether files differ from it; "" where it is none."""
    revision = _git("rev-parse", "HEAD")
    if not revision:
        return ""
    changed = _git("status", "--porcelain", "--untracked-files=no")
    return f"{revision[:12]}{' with changes that are not committed' if changed else ''}"


def _git(*arguments: str) -> str:
    if not (_CHECKOUT / ".git").exists():
        return ""
    command = ("git", "-C", str(_CHECKOUT), *arguments)
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""
