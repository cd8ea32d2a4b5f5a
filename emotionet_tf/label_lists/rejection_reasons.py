"""Why a row became no record: the one list of reasons, in the words of `rejected.csv`, and a row with its reason.

A reason begins with its kind; what differs from row to row stands behind the first comma or colon. Tables have nothing
but this text, so what has to be recognized in a table is recognized here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from emotionet_tf.action_units import UNKNOWN, facs_code


@dataclass(frozen=True)
class RejectedRow:
    """A row of a list that became no record.

    Attributes:
      line: Line of the list, 1 = first.
      example_id: As far as it could be read.
      reason: Why; one of this module's.
      source: The list that the line is of, and its sheet, as far as there are several.
      photo: The photo's relative path, or the id where that is not known; empty before rows meet photos.
      person: Who is seen, as far as the list says so.
    """

    line: int
    example_id: str
    reason: str
    source: str = ""
    photo: str = ""
    person: str = ""


# Of a line of a list.
QUOTE_NOT_CLOSED = "a quote is opened and not closed"
HEADER_AGAIN = "the header again"
NO_ID = "no id"
LINE_FEED_IN_ID = "a line feed in the id"
NO_CLASS = "no class"
NO_CLASS_FOLDER = f"{NO_CLASS}: the photo is in no subfolder"
LINE_FEED_IN_CLASS = "a line feed in the class"
CLASS_IS_NO_TEXT = "class is no UTF-8 text"
NO_WEB_ADDRESS = "no URL that begins with http:// or https://"

# Of a photo.
NO_PHOTO = "no photo"
NO_FACE = "no face"
"""Such a row is in `rows.csv` as well: it counts in every score."""
_UNREADABLE = "unreadable: "


def long_line(max_chars: int) -> str:
    """Returns the reason of a line that has more characters than are read."""
    return f"a line of more than {max_chars:,} characters"


def wrong_field_count(num_fields: int, expected: int) -> str:
    """Returns the reason of a row with too many or too few fields."""
    return f"{num_fields} fields instead of {expected}"


def long_id(num_chars: int) -> str:
    """Returns the reason of a row whose id is longer than any path."""
    return f"an id of {num_chars} characters"


def invalid_label(au: int, text: str) -> str:
    """Returns the reason of a row with a label that is not one."""
    return f"AU {facs_code(au)} is '{text}', none of 0, 1, {UNKNOWN}"


def invalid_intensity(au: int, text: str) -> str:
    """Returns the reason of a row with an intensity that is not one."""
    return f"the intensity of AU {facs_code(au)} is no number from 0 to 5: '{text}'"


def unsafe_file_name(problem: str) -> str:
    """Returns the reason of a row whose id, `problem` says why, cannot be the name of the photo's file."""
    return f"id is no photo's file name: it {problem}"


def duplicate_id(what: str, is_same: bool, first: str) -> str:
    """Returns the reason of a row with the id of an earlier one.

    Args:
      what: What is compared: "labels", "intensities", "person" or "class".
      is_same: Whether both rows say the same.
      first: The earlier row's place.
    """
    return f"duplicate id, {'same' if is_same else 'conflicting'} {what} as {first}"


def joined_row(added: Sequence[str], first: str) -> str:
    """Returns the reason of a row that became part of an earlier one's record.

    Args:
      added: The AUs that it has added.
      first: The earlier row's place.
    """
    return f"joined into the record of an earlier row: {' '.join(added)} added to {first}"


def small_class(name: str, num_photos: int) -> str:
    """Returns the reason of a row whose class has too few photos."""
    return f"class with few photos: {name} has {num_photos}"


def unreadable(why: str) -> str:
    """Returns the reason of a row whose photo cannot be read."""
    return _UNREADABLE + why


def why_unreadable(reason: str) -> str | None:
    """Returns why a photo cannot be read, given its reason in a table; None where the reason is another one."""
    return reason.removeprefix(_UNREADABLE) if reason.startswith(_UNREADABLE) else None


def missing_crop(view: str, path: str) -> str:
    """Returns the reason of a row whose crop is not there."""
    return f"no {view} crop: {path}"


def damaged_crop(view: str, path: str) -> str:
    """Returns the reason of a row whose crop cannot be decoded."""
    return f"{view} crop is no readable JPEG: {path}"


def crop_shape(view: str, path: str, width: int, height: int) -> str:
    """Returns the reason of a row whose crop is not a square of the other view's size."""
    return f"{view} crop is {width} x {height} px: {path}"


def crop_size(size_px: int, expected_px: int) -> str:
    """Returns the reason of a row whose crops have another size than all others."""
    return f"crops of {size_px} px where others have {expected_px} px"


def format_rejected(number: int, place: str, reason: str) -> str:
    """Returns a line that says how many rows were rejected, and the first one's place and reason."""
    what = "1 row could not be used:" if number == 1 else f"{number} rows could not be used; the first is"
    return f"{what} {place}: {reason}"


def count_kinds(reasons: Iterable[str]) -> list[tuple[str, int]]:
    """Returns kinds of reasons with their counts, the most frequent first."""
    return Counter(map(kind_of, reasons)).most_common()


def commonest_reasons(rows: Iterable[RejectedRow], most: int = 3) -> str:
    """Returns the most frequent kinds of reasons, each with its count and its first row; empty without rows."""
    kinds: Counter[str] = Counter()
    first: dict[str, RejectedRow] = {}
    for row in rows:
        kinds[kind_of(row.reason)] += 1
        first.setdefault(kind_of(row.reason), row)
    named = []
    for kind, count in kinds.most_common(most):
        row = first[kind]
        place = f"line {row.line}" + (f" of {row.source}" if row.source else "")
        more = "" if row.reason == kind else f": {row.reason}"
        named.append(f"{count:,} x {kind} ({place}{more})")
    return "; ".join(named)


def kind_of(reason: str) -> str:
    """Returns what a reason has in common with those of other rows."""
    return reason.partition(",")[0].partition(":")[0]
