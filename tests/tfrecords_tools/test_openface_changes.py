"""What align_faces and prepare do again when OpenFace's files say something else of some photos."""

import csv
from pathlib import Path

import pytest
from openface_inputs import mean_face, write_csv
from preparation_inputs import (
    BrightnessDetector,
    config_of,
    folder_bytes,
    label_row,
    run_directly,
    write_photo,
)

from emotionet_tf.faces.align_photos import AlignConfig, align_photos
from emotionet_tf.faces.crops_and_rows import CropStyle
from emotionet_tf.faces.detectors.cascade import CascadeDetector
from emotionet_tf.faces.detectors.choice import DetectorChoice
from emotionet_tf.faces.detectors.openface.detector import OpenFaceDetector
from emotionet_tf.faces.detectors.openface.settings import OpenFaceSettings
from emotionet_tf.faces.table import COLUMNS, FACE_TABLE_NAME, read_face_table
from emotionet_tf.label_lists.formats.emotionet import write_opt_list
from emotionet_tf.preparation import chunk_worker
from emotionet_tf.preparation.prepare_dataset import prepare

PHOTOS = [f"N_0000000001/N_0000000001_0000{number}.jpg" for number in range(6)]


class RecordingDetector(OpenFaceDetector):
    """Remembers the photos that it was asked about."""

    def __init__(self, photos) -> None:
        super().__init__(photos)
        self.seen: list[str] = []

    def detect(self, photos, *, largest_only=True, names=()):
        self.seen += names
        return super().detect(photos, largest_only=largest_only, names=names)


def say(folder: Path, number: int, confidence: float) -> None:
    write_csv(
        (folder / "of" / PHOTOS[number]).with_suffix(".csv"),
        "face,confidence",
        [(f"0,{confidence}", mean_face(0.3, (36, 30)))],
    )


def write_photos(folder: Path) -> DetectorChoice:
    """Writes six photos, and CSVs of the first four of them, the last of which is unsure of its face."""
    for number, photo in enumerate(PHOTOS):
        write_photo(folder / "photos" / photo, number)
    for number, confidence in enumerate((0.9, 0.9, 0.9, 0.1)):
        say(folder, number, confidence)
    return DetectorChoice(("openface", "mtcnn"), {"openface": OpenFaceSettings((str(folder / "of"),))})


def change(folder: Path) -> set[str]:
    """Changes one CSV, removes one, adds one, and writes the others anew as they were; returns what is concerned."""
    say(folder, 0, 0.8)
    (folder / "of" / PHOTOS[1]).with_suffix(".csv").unlink()
    say(folder, 2, 0.9)
    say(folder, 3, 0.2)
    say(folder, 4, 0.9)
    return {PHOTOS[0], PHOTOS[1], PHOTOS[4]}


def cascade_of(choice: DetectorChoice) -> tuple[CascadeDetector, RecordingDetector]:
    openface = RecordingDetector(choice.openface_photos())
    return CascadeDetector([openface, BrightnessDetector()]), openface


def align(folder: Path, choice: DetectorChoice, output: str = "faces") -> tuple[list[str], list[str]]:
    """Returns the photos that were looked at, and the remarks."""
    cascade, openface = cascade_of(choice)
    files = choice.openface_photos()
    config = AlignConfig(str(folder / "photos"), str(folder / output), style=CropStyle(32), batch_size=2)
    align_photos(config, cascade, choice.settings(), openface=files)
    return openface.seen, files.remarks()


def test_align_looks_again_at_the_photos_of_which_the_files_say_something_else(tmp_path):
    choice = write_photos(tmp_path)
    remarks = [
        "openface: 2 photos have no CSV",
        "openface: 1 photo has only faces of a confidence below 0.7",
    ]
    assert align(tmp_path, choice) == (PHOTOS, remarks)
    assert align(tmp_path, choice) == ([], remarks)
    changed = change(tmp_path)
    assert set(align(tmp_path, choice)[0]) == changed
    rows = read_face_table(tmp_path / "faces" / FACE_TABLE_NAME)
    finders = ["openface", "mtcnn", "openface", "mtcnn", "openface", "mtcnn"]
    assert [row.detector for row in rows] == finders
    assert [row.openface_csv == "none" for row in rows] == [False, True, False, False, False, True]
    align(tmp_path, choice, "fresh")
    tables = [(tmp_path / name / FACE_TABLE_NAME).read_text() for name in ("faces", "fresh")]
    assert tables[0] == tables[1]


def test_table_of_photos_that_openface_has_no_say_in_has_no_column_of_it(tmp_path):
    write_photos(tmp_path)
    config = AlignConfig(str(tmp_path / "photos"), str(tmp_path / "faces"), style=CropStyle(32))
    align_photos(config, BrightnessDetector(), {})
    with (tmp_path / "faces" / FACE_TABLE_NAME).open(newline="") as file:
        assert next(csv.reader(file)) == list(COLUMNS)


@pytest.mark.parametrize("num_lists", [1, 2])
def test_prepare_looks_again_at_the_photos_of_which_the_files_say_something_else(
    tmp_path, monkeypatch, capsys, num_lists
):
    choice = write_photos(tmp_path)
    lists = [str(tmp_path / f"{number}.csv") for number in range(num_lists)]
    for number, path in enumerate(lists):
        write_opt_list(path, [label_row(photo) for photo in PHOTOS[number::num_lists]])
    config = config_of(tmp_path, label_files=tuple(lists), detectors=choice)
    detectors: list[RecordingDetector] = []

    def build(choice):
        cascade, openface = cascade_of(choice)
        detectors.append(openface)
        return cascade

    def seen():
        return sorted(name for detector in detectors for name in detector.seen)

    monkeypatch.setattr(chunk_worker, "build_detector", build)
    prepare(config, run_directly)
    assert seen() == PHOTOS
    assert "openface: 2 photos have no CSV\nopenface: 1 photo has only faces" in capsys.readouterr().out
    detectors.clear()
    prepare(config, run_directly)
    assert seen() == []
    printed = capsys.readouterr().out
    assert "is up to date" in printed
    assert printed.count("openface: 2 photos have no CSV") == 1
    changed = change(tmp_path)
    prepare(config, run_directly)
    assert seen() == sorted(changed)
    fresh = config_of(
        tmp_path, label_files=tuple(lists), detectors=choice, output_dir=str(tmp_path / "fresh")
    )
    prepare(fresh, run_directly)
    assert folder_bytes(tmp_path / "records/opt") == folder_bytes(tmp_path / "fresh/opt")
    tables = [(tmp_path / name / "opt" / FACE_TABLE_NAME).read_text() for name in ("records", "fresh")]
    assert tables[0] == tables[1]


def test_rows_without_openface_have_the_keys_that_they_had_before_it_had_a_say(tmp_path):
    from emotionet_tf.preparation.planned_rows import PlannedRow, decisive_text

    row = PlannedRow("a", "b/a.jpg", 7, "01-")
    assert decisive_text([row]) == '["a", "b/a.jpg", 7, "01-"]\n'
    assert decisive_text([row._replace(openface_csv="none")]) == '["a", "b/a.jpg", 7, "01-", "none"]\n'
