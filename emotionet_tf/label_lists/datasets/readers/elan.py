"""ELAN: an .eaf file a recording, tiers such as `AU12` with annotations from one time to another, or a tab export.

A time slot may have no time: it is interpolated between its neighbours. A tier below an AU's has its intensities, as
letters A to E or numbers 1 to 5, by reference and without times; else an annotation's own text may be its intensity.
An AU with a tier is absent where it has no annotation; one without a tier is unknown. Frames are those that are shown
from an annotation's begin to its end, both included, as SEMAINE's reader has it, and rows go from the video's first
frame to that of the last time. The files do not say who is seen; a recording's pictures are in a folder with its name.

Of exports, those with begin and end in milliseconds and a header are read; header names differ with ELAN's language.

Source: the format of the Max Planck Institute for Psycholinguistics, as public readers take it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from emotionet_tf.action_units import LEFT, RIGHT, au_name, is_action_unit, parse_au_name
from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.datasets.coded_sequences import CodedSequence, DatasetFormat, ReadingLog
from emotionet_tf.label_lists.datasets.grammars.code_strings import LETTERS
from emotionet_tf.label_lists.datasets.grammars.coded_spans import MAX_FRAMES, Span, spans_to_sequence
from emotionet_tf.label_lists.datasets.grammars.numbers import number
from emotionet_tf.label_lists.datasets.grammars.xml_nodes import Node, read_xml
from emotionet_tf.label_lists.datasets.label_folders import LabelFile, LabelFolder
from emotionet_tf.label_lists.datasets.pictures import picture_in_folder
from emotionet_tf.label_lists.datasets.reader_options import ReaderOptions
from emotionet_tf.label_lists.tables.text_lines import read_lines

_TITLE = "ELAN"
_FILE = re.compile(r"/([^/]+)\.(eaf|txt|tsv)$", re.IGNORECASE)
_EXPORT_COLUMNS = ("tier", "begin time - msec", "end time - msec", "annotation")
_INTENSITIES = {**LETTERS, **{str(value): float(value) for value in range(1, 6)}}


@dataclass(frozen=True)
class _Annotation:
    """An AU's annotation: begin and end in milliseconds, what it says, and its line."""

    au: int
    begin_ms: float
    end_ms: float
    text: str
    line: int


def _read(folder: LabelFolder, options: ReaderOptions, log: ReadingLog) -> Iterator[CodedSequence]:
    options.fps_of(folder.root, _TITLE)
    for file in _files(folder.matching(_FILE)):
        read = _read_eaf if file.groups[1].lower() == "eaf" else _read_export
        tiers, annotations, last_ms = read(file, log)
        if not tiers:
            log.remark(f"{file.name}: left out, no tier is called as an AU, such as AU12")
            continue
        spans = []
        for one in annotations:
            first, last = (options.frame_at(folder.root, _TITLE, time) for time in (one.begin_ms, one.end_ms))
            intensity = _INTENSITIES.get(one.text.upper(), np.nan)
            spans.append(Span(one.au, first, last, one.line, intensity))
        end = options.frame_at(folder.root, _TITLE, last_ms)
        if end > MAX_FRAMES:
            raise UserError(f"{file.path}: its last time is {last_ms / 1000:,.0f} s, or --fps is too high")
        for au in sorted(tiers - {one.au for one in annotations}):
            log.remark(f"{file.name}: the tier of {au_name(au)} is empty: taken as absent throughout")
        has_intensities = any(not np.isnan(span.intensity) for span in spans)
        name, spans = file.groups[0], _with_sides(tiers, spans, end)
        aus = tiers | {span.au for span in spans}
        yield spans_to_sequence("", name, file.name, aus, spans, (1, end), has_intensities)


def _with_sides(tiers: set[int], spans: Sequence[Span], end: int) -> list[Span]:
    """Returns spans with those of AUs that have a tier of a side only: present where it is, and else unknown.

    The other side is unknown throughout where it has no tier.
    """
    unknown, present = [], []
    for side in sorted(au for au in tiers if au >= LEFT):
        au = side % LEFT
        other = au + LEFT + RIGHT - (side - au)
        if other not in tiers:
            unknown.append(Span(other, 1, end, 1, is_known=False))
        if au not in tiers:
            unknown += [Span(au, 1, end, 1, is_known=False)] if other not in tiers else []
            present += [replace(span, au=au) for span in spans if span.au == side]
    return [*unknown, *spans, *present]


def _files(found: Sequence[LabelFile]) -> list[LabelFile]:
    """Returns the recordings: of several files, the .eaf ones; an export has to be named itself."""
    return [file for file in found if file.groups[1].lower() == "eaf" or len(found) == 1]


def _au_of(tier: str) -> int | None:
    au = parse_au_name(tier.strip())
    return au if au is not None and is_action_unit(au) else None


def _read_eaf(file: LabelFile, log: ReadingLog) -> tuple[set[int], list[_Annotation], float]:
    document = read_xml(file.path)
    times = _times(file, document, log)
    tiers = {
        id(tier): au
        for tier in document.all("TIER")
        if (au := _au_of(tier.attributes.get("TIER_ID", ""))) is not None
    }
    for tier in document.all("TIER"):
        if id(tier) not in tiers and "PARENT_REF" not in tier.attributes and tier.children:
            log.count("tiers that are not called as an AU, left out", tier.attributes.get("TIER_ID", "")[:60])
    aligned = {
        node.attributes.get("ANNOTATION_ID", ""): node for node in document.all("ALIGNABLE_ANNOTATION")
    }
    references = _references(document)
    texts: dict[str, list[str]] = {}
    for chain, node in references.values():
        for above in chain:
            texts.setdefault(above, []).append(node.first_text("ANNOTATION_VALUE"))
    annotations = []
    for tier in document.all("TIER"):
        if id(tier) not in tiers:
            continue
        au = tiers[id(tier)]
        for node in (*tier.all("ALIGNABLE_ANNOTATION"), *tier.all("REF_ANNOTATION")):
            name = node.attributes.get("ANNOTATION_ID", "")
            root = references[name][0][-1] if node.tag == "REF_ANNOTATION" else name
            timed = aligned.get(root, node)
            begin, end = (times.get(timed.attributes.get(f"TIME_SLOT_REF{index}", "")) for index in (1, 2))
            if begin is None or end is None:
                log.reject(file.name, node.line, au_name(au), "an annotation without times")
            elif end < begin:
                log.reject(
                    file.name, node.line, au_name(au), f"an annotation from {begin:g} ms back to {end:g} ms"
                )
            else:
                own = node.first_text("ANNOTATION_VALUE")
                text = next((one for one in texts.get(name, ()) if one.upper() in _INTENSITIES), own)
                annotations.append(_Annotation(au, begin, end, text, node.line))
    return set(tiers.values()), annotations, max(times.values(), default=0)


def _times(file: LabelFile, document: Node, log: ReadingLog) -> dict[str, float]:
    """Returns the milliseconds of the time slots; one without a time lies between its neighbours."""
    slots = []
    for node in document.all("TIME_SLOT"):
        text = node.attributes.get("TIME_VALUE")
        try:
            time = np.nan if text is None else number(text)
            if time < 0:
                raise ValueError("before the recording")
        except ValueError as error:
            log.reject(
                file.name, node.line, node.attributes.get("TIME_SLOT_ID", "")[:40], f"a time slot: {error}"
            )
            continue
        slots.append((node.attributes.get("TIME_SLOT_ID", ""), time))
    known = [place for place, (_, time) in enumerate(slots) if not np.isnan(time)]
    if not known:
        return {}
    # Slots in front of the first known time, or behind the last one, have no time.
    places = np.arange(known[0], known[-1] + 1)
    values = np.interp(places, known, [slots[place][1] for place in known])
    return {slots[place][0]: float(value) for place, value in zip(places, values, strict=True)}


def _references(document: Node) -> dict[str, tuple[list[str], Node]]:
    """Returns annotations without times of their own, by name: the names that they go back to, and they themselves."""
    nodes = {node.attributes.get("ANNOTATION_ID", ""): node for node in document.all("REF_ANNOTATION")}
    found = {}
    for name, node in nodes.items():
        chain = [node.attributes.get("ANNOTATION_REF", "")]
        while chain[-1] in nodes and chain[-1] not in (name, *chain[:-1]):
            chain.append(nodes[chain[-1]].attributes.get("ANNOTATION_REF", ""))
        found[name] = (chain, node)
    return found


def _export_columns(header: str) -> Mapping[str, int] | None:
    names = [cell.strip().lower() for cell in header.split("\t")]
    columns = {name: place for place, name in enumerate(names)}
    return columns if columns.keys() >= set(_EXPORT_COLUMNS) else None


def _read_export(file: LabelFile, log: ReadingLog) -> tuple[set[int], list[_Annotation], float]:
    lines = [line for line in read_lines(file.path) if line.text.strip()]
    columns = _export_columns(lines[0].text) if lines else None
    if columns is None:
        raise UserError(
            f"{file.path}: not ELAN's export with columns Tier, Begin Time - msec, End Time - msec and Annotation: "
            "export it again with milliseconds and column names, from ELAN in English, or name the .eaf file"
        )
    tiers, annotations, last_ms = set[int](), [], 0.0
    for line in lines[1:]:
        cells = [cell.strip() for cell in line.text.split("\t")]
        try:
            tier, begin, end, text = (cells[columns[name]] for name in _EXPORT_COLUMNS)
            begin_ms, end_ms = number(begin), number(end)
            if not 0 <= begin_ms <= end_ms:
                raise ValueError(f"from {begin_ms:g} ms back to {end_ms:g} ms")
        except (ValueError, IndexError) as error:
            log.reject(file.name, line.number, cells[0][:40], f"not an annotation: {error}")
            continue
        last_ms = max(last_ms, end_ms)
        au = _au_of(tier)
        if au is None:
            log.count(
                "annotations of tiers that are not called as an AU, left out", f"{file.name}: {tier[:60]}"
            )
            continue
        tiers.add(au)
        annotations.append(_Annotation(au, begin_ms, end_ms, text, line.number))
    return tiers, annotations, last_ms


def _is_elan(files: Sequence[LabelFile]) -> bool:
    """Returns whether there are .eaf files, or this is the one export that is named."""
    if any(file.groups[1].lower() == "eaf" for file in files):
        return True
    is_named = len(files) == 1 and "/" not in files[0].name
    return is_named and _export_columns(files[0].first_line().lower()) is not None


ELAN = DatasetFormat(
    "elan",
    _TITLE,
    "an .eaf file or a folder with some, or a tab export with a header and milliseconds",
    _FILE,
    _read,
    picture_of=picture_in_folder,
    picture_name=lambda sequence, number: f"{sequence.name}/{number:05d}.jpg",
    is_its=_is_elan,
)
