"""Aff-Wild2, multi-task track: `MTL_Challenge/train_set.txt`, a line a picture.

A line has path, valence, arousal, expression, and the AUs: 0, 1 or -1, unknown, AU by AU. The header may name the
twelve AUs or have one name for all. The path, `VIDEO/00001.jpg`, names the picture.

Sources: the ABAW challenges, and the files as public readers take them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from emotionet_tf.action_units import parse_au_name, table_order
from emotionet_tf.au_sets import AU_SETS
from emotionet_tf.label_lists.datasets.coded_sequences import (
    SINGLE,
    CodedSequence,
    DatasetFormat,
    ReadingLog,
)
from emotionet_tf.label_lists.datasets.label_folders import LabelFile, LabelFolder
from emotionet_tf.label_lists.datasets.reader_options import ReaderOptions
from emotionet_tf.label_lists.datasets.readers.aff_wild2 import au_values, picture_name, picture_of
from emotionet_tf.label_lists.tables.text_lines import read_lines

_FILE = re.compile(r"/(?:train|val|validation)_set\.txt$", re.IGNORECASE)
_BEFORE_AUS = 4
_Row = tuple[str, int, list[float]]
"""File, line and values of a frame."""


def _aus_of(header: str) -> tuple[int, ...]:
    """Returns the AUs in the order of the columns; () where the line is not a header."""
    names = [cell.strip() for cell in header.split(",")]
    if len(names) <= _BEFORE_AUS or names[0].lower() != "image":
        return ()
    named = [parse_au_name(name) for name in names[_BEFORE_AUS:]]
    aus = tuple(au for au in named if au is not None)
    if len(aus) == len(named) == len(set(aus)):
        return aus
    return AU_SETS["aff_wild2"] if len(named) == 1 else ()


def _read(folder: LabelFolder, options: ReaderOptions, log: ReadingLog) -> Iterator[CodedSequence]:
    by_aus: dict[tuple[int, ...], dict[str, dict[int, _Row]]] = {}
    for file in folder.matching(_FILE):
        aus = _aus_of(file.first_line())
        if aus:
            _read_file(file, aus, by_aus.setdefault(aus, {}), log)
        else:
            lines = sum(bool(line.text.strip()) for line in read_lines(file.path))
            log.reject(
                file.name,
                1,
                "",
                f"the header is not image, ..., AUs: the file's {lines:,} lines are left out",
            )
    for aus, videos in by_aus.items():
        for video, frames in videos.items():
            yield _sequence(video, aus, frames)


def _read_file(
    file: LabelFile, aus: Sequence[int], videos: dict[str, dict[int, _Row]], log: ReadingLog
) -> None:
    lines = (line for line in read_lines(file.path) if line.text.strip())
    next(lines)
    for line in lines:
        cells = [cell.strip() for cell in line.text.split(",")]
        key = picture_of(cells[0])
        try:
            if key is None:
                raise ValueError("no picture such as VIDEO/00001.jpg")
            if len(cells) != _BEFORE_AUS + len(aus):
                raise ValueError(f"{len(cells)} cells instead of {_BEFORE_AUS + len(aus)}")
            values = au_values(cells[_BEFORE_AUS:])
            if first := videos.get(key[0], {}).get(key[1]):
                raise ValueError(f"duplicate picture, as line {first[1]} of {first[0]}")
        except ValueError as error:
            log.reject(file.name, line.number, cells[0][:100], str(error))
            continue
        videos.setdefault(key[0], {})[key[1]] = (file.name, line.number, values)


def _sequence(video: str, aus: tuple[int, ...], frames: dict[int, _Row]) -> CodedSequence:
    numbers = sorted(frames)
    columns = table_order(aus)
    values = np.array([frames[number][2] for number in numbers], np.float32)
    files = [frames[number][0] for number in numbers]
    return CodedSequence(
        video,
        video,
        files[0],
        columns,
        np.array(numbers, np.int64),
        np.array([frames[number][1] for number in numbers], np.int64),
        values[:, [aus.index(au) for au in columns]],
        covers=SINGLE,
        frame_files=files if len(set(files)) > 1 else (),
    )


AFF_WILD2_MTL = DatasetFormat(
    "aff_wild2_mtl",
    "Aff-Wild2 (MTL)",
    "a folder or file such as MTL_Challenge/train_set.txt, which begins with image,valence,arousal,expression",
    _FILE,
    _read,
    picture_of=picture_of,
    picture_name=picture_name,
    is_its=lambda files: any(_aus_of(file.first_line()) for file in files),
    offset_is_published=True,
)
