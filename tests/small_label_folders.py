"""Small invented folders of label files in the true layouts, each with what it reads to, worked out by hand."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl

from emotionet_tf.action_units import au_name
from emotionet_tf.label_lists.datasets.reading_settings import LabelReading
from emotionet_tf.label_lists.reading import read_label_list
from emotionet_tf.label_lists.rows import LabelList, LabelRow

DISFA_AUS = (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)
PLUS_AUS = (1, 2, 4, 5, 6, 7, *range(9, 21), 22, 23, 24, *range(27, 40))
ABAW_AUS = (1, 2, 4, 6, 7, 10, 12, 15, 23, 24, 25, 26)


@dataclass(frozen=True)
class SmallSet:
    """A folder of label files.

    Attributes:
      files: Their contents by name.
      pictures: All its pictures.
      present: By picture, the AUs that are present, as "1 12L"; every other one is absent unless it is unknown.
      unknown: By picture, the AUs that are unknown.
      shifted: Returns the files with the first video's labels one frame later or earlier.
      lines_are_rows: Whether each line behind a header is one row.
      num_headers: Lines that are headers in each file, where lines are rows.
      reading: How it is read.
    """

    files: Mapping[str, bytes]
    pictures: tuple[str, ...]
    present: Mapping[str, str]
    unknown: Mapping[str, str] = field(default_factory=dict)
    shifted: Callable[[Mapping[str, bytes], int], dict[str, bytes]] | None = None
    lines_are_rows: bool = False
    num_headers: int = 1
    reading: LabelReading = field(default_factory=LabelReading)


def write_files(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def read_set(folder: Path, small: SmallSet, files: Mapping[str, bytes] | None = None) -> LabelList:
    """Writes a set, or other files in place of its own, and reads it with its pictures."""
    write_files(folder, small.files if files is None else files)
    return read_label_list(folder, small.reading, small.pictures)


def present(row: LabelRow) -> str:
    return " ".join(_name(au) for au, label, known in _cells(row) if known and label)


def unknown(row: LabelRow) -> str:
    return " ".join(_name(au) for au, _, known in _cells(row) if not known)


def _cells(row: LabelRow) -> Iterable[tuple[int, float, float]]:
    return zip(row.aus, row.labels, row.mask, strict=True)


def _name(au: int) -> str:
    return au_name(au).removeprefix("AU").lstrip("0")


def text(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def numbered_lines(files: Mapping[str, bytes], which: str, change: Callable[[str], str]) -> dict[str, bytes]:
    """Returns files, each line changed in those whose names have a text."""
    return {
        name: text(*map(change, content.decode().splitlines())) if which in name else content
        for name, content in files.items()
    }


def add_to_first(line: str, by: int, separator: str = ",") -> str:
    first, found, rest = line.partition(separator)
    return f"{int(first) + by}{found}{rest}" if first.isdigit() else line


# Of DISFA's first person AU1 has 0 1 2 3 5 and AU12 is strong in frame 4; of the second nothing is.
_INTENSITIES = {("SN001", 1): (0, 1, 2, 3, 5), ("SN001", 12): (0, 0, 0, 5, 0)}


def disfa() -> SmallSet:
    files = {
        f"ActionUnit_Labels/{person}/{person}_au{au}.txt": text(
            *(f"{frame},{value}" for frame, value in enumerate(_INTENSITIES.get((person, au), (0,) * 5), 1))
        )
        for person in ("SN001", "SN002")
        for au in DISFA_AUS
    }
    pictures = [f"{person}/{number}.jpg" for person in ("SN001", "SN002") for number in range(5)]
    strong = {"SN001/2.jpg": "1", "SN001/3.jpg": "1 12", "SN001/4.jpg": "1"}
    return SmallSet(
        files,
        tuple(pictures),
        {picture: strong.get(picture, "") for picture in pictures},
        shifted=lambda some, by: numbered_lines(some, "SN001/", lambda line: add_to_first(line, by)),
    )


def disfa_plus() -> SmallSet:
    values = {("A1_AU1_TrailNo_1", 1): (0, 1, 2, 3), ("Y_HappyDescribed_TrailNo_1", 12): (0, 5, 5, 1)}
    trials = ("A1_AU1_TrailNo_1", "Y_HappyDescribed_TrailNo_1")
    files = {
        f"Labels/SN001/{trial}/AU{au}.txt": text(
            "# a comment",
            *(
                f"{number:03d}.jpg     {value}"
                for number, value in enumerate(values.get((trial, au), (0,) * 4))
            ),
        )
        for trial in trials
        for au in DISFA_AUS
    }
    pictures = [f"Images/SN001/{trial}/{number:03d}.jpg" for trial in trials for number in range(4)]
    strong = {pictures[2]: "1", pictures[3]: "1", pictures[5]: "12", pictures[6]: "12"}

    def later(line: str, by: int) -> str:
        number, dot, rest = line.partition(".")
        return f"{int(number) + by:03d}{dot}{rest}" if number.isdigit() else line

    return SmallSet(
        files,
        tuple(pictures),
        {picture: strong.get(picture, "") for picture in pictures},
        shifted=lambda some, by: numbered_lines(some, "A1_", lambda line: later(line, by)),
    )


def bp4d_row(frame: int, aus: Iterable[int], flag: int = 0, nines: Iterable[int] = ()) -> str:
    """Returns a line of BP4D's 100 columns, with 9 where nothing is coded."""
    coded = {*(1, 2, 4, 5, 6, 7), *range(9, 19), 20, 22, 23, 24, 27, 28} - set(nines)
    cells = ["1" if au in set(aus) else "0" if au in coded else "9" for au in range(1, 99)]
    return ",".join([str(frame), *cells, str(flag)])


BP4D_HEADER = ",".join(map(str, range(100)))


def bp4d() -> SmallSet:
    files = {
        "AUCoding/AU_OCC/F001_T1.csv": text(
            BP4D_HEADER,
            bp4d_row(12, ()),
            bp4d_row(13, (6, 12)),
            bp4d_row(14, (6, 12), nines=(2,)),
            bp4d_row(15, (1,)),
            bp4d_row(16, (), flag=1),
        ),
        "AUCoding/AU_OCC/M009_T2.csv": text(BP4D_HEADER, *(bp4d_row(frame, (4,)) for frame in (1, 2, 3))),
        "AUCoding/AU_INT/AU06/F001_T1_AU06.csv": text("12,0", "13,3", "14,9", "15,0", "16,0"),
        "AUCoding/AU_INT/AU12/F001_T1_AU12.csv": text("12,0", "13,2", "14,5", "15,0", "16,0"),
    }
    first = [f"BP4D-training/F001/T1/{number:04d}.jpg" for number in range(12, 17)]
    second = [f"BP4D-training/M009/T2/{number:03d}.jpg" for number in range(1, 4)]
    return SmallSet(
        files,
        (*first, *second),
        {**dict(zip(first, ("", "6 12", "6 12", "1"), strict=False)), **dict.fromkeys(second, "4")},
        {first[2]: "2"},
        shifted=lambda some, by: numbered_lines(some, "F001_T1", lambda line: _shift_bp4d(line, by)),
        lines_are_rows=True,
    )


def _shift_bp4d(line: str, by: int) -> str:
    return line if line.startswith(("0,1,2,3", "1,1,2")) else add_to_first(line, by)


PLUS_HEADER = ",".join(map(str, (1, *PLUS_AUS, 99)))


def plus_row(frame: int, aus: Iterable[int], flag: int = 0, nines: Iterable[int] = ()) -> str:
    cells = ["1" if au in set(aus) else "9" if au in set(nines) else "0" for au in PLUS_AUS]
    return ",".join([str(frame), *cells, str(flag)])


def _plus_files(first: str, second: str) -> dict[str, bytes]:
    return {
        first: text(PLUS_HEADER, *(plus_row(frame, (1, 39) if frame == 2 else ()) for frame in (1, 2, 3, 4))),
        second: text(PLUS_HEADER, plus_row(5, (12,)), plus_row(6, (12,), nines=(28,)), plus_row(7, ())),
    }


def _plus_set(files: Mapping[str, bytes], persons: tuple[str, str], which: str) -> SmallSet:
    first = [f"{persons[0]}/T1/{number:03d}.jpg" for number in range(4)]
    second = [f"{persons[1]}/T6/{number:04d}.jpg" for number in range(4, 7)]
    return SmallSet(
        files,
        (*first, *second),
        {**dict.fromkeys(first, ""), first[1]: "1 39", **dict(zip(second, ("12", "12", ""), strict=True))},
        {second[1]: "28"},
        shifted=lambda some, by: numbered_lines(some, which, lambda line: _shift_bp4d(line, by)),
        lines_are_rows=True,
    )


def bp4d_plus() -> SmallSet:
    files = _plus_files("AUCoding/AU_OCC/F001_T1.csv", "AUCoding/AU_OCC/M058_T6.csv")
    files["AUCoding/AU_INT/AU12/F001_T1_AU12.csv"] = text("1,0", "2,1", "3,0", "4,0")
    return _plus_set(files, ("F001", "M058"), "F001_T1")


def eb_plus() -> SmallSet:
    return _plus_set(_plus_files("FACS_occ/101_T1.csv", "FACS_occ/102_T6.csv"), ("101", "102"), "101_T1")


def codes(*lines: tuple[float, ...]) -> bytes:
    return text(*("".join(f"   {value:.7e}" for value in line) for line in lines))


def _renamed(files: Mapping[str, bytes], pattern: str, by: int, digits: int) -> dict[str, bytes]:
    """Returns files, the number in front of `_facs.txt` changed in those whose names have a text."""
    renamed = {}
    for name, content in files.items():
        stem = name.removesuffix("_facs.txt")
        number = int(stem[-digits:]) + by
        renamed[f"{stem[:-digits]}{number:0{digits}d}_facs.txt" if pattern in name else name] = content
    return renamed


def ck_plus() -> SmallSet:
    files = {
        "FACS/S005/001/S005_001_00000004_facs.txt": codes((1, 3), (2, 0), (25, 4)),
        "FACS/S010/002/S010_002_00000003_facs.txt": codes((4, 0)),
        "FACS/S010/003/S010_003_00000003_facs.txt": b"",
    }
    videos = {"S005/001": 4, "S010/002": 3, "S010/003": 3}
    pictures = {
        (video, number): f"cohn-kanade-images/{video}/{video.replace('/', '_')}_{number:08d}.png"
        for video, last in videos.items()
        for number in range(1, last + 1)
    }
    return SmallSet(
        files,
        tuple(pictures.values()),
        {
            pictures["S005/001", 4]: "1 2 25",
            pictures["S010/002", 3]: "4",
            pictures["S010/003", 3]: "",
        },
        shifted=lambda some, by: _renamed(some, "S005", by, 8),
    )


def unbc_pain() -> SmallSet:
    frames = {
        ("042-ll042", "ll042t1aaaff", 1): ((), 0),
        ("042-ll042", "ll042t1aaaff", 2): (((4, 2, 0, 0), (6, 3, 0, 0), (7, 1, 0, 0), (43, 1, 0, 0)), 6),
        ("042-ll042", "ll042t1aaaff", 3): (((0, 0, 0, 0), (12, 1, 0, 0), (50, 0, 0, 0)), 0),
        ("047-jl047", "jl047t1bbaff", 1): (((10, 5, 0, 0),), 5),
        ("047-jl047", "jl047t1bbaff", 2): (((10, 5, 0, 0), (9, 2, 0, 0)), 5),
    }
    files = {}
    for (person, video, frame), (lines, score) in frames.items():
        name = f"{person}/{video}/{video}{frame:03d}_facs.txt"
        files[f"Frame_Labels/FACS/{name}"] = codes(*lines)
        files[f"Frame_Labels/PSPI/{name}"] = codes((score,))
    pictures = [f"Images/{person}/{video}/{video}{frame:03d}.png" for person, video, frame in frames]
    listed = ("", "4 6 7 43", "12", "10", "9 10")
    return SmallSet(
        files,
        tuple(pictures),
        dict(zip(pictures, listed, strict=True)),
        shifted=lambda some, by: _renamed(some, "ll042t1", by, 3),
    )


def abaw_line(aus: Iterable[int], of: Iterable[int] = ABAW_AUS, unknown: Iterable[int] = ()) -> str:
    return ",".join("-1" if au in set(unknown) else "1" if au in set(aus) else "0" for au in of)


def abaw_header(aus: Iterable[int] = ABAW_AUS) -> str:
    return ",".join(f"AU{au}" for au in aus)


def aff_wild2() -> SmallSet:
    files = {
        "AU_Detection_Challenge/Train_Set/video1.txt": text(
            abaw_header(),
            abaw_line((6, 12)),
            abaw_line((), unknown=ABAW_AUS),
            abaw_line((1,), unknown=(26,)),
            abaw_line(()),
        ),
        "AU_Detection_Challenge/Validation_Set/2-30-1280x720_left.txt": text(
            abaw_header(), abaw_line((4,)), abaw_line((4, 24))
        ),
    }
    first = [f"cropped_aligned/video1/{number:05d}.jpg" for number in range(1, 5)]
    second = [f"cropped_aligned/2-30-1280x720_left/{number:05d}.jpg" for number in (1, 2)]

    def shift(some: Mapping[str, bytes], by: int) -> dict[str, bytes]:
        name = "AU_Detection_Challenge/Train_Set/video1.txt"
        header, *lines = some[name].decode().splitlines()
        return {**some, name: text(header, *([lines[0], *lines] if by > 0 else lines[1:]))}

    return SmallSet(
        files,
        (*first, *second),
        {**dict(zip(first, ("6 12", "", "1", ""), strict=True)), second[0]: "4", second[1]: "4 24"},
        {first[1]: " ".join(map(str, ABAW_AUS)), first[2]: "26"},
        shifted=shift,
        lines_are_rows=True,
    )


def aff_wild2_mtl() -> SmallSet:
    files = {
        "MTL_Challenge/train_set.txt": text(
            "image,valence,arousal,expression,aus",
            f"video1/00001.jpg,0.25,0.5,4,{abaw_line((6, 12))}",
            f"video1/00002.jpg,-5,-5,4,{abaw_line((), unknown=ABAW_AUS)}",
            f"video1/00003.jpg,0.2,0.4,-1,{abaw_line((1,), unknown=(26,))}",
            f"video2/00002.jpg,0.2,0.4,-1,{abaw_line(())}",
        )
    }
    pictures = (*(f"crops/video1/{number:05d}.jpg" for number in (1, 2, 3)), "crops/video2/00002.jpg")

    def later(line: str, by: int) -> str:
        head, slash, rest = line.partition("/")
        return f"{head}/{int(rest[:5]) + by:05d}{rest[5:]}" if head == "video1" and slash else line

    return SmallSet(
        files,
        pictures,
        dict(zip(pictures, ("6 12", "", "1", ""), strict=True)),
        {pictures[1]: " ".join(map(str, ABAW_AUS)), pictures[2]: "26"},
        shifted=lambda some, by: numbered_lines(some, "train", lambda line: later(line, by)),
        lines_are_rows=True,
    )


def raf_au() -> SmallSet:
    files = {
        "RAFAU_label.txt": text("0001.jpg 1+2+25", "0002.jpg null", "0003.jpg L12+14+R4 ", "0004.jpg 6+12")
    }
    pictures = tuple(f"aligned/000{number}_aligned.jpg" for number in (1, 2, 3, 4))

    def later(line: str, by: int) -> str:
        return f"{int(line[:4]) + by:04d}{line[4:]}"

    return SmallSet(
        files,
        pictures,
        dict(zip(pictures, ("1 2 25", "", "4 4R 12 12L 14", "6 12 12L 12R"), strict=True)),
        shifted=lambda some, by: numbered_lines(some, "RAFAU", lambda line: later(line, by)),
        lines_are_rows=True,
        num_headers=0,
    )


def workbook(rows: Iterable[Iterable[object]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


CASME2_HEADER = (
    *("Subject", "Filename", None, "OnsetFrame", "ApexFrame", "OffsetFrame", None),
    *("Action Units", "Estimated Emotion"),
)
CASME2_ROWS = (
    (1, "EP02_01f", None, 46, 48, 50, None, "4+L10", "disgust"),
    (1, "EP03_02", None, 131, "/", 190, None, "12", "happiness"),
    (2, "EP03_02f", None, 5, 7, 8, None, 4, "repression"),
)


def csv_of(rows: Iterable[Iterable[object]]) -> bytes:
    return text(*(",".join("" if cell is None else str(cell) for cell in row) for row in rows))


def _clip_shift(name: str, header: tuple[object, ...], rows: tuple[tuple[object, ...], ...], places: slice):
    def shift(_: Mapping[str, bytes], by: int) -> dict[str, bytes]:
        first = list(rows[0])
        first[places] = [int(str(value)) + by for value in first[places]]
        changed = (header, first, *rows[1:])
        return {name: csv_of(changed) if name.endswith(".csv") else workbook(changed)}

    return shift


def casme2(name: str = "CASME2-coding-20140508.xlsx") -> SmallSet:
    rows = (CASME2_HEADER, *CASME2_ROWS)
    pictures = (
        *(f"sub01/EP02_01f/img{number}.jpg" for number in range(46, 51)),
        *(f"sub02/EP03_02f/reg_img{number}.jpg" for number in range(5, 9)),
    )
    return SmallSet(
        {name: csv_of(rows) if name.endswith(".csv") else workbook(rows)},
        pictures,
        {"sub01/EP02_01f/img48.jpg": "4 10 10L", "sub02/EP03_02f/reg_img7.jpg": "4"},
        shifted=_clip_shift(name, CASME2_HEADER, CASME2_ROWS, slice(3, 6)),
        lines_are_rows=name.endswith(".csv"),
    )


def casme2_as_text() -> SmallSet:
    return casme2("CASME2-coding.csv")


SAMM_HEADER = (
    *("Subject", "Filename", "Inducement Code", "Onset Frame", "Apex Frame", "Offset Frame", "Duration"),
    *("Micro", "Objective Classes", "Estimated Emotion", "Action Units", "Notes"),
)
SAMM_ROWS = (
    ("006", "006_1_2", 1, 562, 564, 565, 71, "1/2", 1, "Happiness", "R12B + 6A", None),
    ("007", "007_3_1", 3, 101, None, 150, 50, "1/2", 4, "Others", "4B", None),
    ("007", "007_3_2", 3, 201, 202, 204, 51, "1/2", 2, "Surprise", "L14 or R14", None),
)


def samm() -> SmallSet:
    name = "SAMM_Micro_FACS_Codes_v2.xlsx"
    before = [[f"text {line}", *(None,) * 11] for line in range(13)]
    pictures = (
        *(f"006/006_1_2/006_{number:05d}.jpg" for number in range(562, 566)),
        *(f"007/007_3_2/007_{number:05d}.jpg" for number in range(201, 205)),
    )
    return SmallSet(
        {name: workbook((*before, SAMM_HEADER, *SAMM_ROWS))},
        pictures,
        {"006/006_1_2/006_00564.jpg": "6 12 12R", "007/007_3_2/007_00202.jpg": "14"},
        {"007/007_3_2/007_00202.jpg": "14L 14R"},
        shifted=_clip_shift(name, SAMM_HEADER, SAMM_ROWS, slice(3, 6)),
    )


def mmi_xml(*aus: tuple[str, tuple[tuple[int, int], ...]], by: int = 0) -> bytes:
    """Returns a file of an AU's markers, each a frame and a type."""
    return text(
        '<?xml version="1.0" encoding="utf-8"?>',
        "<Annotation>",
        *(
            line
            for number, markers in aus
            for line in (
                f'  <ActionUnit Number="{number}">',
                *(f'    <Marker Frame="{frame + by}" Type="{kind}"/>' for frame, kind in markers),
                "  </ActionUnit>",
            )
        ),
        "</Annotation>",
    )


_MMI_CODES = (
    ("12", ((1, 0), (3, 1), (4, 2), (5, 3), (7, 0))),
    ("L14", ((1, 0), (2, 1), (3, 2), (3, 3), (4, 0))),
)


def mmi() -> SmallSet:
    name = "Sessions/101/S001-101-oao_aucs.xml"
    pictures = tuple(f"frames/S001-101/{number:03d}.jpg" for number in range(1, 8))
    return SmallSet(
        {name: mmi_xml(*_MMI_CODES), "Sessions/102/S002-102-oao_aucs.xml": mmi_xml(_MMI_CODES[0])},
        pictures,
        dict(zip(pictures, ("", "14 14L", "12 14 14L", "12", "12", "12", ""), strict=True)),
        shifted=lambda some, by: {**some, name: mmi_xml(*_MMI_CODES, by=by)},
    )


def elan() -> SmallSet:
    """AU12 from 400 to 800 ms with intensity C, AU4 from 600 ms, which is interpolated, to 1000; 10 frames a second."""
    slots = {"ts1": 400, "ts2": None, "ts3": 800, "ts4": 1000}
    values = {name: "" if time is None else f' TIME_VALUE="{time}"' for name, time in slots.items()}
    return SmallSet(
        {
            "clip1.eaf": text(
                '<?xml version="1.0" encoding="UTF-8"?>',
                '<ANNOTATION_DOCUMENT AUTHOR="" FORMAT="3.0" VERSION="3.0">',
                '<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"/>',
                "<TIME_ORDER>",
                *(f'<TIME_SLOT TIME_SLOT_ID="{name}"{value}/>' for name, value in values.items()),
                "</TIME_ORDER>",
                _tier('TIER_ID="speech"', "a0", "ts1", "ts4", "hello"),
                _tier('TIER_ID="AU12"', "a1", "ts1", "ts3", ""),
                '<TIER PARENT_REF="AU12" TIER_ID="AU12 intensity">',
                '<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="a2" ANNOTATION_REF="a1">',
                "<ANNOTATION_VALUE>C</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>",
                "</TIER>",
                _tier('TIER_ID="AU4"', "a3", "ts2", "ts4", ""),
                "</ANNOTATION_DOCUMENT>",
            )
        },
        tuple(f"clip1/{number:05d}.jpg" for number in range(1, 12)),
        {
            # 400 ms is the beginning of the fifth frame, 800 ms of the ninth, 1000 ms of the eleventh.
            **{f"clip1/{number:05d}.jpg": "" for number in range(1, 5)},
            **{f"clip1/{number:05d}.jpg": "12" for number in (5, 6)},
            **{f"clip1/{number:05d}.jpg": "4 12" for number in (7, 8, 9)},
            **{f"clip1/{number:05d}.jpg": "4" for number in (10, 11)},
        },
        reading=LabelReading(fps=10),
    )


def _tier(attributes: str, name: str, begin: str, end: str, value: str) -> str:
    return (
        f"<TIER {attributes}>\n<ANNOTATION>"
        f'<ALIGNABLE_ANNOTATION ANNOTATION_ID="{name}" TIME_SLOT_REF1="{begin}" TIME_SLOT_REF2="{end}">'
        f"<ANNOTATION_VALUE>{value}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>\n</TIER>"
    )


OBSERVER_HEADER = "Time_Relative_sf,Duration_sf,Observation,Subject,Behavior,Modifier_1,Event_Type"


def observer_xt() -> SmallSet:
    return SmallSet(
        {
            "export.csv": text(
                OBSERVER_HEADER,
                "0.400,0.400,obs1,person1,12_LipCornerPuller,C,State start",
                "0.600,0.000,obs1,person1,45_Blink,,State point",
                "0.800,0.000,obs1,person1,12_LipCornerPuller,C,State stop",
            )
        },
        tuple(f"obs1/{number:05d}.jpg" for number in range(1, 10)),
        {
            **{f"obs1/{number:05d}.jpg": "" for number in range(1, 5)},
            **{f"obs1/{number:05d}.jpg": "12" for number in (5, 6, 8, 9)},
            "obs1/00007.jpg": "12 45",
        },
        reading=LabelReading(fps=10),
    )


SMALL_SETS = {
    "disfa": disfa,
    "disfa_plus": disfa_plus,
    "bp4d": bp4d,
    "bp4d_plus": bp4d_plus,
    "eb_plus": eb_plus,
    "ck_plus": ck_plus,
    "unbc_pain": unbc_pain,
    "aff_wild2": aff_wild2,
    "aff_wild2_mtl": aff_wild2_mtl,
    "raf_au": raf_au,
    "casme2": casme2,
    "casme2_as_text": casme2_as_text,
    "samm": samm,
    "mmi": mmi,
    "elan": elan,
    "observer_xt": observer_xt,
}
