"""BP4D, BP4D+ and EB+: `AUCoding/AU_OCC/F001_T1.csv`, one path and two grammars, told apart by the number of columns.

Only a stretch of each sequence is coded: a row's frame is in its first column, and row numbers are not frame numbers.
Pictures are matched by number, as zeros in front of it differ between persons. Of BP4D+ and EB+, which count frames
from 1 and pictures from 000, frame f is picture f - 1; of BP4D nobody has published it, and readers take f.

Presence is what `AU_OCC` says; intensities, where `AU_INT` is there, are of AUs 6, 10, 12, 14 and 17. BP4D has columns
of AU25 and AU26 that are not coded (9).

Sources: Zhang et al. 2014 and 2016, Ertugrul et al. 2019, and the files as public readers take them. Shares: FG-Net's.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial

from emotionet_tf.au_sets import AU_SETS
from emotionet_tf.label_lists.datasets.coded_sequences import (
    STRETCH,
    CodedSequence,
    DatasetFormat,
    PublishedCounts,
    ReadingLog,
)
from emotionet_tf.label_lists.datasets.grammars.occurrence_tables import (
    ALL_COLUMNS,
    num_columns,
    read_intensities,
    read_occurrences,
    refuse_two_grammars,
)
from emotionet_tf.label_lists.datasets.label_folders import LabelFile, LabelFolder
from emotionet_tf.label_lists.datasets.reader_options import ReaderOptions

_OCCURRENCES = re.compile(r"/(?<!FACS_occ/)([FM]\d{3})_(T\d{1,2})\.csv$", re.IGNORECASE)
_EB_OCCURRENCES = re.compile(r"/FACS_occ/([^/_]+)_([^/_]+)\.csv$", re.IGNORECASE)
_INTENSITIES = re.compile(r"/([FM]\d{3})_(T\d{1,2})_AU(\d{1,2})\.csv$", re.IGNORECASE)
_PICTURE = re.compile(r"(?:^|/)([FM]?\d{3,4})[/_](T\d{1,2})[/_](\d{1,9})\.[^./]+$", re.IGNORECASE)
_EB_PICTURE = re.compile(r"(?:^|/)([^/_]+)[/_]([^/_]+)[/_](\d{1,9})\.[^./]+$")
_BP4D_TASKS = ("T2", "T3", "T4", "T5")
"""Of which BP4D+ has no codes."""

_DEFECTS = {("bp4d_plus", "F041/T7"): "known defect: video and codes differ in length"}


def _read(
    dataset: str,
    pattern: re.Pattern[str],
    more: re.Pattern[str] | None,
    folder: LabelFolder,
    _: ReaderOptions,
    log: ReadingLog,
) -> Iterator[CodedSequence]:
    aus = AU_SETS["bp4d" if dataset == "bp4d" else "bp4d_plus"]
    files = folder.matching(pattern)
    refuse_two_grammars(files)
    intensities: dict[str, dict[int, LabelFile]] = defaultdict(dict)
    for file in folder.matching(more) if more else ():
        if int(file.groups[2]) not in aus:
            log.remark(f"{file.name}: left out, its AU is not one of the dataset's")
        else:
            intensities[_name(file)].setdefault(int(file.groups[2]), file)
    for file in files:
        name = _name(file)
        occurrences = read_occurrences(file, aus, log)
        values = read_intensities(name, occurrences, intensities.pop(name, {}), aus, log)
        if defect := _DEFECTS.get((dataset, name)):
            for frame, line in zip(occurrences.frames.tolist(), occurrences.lines.tolist(), strict=True):
                log.reject(file.name, line, f"frame {frame}", defect)
            continue
        yield CodedSequence(
            name.partition("/")[0],
            name,
            file.name,
            aus,
            occurrences.frames,
            occurrences.lines,
            occurrences.presence,
            values,
            covers=STRETCH,
            span=occurrences.span,
        )
    for name, left in intensities.items():
        log.remark(
            f"{name}: intensities are left out, it has no occurrences: {next(iter(left.values())).name}"
        )


def _name(file: LabelFile) -> str:
    return f"{file.groups[0].upper()}/{file.groups[1].upper()}"


def _is_bp4d(files: Sequence[LabelFile]) -> bool:
    """Returns whether tables are BP4D's: by their columns, or, of a copy in the later grammar, by their tasks."""
    columns = next(filter(None, map(num_columns, files)), 0)
    has_its_tasks = any(file.groups[1].upper() in _BP4D_TASKS for file in files)
    return columns == ALL_COLUMNS or (1 < columns < ALL_COLUMNS and has_its_tasks)


def _is_bp4d_plus(files: Sequence[LabelFile]) -> bool:
    return not _is_bp4d(files) and next(filter(None, map(num_columns, files)), 0) > 1


def _picture_of(pattern: re.Pattern[str], photo: str) -> tuple[str, int] | None:
    found = pattern.search(photo)
    return (f"{found[1].upper()}/{found[2].upper()}", int(found[3])) if found else None


def _picture_name(sequence: CodedSequence, number: int) -> str:
    return f"{sequence.name}/{number:04d}.jpg"


BP4D = DatasetFormat(
    "bp4d",
    "BP4D",
    "a folder with tables of 100 columns such as AU_OCC/F001_T1.csv",
    _OCCURRENCES,
    partial(_read, "bp4d", _OCCURRENCES, _INTENSITIES),
    picture_of=partial(_picture_of, _PICTURE),
    picture_name=_picture_name,
    is_its=_is_bp4d,
    more_files=_INTENSITIES,
    offset=0,
    published=PublishedCounts(
        41,
        146_847,
        328,
        {
            **{1: 0.211, 2: 0.170, 4: 0.203, 6: 0.461, 7: 0.549, 10: 0.594},
            **{12: 0.562, 14: 0.466, 15: 0.169, 17: 0.344, 23: 0.165, 24: 0.151},
        },
    ),
)

BP4D_PLUS = DatasetFormat(
    "bp4d_plus",
    "BP4D+",
    "a folder with tables of fewer than 50 columns such as AU_OCC/F001_T1.csv",
    _OCCURRENCES,
    partial(_read, "bp4d_plus", _OCCURRENCES, _INTENSITIES),
    picture_of=partial(_picture_of, _PICTURE),
    picture_name=_picture_name,
    is_its=_is_bp4d_plus,
    more_files=_INTENSITIES,
    offset=-1,
    offset_is_published=True,
    published=PublishedCounts(140, num_sequences=559),  # of the 560 without F041/T7
)

EB_PLUS = DatasetFormat(
    "eb_plus",
    "EB+",
    "a folder with tables such as FACS_occ/SUBJECT_TASK.csv",
    _EB_OCCURRENCES,
    partial(_read, "eb_plus", _EB_OCCURRENCES, None),
    picture_of=partial(_picture_of, _EB_PICTURE),
    picture_name=_picture_name,
    offset=-1,
    offset_is_published=True,
)
