"""Photos, crops, records and tables on TensorFlow's in-memory file system, in gs://'s place."""

from typing import ClassVar

import cv2
import numpy as np
import pandas as pd
import pytest
from preparation_inputs import StoppedError, config_of, run_directly, stopping_after, write_inputs

from emotionet_tf.action_units import NUM_AUS
from emotionet_tf.errors import UserError
from emotionet_tf.faces.align_photos import AlignConfig, align_photos
from emotionet_tf.faces.crops_and_rows import CropStyle
from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.inference.face_result import FaceResult
from emotionet_tf.inference.photo_prediction import predict_photos
from emotionet_tf.inference.prediction_settings import PredictConfig
from emotionet_tf.inference.tables.face_rows import TableHead
from emotionet_tf.inspection.inspect_records import InspectionConfig, inspect_records
from emotionet_tf.label_lists.formats.plain_csv import write_plain_csv
from emotionet_tf.label_lists.photo_ids import example_id
from emotionet_tf.label_lists.rows import LabelRow
from emotionet_tf.photos.reading import list_photos
from emotionet_tf.preparation.prepare_dataset import prepare
from emotionet_tf.records.writing.au_records import RecordsConfig, write_records
from emotionet_tf.records.writing.class_records import ClassRecordsConfig, write_class_records
from emotionet_tf.storage.paths import as_path, remove_tree

SHAPE = np.array([[20, 20], [40, 20], [30, 33], [22, 43], [38, 43.0]])
PHOTOS = ["ann/0.jpg", "ann/1.jpg", "ann/2.jpg", "bob/3.jpg", "bob/4.jpg", "dark.jpg"]


class FaceDetector:
    """Finds the same face in every photo that is not dark."""

    name = "stand_in"

    def detect(self, photos, *, largest_only=True, names=()):
        return [[Face((10, 10, 40, 40), 0.9, SHAPE)] if photo.mean() > 50 else [] for photo in photos]


class AuDetector:
    """Sees AU12 in every photo that is not dark."""

    aus = (12,)
    thresholds = np.array([0.5])
    face_detector = FaceDetector()
    about: ClassVar = {"model": "stand_in@12345678"}
    table_head = TableHead(aus, thresholds, "stand_in@12345678")

    def detect(self, photos, *, all_faces=False, names=()):
        faces = FaceDetector().detect(photos)
        found = [[face.signed("stand_in") for face in of_photo] for of_photo in faces]
        result = (0.0, 0.0, 0.0), self.aus, np.array([0.75]), np.array([1], np.int8)
        return [[FaceResult(face, *result) for face in of_photo] for of_photo in found]


@pytest.fixture(scope="module")
def photos_bucket():
    """A bucket with photos, one of them damaged, and their labels."""
    root = as_path("ram://test_remote_folders")
    for number, name in enumerate(PHOTOS):
        level = 10 if name == "dark.jpg" else 120 + number
        path = root / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(cv2.imencode(".jpg", np.full((60, 80, 3), level, np.uint8))[1].tobytes())
    (root / "photos" / "junk.jpg").write_bytes(b"junk")
    (root / "photos" / ".hidden.jpg").write_bytes(b"junk")
    ones = np.ones(NUM_AUS, np.float32)
    write_plain_csv(root / "labels.csv", [LabelRow(example_id(name), name, ones, ones) for name in PHOTOS])
    yield root
    remove_tree(root)


@pytest.fixture(scope="module")
def faces_dir(photos_bucket):
    config = AlignConfig(
        str(photos_bucket / "photos"), str(photos_bucket / "faces"), style=CropStyle(32), batch_size=2
    )
    summary = align_photos(config, FaceDetector(), {})
    assert (summary.num_photos, summary.num_with_face, summary.num_without_face) == (7, 5, 1)
    return str(photos_bucket / "faces")


def test_photos_are_listed_as_local_ones(photos_bucket):
    assert list_photos(str(photos_bucket / "photos")) == sorted([*PHOTOS, "junk.jpg"])
    with pytest.raises(UserError, match="ram://test_remote_folders/none is missing or not a folder"):
        list_photos(str(photos_bucket / "none"))


def test_alignment_goes_on_where_it_was_and_refuses_other_settings(photos_bucket, faces_dir):
    names = {path.name for path in as_path(faces_dir).iterdir()}
    assert names == {"close_up", "context", "faces.csv", "align.json", "photos.tsv"}
    config = AlignConfig(str(photos_bucket / "photos"), faces_dir, style=CropStyle(32))
    done: list[int] = []
    align_photos(config, FaceDetector(), {}, lambda num_done, num_photos: done.append(num_done))
    assert done[0] == 6  # the damaged one is looked at again
    with pytest.raises(UserError, match="was made with other settings: a was None and is now 1"):
        align_photos(config, FaceDetector(), {"a": 1})


def test_records_are_written_kept_and_inspected(photos_bucket, faces_dir, capsys):
    labels, output_dir = str(photos_bucket / "labels.csv"), str(photos_bucket / "records")
    for _ in range(2):
        (info,) = write_records(
            RecordsConfig(faces_dir=faces_dir, dataset="opt", output_dir=output_dir, label_files=(labels,))
        )
    assert (info.num_examples, info.num_without_face) == (5, 1)
    assert f"{output_dir}/opt is up to date" in capsys.readouterr().out
    sheet = photos_bucket / "sheet.png"
    config = InspectionConfig((f"{output_dir}/opt",), output=str(sheet))
    inspection = inspect_records(config, lambda contents: None)
    assert not inspection.contents[0].problems
    assert sheet.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(UserError, match="exists and is not a records folder: it has no dataset.json"):
        write_records(
            RecordsConfig(
                faces_dir=faces_dir, dataset="records", output_dir=str(photos_bucket), label_files=(labels,)
            )
        )


def test_class_records_are_written(photos_bucket, faces_dir):
    config = ClassRecordsConfig(
        faces_dir=faces_dir, dataset="persons", output_dir=str(photos_bucket / "records"), classes="folders"
    )
    (info,) = write_class_records(config)
    assert info.classes == ("ann", "bob") and info.class_counts == (3, 2)


def test_photos_are_predicted_into_a_table_and_pictures(photos_bucket):
    root = photos_bucket
    config = PredictConfig((str(root / "photos"),), str(root / "aus.csv"), str(root / "pictures"))
    summary = predict_photos(config, AuDetector())
    assert (summary.num_photos, summary.num_with_face, len(summary.unreadable)) == (7, 5, 1)
    with (root / "aus.csv").open("rb") as file:
        table = pd.read_csv(file)
    assert table["AU12_decision"].sum() == 5 and table["file"][0] == "ann/0.jpg"
    assert (root / "pictures/ann/0.jpg").read_bytes().startswith(b"\xff\xd8")
    with pytest.raises(UserError, match="lies inside the photos' folder"):
        predict_photos(PredictConfig(config.paths, config.output, str(root / "photos/out")), AuDetector())


def test_preparation_goes_on_and_makes_the_records_of_local_folders(tmp_path, detector, capsys):
    pytest.importorskip("apache_beam", reason="needs the extra `beam`")
    from emotionet_tf.preparation.beam_runners import RunnerChoice

    write_inputs(tmp_path)
    (local,) = prepare(config_of(tmp_path), run_directly)
    root = as_path("ram://test_preparation")
    for path in tmp_path.rglob("*"):
        if path.is_file() and "records" not in path.parts:
            (root / path.relative_to(tmp_path)).copy_from(path)
    detector.seen.clear()
    with pytest.raises(StoppedError):
        prepare(config_of(root), stopping_after(1))
    num_seen = len(detector.seen)
    (remote,) = prepare(config_of(root), RunnerChoice().run_shards)
    assert 0 < num_seen < 28 and len(detector.seen) == 28 == len(
        set(detector.seen)
    )  # of 30 two cannot be read
    expected = {path.name: path.read_bytes() for path in (tmp_path / "records/opt").iterdir()}
    made = {path.name: path.read_bytes() for path in (root / "records/opt").iterdir()}
    assert set(made) == set(expected)
    # Remote photos have no checksums.
    for content in (made, expected):
        lines = content["faces.csv"].decode().splitlines()
        content["faces.csv"] = [line.rsplit(",", 2)[0] for line in lines]
    for name in set(made) - {"dataset.json", "rejected.csv"}:  # these name the lists
        assert made[name] == expected[name], name
    assert remote.order_sha256 == local.order_sha256 and remote.num_rows == local.num_rows
    assert [path.name for path in (root / "records").iterdir()] == ["opt"]
    prepare(config_of(root), run_directly)
    assert "ram://test_preparation/records/opt is up to date" in capsys.readouterr().out
    remove_tree(root)
