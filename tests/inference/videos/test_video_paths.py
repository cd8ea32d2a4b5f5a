import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.inference.videos.paths import find_videos, has_videos


@pytest.fixture
def folder(tmp_path):
    for name in ("clips/a.mp4", "clips/x/b.MOV", "clips/.hidden/c.mp4", "photos/d.jpg", "e.mp4"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    return tmp_path


def test_videos_are_named_by_their_place_in_the_folder(folder):
    found = find_videos([str(folder / "clips"), str(folder / "e.mp4"), "rtsp://camera/1"])
    assert list(found) == ["a.mp4", "x/b.MOV", "e.mp4", "rtsp://camera/1"]
    assert found["x/b.MOV"] == str(folder / "clips" / "x" / "b.MOV")


def test_photos_and_videos_are_predicted_apart(folder):
    assert has_videos([str(folder / "clips"), "https://host/a"]) and not has_videos([str(folder / "photos")])
    assert not has_videos([])
    with pytest.raises(
        UserError, match=r"e\.mp4 is a video .*photos is not: predict photos and videos apart"
    ):
        has_videos([str(folder / "photos"), str(folder / "e.mp4")])


def test_folder_of_photos_with_a_video_among_them_is_one_of_photos(folder):
    (folder / "photos" / "live.mov").write_bytes(b"")
    assert not has_videos([str(folder / "photos")])
    assert list(find_videos([str(folder / "photos" / "live.mov")])) == ["live.mov"]


def test_video_that_is_missing_or_twice_is_named(folder):
    with pytest.raises(UserError, match=r"none\.mp4 does not exist: expected a video"):
        find_videos([str(folder / "none.mp4")])
    (folder / "a.mp4").write_bytes(b"")
    with pytest.raises(UserError, match=r"would share the name a\.mp4"):
        find_videos([str(folder / "clips"), str(folder / "a.mp4")])
