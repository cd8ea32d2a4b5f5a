"""The photos that a list names by URL, for those who fetch them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

from emotionet_tf.label_lists.columns import Columns, identity_columns
from emotionet_tf.label_lists.emotionet_lists import training_columns
from emotionet_tf.label_lists.list_table import open_table
from emotionet_tf.label_lists.photo_places import place_key, stored_photo_path
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
      photo: Relative path to store it under; harmless, and no other photo's.
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


class TakenPlaces:
    """Which photo of which list has which file; 100 bytes a photo.

    Files are told apart by 64 bits of hash: in a million photos one is refused wrongly with a chance of 3e-8.
    """

    def __init__(self) -> None:
        self._lists: dict[str, int] = {}
        self._first: dict[int, int] = {}

    def claim(self, photo: str, list_path: str, line: int) -> str:
        """Takes a file for a list's line; returns where it was taken before, empty where it was free."""
        here = self._lists.setdefault(list_path, len(self._lists)) << 40 | line
        first = self._first.setdefault(hash(place_key(photo)), here)
        if first == here:
            return ""
        first_list = list(self._lists)[first >> 40]
        return f"line {first & (1 << 40) - 1}" + ("" if first_list == list_path else f" of {first_list}")


def read_photo_urls(
    path: str | os.PathLike[str], taken: TakenPlaces | None = None
) -> Iterator[PhotoUrls | Rejected]:
    """Yields, row by row, the photos of a training list, an opt list or a CSV with URLs in its column `path`.

    Every row that is not blank comes as one or the other. Labels are not looked at. A photo whose file an earlier row
    has is rejected: it has the same id, or one that differs in case only, which many disks do not tell apart.

    Args:
      path: The list; any format that `open_label_list` reads, also without AU columns.
      taken: Shared between lists whose photos go to one folder.
    Raises:
      UserError: If the file is missing, cannot be read, is damaged or names no photos.
    """
    table = open_table(path)
    if table.header is None:
        columns, original = training_columns(), 1
    else:
        columns = identity_columns(table.path, table.header)
        original = next((i for i, name in enumerate(table.header) if _ORIGINAL_URL.fullmatch(name)), -1)
    taken = taken or TakenPlaces()
    for text_row in table.rows():
        if not text_row.is_blank:
            yield _photo_of(text_row, columns, original, taken, table.path)


def _photo_of(
    text_row: TextRow, columns: Columns, original: int, taken: TakenPlaces, path: str
) -> PhotoUrls | Rejected:
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
    if where := taken.claim(place, path, text_row.line):
        return Rejected(text_row.line, row_id, f"duplicate id, its file {place} is that of {where}")
    return PhotoUrls(row_id, url, original_url, text_row.line, place)


def _web_url(cell: str) -> str:
    """Returns a cell's http or https URL with the blanks in it encoded; empty where it is none."""
    url = re.sub(r"\s", "%20", stripped(cell))
    match = _WEB_URL.fullmatch(url)
    is_whole = match and url.isprintable() and "\ufffd" not in url
    return url if match and is_whole and int(match["port"] or 0) < 1 << 16 else ""
