"""The compiler of the renderer's inner loops."""

from __future__ import annotations

from emotionet_tf.errors import UserError

try:
    from numba import njit
except ImportError as error:
    raise UserError(
        "synthesising faces needs numba: pip install 'emotionet_tf[synthetic]' (or pip install numba)"
    ) from error

__all__ = ["njit"]
