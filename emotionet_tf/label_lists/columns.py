"""Which column of a list holds what."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from emotionet_tf.action_units import ACTION_UNITS
from emotionet_tf.errors import UserError

_AU_HEADER = re.compile(r"AU[ _]?0*(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Columns:
    """Which column of a file holds what; a file without an id column derives the id from the photo's path."""

    num_fields: int
    photo: int | None
    id: int | None
    aus: Mapping[int, int] = field(default_factory=dict)
    """AU number to column, of the labelled ones among the 23."""
    blank_is_unknown: bool = False
    class_name: int | None = None


def identity_columns(path: str, header: list[str]) -> Columns:
    """Returns where a header names the photos: an opt list's column `URL`, else the columns `path` and `id`.

    Raises:
      UserError: If it names them nowhere.
    """
    if is_opt_header(header):
        return Columns(len(header), photo=header.index("URL"), id=None)
    names = [name.lower() for name in header]
    photo = names.index("path") if "path" in names else None
    id_column = names.index("id") if "id" in names else None
    if photo is None and id_column is None:
        raise UserError(f"{path}: no label list: no column 'URL' (opt list), 'path' or 'id' (plain CSV)")
    return Columns(len(header), photo=photo, id=id_column)


def is_opt_header(header: Collection[str]) -> bool:
    """Returns whether a header is an opt list's."""
    return "URL" in header


def names_photos(header: Collection[str]) -> bool:
    """Returns whether a header has a column `path` or `id`, as plain CSVs and lists of classes do."""
    return not {"path", "id"}.isdisjoint(name.lower() for name in header)


def has_au_column(header: Collection[str]) -> bool:
    """Returns whether a header has a column of an AU, known or not."""
    return any(_AU_HEADER.fullmatch(name) for name in header)


def au_columns(path: str, header: list[str], allowed: Sequence[int]) -> dict[int, int]:
    """Returns where a header has the 23 AUs, in their order; AUs that it lacks are left out.

    Raises:
      UserError: If a column is of an AU that is not allowed, or of one that another column has.
    """
    columns: dict[int, int] = {}
    for index, name in enumerate(header):
        match = _AU_HEADER.fullmatch(name)
        if not match:
            continue
        au = int(match.group(1))
        if au not in allowed:
            raise UserError(
                f"{path}: unknown AU column '{name}'; known are AUs {', '.join(map(str, allowed))}"
            )
        if au in columns:
            raise UserError(f"{path}: two columns for AU {au}")
        columns[au] = index
    return {au: columns[au] for au in ACTION_UNITS if au in columns}
