"""HDF5 files of weights: plain arrays in the file itself, no larger than the file can hold."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from emotionet_tf.errors import UserError
from emotionet_tf.storage.archives import check_unpacked_size


def check_hdf5(local: Path, path: str | os.PathLike[str]) -> None:
    """Makes sure that a file of weights holds its arrays itself, and that they are not larger than expected.

    HDF5 can point to other files, by links, external storage and virtual arrays, and can declare arrays of any size
    of which nothing is stored. Neither do files of weights.

    Args:
      local: The file.
      path: What it is called in messages.
    Raises:
      UserError: If it points elsewhere, or declares more than is expected.
      OSError: If it is not an HDF5 file.
    """
    import h5py

    with h5py.File(local, "r") as file:
        check_unpacked_size(path, local.stat().st_size, _declared_bytes(file, path))


def _declared_bytes(file: Any, path: str | os.PathLike[str]) -> int:
    import h5py

    total, seen, waiting = 0, set(), [file]
    while waiting:
        group = waiting.pop()
        for name in group:
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise UserError(
                    f"{os.fspath(path)}: {group.name}/{name} is a link, which files of weights do not have"
                )
            one = group[name]
            address = h5py.h5o.get_info(one.id).addr
            if address in seen:
                continue
            seen.add(address)
            if isinstance(one, h5py.Group):
                waiting.append(one)
            elif isinstance(one, h5py.Dataset):
                if one.external or one.is_virtual:
                    raise UserError(f"{os.fspath(path)}: the array {one.name} lies in another file")
                total += one.size * one.dtype.itemsize if one.size else 0
    return total
