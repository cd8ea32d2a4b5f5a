from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.faces.photo_groups import detect_in_groups, read_groups

PHOTO_BYTES = 8 * 8 * 3


@pytest.fixture
def folder(tmp_path):
    for number in range(7):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((8, 8, 3), number, np.uint8))
    (tmp_path / "3.png").write_bytes(b"")
    cv2.imwrite(str(tmp_path / "5.png"), np.full((16, 16, 3), 5, np.uint8))
    return tmp_path


def groups_of(folder, group_bytes):
    places = {str(number): folder / f"{number}.png" for number in range(7)}
    with ThreadPoolExecutor(3) as threads:
        return list(read_groups(places, threads, group_bytes))


def test_photos_come_in_order_in_groups_within_the_limit(folder):
    groups = groups_of(folder, 2 * PHOTO_BYTES)
    # The one that cannot be read weighs nothing, and one that is over the limit by itself comes alone.
    assert [list(group) for group in groups] == [["0", "1"], ["2", "3", "4"], ["5"], ["6"]]
    assert groups[1]["3"] == "empty file"
    assert [int(groups[0][name][0, 0, 0]) for name in ("0", "1")] == [0, 1]


def test_photos_within_the_limit_come_together(folder):
    assert [list(group) for group in groups_of(folder, 1 << 20)] == [[str(number) for number in range(7)]]
    with ThreadPoolExecutor(3) as threads:
        assert list(read_groups({}, threads)) == []


def test_no_group_has_more_photos_than_asked_for(folder):
    places = {str(number): folder / f"{number}.png" for number in range(7)}
    with ThreadPoolExecutor(3) as threads:
        groups = list(read_groups(places, threads, group_photos=3))
    assert [list(group) for group in groups] == [["0", "1", "2"], ["3", "4", "5"], ["6"]]


def test_detector_sees_the_readable_photos_with_their_names(folder):
    def levels(photos, names):
        assert [int(photo[0, 0, 0]) for photo in photos] == [int(name[0]) for name in names]
        return [[name] for name in names]

    with ThreadPoolExecutor(3) as threads:
        (seen,) = detect_in_groups(
            {name: folder / name for name in ("6.png", "3.png", "0.png")}, levels, threads
        )
    assert list(seen) == ["6.png", "3.png", "0.png"]
    assert seen["3.png"] == "empty file"
    assert (seen["6.png"].faces, seen["0.png"].faces) == (["6.png"], ["0.png"])
    assert int(seen["6.png"].pixels[0, 0, 0]) == 6


def test_photos_whose_folder_has_gone_are_not_called_unreadable(tmp_path):
    places = {"a": tmp_path / "drive" / "a.png"}
    with (
        ThreadPoolExecutor(1) as threads,
        pytest.raises(UserError, match="drive is not there any more; see that its drive is connected"),
    ):
        list(read_groups(places, threads))
