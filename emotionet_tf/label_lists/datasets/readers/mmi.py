"""MMI: `Sessions/NUMBER/CLIP-oao_aucs.xml`, for each AU markers of its onset, apex and offset.

Markers have a frame, from 1, and a type: 0 neutral, 1 onset, 2 apex, 3 offset. An AU is active from a marker of type 1
up to the marker of type 0 behind its type 3, which is neutral again. Rows are the frames from the first marker to the
last. A number such as L14 is the left side's. Whether an AU without an element was looked for is not said: unknown. The
files do not say who is seen, or how pictures are called: here, a clip's are in a folder with its name.

Source: Pantic et al. 2005, and the files as public readers take them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from emotionet_tf.label_lists.datasets.coded_sequences import CodedSequence, DatasetFormat, ReadingLog
from emotionet_tf.label_lists.datasets.grammars.code_strings import Codes, columns_of_codes, parse_codes
from emotionet_tf.label_lists.datasets.grammars.coded_spans import MAX_FRAMES, Span, spans_to_sequence
from emotionet_tf.label_lists.datasets.grammars.numbers import frame_number, whole_number
from emotionet_tf.label_lists.datasets.grammars.xml_nodes import Node, read_xml
from emotionet_tf.label_lists.datasets.label_folders import LabelFile, LabelFolder
from emotionet_tf.label_lists.datasets.pictures import picture_in_folder
from emotionet_tf.label_lists.datasets.reader_options import ReaderOptions

_FILE = re.compile(r"/([^/]+)-oao_aucs\.xml$", re.IGNORECASE)
_NEUTRAL, _ONSET, _OFFSET = 0, 1, 3
_Markers = list[tuple[int, int]]
"""Frame and type, in order."""


def _read(folder: LabelFolder, options: ReaderOptions, log: ReadingLog) -> Iterator[CodedSequence]:
    for file in folder.matching(_FILE):
        coded = [
            (node, codes, markers)
            for node in read_xml(file.path).all("ActionUnit")
            if (codes := _codes(file, node, log)) and (markers := _markers(file, node, log))
        ]
        frames = [frame for _, _, markers in coded for frame, _ in markers]
        if not frames:
            log.remark(f"{file.name}: no AU has a marker, no frame is coded")
            continue
        columns = columns_of_codes([codes for _, codes, _ in coded])
        spans = [
            Span(au, first, last, node.line)
            for node, codes, markers in coded
            for first, last in _activations(file, node, markers, log)
            for au in codes.present
            if au in columns
        ]
        if min(frames) != 1:
            log.remark(f"{file.name}: its first marker is of frame {min(frames)}, not 1: is it shifted?")
        name = file.groups[0]
        yield spans_to_sequence("", name, file.name, columns, spans, (min(frames), max(frames)), False)


def _codes(file: LabelFile, node: Node, log: ReadingLog) -> Codes | None:
    text = node.attributes.get("Number", "")
    try:
        codes = parse_codes(text)
    except ValueError as error:
        codes = Codes(odd=[str(error)])
    if codes.odd or len(codes.aus()) != 1:
        log.reject(file.name, node.line, f"AU {text[:40]}", "the Number is not that of an AU")
        return None
    return codes


def _markers(file: LabelFile, node: Node, log: ReadingLog) -> _Markers:
    markers = []
    seen = set()
    for marker in node.all("Marker"):
        texts = marker.attributes.get("Frame", ""), marker.attributes.get("Type", "")
        try:
            frame, kind = frame_number(texts[0]), whole_number(texts[1])
            if frame > MAX_FRAMES or kind > _OFFSET:
                raise ValueError("not a video's frame and a type from 0 to 3")
            if (frame, kind) in seen:
                raise ValueError("duplicate marker")
        except ValueError as error:
            what = f"AU {node.attributes.get('Number', '')[:40]}"
            log.reject(file.name, marker.line, what, f"marker of frame '{texts[0][:20]}': {error}")
            continue
        seen.add((frame, kind))
        markers.append((frame, kind))
    if not markers:
        log.reject(file.name, node.line, f"AU {node.attributes.get('Number', '')[:40]}", "no marker")
    return sorted(markers, key=lambda one: one[0])


def _activations(
    file: LabelFile, node: Node, markers: _Markers, log: ReadingLog
) -> Iterator[tuple[int, int]]:
    """Yields first and last frame of each activation."""
    where = f"{file.name}, line {node.line}"
    start, has_offset = 0, False
    for frame, kind in markers:
        if kind == _NEUTRAL and start:
            if not has_offset:
                log.remark(
                    f"{where}: an activation from frame {start} on ends at {frame} without an offset marker"
                )
            yield start, frame - 1
            start, has_offset = 0, False
        elif kind != _NEUTRAL and not start:
            if kind != _ONSET:
                log.remark(f"{where}: an activation begins at frame {frame} without an onset marker")
            start, has_offset = frame, kind == _OFFSET
        else:
            has_offset = has_offset or kind == _OFFSET
    if start:
        log.remark(
            f"{where}: an activation from frame {start} on does not end; taken as active up to the last marker"
        )
        yield start, markers[-1][0]


MMI = DatasetFormat(
    "mmi",
    "MMI",
    "a folder with files such as Sessions/NUMBER/CLIP-oao_aucs.xml",
    _FILE,
    _read,
    picture_of=picture_in_folder,
    picture_name=lambda sequence, number: f"{sequence.name}/{number:05d}.jpg",
)
