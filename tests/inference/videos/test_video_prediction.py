import json
from pathlib import Path
from typing import ClassVar

import av
import numpy as np
import pandas as pd
import pytest
from video_files import write_video

from emotionet_tf.errors import UserError
from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.inference.face_result import FaceResult
from emotionet_tf.inference.prediction_files import read_predictions
from emotionet_tf.inference.prediction_settings import PredictConfig, VideoSettings
from emotionet_tf.inference.tables.face_rows import TableHead
from emotionet_tf.inference.videos import prediction
from emotionet_tf.inference.videos.prediction import predict_videos

SHAPE = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.75], [0.65, 0.75]])


class Faces:
    """Finds a face in the middle of each frame that is not dark."""

    name = "stand_in"

    def detect(self, photos, *, largest_only=True, names=()):
        return [self._found(photo) for photo in photos]

    @staticmethod
    def _found(photo):
        return [Face((20.0, 10.0, 24.0, 24.0), 0.9, SHAPE * 24 + (20, 10))] if photo.mean() > 40 else []


class StandInAuDetector:
    """AU12 is as strong as the face is bright."""

    aus = (12, 51)
    thresholds = np.array([0.5, 0.5])
    about: ClassVar = {"model": "stand_in@12345678"}
    face_detector = Faces()

    @property
    def table_head(self):
        return TableHead(self.aus, self.thresholds, self.about["model"])

    def __init__(self) -> None:
        self.num_faces = 0

    def results(self, places):
        self.num_faces += len(places)
        levels = [float(photo.mean()) / 255 for photo, _ in places]
        return [
            FaceResult(
                face, (0.0, 0.1, 0.2), self.aus, np.array([level, 0.25]), np.array([level >= 0.5, 0], np.int8)
            )
            for (_, face), level in zip(places, levels, strict=True)
        ]


def clip(path: Path, count: int = 60, dark: range = range(0)) -> Path:
    """Writes frames that grow brighter at their edges, with a face of one colour; dark ones show nothing."""

    def picture(number: int) -> np.ndarray:
        pixels = np.full((48, 64, 3), 10 if number in dark else 60 + number, np.uint8)
        if number not in dark:
            pixels[4:40, 12:52] = (180, 120, 100)
        return pixels

    return write_video(path, map(picture, range(count)))


ALL_FRAMES = VideoSettings()


def predict(
    output: Path, *paths: Path, detector=None, on_progress=lambda *_: None, video=ALL_FRAMES, **changes
):
    config = PredictConfig(tuple(map(str, paths)), str(output), video=video, **changes)
    return predict_videos(config, detector or StandInAuDetector(), on_progress)


def test_every_frame_has_a_row_for_each_face_or_one_without(tmp_path):
    path = clip(tmp_path / "in" / "a.mp4", 60, dark=range(20, 25))
    (summary,) = predict(tmp_path / "out.csv", path)
    assert (summary.name, summary.num_frames, summary.num_with_face, summary.num_people) == (
        "a.mp4",
        60,
        55,
        1,
    )
    assert not summary.damage
    table = pd.read_csv(tmp_path / "out.csv")
    assert list(table.columns[:6]) == ["id", "file", "frame", "seconds", "face_id", "face_index"]
    assert table["frame"].tolist() == list(range(60))
    np.testing.assert_allclose(table["seconds"], np.arange(60) / 25, atol=1e-6)
    assert table["id"][3] == "a.mp4@3#0" and table["id"][22] == "a.mp4@22"
    assert table["found"].tolist() == [0 if 20 <= number < 25 else 1 for number in range(60)]
    assert table.loc[20:24, ["face_id", "AU12", "AU12_decision"]].isna().all(axis=None)
    assert set(table["face_id"].dropna()) == {0}
    assert np.corrcoef(*table[["frame", "AU12"]].dropna().to_numpy().T)[0, 1] > 0.99
    assert sorted(file.name for file in tmp_path.iterdir()) == ["in", "out.csv", "out.csv.about.json"]
    assert json.loads((tmp_path / "out.csv.about.json").read_text())["video"]["search_every"] == 10
    assert len(read_predictions(tmp_path / "out.csv").ids) == 55


class Killed(BaseException):
    """Stands for SIGKILL: nothing is done when it comes."""


@pytest.mark.parametrize("seed", range(10))
def test_killed_run_is_resumed_to_the_same_table(tmp_path, monkeypatch, seed):
    monkeypatch.setattr(prediction, "_FRAMES_OF_A_SAVE", 32)
    paths = [clip(tmp_path / "in" / "a.mp4", 100, dark=range(50, 70)), clip(tmp_path / "in" / "b.mp4", 50)]
    predict(tmp_path / "whole.csv", *paths)
    random = np.random.default_rng(seed)
    num_calls = int(random.integers(2, 12))

    def kill(name, num_done, num_frames):
        nonlocal num_calls
        num_calls -= 1
        if num_calls == 0:
            raise Killed

    with pytest.raises(Killed):
        predict(tmp_path / "out.csv", *paths, on_progress=kill)
    assert not (tmp_path / "out.csv").exists()
    detector, seen = StandInAuDetector(), []
    predict(tmp_path / "out.csv", *paths, detector=detector, on_progress=lambda *call: seen.append(call))
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    # What was saved was not done again.
    num_before = sum({name: done for name, done, _ in reversed(seen)}.values())
    assert detector.num_faces <= 130 and (num_before == 0 or detector.num_faces < 130)


def test_run_stopped_with_other_thresholds_or_face_settings_begins_again(tmp_path, monkeypatch):
    monkeypatch.setattr(prediction, "_FRAMES_OF_A_SAVE", 8)
    path, output = clip(tmp_path / "in" / "a.mp4", 30), tmp_path / "out.csv"

    def kill(name, num_done, num_frames):
        if num_done >= 16:
            raise Killed

    def frames_seen(change=lambda detector: None, **settings) -> int:
        """Returns how many frames a run predicts that comes after one that was stopped without the change."""
        with pytest.raises(Killed):
            predict(output, path, on_progress=kill)
        detector = StandInAuDetector()
        change(detector)
        config = PredictConfig((str(path),), str(output), video=ALL_FRAMES)
        predict_videos(config, detector, **settings)
        return detector.num_faces

    assert frames_seen() <= 22
    assert frames_seen(lambda detector: setattr(detector, "thresholds", np.array([0.9, 0.5]))) == 30
    assert frames_seen(face_settings={"min_face_px": 40}) == 30


def test_smoothed_table_has_the_means_and_says_so(tmp_path):
    path = clip(tmp_path / "in" / "a.mp4", 30)
    predict(tmp_path / "plain.csv", path)
    predict(tmp_path / "smooth.csv", path, video=VideoSettings(smooth=0.13))
    plain, smooth = (pd.read_csv(tmp_path / f"{name}.csv") for name in ("plain", "smooth"))
    # 0.13 s at 25 frames a second: the frame, and one on each side.
    expected = plain["AU12"].rolling(3, center=True, min_periods=1).mean()
    np.testing.assert_allclose(smooth["AU12"], expected, atol=1e-6)
    assert list(smooth) == list(plain) and smooth["frame"].equals(plain["frame"])
    assert json.loads((tmp_path / "smooth.csv.about.json").read_text())["video"]["smooth"] == 0.13


def test_rows_of_another_video_or_setting_are_not_resumed(tmp_path, monkeypatch):
    monkeypatch.setattr(prediction, "_FRAMES_OF_A_SAVE", 16)
    path = clip(tmp_path / "a.mp4")

    def kill(name, num_done, num_frames):
        if num_done > 40:
            raise Killed

    for change in ("video", "setting"):
        with pytest.raises(Killed):
            predict(tmp_path / "out.csv", path, on_progress=kill)
        if change == "video":
            clip(path, 70)
        every = 2 if change == "setting" else 1
        detector = StandInAuDetector()
        (summary,) = predict(tmp_path / "out.csv", path, detector=detector, video=VideoSettings(every=every))
        assert detector.num_faces == summary.num_frames == 70 // every


def test_several_videos_and_a_folder_make_one_table(tmp_path):
    clip(tmp_path / "in" / "x" / "a.mp4", 5)
    clip(tmp_path / "in" / "b.mp4", 3)
    (tmp_path / "in" / "notes.txt").write_text("no video")
    summaries = predict(tmp_path / "out.jsonl", tmp_path / "in", format="openface")
    assert [summary.name for summary in summaries] == ["b.mp4", "x/a.mp4"]
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["frame"] for row in rows] == [1, 2, 3, 1, 2, 3, 4, 5]
    assert rows[2]["timestamp"] == 0.08 and rows[2]["face_id"] == 0


def test_annotated_video_shows_every_frame(tmp_path):
    path = clip(tmp_path / "in" / "a.mp4", 20)
    predict(tmp_path / "out.csv", path, annotated_dir=str(tmp_path / "seen"), video=VideoSettings(every=2))
    with av.open(str(tmp_path / "seen" / "a.mp4")) as container:
        frames = list(container.decode(video=0))
    assert len(frames) == 10 and frames[0].height == 640
    assert frames[1].time == pytest.approx(0.08)


def test_damaged_video_is_told(tmp_path):
    path = clip(tmp_path / "a.mkv", 60)
    path.write_bytes(path.read_bytes()[:-400])
    (summary,) = predict(tmp_path / "out.csv", path)
    assert 0 < summary.num_frames <= 60
    (tmp_path / "b.mp4").write_bytes(b"junk")
    with pytest.raises(UserError, match=r"b\.mp4 cannot be read as a video"):
        predict(tmp_path / "out.csv", tmp_path / "b.mp4")


def test_video_without_a_frame_to_predict_is_named_and_leaves_nothing(tmp_path):
    path = clip(tmp_path / "in" / "a.mp4", 10)
    (tmp_path / "in" / "b.mp4").write_bytes(b"junk")
    with pytest.raises(UserError, match=r"a\.mp4: it has no frame between --start and --end"):
        predict(tmp_path / "out.csv", path, video=VideoSettings(start=5))
    with pytest.raises(UserError, match=r"b\.mp4 cannot be read as a video"):
        predict(tmp_path / "out.csv", tmp_path / "in" / "b.mp4")
    assert [file.name for file in tmp_path.iterdir()] == ["in"]


def test_what_does_not_go_with_videos_is_refused(tmp_path):
    path = clip(tmp_path / "a.mp4", 2)
    with pytest.raises(UserError, match="--conditions is for photos"):
        predict(tmp_path / "out.csv", path, conditions="folder")
    with pytest.raises(UserError, match="would overwrite the photo"):
        predict(path, path)
    with pytest.raises(UserError, match="--camera takes no videos"):
        predict(tmp_path / "out.csv", path, video=VideoSettings(camera=0))
    with pytest.raises(UserError, match="--end=1 must be later than --start=2"):
        VideoSettings(start=2, end=1)
