import wave

import numpy as np
import pytest
from video_files import numbered_pictures, turn_clockwise, write_video

from emotionet_tf.errors import UserError
from emotionet_tf.videos.frames import Video, is_video


def test_frames_have_numbers_times_and_pixels(tmp_path):
    video = Video(str(write_video(tmp_path / "a.mp4", numbered_pictures(30))))
    frames = list(video.frames())
    assert video.num_frames == 30 and [frame.number for frame in frames] == list(range(30))
    assert [frame.seconds for frame in frames[:3]] == pytest.approx([0, 0.04, 0.08])
    assert frames[0].pixels.shape == (48, 64, 3)
    # What was drawn, but for the codec's loss.
    assert abs(int(frames[20].pixels[-4, -4].mean()) - 100) < 6
    assert not video.damage


def test_times_of_a_variable_rate_are_the_files(tmp_path):
    ticks = [0, 40, 80, 500, 520, 1500]
    video = Video(str(write_video(tmp_path / "a.mkv", numbered_pictures(6), ticks=ticks)))
    assert [round(frame.seconds, 3) for frame in video.frames()] == [tick / 1000 for tick in ticks]


def test_video_of_a_phone_is_turned_upright(tmp_path):
    path = write_video(tmp_path / "a.mp4", numbered_pictures(2))
    turn_clockwise(path)
    pixels = next(Video(str(path)).frames()).pixels
    assert pixels.shape == (64, 48, 3)
    is_red = (pixels[..., 0].astype(int) - pixels[..., 1]) > 150
    assert is_red[:30, 26:].all() and not is_red[34:].any() and not is_red[:, :22].any()


def test_some_frames_are_chosen_by_number_and_time(tmp_path):
    path = str(write_video(tmp_path / "a.mp4", numbered_pictures(50)))
    chosen = [frame.number for frame in Video(path, every=10, start=0.4, end=1.6).frames()]
    assert chosen == [10, 20, 30]
    # A resumed reading gives the rest, with the same pixels.
    whole = {frame.number: frame.pixels for frame in Video(path).frames()}
    rest = list(Video(path).frames(33))
    assert [frame.number for frame in rest] == list(range(33, 50))
    assert all((frame.pixels == whole[frame.number]).all() for frame in rest)


def test_truncated_file_gives_what_it_has_and_says_where_it_ends(tmp_path):
    random = np.random.default_rng(0)
    pictures = (random.integers(0, 256, (48, 64, 3)).astype(np.uint8) for _ in range(100))
    path = write_video(tmp_path / "a.mkv", pictures, codec="mpeg4")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 6 // 10])
    video = Video(str(path))
    frames = list(video.frames())
    assert 40 < len(frames) < 70
    assert any(
        f"it ends at {frames[-1].seconds:.2f} s, and says that it has 4.00 s" in one for one in video.damage
    )


def test_damage_within_is_told_and_passed_over(tmp_path):
    random = np.random.default_rng(0)
    pictures = (random.integers(0, 256, (48, 64, 3)).astype(np.uint8) for _ in range(100))
    path = write_video(tmp_path / "a.mkv", pictures, codec="mpeg4")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 6000] = bytes(6000)
    path.write_bytes(content)
    video = Video(str(path))
    frames = list(video.frames())
    assert frames[-1].seconds > 3.5 and len(frames) < 100 and video.damage


def test_file_that_is_no_video_is_named(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"no video")
    with pytest.raises(UserError, match=r"a\.mp4 cannot be read as a video"):
        Video(str(tmp_path / "a.mp4"))
    with pytest.raises(UserError, match="cannot be read as a video: No such file"):
        Video(str(tmp_path / "none.mp4"))
    with wave.open(str(tmp_path / "sound.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(1600))
    with pytest.raises(UserError, match=r"sound\.wav has no pictures, only audio"):
        Video(str(tmp_path / "sound.wav"))


def test_list_of_other_places_is_not_followed_to_the_network(tmp_path):
    (tmp_path / "a.mp4").write_text(
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n"
    )
    with pytest.raises(UserError, match="cannot be read as a video|has no pictures"):
        list(Video(str(tmp_path / "a.mp4")).frames())


def test_videos_are_known_by_their_names():
    assert is_video("a/B.MOV") and is_video("rtsp://camera/1") and is_video("https://host/clip")
    assert not is_video("a.jpg") and not is_video("folder")
