"""UNBC-McMaster: `Frame_Labels/FACS/042-ll042/ll042t1aaaff/ll042t1aaaff001_facs.txt`, a file a frame.

A line an AU, `AU intensity` and two numbers more; AU43 is 0 or 1. Lines of AU 0 say nothing. A file of zero bytes is a
neutral face. `Frame_Labels/PSPI` has files of the same names with the frame's pain score, which must be what the codes
give.

Sources: Lucey et al. 2011, and the files as public readers take them; the score: Prkachin and Solomon 2008.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from emotionet_tf.action_units import is_action_unit
from emotionet_tf.au_sets import AU_SETS
from emotionet_tf.label_lists.datasets.coded_sequences import (
    WHOLE,
    CodedSequence,
    DatasetFormat,
    PublishedCounts,
    ReadingLog,
)
from emotionet_tf.label_lists.datasets.grammars.code_tables import read_code_table
from emotionet_tf.label_lists.datasets.grammars.listed_codes import ListedFrame, listed_sequences
from emotionet_tf.label_lists.datasets.grammars.numbers import number
from emotionet_tf.label_lists.datasets.label_folders import LabelFile, LabelFolder
from emotionet_tf.label_lists.datasets.reader_options import ReaderOptions

AUS = AU_SETS["unbc_pain"]
_EYES_CLOSED = 43
# The two trees have the same file names: without PSPI in the path it is the codes.
_FILE = re.compile(r"^(?!.*/PSPI/).*/(\d+-[^/]+)/([^/]+)/\2(\d{1,6})_facs\.txt$", re.IGNORECASE)
_SCORE = re.compile(r"/PSPI/([^/]+)/([^/]+)/\2(\d{1,6})_facs\.txt$", re.IGNORECASE)
_PICTURE = re.compile(r"(?:^|/)([^/]*t\d[^/]*?[a-z])(\d{1,6})\.[^./]+$", re.IGNORECASE)


def pspi(intensities: Mapping[int, float]) -> float:
    """Returns the pain score of Prkachin and Solomon, from 0 to 16: AU4 + max(AU6, AU7) + max(AU9, AU10) + AU43.

    Args:
      intensities: From 0 to 5 by AU, of AU43 0 or 1; an AU that is not there is absent.
    Returns:
      The score; NaN where one of its AUs is NaN.
    Source: Prkachin and Solomon 2008, as the UNBC-McMaster archive has it.
    """
    four, six, seven, nine, ten, closed = (intensities.get(au, 0.0) for au in (4, 6, 7, 9, 10, _EYES_CLOSED))
    return float(four + np.maximum(six, seven) + np.maximum(nine, ten) + closed)


def _read(folder: LabelFolder, options: ReaderOptions, log: ReadingLog) -> Iterator[CodedSequence]:
    scores = {(file.groups[1], int(file.groups[2])): file for file in folder.matching(_SCORE)}
    has_scores = bool(scores)
    numbers: dict[str, list[int]] = defaultdict(list)
    frames: dict[tuple[str, int], ListedFrame] = {}
    for file in folder.matching(_FILE):
        person, video, frame = file.groups[0], file.groups[1], int(file.groups[2])
        numbers[video].append(frame)
        what = f"{video}, frame {frame}"
        score = scores.pop((video, frame), None)
        if (video, frame) in frames:
            log.reject(file.name, 1, what, f"duplicate frame, as {frames[video, frame].file}")
            continue
        table = read_code_table(file, 4, what, log)
        if not table.is_whole:
            continue
        codes = _known_codes(table.codes, file, log)
        if score is not None:
            _compare_score(score, codes, log)
        elif has_scores:
            log.count("frames without a PSPI file", file.name)
        present = {au: value for au, value in codes.items() if value != 0}
        frames[video, frame] = ListedFrame(person, video, frame, file.name, 1, present)
    for score in scores.values():
        log.count("PSPI files of frames without codes", score.name)
    for one in listed_sequences(frames.values(), AUS, WHOLE):
        span = (min(numbers[one.name]), max(numbers[one.name]))
        yield replace(_with_presence_of_closed_eyes(one), span=span)


def _known_codes(codes: Mapping[int, float], file: LabelFile, log: ReadingLog) -> dict[int, float]:
    """Returns the codes of this dataset's AUs; the others are counted."""
    for au in codes:
        if au == 0:
            log.count("lines of AU 0, which say nothing", file.name)
        elif au not in AUS:
            kind = "an AU that is not scored here" if is_action_unit(au) else "not an AU"
            log.count(f"lines of code {au}, {kind}, left out", file.name)
    return {au: value for au, value in codes.items() if au in AUS}


def _compare_score(file: LabelFile, codes: Mapping[int, float], log: ReadingLog) -> None:
    try:
        written = number(file.first_line())
    except ValueError:
        log.reject(file.name, 1, "", "no PSPI")
        return
    if written != pspi(codes):
        log.count(
            "frames whose PSPI is not what their codes give", f"{file.name}: {written:g}, not {pspi(codes):g}"
        )


def _with_presence_of_closed_eyes(sequence: CodedSequence) -> CodedSequence:
    """Returns a video of which AU43, coded 0 or 1, is present whatever the threshold, and has no intensity."""
    assert sequence.presence is not None and sequence.intensities is not None
    closed = np.array(sequence.aus) == _EYES_CLOSED
    return replace(
        sequence,
        presence=np.where(closed, sequence.presence, np.nan).astype(np.float32),
        intensities=np.where(closed, np.nan, sequence.intensities).astype(np.float32),
    )


def _picture_of(photo: str) -> tuple[str, int] | None:
    found = _PICTURE.search(photo)
    return (found[1], int(found[2])) if found else None


def _picture_name(sequence: CodedSequence, number: int) -> str:
    return f"{sequence.person}/{sequence.name}/{sequence.name}{number:03d}.png"


UNBC_PAIN = DatasetFormat(
    "unbc_pain",
    "UNBC-McMaster",
    "a folder with files such as FACS/042-ll042/ll042t1aaaff/ll042t1aaaff001_facs.txt",
    _FILE,
    _read,
    picture_of=_picture_of,
    picture_name=_picture_name,
    more_files=_SCORE,
    offset_is_published=True,
    positive_from=1,
    published=PublishedCounts(25, 48_398, 200),
)
