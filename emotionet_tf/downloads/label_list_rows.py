"""The rows of label lists, as the ledger takes them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

from emotionet_tf.downloads.ledger import ListRow
from emotionet_tf.label_lists.photo_urls import OpenUrlList
from emotionet_tf.label_lists.rejection_reasons import RejectedRow
from emotionet_tf.label_lists.rows import source_name
from emotionet_tf.storage.files import sha256_of

# Changed with what is kept of a row, so that ledgers of earlier versions are filled again.
_VERSION = "2"


class ListRows:
    """The rows of label lists in their order, with what is wrong with those that name no photo.

    Args:
      lists: The files.
    Raises:
      UserError: If a list is missing or cannot be read.

    Attributes:
      remarks: What a person should know of the lists, such as which sheets of a workbook are none.
    """

    def __init__(self, lists: Sequence[str]) -> None:
        names = [Path(path).name for path in lists]
        self._lists = [
            (path if names.count(name) > 1 else name, OpenUrlList(path))
            for path, name in zip(lists, names, strict=True)
        ]
        self.remarks = [opened.remark for _, opened in self._lists if opened.remark]

    def __iter__(self) -> Iterator[ListRow]:
        """Yields the rows; raises UserError where a list turns out to be damaged."""
        positions = count(1)
        for name, opened in self._lists:
            for row in opened:
                shown, position = source_name(name, row.source), next(positions)
                if isinstance(row, RejectedRow):
                    yield ListRow(position, shown, row.line, row.example_id, "", "", "", row.reason)
                else:
                    yield ListRow(
                        position, shown, row.line, row.example_id, row.url, row.original_url, row.photo
                    )


def fingerprint(lists: Sequence[str]) -> str:
    """Returns what is the same for the same lists with the same content only."""
    digest = hashlib.sha256(_VERSION.encode())
    for path in lists:
        digest.update(f"{path}\0{sha256_of(path)}\0".encode())
    return digest.hexdigest()
