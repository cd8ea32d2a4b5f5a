"""What a header's names say, as several formats read them: the photo, its id, the AUs, the original URL."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence

from emotionet_tf.action_units import facs_code, is_action_unit, parse_au_name, table_order
from emotionet_tf.errors import UserError

_ORIGINAL_URL = re.compile(r"(url|photo)[ _-]*orig(inal)?|orig(inal)?[ _-]*url", re.IGNORECASE)

_LIKE_AU = re.compile(r"(F?AU|(facial )?action[ _-]?units?)s?[ _.-]*\d", re.IGNORECASE)
_INTENSITY = re.compile(r"(AU.*)[ _]intensity", re.IGNORECASE)


def column_named(header: Sequence[str], name: str) -> int | None:
    """Returns the column of a name in lower case, whatever its case in the header; None where there is none."""
    names = [each.lower() for each in header]
    return names.index(name) if name in names else None


def original_url_column(header: Sequence[str]) -> int | None:
    """Returns the column with the addresses where photos were found first; None where there is none."""
    return next((index for index, name in enumerate(header) if _ORIGINAL_URL.fullmatch(name)), None)


def person_column(header: Sequence[str]) -> int | None:
    """Returns the column that says who is seen, `person` or `subject`; None where there is none."""
    found = [column_named(header, name) for name in ("person", "subject")]
    return next((column for column in found if column is not None), None)


def intensity_columns(path: str, header: Sequence[str], aus: Collection[int]) -> dict[int, int]:
    """Returns where a header has intensities, as in `AU12_intensity`, of AUs that it has.

    Raises:
      UserError: If a column is of an AU without a column of its own, or of one whose intensity another column has.
    """
    columns: dict[int, int] = {}
    for index, name in enumerate(header):
        if not (found := _INTENSITY.fullmatch(name)):
            continue
        au = parse_au_name(found[1])
        if au is not None and au not in aus:
            raise UserError(
                f"{path}: column '{name}' needs a column '{found[1]}' that says whether the AU is present"
            )
        if au in columns:
            raise UserError(f"{path}: two columns for the intensity of AU {facs_code(au)}")
        if au is not None:
            columns[au] = index
    return {au: columns[au] for au in table_order(columns)}


def unread_au_columns(header: Iterable[str]) -> list[str]:
    """Returns the names that look like an AU's and are not read, such as OpenFace's AU06_r, AU6+12 or FAU12."""
    return [
        name
        for name in header
        if _LIKE_AU.match(name.strip())
        and parse_au_name(name.strip()) is None
        and not _is_intensity(name.strip())
    ]


def _is_intensity(name: str) -> bool:
    found = _INTENSITY.fullmatch(name)
    return found is not None and parse_au_name(found[1]) is not None


def has_au_column(header: Collection[str]) -> bool:
    """Returns whether a header has a column of an AU, known or not."""
    return any(parse_au_name(name) is not None for name in header)


def au_columns(
    path: str, header: Sequence[str], is_allowed: Callable[[int], bool] = is_action_unit
) -> dict[int, int]:
    """Returns where a header has the AUs, in their order.

    Args:
      path: The list's name for messages.
      header: The columns' names.
      is_allowed: Returns whether the list may have a column of this number.
    Raises:
      UserError: If a column is of an AU that is not allowed, or of one that another column has.
    """
    columns: dict[int, int] = {}
    for index, name in enumerate(header):
        au = parse_au_name(name)
        if au is None:
            continue
        if not is_allowed(au):
            known = ", ".join(str(number) for number in range(1, 100) if is_allowed(number))
            raise UserError(f"{path}: unknown AU column '{name}'; known are AUs {known}")
        if au in columns:
            raise UserError(f"{path}: two columns for AU {facs_code(au)}")
        columns[au] = index
    return {au: columns[au] for au in table_order(columns)}
