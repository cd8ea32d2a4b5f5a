import numpy as np
import pytest
from openface_inputs import mean_face, write_csv

from emotionet_tf.errors import UserError
from emotionet_tf.faces.detectors.openface.photos import NO_CSV, OpenFacePhotos


def confidences(photos: OpenFacePhotos, *names: str) -> list[list[float]]:
    return [[face.confidence for face in photos.faces(name)] for name in names]


def test_damaged_rows_and_files_are_rejected_and_photos_without_csv_counted(tmp_path):
    flat = mean_face() * [0, 1]
    nan = mean_face()
    nan[3, 1] = np.nan
    write_csv(
        tmp_path / "a.csv", "face,confidence", [("0,0.5", flat), ("1,0.6", nan), ("2,0.7", mean_face())]
    )
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    photos = OpenFacePhotos([tmp_path])
    assert photos.remarks() == []
    assert confidences(photos, "a.jpg", "empty.jpg", "binary.jpg", "x.jpg", "y.jpg") == [
        [0.7],
        [],
        [],
        [],
        [],
    ]
    assert photos.remarks() == [
        "openface: 2 photos have no CSV",
        f"openface: 4 rows could not be used; the first is {tmp_path / 'a.csv'}, line 2: "
        "the landmarks are all in one line",
    ]


def test_one_of_a_kind_is_told_in_the_singular_and_its_file_named_once(tmp_path):
    (tmp_path / "empty.csv").write_text("")
    photos = OpenFacePhotos([tmp_path])
    confidences(photos, "empty.jpg", "x.jpg")
    assert photos.remarks() == [
        "openface: 1 photo has no CSV",
        f"openface: 1 row could not be used: {tmp_path / 'empty.csv'}, line 1: the file is empty",
    ]


def test_only_the_csvs_of_photos_that_are_asked_for_are_read(tmp_path):
    write_csv(tmp_path / "a.csv", "face,confidence", [("0,0.9", mean_face())])
    (tmp_path / "unread.csv").write_text("damaged")
    photos = OpenFacePhotos([tmp_path])
    photos.checksum("a.jpg")
    assert photos.remarks() == []


def test_damage_of_a_sequence_is_told_once_however_often_it_is_read(tmp_path):
    for name in ("a", "b", "c"):
        rows = [("1,0.9,1", mean_face()), ("2,x,1", mean_face())]
        write_csv(tmp_path / f"{name}.csv", "frame,confidence,success", rows)
    photos = OpenFacePhotos([tmp_path])
    names = [f"{name}/{number}.jpg" for number in (1, 2) for name in ("a", "b", "c")]
    assert confidences(photos, *names) == [[0.9]] * 3 + [[]] * 3
    without_row, rejected = photos.remarks()
    assert without_row == "openface: 3 photos have no row in the CSV of their sequence"
    assert rejected.startswith(
        f"openface: 3 rows could not be used; the first is {tmp_path / 'a.csv'}, line 3"
    )


def test_faces_below_the_limit_are_none_and_their_photos_counted(tmp_path):
    rows = [("0,0.69", mean_face()), ("1,0.7", mean_face(2))]
    write_csv(tmp_path / "a.csv", "face,confidence", rows)
    write_csv(tmp_path / "b.csv", "face,confidence", rows[:1])
    write_csv(tmp_path / "c.csv", "face,confidence", [])
    photos = OpenFacePhotos([tmp_path], min_confidence=0.7)
    assert confidences(photos, "a.jpg", "b.jpg", "c.jpg") == [[0.7], [], []]
    assert photos.remarks() == ["openface: 1 photo has only faces of a confidence below 0.7"]


def test_checksum_changes_with_what_is_said_of_the_photo_and_with_nothing_else(tmp_path):
    def checksum(*rows, name="a.csv", first="face,confidence,AU01_c"):
        path = write_csv(tmp_path / name, first, rows)
        try:
            return OpenFacePhotos([tmp_path], min_confidence=0.5).checksum("a.jpg")
        finally:
            path.unlink()

    face = ("0,0.9,1", mean_face())
    usual = checksum(face)
    assert len(usual) == 16
    # Written anew, with another AU, or with a further face that is too unsure, the file says the same.
    assert (
        checksum(face)
        == checksum(("0,0.9,0", mean_face()))
        == checksum(face, ("1,0.4,1", mean_face(2)))
        == usual
    )
    others = [
        checksum(("0,0.8,1", mean_face())),
        checksum(("0,0.9,1", mean_face(1.1))),
        checksum(face, ("1,0.6,1", mean_face(2))),
        checksum(),
        checksum(face, name="b.csv"),
    ]
    assert len({usual, *others}) == 6
    assert others[-1] == NO_CSV


def test_checksum_of_a_frame_does_not_depend_on_the_others(tmp_path):
    def checksums(second: str):
        rows = [("1,0.9,1", mean_face()), (f"2,{second},1", mean_face()), ("3,0.9,1", mean_face(2))]
        write_csv(tmp_path / "clip.csv", "frame,confidence,success", rows)
        photos = OpenFacePhotos([tmp_path])
        return [photos.checksum(f"clip/frame_{number}.png") for number in (1, 2, 3, 4)]

    before, after = checksums("0.9"), checksums("0.8")
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, False, True, True]


def test_csv_without_landmarks_is_refused_before_any_photo_is_looked_at(tmp_path):
    (tmp_path / "a.csv").write_text("face,confidence,pose_Rx\n0,0.9,0.1\n")
    with pytest.raises(UserError, match=r"a\.csv has no columns x_0 to y_67; .* \(-2Dfp\)"):
        OpenFacePhotos([tmp_path]).checksum("a.jpg")
