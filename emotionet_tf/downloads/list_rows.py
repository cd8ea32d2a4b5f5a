"""The rows of label lists, as the ledger takes them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from emotionet_tf.downloads.ledger import ListRow
from emotionet_tf.files import sha256_of
from emotionet_tf.label_lists.photo_urls import read_photo_urls
from emotionet_tf.label_lists.rows import Rejected

# Changed with what is kept of a row, so that ledgers of earlier versions are filled anew.
_VERSION = "1"


def list_rows(lists: Sequence[str]) -> Iterator[ListRow]:
    """Yields the rows of label lists in their order, with what is wrong with those that name no photo.

    Raises:
      UserError: If a list is missing or cannot be read.
    """
    position = 0
    names = [Path(path).name for path in lists]
    for path, name in zip(lists, names, strict=True):
        shown = path if names.count(name) > 1 else name
        for row in read_photo_urls(path):
            position += 1
            if isinstance(row, Rejected):
                yield ListRow(position, shown, row.line, row.example_id, "", "", "", row.reason)
            else:
                yield ListRow(position, shown, row.line, row.example_id, row.url, row.original_url, row.photo)


def fingerprint(lists: Sequence[str]) -> str:
    """Returns what is the same for the same lists with the same content only."""
    digest = hashlib.sha256(_VERSION.encode())
    for path in lists:
        digest.update(f"{path}\0{sha256_of(path)}\0".encode())
    return digest.hexdigest()
