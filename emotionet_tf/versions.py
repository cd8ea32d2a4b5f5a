"""Which versions of the library and of its main dependencies made a result."""

from __future__ import annotations

import importlib.metadata
import platform

_PACKAGES = (
    "tensorflow",
    "keras",
    "keras-cv",
    "tensorflow-addons",
    "mtcnn",
    "opencv-python",
    "numpy",
    "pandas",
)


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
