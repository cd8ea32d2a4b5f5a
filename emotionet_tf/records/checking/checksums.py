"""Whether shards have the checksums that their folder's description has: lengths alone miss a flipped byte."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from emotionet_tf.records.dataset_info import DatasetInfo, Shard, shard_path
from emotionet_tf.storage import files


def is_as_described(folder: str | os.PathLike[str], shard: Shard) -> bool:
    """Returns whether a shard is there, with its length and SHA-256; reads all of it if the length is right."""
    path = shard_path(folder, shard)
    try:
        return path.stat().st_size == shard.num_bytes and files.sha256_of(path) == shard.sha256
    except FileNotFoundError:
        return False


def damaged_shards(folder: str | os.PathLike[str], info: DatasetInfo) -> Sequence[Shard]:
    """Returns the shards of all views that are not as a records folder's description has them."""
    shards = [shard for view in info.views.values() for shard in view]
    with ThreadPoolExecutor() as threads:  # checksums are computed without Python's lock
        is_whole = list(threads.map(lambda shard: is_as_described(folder, shard), shards))
    return [shard for shard, whole in zip(shards, is_whole, strict=True) if not whole]
