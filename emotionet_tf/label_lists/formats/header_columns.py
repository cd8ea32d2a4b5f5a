"""What a header's names say, as several formats read them: the photo, its id, the AUs, the original URL."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from emotionet_tf.action_units import ACTION_UNITS
from emotionet_tf.errors import UserError

_AU_NAME = re.compile(r"AU[ _]?0*(\d+)", re.IGNORECASE)
_ORIGINAL_URL = re.compile(r"(url|photo)[ _-]*orig(inal)?|orig(inal)?[ _-]*url", re.IGNORECASE)


def column_named(header: Sequence[str], name: str) -> int | None:
    """Returns the column of a name in lower case, whatever its case in the header; None where there is none."""
    names = [each.lower() for each in header]
    return names.index(name) if name in names else None


def original_url_column(header: Sequence[str]) -> int | None:
    """Returns the column with the addresses where photos were found first; None where there is none."""
    return next((index for index, name in enumerate(header) if _ORIGINAL_URL.fullmatch(name)), None)


def has_au_column(header: Collection[str]) -> bool:
    """Returns whether a header has a column of an AU, known or not."""
    return any(_AU_NAME.fullmatch(name) for name in header)


def au_columns(path: str, header: Sequence[str], allowed: Sequence[int]) -> dict[int, int]:
    """Returns where a header has the 23 AUs, in their order; AUs that it lacks are left out.

    Raises:
      UserError: If a column is of an AU that is not allowed, or of one that another column has.
    """
    columns: dict[int, int] = {}
    for index, name in enumerate(header):
        match = _AU_NAME.fullmatch(name)
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
