import cv2
import numpy as np
import pytest
from video_files import numbered_pictures, write_video

from emotionet_tf.errors import UserError
from emotionet_tf.videos.camera import Camera


class Interrupted:
    """A camera at which Ctrl-C is pressed after three pictures."""

    def __init__(self) -> None:
        self.num_read, self.is_released = 0, False

    def isOpened(self) -> bool:  # noqa: N802, OpenCV's name
        return True

    def read(self):
        self.num_read += 1
        if self.num_read > 3:
            raise KeyboardInterrupt
        return True, np.full((4, 6, 3), (10, 20, 30), np.uint8)

    def release(self) -> None:
        self.is_released = True


def test_ctrl_c_ends_the_camera_and_keeps_what_came_before():
    capture = Interrupted()
    camera = Camera(0, capture=capture)
    frames = list(camera.frames())
    camera.close()
    assert [frame.number for frame in frames] == [0, 1, 2] and capture.is_released
    assert frames[0].pixels[0, 0].tolist() == [30, 20, 10]
    assert 0 <= frames[0].seconds <= frames[2].seconds < 5


def test_camera_that_gives_no_more_ends(tmp_path):
    path = write_video(tmp_path / "a.mp4", numbered_pictures(10))
    camera = Camera(0, every=4, capture=cv2.VideoCapture(str(path)))
    assert [frame.number for frame in camera.frames()] == [0, 4, 8]


def test_missing_camera_is_named():
    with pytest.raises(UserError, match="--camera=9: no such camera"):
        Camera(9, capture=cv2.VideoCapture())
