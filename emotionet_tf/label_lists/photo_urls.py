"""The photos that a list names by URL, for those who fetch them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

from emotionet_tf.label_lists.formats.list_format import Columns
from emotionet_tf.label_lists.formats.registry import URL_FORMATS
from emotionet_tf.label_lists.photo_places import stored_photo_path
from emotionet_tf.label_lists.rejection_reasons import NO_WEB_ADDRESS, RejectedRow
from emotionet_tf.label_lists.row_parser import identity
from emotionet_tf.label_lists.tables.text_or_workbook import open_tables
from emotionet_tf.label_lists.tables.text_rows import TextRow, stripped

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
      source: The sheet that the line is of, where there are several; empty where there is one.
    """

    example_id: str
    url: str
    original_url: str
    line: int
    photo: str
    source: str = ""

    @property
    def urls(self) -> tuple[str, ...]:
        """The addresses to try, in this order; one or two."""
        return tuple(dict.fromkeys(filter(None, (self.url, self.original_url))))


class OpenUrlList:
    """The photos of a training list, an opt list or a CSV with URLs in its column `path`, read row by row.

    Every row that is not blank comes as a `PhotoUrls` or as a `RejectedRow`. Labels are ignored, and columns of them
    not needed. Rows with an id that came before come too, as with `streaming.open_label_list`: whoever stores photos
    has to keep each `photo_places.place_key` that is taken.

    Args:
      path: The list, in any of the `URL_FORMATS`.
    Raises:
      UserError: If the file is missing, cannot be read, is damaged or names no photos.

    Attributes:
      remark: What a person should know of a workbook's sheets; empty where there is nothing to say.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        opened = open_tables(path, "list of photos' URLs", URL_FORMATS)
        self._tables = opened.tables
        self.remark = opened.remark

    def __iter__(self) -> Iterator[PhotoUrls | RejectedRow]:
        """Yields the rows in the file's order; raises UserError where the file turns out to be damaged."""
        for table in self._tables:
            for text_row in table.rows():
                if not text_row.is_blank:
                    yield _photo_of(text_row, table.columns, table.source)


def _photo_of(text_row: TextRow, columns: Columns, source: str) -> PhotoUrls | RejectedRow:
    row_id, photo, problem = identity(text_row, columns)
    url = original_url = place = ""
    if not problem:
        url = _web_url(photo)
        original_url = "" if columns.original_url is None else _web_url(text_row.cells[columns.original_url])
        try:
            place = stored_photo_path(row_id)
        except ValueError as error:
            problem = str(error)
        if not url and not original_url:
            problem = NO_WEB_ADDRESS
    if problem:
        return RejectedRow(text_row.line, row_id, problem, source)
    return PhotoUrls(row_id, url, original_url, text_row.line, place, source)


def _web_url(cell: str) -> str:
    """Returns a cell's http or https URL with the blanks in it encoded; empty where it is none."""
    url = re.sub(r"\s", "%20", stripped(cell))
    match = _WEB_URL.fullmatch(url)
    is_whole = match and url.isprintable() and "\ufffd" not in url
    return url if match and is_whole and int(match["port"] or 0) < 1 << 16 else ""
