import os
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.photos.limits import MAX_FILE_BYTES
from emotionet_tf.photos.passed_over import passed_over
from emotionet_tf.photos.reading import (
    UnreadablePhotoError,
    decode_photo,
    format_unreadable,
    list_photos,
    photo_place,
    read_photo,
    walk_photos,
)

# Left half red, right half blue, wider than high.
PICTURE = np.zeros((40, 60, 3), np.uint8)
PICTURE[:, :30, 0] = 255
PICTURE[:, 30:, 2] = 255


def encoded(suffix: str = ".jpg") -> bytes:
    return cv2.imencode(suffix, PICTURE[..., ::-1])[1].tobytes()


def with_orientation(jpeg: bytes, orientation: int) -> bytes:
    """Puts an EXIF segment with one entry, tag 0x0112, behind the start marker."""
    entry = b"\x01\x12\x00\x03\x00\x00\x00\x01" + orientation.to_bytes(2, "big") + b"\x00\x00"
    exif = b"Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01" + entry + b"\x00\x00\x00\x00"
    return jpeg[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + jpeg[2:]


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".webp", ".tif"])
def test_photo_of_each_kind_comes_as_rgb(suffix):
    photo = decode_photo(encoded(suffix))
    assert photo.shape == (40, 60, 3)
    assert photo[20, 10, 0] > 200 > 60 > photo[20, 10, 2]


def test_exif_orientation_turns_the_photo_upright():
    # Orientation 6: turn clockwise by 90 degrees, so the left half becomes the upper one.
    photo = decode_photo(with_orientation(encoded(), 6))
    assert photo.shape == (60, 40, 3)
    assert photo[10, 20, 0] > 200
    assert photo[50, 20, 2] > 200


def test_grey_photo_gets_three_equal_channels():
    photo = decode_photo(cv2.imencode(".png", PICTURE[..., 0])[1].tobytes())
    assert photo.shape == (40, 60, 3)
    assert (photo == photo[..., :1]).all()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"),
        (b"no picture at all", "no photo of a known kind"),
        (encoded()[:-200], "cut off"),
        (encoded(".png")[:-20], "cut off"),
        (encoded()[:20], "cut off"),
    ],
)
def test_file_that_is_no_whole_photo_is_refused_with_the_reason(data, reason):
    with pytest.raises(UnreadablePhotoError, match=reason):
        decode_photo(data)


def test_jpeg_with_bytes_behind_its_end_is_read():
    assert decode_photo(encoded() + b"\x00" * 100).shape == (40, 60, 3)


def test_jpeg_with_an_appended_film_is_read_and_its_preview_hides_no_cut():
    film = b"\x00\xff\xda\x00" * 50
    assert decode_photo(encoded() + film).shape == (40, 60, 3)
    preview = b"\xff\xe1\x00\x08" + b"\xff\xda\xff\xd9\x00\x00"
    assert decode_photo(encoded()[:2] + preview + encoded()[2:]).shape == (40, 60, 3)
    with pytest.raises(UnreadablePhotoError, match="cut off"):
        decode_photo(encoded()[:2] + preview + encoded()[2:-200])


def test_missing_file_is_refused_with_the_reason(tmp_path):
    with pytest.raises(UnreadablePhotoError, match="No such file"):
        read_photo(tmp_path / "a.jpg")


def test_photos_are_listed_with_subfolders_in_sorted_order(tmp_path: Path):
    for name in ("b/2.PNG", "b/1.jpg", "a.jpeg", "notes.txt", ".hidden.jpg", ".cache/c.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert list_photos(tmp_path) == ["a.jpeg", "b/1.jpg", "b/2.PNG"]


def test_photos_without_an_ending_or_with_more_behind_it_are_counted(tmp_path):
    (tmp_path / "a.jpg").write_bytes(encoded())
    for name in ("portrait", "sub/portrait", "b.jpg_large", "c.JPG~"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((tmp_path / "a.jpg").read_bytes())
    (tmp_path / "README").write_text("about these photos")
    others = Counter()
    assert list_photos(tmp_path, others) == ["a.jpg"]
    kinds, unnamed = passed_over(others)
    assert "1 .jpg_large" in kinds and "1 .jpg~" in kinds
    assert "2 photo(s) whose names have no ending" in unnamed
    (tmp_path / "a.jpg").unlink()
    with pytest.raises(UserError, match=r"holds no photo \(.*; not read: 2 photo\(s\) whose names"):
        list_photos(tmp_path, Counter())


def test_folder_without_photos_is_named(tmp_path):
    with pytest.raises(UserError, match="holds no photo"):
        list_photos(tmp_path)
    with pytest.raises(UserError, match="missing or not a folder"):
        list_photos(tmp_path / "none")


def test_long_list_of_unreadable_photos_is_cut():
    lines = format_unreadable([(f"{index}.jpg", "empty file") for index in range(12)], limit=2).splitlines()
    assert lines == [
        "  unreadable: 0.jpg: empty file",
        "  unreadable: 1.jpg: empty file",
        "  ... and 10 more",
    ]


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_name_that_no_table_or_crop_can_bear_is_refused_at_the_end_with_their_number(tmp_path):
    touch(tmp_path, "fine.jpg", "two\nlines.jpg", "bell\a.jpg", "x" * 227 + ".jpg", "x" * 226 + ".jpg")
    walk = walk_photos(tmp_path)
    assert {next(walk), next(walk)} == {"fine.jpg", "x" * 226 + ".jpg"}
    with pytest.raises(UserError, match=r"rename 3 photo\(s\).*(231 bytes|a control character)"):
        next(walk)


def test_name_that_is_no_text_is_refused(tmp_path):
    try:
        (tmp_path / b"a\xff.jpg".decode("utf-8", "surrogateescape")).touch()
    except OSError:
        pytest.skip("this file system takes no such names")
    with pytest.raises(UserError, match="not UTF-8"):
        list_photos(tmp_path)


def test_links_are_followed_without_loops_and_no_folder_is_entered_twice(tmp_path):
    photos, outside = tmp_path / "photos", tmp_path / "outside"
    touch(photos, "z/1.jpg")
    touch(outside, "2.jpg", "folder/3.jpg")
    (photos / "a").symlink_to("z")  # has a name of its own
    (photos / "b").symlink_to(outside)
    (photos / "c").symlink_to(outside / "folder")  # came with b
    (outside / "back").symlink_to(photos)
    (photos / "z" / "up").symlink_to("../..")
    (photos / "file.jpg").symlink_to(outside / "2.jpg")
    (photos / "gone.jpg").symlink_to("missing.jpg")
    (photos / "self.jpg").symlink_to("self.jpg")
    (photos / "self").symlink_to("self")
    expected = ["b/2.jpg", "b/folder/3.jpg", "file.jpg", "gone.jpg", "self.jpg", "z/1.jpg"]
    assert list_photos(photos) == expected
    assert list_photos(f"{photos}/") == expected


def test_folder_that_cannot_be_listed_is_named(tmp_path, monkeypatch):
    touch(tmp_path, "a.jpg", "secret/b.jpg")
    scandir = os.scandir

    # Rights alone do not stop a test that runs as root.
    def without_rights(place):
        if "secret" in str(place):
            raise PermissionError(13, "Permission denied", str(place))
        return scandir(place)

    monkeypatch.setattr(os, "scandir", without_rights)
    with pytest.raises(UserError, match="secret/? cannot be searched for photos: Permission denied"):
        list_photos(tmp_path)


def test_pipe_and_folder_are_refused_without_opening_them(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    for path in (tmp_path / "pipe.jpg", tmp_path):
        with pytest.raises(UnreadablePhotoError, match="not a file"):
            read_photo(path)


def test_path_that_no_file_can_have_is_refused():
    with pytest.raises(UnreadablePhotoError, match="no path of a file"):
        read_photo("a\0.jpg")
    with pytest.raises(UnreadablePhotoError, match="too long"):
        read_photo("x" * 300)


def test_file_beyond_the_limit_is_refused_unread(tmp_path):
    with (tmp_path / "a.jpg").open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(UnreadablePhotoError, match="file of 268 MB, more than the 268 MB"):
        read_photo(tmp_path / "a.jpg")


@pytest.mark.parametrize(
    "photo",
    [
        "../a.jpg",
        "a/../../b.jpg",
        "/etc/a.jpg",
        "..",
        "a\\..\\b.jpg",
        "C:\\a.jpg",
        "C:/a.jpg",
        "//host/a.jpg",
        "",
    ],
)
def test_path_that_leads_out_of_the_folder_is_refused(photo):
    with pytest.raises(UnreadablePhotoError, match="leads out"):
        photo_place("photos", photo)


@pytest.mark.parametrize("photo", ["a.jpg", "a/b.jpg", "a..b/..c.jpg", "-rf.jpg", "./a.jpg"])
def test_path_below_the_folder_is_joined(photo):
    assert photo_place("photos", photo) == Path("photos") / photo
