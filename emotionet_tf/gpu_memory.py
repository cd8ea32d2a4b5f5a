"""How much of a GPU's memory this process takes: by default what it needs, so that others find room beside it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from emotionet_tf.errors import UserError

if TYPE_CHECKING:
    import tensorflow as tf

GROWTH, ALL = "growth", "all"
GROWTH_VARIABLE = "TF_FORCE_GPU_ALLOW_GROWTH"
"""TensorFlow reads it when it first uses a GPU; where it is set, it goes before what is set by a call."""


def check_gpu_memory(wanted: str) -> None:
    """Raises UserError unless a text is "growth", "all" or a number of megabytes."""
    if wanted not in (GROWTH, ALL) and not (wanted.isdecimal() and wanted.isascii() and int(wanted) > 0):
        raise UserError(
            f"gpu_memory must be {GROWTH}, {ALL} or a number of megabytes such as 4000, got {wanted!r}"
        )


def take_gpu_memory(
    wanted: str | None = None, gpus: Sequence[tf.config.PhysicalDevice] | None = None
) -> None:
    """Decides how much memory of each GPU TensorFlow takes; to be called before it has computed anything.

    TensorFlow alone takes nearly all memory of all GPUs at its first step, and a second process then finds none.

    Args:
      wanted: "growth" takes what is needed and keeps it, "all" takes nearly everything at once, and a number of
        megabytes is the most that is taken. None is growth, unless the environment or the program has decided.
      gpus: Which; None for all that there are.
    Raises:
      UserError: If something is asked for that can no longer be had, as TensorFlow uses the GPUs already.
    """
    if wanted is None and GROWTH_VARIABLE in os.environ:
        return
    if wanted is not None:
        check_gpu_memory(wanted)
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU") if gpus is None else gpus
    if not gpus:
        return
    if wanted is None:
        # In use already, or set up by the program that we are called from: then it has decided.
        with contextlib.suppress(RuntimeError, ValueError):
            _let_grow(gpus, True)
        return
    try:
        if wanted in (GROWTH, ALL):
            _let_grow(gpus, wanted == GROWTH)
            os.environ[GROWTH_VARIABLE] = str(wanted == GROWTH).lower()
        else:
            for gpu in gpus:
                limit = tf.config.LogicalDeviceConfiguration(memory_limit=int(wanted))
                tf.config.set_logical_device_configuration(gpu, [limit])
    except (RuntimeError, ValueError) as error:
        raise UserError(
            f"gpu_memory {wanted} comes too late: the GPUs of this process are in use or set up already; set it before "
            f"anything else is computed ({error})"
        ) from error


def _let_grow(gpus: Sequence[tf.config.PhysicalDevice], grows: bool) -> None:
    import tensorflow as tf

    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, grows)
