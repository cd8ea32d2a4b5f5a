import dataclasses
import errno
import json
import os
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
import pandas as pd
import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.inference.face_result import FaceResult
from emotionet_tf.inference.photo_prediction import checked_photos, predict_photos
from emotionet_tf.inference.photo_rows import find_photos
from emotionet_tf.inference.prediction_files import read_predictions
from emotionet_tf.inference.prediction_settings import PredictConfig
from emotionet_tf.inference.tables.face_rows import TableHead
from emotionet_tf.storage.machine_errors import describe_machine_error


class StandInAuDetector:
    """Sees as many faces as a photo has hundreds of grey levels, each with AU12 and without AU51."""

    aus = (12, 51)
    thresholds = np.array([0.5, 0.5])
    about: ClassVar = {"model": "stand_in@12345678", "score": "a guess"}

    @property
    def table_head(self):
        return TableHead(self.aus, self.thresholds, self.about["model"])

    def detect(self, photos, *, all_faces=False, names=()):
        face = Face(
            (1.0, 2.0, 30.0, 40.0), 0.875, np.array([[9, 9], [20, 9], [14, 15], [10, 21], [19, 21.0]])
        ).signed("stand_in")
        scores = np.array([0.75, 0.25])
        found = FaceResult(face, (0.0, np.pi / 6, 0.0), self.aus, scores, np.array([1, 0], np.int8))
        counts = [int(photo.mean()) // 100 for photo in photos]
        return [[found] * (count if all_faces else min(count, 1)) for count in counts]


def write_photo(path: Path, level: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((50, 60, 3), level, np.uint8))
    return path


def predict(tmp_path: Path, *paths: Path, **changes):
    config = PredictConfig(tuple(map(str, paths)), str(tmp_path / "out.csv"), batch_size=2, **changes)
    summary = predict_photos(config, StandInAuDetector())
    return summary, pd.read_csv(tmp_path / "out.csv", keep_default_na=False)


def test_each_photo_has_a_row_and_those_without_face_are_blank(tmp_path):
    write_photo(tmp_path / "in" / "a.jpg", 120)
    write_photo(tmp_path / "in" / "sub" / "N_0000000001_00002.png", 10)
    (tmp_path / "in" / "z.jpg").write_bytes(b"junk")
    summary, table = predict(tmp_path, tmp_path / "in")
    assert (summary.num_photos, summary.num_with_face, summary.num_faces) == (3, 1, 1)
    assert summary.unreadable == ((str(tmp_path / "in" / "z.jpg"), "no photo of a known kind"),)
    assert list(table["id"]) == ["a.jpg", "N_0000000001_00002", "z.jpg"]
    assert list(table["found"]) == [1, 0, 0]
    assert list(table["reason"]) == ["", "no face", "unreadable: no photo of a known kind"]
    assert list(table["detector"]) == ["stand_in", "", ""]
    assert summary.faces_of_detector == {"stand_in": 1}
    assert list(table["AU12"]) == ["0.75", "", ""]
    assert list(table["AU12_decision"]) == ["1", "", ""]
    assert list(table["AU51_decision"]) == ["0", "", ""]
    assert list(table["file"]) == ["a.jpg", "sub/N_0000000001_00002.png", "z.jpg"]
    assert list(table["photo_width_px"]) == ["60", "60", ""]
    assert list(table["model"]) == ["stand_in@12345678"] * 3
    assert float(table["yaw_degrees"][0]) == 30.0
    assert float(table["box_height_px"][0]) == 40.0


def test_table_can_be_scored_as_a_prediction_file(tmp_path):
    write_photo(tmp_path / "in" / "a.jpg", 220)
    predict(tmp_path, tmp_path / "in", all_faces=True)
    predictions = read_predictions(tmp_path / "out.csv")
    assert predictions.ids == ("a.jpg", "a.jpg#1")
    assert predictions.aus == (12, 51)


def test_tables_thresholds_are_read_with_its_scores(tmp_path, monkeypatch):
    monkeypatch.setattr(StandInAuDetector, "thresholds", np.array([0.8, 0.2]))
    write_photo(tmp_path / "in" / "a.jpg", 120)
    write_photo(tmp_path / "in" / "none.jpg", 10)
    predict(tmp_path, tmp_path / "in")
    np.testing.assert_array_equal(read_predictions(tmp_path / "out.csv").thresholds, [0.8, 0.2])


def test_rows_without_a_face_are_no_predictions(tmp_path):
    write_photo(tmp_path / "in" / "a.jpg", 120)
    write_photo(tmp_path / "in" / "none.jpg", 10)
    predict(tmp_path, tmp_path / "in")
    predictions = read_predictions(tmp_path / "out.csv")
    assert predictions.ids == ("a.jpg",)
    # In the challenge's score they count as absent.
    scores, has_prediction = predictions.scores_of(["a.jpg", "none.jpg"])
    assert scores.tolist() == [[0.75, 0.25], [0, 0]] and has_prediction.tolist() == [True, False]


def test_what_made_the_table_lies_beside_it(tmp_path):
    write_photo(tmp_path / "in" / "a.jpg", 120)
    predict(tmp_path, tmp_path / "in", format="openface")
    about = json.loads((tmp_path / "out.csv.about.json").read_text())
    assert about["model"] == "stand_in@12345678" and about["columns"].startswith("as OpenFace 2.2")
    table = pd.read_csv(tmp_path / "out.csv")
    assert table.shape == (1, 714) and table["AU12_c"][0] == 1


def test_summary_is_by_folder_or_by_a_file_of_conditions(tmp_path):
    for name in ("x/a.jpg", "x/b.jpg", "y/c.jpg"):
        write_photo(tmp_path / "in" / name, 10 if name == "x/b.jpg" else 120)
    summary, _ = predict(tmp_path, tmp_path / "in", conditions="folder")
    table = pd.read_csv(tmp_path / "out_summary.csv").set_index(["condition", "au"])
    assert table.loc[("x", "AU12"), ["num_photos", "num_faces", "num_present"]].tolist() == [2, 1, 1]
    assert table.loc[("y", "AU51"), "mean_score"] == 0.25 and summary.num_with_condition == 3
    (tmp_path / "c.csv").write_text("file,condition\nx/a.jpg,one\n")
    summary, _ = predict(tmp_path, tmp_path / "in", conditions=str(tmp_path / "c.csv"))
    assert summary.num_with_condition == 1
    assert set(pd.read_csv(tmp_path / "out_summary.csv")["condition"]) == {"one"}


def test_wrong_ending_or_conditions_are_told_before_the_work(tmp_path):
    photo = write_photo(tmp_path / "a.jpg", 120)
    for changes, message in (
        ({"output": "t.xls"}, "the ending must be one of"),
        ({"output": "t.csv", "conditions": "folder"}, "no photo lies in a folder"),
        ({"output": "t.jsonl", "excel": True}, "--excel is for CSV files"),
    ):
        with pytest.raises(UserError, match=message):
            checked_photos(PredictConfig((str(photo),), **changes))


def test_annotated_pictures_are_written_for_photos_that_can_be_read(tmp_path):
    write_photo(tmp_path / "in" / "a.png", 120)
    write_photo(tmp_path / "in" / "b" / "c.jpg", 10)
    (tmp_path / "in" / "z.jpg").write_bytes(b"junk")
    predict(tmp_path, tmp_path / "in", annotated_dir=str(tmp_path / "seen"))
    assert sorted(
        path.relative_to(tmp_path / "seen").as_posix() for path in (tmp_path / "seen").rglob("*.jpg")
    ) == [
        "a.png.jpg",
        "b/c.jpg",
    ]
    assert cv2.imread(str(tmp_path / "seen" / "a.png.jpg")).shape[0] == 640


def test_named_photo_is_known_by_its_file_name(tmp_path):
    path = write_photo(tmp_path / "in" / "a.jpg", 120)
    assert find_photos([str(path)]) == {"a.jpg": path}


def test_nothing_readable_is_an_error_and_leaves_no_table(tmp_path):
    (tmp_path / "z.jpg").write_bytes(b"junk")
    with pytest.raises(UserError, match=r"no photo of 1 can be read; .*z\.jpg: no photo"):
        predict(tmp_path, tmp_path / "z.jpg")
    assert not (tmp_path / "out.csv").exists()


def test_bad_paths_are_named(tmp_path):
    with pytest.raises(UserError, match="at least one photo or folder"):
        find_photos([])
    with pytest.raises(UserError, match=r"none\.jpg does not exist"):
        find_photos([str(tmp_path / "none.jpg")])
    first, second = (write_photo(tmp_path / folder / "N_1_1.jpg", 1) for folder in "ab")
    with pytest.raises(UserError, match=r"a/N_1_1\.jpg and .*b/N_1_1\.jpg would share the id N_1_1: predict"):
        find_photos([str(first), str(second)])
    odd = os.fsencode(tmp_path) + b"/caf\xe9.jpg"
    Path(os.fsdecode(odd)).write_bytes(b"x")
    with pytest.raises(UserError, match=r"^rename '.*caf\\udce9\.jpg', which no table can name: not UTF-8"):
        find_photos([os.fsdecode(odd)])


def test_a_photo_that_is_named_twice_is_one(tmp_path):
    path = write_photo(tmp_path / "in" / "a.jpg", 120)
    assert find_photos([str(path), str(tmp_path / "in"), str(path)]) == {"a.jpg": path}


def test_equal_names_get_as_much_of_their_folders_as_tells_them_apart(tmp_path):
    for place in ("one/x/a.jpg", "two/x/a.jpg", "two/x/b.jpg"):
        write_photo(tmp_path / place, 120)
    found = find_photos([str(tmp_path / "one" / "x"), str(tmp_path / "two" / "x")])
    assert list(found) == ["one/x/a.jpg", "two/x/a.jpg", "two/x/b.jpg"]
    assert found["two/x/a.jpg"] == tmp_path / "two" / "x" / "a.jpg"
    apart = find_photos([str(tmp_path / "one"), str(tmp_path / "two" / "x" / "b.jpg")])
    assert list(apart) == ["x/a.jpg", "b.jpg"]


class BreaksOff(StandInAuDetector):
    """Is killed, as far as files can say, when it has seen some photos."""

    def __init__(self, most=99):
        self.seen = []
        self.most = most

    def detect(self, photos, *, all_faces=False, names=()):
        if len(self.seen) >= self.most:
            raise KeyboardInterrupt
        self.seen += names
        return super().detect(photos, all_faces=all_faces, names=names)


def seven_photos(folder):
    for number in range(7):
        write_photo(folder / f"{number}.png", 40 * number)
    (folder / "1b.jpg").write_bytes(b"junk")
    return PredictConfig(
        (str(folder),), str(folder.parent / "out.csv"), str(folder.parent / "pictures"), True, batch_size=2
    )


def all_bytes(folder):
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def broken_off(config, most):
    with pytest.raises(KeyboardInterrupt, match="photos are done and kept, the same command resumes"):
        predict_photos(config, BreaksOff(most))


def test_run_that_was_broken_off_resumes_and_ends_with_the_same_bytes(tmp_path):
    config = seven_photos(tmp_path / "in")
    predict_photos(config, BreaksOff())
    expected = all_bytes(tmp_path)
    for path in (tmp_path / "out.csv", tmp_path / "out.csv.about.json"):
        path.unlink()
    broken_off(config, 4)
    assert not (tmp_path / "out.csv").exists()
    second = BreaksOff()
    predict_photos(config, second)
    # Of the first groups 0 1, 1b 2, 3 4 only the unreadable 1b is looked at again.
    assert second.seen == ["5.png", "6.png"]
    assert all_bytes(tmp_path) == expected


def test_photo_that_was_replaced_or_whose_picture_is_gone_is_predicted_again(tmp_path):
    config = seven_photos(tmp_path / "in")
    broken_off(config, 4)
    write_photo(tmp_path / "in" / "0.png", 250)
    (tmp_path / "pictures" / "3.png.jpg").unlink()
    second = BreaksOff()
    predict_photos(config, second)
    assert second.seen == ["0.png", "3.png", "5.png", "6.png"]


def test_rows_of_another_detector_are_not_taken_over(tmp_path):
    config = seven_photos(tmp_path / "in")
    broken_off(config, 4)
    second = BreaksOff()
    predict_photos(config, second, detector_settings={"min_face_px": 9})
    assert len(second.seen) == 7


def refuse_files(monkeypatch, number):
    def sync(path):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("emotionet_tf.storage.files.sync", sync)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.ESTALE, errno.EIO])
def test_disk_that_takes_no_table_leaves_what_the_next_run_resumes(tmp_path, monkeypatch, number):
    config = dataclasses.replace(seven_photos(tmp_path / "in"), annotated_dir=None)
    with monkeypatch.context() as patch:
        refuse_files(patch, number)
        with pytest.raises(OSError) as caught:
            predict_photos(config, BreaksOff())
    assert "the same command resumes" in describe_machine_error(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".out.csv.so_far", "in"]
    second = BreaksOff()
    predict_photos(config, second)
    assert second.seen == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out.csv", "out.csv.about.json"]
