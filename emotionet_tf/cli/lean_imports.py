"""TensorFlow's import without what no command needs of it: half of a command's first two seconds."""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib.abc
import sys
import threading
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

from emotionet_tf.lazy_names import around_import

_NEEDED_BY_NO_COMMAND = ("IPython", "jax", "matplotlib", "pandas", "scipy", "sklearn", "torch")
"""What TensorFlow and Keras import where it is installed, for functions that no command calls. They do without it."""
_DISTUTILS = "distutils"
"""TensorFlow 2.15 imports it, to ask where packages are."""


def import_leanly(package: str) -> None:
    """Has a package that is not imported yet imported within `lean_import`, whenever that will be."""
    around_import(package, lean_import)


@contextlib.contextmanager
def lean_import() -> Iterator[None]:
    """Leaves out of an import the optional packages that no command needs of TensorFlow or Keras, and does not look for
    garbage meanwhile.

    Keras then has no wrappers for scikit-learn and takes no pandas tables, for as long as the process lives: this is
    for commands, not for a person's own program. Afterwards the packages can be imported as ever. What the import made
    stays for good, so that later searches for garbage skip it.
    """
    is_collecting, finder = gc.isenabled(), _LeanFinder(_NEEDED_BY_NO_COMMAND)
    has_distutils = _DISTUTILS in sys.modules
    gc.disable()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        if not has_distutils:
            # Whoever imports it next gets setuptools', as ever.
            for name in [name for name in sys.modules if name.partition(".")[0] == _DISTUTILS]:
                del sys.modules[name]
        gc.freeze()
        # Else functions of TensorFlow's go so late at the exit that they complain, as in commands that ask MediaPipe.
        atexit.register(gc.unfreeze)
        if is_collecting:
            gc.enable()


class _LeanFinder(importlib.abc.MetaPathFinder):
    """Says to the thread that made it that some packages are not installed, and finds Python's own `distutils`,
    for which setuptools puts its own, with all of itself.
    """

    def __init__(self, hidden: Sequence[str]) -> None:
        self._hidden = hidden
        self._thread = threading.get_ident()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if threading.get_ident() != self._thread:
            return None
        if fullname in self._hidden:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        return PathFinder.find_spec(fullname) if fullname == _DISTUTILS else None
