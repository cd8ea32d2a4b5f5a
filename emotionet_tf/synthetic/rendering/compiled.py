"""The compiler of the renderer's inner loops, and the name that what they compile to is kept under.

numba keeps compiled functions beside their source and looks at that one file only: where a loop takes a constant, or
an inlined function, from another module, an edit there would go unnoticed. Here the folder is named by all of the
renderer's source and by the versions of what compiles it.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from emotionet_tf.errors import UserError
from emotionet_tf.storage.user_cache import user_cache_folder

try:
    import numba
    from numba import njit
except ImportError as error:
    raise UserError(
        "synthesising faces needs numba: pip install 'emotionet_tf[synthetic]' (or pip install numba)"
    ) from error

_SOURCES = Path(__file__).parents[1]


@functools.cache
def renderer_version() -> str:
    """Returns a checksum of all of the renderer's source, and of numba's and NumPy's version."""
    import numpy as np

    digest = hashlib.sha256(f"{numba.__version__} {np.__version__}".encode())
    for path in sorted(_SOURCES.rglob("*.py")):
        digest.update(f"{path.relative_to(_SOURCES).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def kernel(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Returns a decorator that compiles a function with numba's `njit`, and keeps what it compiles to.

    Args:
      **options: Of `njit`.
    """

    def compiled(function: Callable[..., Any]) -> Any:
        dispatcher = njit(**options)(function)
        config: Any = numba.config
        before = config.CACHE_DIR
        config.CACHE_DIR = str(user_cache_folder() / f"kernels-{renderer_version()}")
        try:
            dispatcher.enable_caching()
        finally:
            config.CACHE_DIR = before
        return dispatcher

    return compiled
