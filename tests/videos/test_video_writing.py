import numpy as np

from emotionet_tf.videos.frames import Video
from emotionet_tf.videos.writing import VideoWriter


def test_pictures_become_a_video_of_the_first_ones_size(tmp_path):
    target = tmp_path / "new" / "a.mp4"
    with VideoWriter(target, 12.5) as writer:
        for height in (31, 40, 20):
            writer.add(np.full((height, 51, 3), 200, np.uint8))
    frames = list(Video(str(target)).frames())
    assert [frame.pixels.shape for frame in frames] == [(30, 50, 3)] * 3
    assert [round(frame.seconds, 3) for frame in frames] == [0, 0.08, 0.16]
    # What a smaller picture does not have is black.
    assert frames[2].pixels[:16].min() > 180 and frames[2].pixels[24:].max() < 30


def test_no_picture_makes_no_file(tmp_path):
    with VideoWriter(tmp_path / "a.mp4", 25):
        pass
    assert not list(tmp_path.iterdir())
