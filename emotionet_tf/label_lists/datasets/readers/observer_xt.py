"""Noldus Observer XT: an exported event log, a row for each start and each stop of a behaviour.

Columns `Time_Relative_sf` (s), `Behavior`, `Event_Type` (State start, State stop, State point) and, where they are
there, `Observation`, `Subject`, `Duration_sf` and `Modifier_1`. Starts and stops are paired by observation, subject and
behaviour. A behaviour's name begins with the AU's number (`12_LipCornerPuller`); the modifier's letter, A to E, is the
intensity. A stop that lacks is reported; where the start has a duration that is taken, else the AU is unknown from the
start on. All AUs of an export have been looked for in all its observations. Rows go from the video's first frame to
that of the observation's last event.

Source: exports as public readers take them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from emotionet_tf.action_units import au_name, is_action_unit
from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.datasets.coded_sequences import CodedSequence, DatasetFormat, ReadingLog
from emotionet_tf.label_lists.datasets.grammars.code_strings import LETTERS
from emotionet_tf.label_lists.datasets.grammars.coded_spans import MAX_FRAMES, Span, spans_to_sequence
from emotionet_tf.label_lists.datasets.grammars.numbers import number
from emotionet_tf.label_lists.datasets.label_folders import LabelFile, LabelFolder
from emotionet_tf.label_lists.datasets.pictures import picture_in_folder
from emotionet_tf.label_lists.datasets.reader_options import ReaderOptions
from emotionet_tf.label_lists.tables.csv_rows import csv_rows, delimiter_of
from emotionet_tf.label_lists.tables.text_lines import read_lines
from emotionet_tf.label_lists.tables.text_rows import stripped

_TITLE = "Observer XT"
_FILE = re.compile(r"/([^/]+)\.(?:csv|txt|tsv)$", re.IGNORECASE)
_NEEDED = ("time_relative_sf", "behavior", "event_type")
_AU = re.compile(r"(?:AU[ _]?)?0*(\d{1,2})(?:[_ .-].*)?", re.IGNORECASE)
_START, _STOP, _POINTS = "state start", "state stop", ("state point", "point")


@dataclass(frozen=True)
class _Event:
    """An AU's activation: begin and end in seconds, the line of its start, its intensity, and whether it is known."""

    au: int
    begin_s: float
    end_s: float
    line: int
    intensity: float
    is_known: bool = True


@dataclass
class _Events:
    """One subject of one observation: what is whole, what has not stopped, by behaviour, and the last time."""

    whole: list[_Event] = field(default_factory=list)
    started: dict[str, _Event] = field(default_factory=dict)
    last_s: float = 0.0


def _columns(file: LabelFile) -> tuple[Mapping[str, int], str]:
    """Returns the columns' places by name, {} where the file is not such an export, and the delimiter."""
    header = file.first_line()
    delimiter = delimiter_of(header)
    columns = {stripped(cell).lower(): place for place, cell in enumerate(header.split(delimiter))}
    return (columns if columns.keys() >= set(_NEEDED) else {}), delimiter


def _read(folder: LabelFolder, options: ReaderOptions, log: ReadingLog) -> Iterator[CodedSequence]:
    options.fps_of(folder.root, _TITLE)
    for file in folder.matching(_FILE):
        columns, delimiter = _columns(file)
        if not columns:
            log.count("files without the columns of an export, left out", file.name)
            continue
        events, aus = _read_events(file, columns, delimiter, log)
        subjects = {name: {one for other, one in events if other == name} for name, _ in events}
        for (observation, subject), one in events.items():
            name = observation if len(subjects[observation]) == 1 else f"{observation}/{subject}"
            yield _sequence(file, name, subject, one, aus, options, log)


def _read_events(
    file: LabelFile, columns: Mapping[str, int], delimiter: str, log: ReadingLog
) -> tuple[dict[tuple[str, str], _Events], set[int]]:
    events: dict[tuple[str, str], _Events] = {}
    aus = set()
    lines = (line for line in read_lines(file.path) if line.text.strip())
    next(lines)
    for row in csv_rows(lines, delimiter, None):
        cells = {
            name: stripped(row.cells[place]) if place < len(row.cells) else ""
            for name, place in columns.items()
        }
        what = cells["behavior"][:60]
        try:
            if row.problem:
                raise ValueError(row.problem)
            found = _AU.fullmatch(cells["behavior"])
            au = int(found[1]) if found else -1
            time = _seconds(cells["time_relative_sf"])
            one = events.setdefault(
                (cells.get("observation") or file.groups[0], cells.get("subject", "")), _Events()
            )
            one.last_s = max(one.last_s, time)
            if not is_action_unit(au):
                log.count(
                    "events of behaviours that begin with no AU's number, left out", f"{file.name}: {what}"
                )
                continue
            _add(one, au, time, row.line, cells)
            aus.add(au)
        except ValueError as error:
            log.reject(file.name, row.line, what, str(error))
    return events, aus


def _seconds(text: str) -> float:
    """Returns a time; in some countries' exports a comma is the decimal point."""
    value = number(text.replace(",", "."))
    if value < 0:
        raise ValueError(f"{value:g} s is before the recording")
    return value


def _add(events: _Events, au: int, time: float, line: int, cells: Mapping[str, str]) -> None:
    """Adds an event; raises ValueError for one that cannot be."""
    kind, behaviour = cells["event_type"].lower(), cells["behavior"]
    modifier = cells.get("modifier_1", "").upper()
    intensity = LETTERS.get(modifier[:1], np.nan) if not modifier[1:2].isalpha() else np.nan
    if kind in _POINTS:
        events.whole.append(_Event(au, time, time, line, intensity))
    elif kind == _START:
        if behaviour in events.started:
            raise ValueError(
                f"a second start: it began in line {events.started[behaviour].line} and has not stopped"
            )
        duration = _seconds(cells["duration_sf"]) if cells.get("duration_sf") else 0
        events.started[behaviour] = _Event(au, time, time + duration, line, intensity)
    elif kind == _STOP:
        if behaviour not in events.started:
            raise ValueError("a stop without a start")
        start = events.started[behaviour]
        if time < start.begin_s:
            raise ValueError(f"a stop before its start in line {start.line}")
        del events.started[behaviour]
        events.whole.append(replace(start, end_s=time))
    else:
        raise ValueError(f"event type '{kind[:40]}' is none of State start, State stop, State point")


def _sequence(
    file: LabelFile,
    name: str,
    subject: str,
    events: _Events,
    aus: set[int],
    options: ReaderOptions,
    log: ReadingLog,
) -> CodedSequence:
    whole = list(events.whole)
    for behaviour, one in events.started.items():
        has_duration = one.end_s > one.begin_s
        how = (
            f"its duration says {one.end_s:g} s"
            if has_duration
            else f"{au_name(one.au)} is unknown from there on"
        )
        log.remark(
            f"{file.name}, line {one.line}: {behaviour} of {name} starts at {one.begin_s:g} s and does not stop; {how}"
        )
        whole.append(one if has_duration else replace(one, end_s=events.last_s, is_known=False))
    last_s = max([events.last_s, *(one.end_s for one in whole)])
    if options.frame_at(file.path, _TITLE, 1000 * last_s) > MAX_FRAMES:
        raise UserError(f"{file.path}: its last time is {last_s:,.0f} s, or --fps is too high")
    frame_at = partial(options.frame_at, file.path, _TITLE)
    spans = [
        Span(
            one.au,
            frame_at(1000 * one.begin_s),
            frame_at(1000 * one.end_s),
            one.line,
            one.intensity,
            one.is_known,
        )
        for one in whole
    ]
    has_intensities = any(not np.isnan(one.intensity) for one in whole)
    last = frame_at(1000 * last_s)
    return spans_to_sequence(subject, name, file.name, aus, spans, (1, last), has_intensities)


def _is_export(files: Sequence[LabelFile]) -> bool:
    """Returns whether some .csv file, or the one that is named, has an export's columns."""
    return any(_columns(file)[0] for file in files if len(files) == 1 or file.name.lower().endswith(".csv"))


OBSERVER_XT = DatasetFormat(
    "observer_xt",
    _TITLE,
    "an exported event log with columns Time_Relative_sf, Behavior and Event_Type, or a folder with some",
    _FILE,
    _read,
    picture_of=picture_in_folder,
    picture_name=lambda sequence, number: f"{sequence.name}/{number:05d}.jpg",
    is_its=_is_export,
)
