"""The photos that a list names by URL, for those who fetch them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

from emotionet_tf.label_lists.columns import Columns, identity_columns
from emotionet_tf.label_lists.emotionet_lists import training_columns
from emotionet_tf.label_lists.list_table import open_table
from emotionet_tf.label_lists.photo_places import stored_photo_path
from emotionet_tf.label_lists.row_parser import identity
from emotionet_tf.label_lists.rows import Rejected
from emotionet_tf.label_lists.text_rows import TextRow, stripped

_ORIGINAL_URL = re.compile(r"(url|photo)[ _-]*orig(inal)?|orig(inal)?[ _-]*url", re.IGNORECASE)

_WEB_URL = re.compile(
    r"https?://([^/?#@\\]*@)?([^/?#@\\:\[\]]+|\[[0-9A-F:.]+\])(:(?P<port>[0-9]{0,5}))?([/?#].*)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PhotoUrls:
    """Where a photo can be fetched and where it is to be stored.

    Attributes:
      example_id: As the label list's reader gives it.
      url: The list's own address, http or https; empty where it is missing or none.
      original_url: Where the photo was found first; empty likewise. At least one of the two is there.
      line: The list's line, 1 = first.
      photo: Relative path to store it under; harmless, and another one for every id.
    """

    example_id: str
    url: str
    original_url: str
    line: int
    photo: str

    @property
    def urls(self) -> tuple[str, ...]:
        """The addresses to try, in this order; one or two."""
        return tuple(dict.fromkeys(filter(None, (self.url, self.original_url))))


def read_photo_urls(path: str | os.PathLike[str]) -> Iterator[PhotoUrls | Rejected]:
    """Yields, row by row, the photos of a training list, an opt list or a CSV with URLs in its column `path`.

    Every row that is not blank comes as one or the other. Labels are not looked at, and columns of them not needed.
    Rows with an id that came before come too, as with `streaming.open_label_list`: whoever stores photos has to keep
    each `photo_places.place_key` that is taken.

    Args:
      path: The list, in any format that `open_label_list` reads.
    Raises:
      UserError: If the file is missing, cannot be read, is damaged or names no photos.
    """
    table = open_table(path)
    if table.header is None:
        columns, original = training_columns(), 1
    else:
        columns = identity_columns(table.path, table.header)
        original = next((i for i, name in enumerate(table.header) if _ORIGINAL_URL.fullmatch(name)), -1)
    for text_row in table.rows():
        if not text_row.is_blank:
            yield _photo_of(text_row, columns, original)


def _photo_of(text_row: TextRow, columns: Columns, original: int) -> PhotoUrls | Rejected:
    row_id, photo, problem = identity(text_row, columns)
    if problem:
        return Rejected(text_row.line, row_id, problem)
    url, original_url = _web_url(photo), _web_url(text_row.cells[original]) if original >= 0 else ""
    if not url and not original_url:
        return Rejected(text_row.line, row_id, "no URL that begins with http:// or https://")
    try:
        place = stored_photo_path(row_id)
    except ValueError as error:
        return Rejected(text_row.line, row_id, str(error))
    return PhotoUrls(row_id, url, original_url, text_row.line, place)


def _web_url(cell: str) -> str:
    """Returns a cell's http or https URL with the blanks in it encoded; empty where it is none."""
    url = re.sub(r"\s", "%20", stripped(cell))
    match = _WEB_URL.fullmatch(url)
    is_whole = match and url.isprintable() and "\ufffd" not in url
    return url if match and is_whole and int(match["port"] or 0) < 1 << 16 else ""
