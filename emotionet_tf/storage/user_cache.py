"""Where what can be made again is kept between runs."""

from __future__ import annotations

import os
from pathlib import Path


def user_cache_folder() -> Path:
    """Returns the user's cache folder of this library: $XDG_CACHE_HOME or ~/.cache, then emotionet_tf."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "emotionet_tf"
