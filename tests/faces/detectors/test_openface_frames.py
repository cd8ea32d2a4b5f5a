import pytest
from openface_inputs import mean_face, write_csv

from emotionet_tf.errors import UserError
from emotionet_tf.faces.detectors.openface.frames import (
    BY_NUMBER,
    BY_ORDER,
    OF_FOLDER,
    OF_VIDEO,
    frames_of_pictures,
)
from emotionet_tf.faces.detectors.openface.photos import OpenFacePhotos

TWELVE = range(1, 13)


def pictures(*numbers: int, form: str = "f_{:04d}.jpg") -> list[str]:
    return [form.format(number) for number in numbers]


@pytest.mark.parametrize(
    ("numbers", "frames", "expected"),
    [
        # Every fifth frame of a video that OpenFace saw whole; with failed frames removed; of a longer video.
        ((5, 10, 15), range(1, 21), [5, 10, 15]),
        ((5, 10, 15), (5, 15), [5, 10, 15]),
        ((3, 4, 5), (3, 4, 5), [3, 4, 5]),
        ((1, 2, 3), (1, 3), [1, 2, 3]),
        # Key frames whose folder OpenFace saw, and a folder that begins with 0.
        ((2, 4, 6), (1, 2, 3), [1, 2, 3]),
        ((2, 4, 6), (1, 3), [1, 2, 3]),
        ((0, 1, 2), (1, 2, 3), [1, 2, 3]),
    ],
)
def test_frames_are_those_of_the_only_way_that_is_possible(numbers, frames, expected):
    names = pictures(*numbers)
    assert frames_of_pictures(names, frames).frames == dict(zip(names, expected, strict=True))


def test_names_without_numbers_go_by_order_as_texts_and_other_kinds_do_not_count():
    names = ["zoe.jpg", "bob.PNG", "anna.png", "carl.bmp", "dora.webp"]
    assert frames_of_pictures(names, (1, 2, 3)).frames == {"anna.png": 1, "carl.bmp": 2, "zoe.jpg": 3}
    # All five, where the pictures were saved in other kinds after OpenFace had seen them.
    assert frames_of_pictures(names, range(1, 6)).frames["dora.webp"] == 4


def test_numbers_without_zeros_go_as_the_times_say_and_else_by_number_with_a_remark():
    names = pictures(*TWELVE, form="img_{}.jpg")  # as texts: img_1, img_10, img_11, img_12, img_2, ...
    assert frames_of_pictures(names, TWELVE, OF_FOLDER).frames["img_2.jpg"] == 5
    assert frames_of_pictures(names, TWELVE, OF_VIDEO).frames["img_2.jpg"] == 2
    unknown = frames_of_pictures(names, TWELVE)
    assert unknown.frames["img_2.jpg"] == 2
    assert "--openface_frames=order" in unknown.remark
    assert frames_of_pictures(names, TWELVE, OF_FOLDER, BY_NUMBER).frames["img_2.jpg"] == 2
    assert frames_of_pictures(names, TWELVE, OF_VIDEO, BY_ORDER).frames["img_2.jpg"] == 5


@pytest.mark.parametrize(
    ("numbers", "frames", "seen", "message"),
    [
        # More pictures than frames, fewer, and a folder that has lost pictures since: 2, 4, 6 of 2 to 16.
        ((2, 4, 6, 8), (1, 2, 3), "unknown", "3 frames, 1 to 3, and 4 pictures, numbered 2 to 8"),
        ((20, 40), (1, 2, 3), "unknown", "3 frames, 1 to 3, and 2 pictures, numbered 20 to 40"),
        ((2, 4, 6), range(1, 9), OF_FOLDER, "8 frames, 1 to 8, and 3 pictures, numbered 2 to 6"),
        # Frames 2, 4 and 8 that are left may be numbers of names or places among the eight.
        (range(2, 18, 2), (2, 4, 8), "unknown", "3 frames, 2 to 8, and 8 pictures"),
    ],
)
def test_where_no_way_is_certain_both_counts_are_told(numbers, frames, seen, message):
    with pytest.raises(ValueError, match=message + ".*--openface_frames=number .* or order"):
        frames_of_pictures(pictures(*numbers), frames, seen)


def sequence_of(folder, num_frames: int, header: str = "frame,confidence,success") -> None:
    """Writes a CSV whose frame n has the confidence n / 100."""
    rows = [(f"{number},{number / 100},1", mean_face()) for number in range(1, num_frames + 1)]
    write_csv(folder / "of" / "clip.csv", header, rows)


def photos_at(folder, *names: str) -> OpenFacePhotos:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    photos = OpenFacePhotos([folder / "of"])
    photos.tell_places(lambda name: folder / name)
    return photos


def test_key_frames_get_the_faces_of_their_places_beside_other_files(tmp_path):
    sequence_of(tmp_path, 3)
    names = [f"clip/{name}" for name in pictures(10, 20, 30)]
    photos = photos_at(tmp_path, *names, "clip/notes.txt", "clip/.hidden.jpg", "clip/more/f_0001.jpg")
    assert [photos.faces(name)[0].confidence for name in names] == [0.01, 0.02, 0.03]
    assert photos.remarks() == []


def test_pictures_without_a_row_are_counted(tmp_path):
    sequence_of(tmp_path, 3)
    names = [f"clip/{name}" for name in pictures(1, 2, 3, 4, 5)]
    photos = photos_at(tmp_path, *names)
    assert [len(photos.faces(name)) for name in names] == [1, 1, 1, 0, 0]
    assert photos.remarks() == ["openface: 2 photos have no row in the CSV of their sequence"]


def test_folder_of_frames_may_be_given_itself(tmp_path):
    sequence_of(tmp_path, 2)
    photos = photos_at(tmp_path, "clip/a_7.jpg", "clip/a_9.jpg")
    photos.tell_places(lambda name: tmp_path / "clip" / name)
    photos.check(["a_7.jpg", "a_9.jpg"])
    assert [photos.faces(name)[0].confidence for name in ("a_7.jpg", "a_9.jpg")] == [0.01, 0.02]


def test_check_refuses_files_of_other_photos_and_frames_that_do_not_fit(tmp_path):
    sequence_of(tmp_path, 2)
    photos = photos_at(tmp_path, "clip/a_7.jpg", "other/a.jpg")
    with pytest.raises(UserError, match=r"for other/a\.jpg it would be other/a\.csv or other\.csv"):
        photos.check(["other/a.jpg"])
    with pytest.raises(
        UserError, match=r"clip\.csv and .*clip: 2 frames, 1 to 2, and 1 pictures, numbered 7 to 7"
    ):
        photos.check(["other/a.jpg", "clip/a_7.jpg"])
    photos.checksum("other/a.jpg")
    with pytest.raises(UserError, match="is of one of the photos"):
        photos.refuse_other_photos()


def test_damaged_files_are_refused_where_all_that_are_of_the_photos_are(tmp_path):
    write_csv(tmp_path / "of" / "b.csv", "face,confidence", [])
    (tmp_path / "of" / "a.csv").write_text("")
    photos = photos_at(tmp_path, "a.jpg", "b.jpg")
    photos.check(["a.jpg", "b.jpg", "c.jpg"])
    with pytest.raises(UserError, match=r"OpenFace CSV .*a\.csv: the file is empty"):
        photos.check(["a.jpg", "c.jpg"])


def test_file_that_is_no_csv_of_openface_is_refused_at_once(tmp_path):
    (tmp_path / "frame.jpg").write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF")
    with pytest.raises(UserError, match=r"OpenFace CSV .*frame\.jpg: .*zero byte"):
        OpenFacePhotos([tmp_path / "frame.jpg"])
