from pathlib import Path

import numpy as np
import pytest

from emotionet_tf.action_units import ACTION_UNITS, NUM_AUS, POSE
from emotionet_tf.errors import UserError
from emotionet_tf.inference.baselines.openface import (
    OPENFACE_AUS,
    OpenFaceBaselineConfig,
    predict_openface_baseline,
    read_pose_faces,
)
from emotionet_tf.label_lists.formats.plain_csv import write_plain_csv
from emotionet_tf.label_lists.rows import LabelRow
from emotionet_tf.records.splits import Split
from emotionet_tf.records.writing.au_records import RecordsConfig, write_records

pytest.importorskip("sklearn", reason="needs the extra `baselines`")


@pytest.fixture
def records(make_faces, tmp_path):
    """A dataset of 12 photos whose heads nod more and more, with AU54 from "06" on; the last has no face."""
    photos = [f"person{number % 4}/{number:02d}.jpg" for number in range(12)]
    faces_dir = make_faces(tmp_path / "faces", photos, faceless=(photos[-1],))
    rows = []
    for number, photo in enumerate(photos):
        labels = np.zeros(NUM_AUS, np.float32)
        labels[ACTION_UNITS.index(54)] = number >= 6  # the nods grow with the number
        rows.append(LabelRow(f"{number:02d}", photo, labels, np.ones(NUM_AUS, np.float32)))
    write_plain_csv(tmp_path / "labels.csv", rows)
    write_records(
        RecordsConfig(
            faces_dir=str(faces_dir),
            dataset="opt",
            output_dir=str(tmp_path / "records"),
            label_files=(str(tmp_path / "labels.csv"),),
        )
    )
    return tmp_path / "records" / "opt"


@pytest.fixture
def records_with_a_blink(make_faces, tmp_path):
    """Two photos in an AU set of their own, which has AU45 in front of AU54."""
    faces_dir = make_faces(tmp_path / "faces", ["a.jpg", "b.jpg"])
    (tmp_path / "labels.csv").write_text("id,AU45,AU54\na,0,1\nb,0,1\n")
    write_records(
        RecordsConfig(
            faces_dir=str(faces_dir),
            dataset="blinks",
            output_dir=str(tmp_path / "records"),
            label_files=(str(tmp_path / "labels.csv"),),
        )
    )
    return tmp_path / "records" / "blinks"


def test_labels_of_an_au_set_of_its_own_are_read_by_au(records_with_a_blink):
    faces = read_pose_faces(str(records_with_a_blink))
    expected = np.zeros((2, NUM_AUS))
    expected[:, ACTION_UNITS.index(54)] = 1
    np.testing.assert_array_equal(faces.labels, expected)
    np.testing.assert_array_equal(faces.mask, expected)


def write_openface(folder: Path, name: str, present: bool, pitch: float = 0.0) -> None:
    folder.mkdir(exist_ok=True)
    header = [
        "face",
        "confidence",
        "pose_Rx",
        "pose_Ry",
        "pose_Rz",
        *(f"AU{au:02d}_c" for au in OPENFACE_AUS),
    ]
    values = ["0", "0.9", str(pitch), "0", "0", *([f"{int(present)}.00"] * len(OPENFACE_AUS))]
    (folder / f"{name}.csv").write_text(",".join(header) + "\n" + ",".join(values) + "\n")


def predict(records, *csvs, angles="records"):
    config = OpenFaceBaselineConfig(str(records), (str(records),), tuple(map(str, csvs)), angles)
    (predictions,) = predict_openface_baseline(config)
    return predictions


def test_without_csvs_the_pose_aus_of_every_photo_are_predicted(records):
    predictions = predict(records)
    assert predictions.aus == POSE.aus
    assert len(predictions.ids) == 12
    nods = dict(zip(predictions.ids, predictions.scores[:, POSE.aus.index(54)] >= 0.5, strict=True))
    assert nods["10"]
    assert not nods["00"]
    np.testing.assert_array_equal(predictions.scores[predictions.ids.index("11")], 0)  # it has no face


def test_photos_of_a_folder_stay_in_one_group_where_the_dataset_was_divided_by_folders(records, tmp_path):
    assert read_pose_faces(str(records)).groups == read_pose_faces(str(records)).ids
    config = RecordsConfig(
        faces_dir=str(tmp_path / "faces"), dataset="grouped", output_dir=str(tmp_path / "records"),
        split=Split(0.3, split_by="folder"),
        label_files=(str(tmp_path / "labels.csv"),),
    )  # fmt: skip
    write_records(config)
    faces = read_pose_faces(str(tmp_path / "records" / "grouped-train"))
    assert set(faces.groups) <= {"person0", "person1", "person2", "person3"}


def test_csvs_add_the_expression_aus_that_openface_decides(records, tmp_path):
    for number in range(11):
        write_openface(tmp_path / "of", f"{number:02d}", present=number % 2 == 1)
    predictions = predict(records, tmp_path / "of")
    assert predictions.aus == (1, 2, 4, 5, 6, 9, 10, 12, 15, 17, 20, 25, 26, 28, *POSE.aus)
    expected = [[float(int(name) % 2 == 1 and name != "11")] * 14 for name in predictions.ids]
    np.testing.assert_array_equal(predictions.scores[:, :14], expected)


def test_angles_of_openface_replace_the_records(records, tmp_path):
    # Its pitch has the other sign: what the records' angles would say is the opposite.
    for number in range(10):
        write_openface(tmp_path / "of", f"{number:02d}", present=False, pitch=-0.1 * number)
    predictions = predict(records, tmp_path / "of", angles="openface")
    nods = dict(zip(predictions.ids, predictions.scores[:, -3] >= 0.5, strict=True))
    assert predictions.aus[-3] == 54
    assert nods["09"]
    assert not nods["00"]
    assert not nods["10"]  # a face of the records that OpenFace did not find


def test_what_does_not_fit_is_named(records, tmp_path):
    write_openface(tmp_path / "of", "stranger", present=True)
    with pytest.raises(UserError, match="no OpenFace CSV is of a photo of .* they have stranger"):
        predict(records, tmp_path / "of")
    with pytest.raises(UserError, match="no OpenFace CSV is of a photo of"):
        predict(records, tmp_path / "of", angles="openface")
    with pytest.raises(UserError, match="angles of OpenFace need its CSV files"):
        predict(records, angles="openface")
    (tmp_path / "video.csv").write_text("frame,confidence,success\n1,1,1\n2,1,1\n")
    with pytest.raises(UserError, match=r"video\.csv holds 2 frames"):
        predict(records, tmp_path / "video.csv")
    (tmp_path / "00.csv").write_text("face,confidence\n0,1\n")
    with pytest.raises(UserError, match=r"00\.csv has no column AU01_c"):
        predict(records, tmp_path / "00.csv")
