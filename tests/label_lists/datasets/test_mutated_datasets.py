"""Damaged label files of datasets end in rows or in one line, and no line of them is lost from sight."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from small_label_folders import SMALL_SETS, SmallSet, read_set

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.rows import LabelList

Files = dict[str, bytes]
SEEDS = range(24)


def cut(content: bytes, rng: random.Random) -> bytes:
    return content[: rng.randrange(len(content) + 1)]


def other_separator(content: bytes, rng: random.Random) -> bytes:
    old, new = rng.choice(
        [(b",", b";"), (b",", b"\t"), (b" ", b","), (b"   ", b" "), (b"\n", b"\r\n"), (b'"', b"'")]
    )
    return content.replace(old, new)


def duplicated_line(content: bytes, rng: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    if lines:
        place = rng.randrange(len(lines))
        lines.insert(rng.randrange(len(lines) + 1), lines[place])
    return b"".join(lines)


def swapped_columns(content: bytes, rng: random.Random) -> bytes:
    return re.sub(rb"^([^,\s]+)([,\s]+)([^,\s]+)", rb"\3\2\1", content, flags=re.M)


def letter_for_digit(content: bytes, rng: random.Random) -> bytes:
    places = [place for place, byte in enumerate(content) if chr(byte).isdigit()]
    return _changed(content, rng.choice(places), b"x") if places else content


def other_digit(content: bytes, rng: random.Random) -> bytes:
    places = [place for place, byte in enumerate(content) if chr(byte).isdigit()]
    return _changed(content, rng.choice(places), str(rng.randrange(10)).encode()) if places else content


def other_byte(content: bytes, rng: random.Random) -> bytes:
    return _changed(content, rng.randrange(len(content)), bytes([rng.randrange(256)])) if content else content


def longer_number(content: bytes, rng: random.Random) -> bytes:
    places = [place for place, byte in enumerate(content) if chr(byte).isdigit()]
    return _changed(content, rng.choice(places), b"9" * rng.randrange(2, 30)) if places else content


def emptied(content: bytes, rng: random.Random) -> bytes:
    return b""


def _changed(content: bytes, place: int, new: bytes) -> bytes:
    return content[:place] + new + content[place + 1 :]


OF_ONE_FILE: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    cut,
    other_separator,
    duplicated_line,
    swapped_columns,
    letter_for_digit,
    other_digit,
    other_byte,
    longer_number,
    emptied,
)


def mutated(small: SmallSet, rng: random.Random) -> tuple[str, Files]:
    """Returns what has been done, and the files after it."""
    files = dict(small.files)
    kind = rng.randrange(len(OF_ONE_FILE) + 2)
    name = rng.choice(sorted(files))
    if kind < len(OF_ONE_FILE):
        mutation = OF_ONE_FILE[kind]
        files[name] = mutation(files[name], rng)
        return f"{mutation.__name__} of {name}", files
    if kind == len(OF_ONE_FILE) or not small.shifted:
        del files[name]
        return f"without {name}", files
    return "shifted", small.shifted(files, rng.choice([-1, 1]))


def said(labels: LabelList, folder: Path) -> str:
    """Returns all that is said beyond the rows and their counts."""
    remarks = labels.remark.replace(f"{folder}", "").splitlines()[1:]
    return "\n".join(remarks + [f"{one.source} {one.example_id} {one.reason}" for one in labels.rejected])


def lost_rows(small: SmallSet, labels: LabelList, text: str) -> list[str]:
    """Returns the pictures that had a row, have none now, and of whose video or file nothing is said."""
    rows = {row.photo for row in labels.rows}
    return [
        photo
        for photo in small.present
        if photo not in rows and not any(key in text for key in keys_of(photo, small.files))
    ]


def keys_of(photo: str, files: Mapping[str, bytes]) -> list[str]:
    """Returns the texts that say of a picture that something is wrong: its video, person, or the only file."""
    folders = photo.split("/")[:-1]
    video = re.sub(r"\d+\.\w+$", "", photo.rpartition("/")[2]).rstrip("_")
    keys = ["/".join(folders[-2:]), folders[-1] if folders else "", video if len(video) > 4 else ""]
    # Photos belong to no video: that they are without a row is said of all together.
    of_all = [next(iter(files)), *(["pictures without a row"] if "RAFAU_label.txt" in files else [])]
    return [key for key in keys if key] + (of_all if len(files) == 1 else [])


def lost_lines(small: SmallSet, files: Files, labels: LabelList, text: str) -> list[str]:
    """Returns the files of which not every line is a row or rejected, and that are not said to be left out."""
    lost = []
    for name, content in files.items():
        if "AU_INT" in name or (name in text and "left out" in text):
            continue
        lines = [line for line in re.split(r"\r\n|\r|\n", content.decode(errors="replace")) if line.strip()]
        num_rows = sum(row.source == name for row in labels.rows)
        num_rejected = sum(one.source == name for one in labels.rejected)
        if num_rows + num_rejected != max(len(lines) - small.num_headers, 0):
            lost.append(f"{name}: {len(lines)} lines, {num_rows} rows, {num_rejected} rejected")
    return lost


@pytest.mark.parametrize("name", list(SMALL_SETS))
def test_damaged_files_give_rows_or_one_line_and_lose_nothing(name, tmp_path):
    small = SMALL_SETS[name]()
    num_read = 0
    for seed in SEEDS:
        what, files = mutated(small, random.Random(f"{name} {seed}"))
        folder = tmp_path / str(seed)
        try:
            labels = read_set(folder, small, files)
        except UserError as error:
            assert "\n" not in str(error), (seed, what)
            continue
        num_read += 1
        text = said(labels, folder)
        assert not lost_rows(small, labels, text), (seed, what, text)
        if small.lines_are_rows:
            assert not lost_lines(small, files, labels, text), (seed, what, text)
    assert num_read


def test_there_are_at_least_300_damaged_copies():
    assert len(SMALL_SETS) * len(SEEDS) >= 300


def test_row_that_is_lost_would_be_found(tmp_path):
    small = SMALL_SETS["aff_wild2"]()
    labels = read_set(tmp_path, small)
    lost = LabelList(labels.rows[1:], [], labels.format, labels.labelled_aus, aus=labels.aus)
    assert lost_rows(small, lost, "") == [labels.rows[0].photo]
    assert len(lost_lines(small, dict(small.files), lost, "")) == 1
