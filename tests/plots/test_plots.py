import cv2
import numpy as np
import pandas as pd
import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.inference.face_result import FaceResult
from emotionet_tf.inference.tables.conditions import summarize
from emotionet_tf.plots import plot_face, plot_shares, plot_timeline, timeline
from emotionet_tf.plots.canvas import new_figure, save_png
from emotionet_tf.plots.files import draw_timelines


def video_table() -> pd.DataFrame:
    """Person 7 in frames 0 to 3, person 2 in 1 and 2, nobody in 4."""
    rows = [(frame, 0.04 * frame, 7, 0.1 * frame, 0.5) for frame in range(4)]
    rows += [(1, 0.04, 2, 0.9, 0.9), (2, 0.08, 2, 0.8, 0.9), (4, 0.16, None, np.nan, np.nan)]
    return pd.DataFrame(rows, columns=["frame", "seconds", "face_id", "AU12", "AU25"])


def shown(axes) -> np.ndarray:
    return np.ma.filled(axes.images[0].get_array().astype(float), np.nan)


def test_timeline_shows_the_scores_of_who_is_seen_longest():
    axes = plot_timeline(video_table())
    np.testing.assert_allclose(shown(axes)[0], [0, 0.1, 0.2, 0.3, np.nan])
    assert axes.get_title() == "face 7" and axes.get_xlim() == (0, 0.16)
    assert axes.get_yticklabels()[0].get_text() == "AU12 lip corner puller"


def test_timeline_of_another_person_and_au(tmp_path):
    axes = plot_timeline(video_table(), face_id=2, aus=[25])
    np.testing.assert_allclose(shown(axes), [[np.nan, 0.9, 0.9, np.nan, np.nan]])
    save_png(axes.figure, tmp_path / "t.png")
    assert cv2.imread(str(tmp_path / "t.png")).shape[1] == 1200


def test_timeline_has_aus_that_emotionet_lacks():
    axes = plot_timeline(video_table().rename(columns={"AU12": "AU07", "AU25": "AU12L"}), face_id=2)
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["AU07 lid tightener", "AU12L lip corner puller, left"]
    np.testing.assert_allclose(shown(axes)[0], [np.nan, 0.9, 0.8, np.nan, np.nan])


def test_long_video_keeps_its_largest_scores(monkeypatch):
    monkeypatch.setattr(timeline, "_MOST_COLUMNS", 3)
    np.testing.assert_allclose(shown(plot_timeline(video_table()))[0], [0.1, 0.3, np.nan])


def test_what_is_no_timeline_is_refused():
    with pytest.raises(UserError, match="this one has no column 'frame'"):
        plot_timeline(video_table().drop(columns="frame"))
    with pytest.raises(UserError, match="face 3 must be one of 7, 2"):
        plot_timeline(video_table(), face_id=3)
    with pytest.raises(UserError, match="AU 4 must be one of the table's: 12, 25"):
        plot_timeline(video_table(), aus=[4])


def test_shares_are_bars_with_their_intervals():
    table = pd.DataFrame(
        {
            "file": ["x/a", "x/b", "y/c", "y/d"],
            "found": [1, 1, 1, 1],
            "AU12": [0.9, 0.8, 0.1, 0.7],
            "AU12_decision": [1, 1, 0, 1],
        }
    )
    summary = summarize(table, (12,), {"x/a": "x", "x/b": "x", "y/c": "y", "y/d": "y"})
    axes = plot_shares(summary)
    assert [bar.get_height() for bar in axes.patches] == [1.0, 0.5]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["x (2 faces)", "y (2 faces)"]
    with pytest.raises(UserError, match="has no column 'condition'"):
        plot_shares(table)


def test_face_is_drawn_into_given_axes():
    face = Face((10.0, 5.0, 20.0, 30.0), 0.9, np.full((5, 2), 15.0))
    result = FaceResult(face, None, (1, 12), np.array([0.2, 0.75]), np.array([0, 1], np.int8))
    given = new_figure(6, 3).subplots(1, 2)
    left, right = plot_face(np.zeros((40, 50, 3), np.uint8), result, axes=tuple(given))
    assert left is given[0] and [bar.get_width() for bar in right.patches] == [0.2, 0.75]
    assert right.patches[0].get_facecolor() != right.patches[1].get_facecolor()
    assert left.lines[0].get_xydata()[2].tolist() == [30, 35]


def test_each_person_of_each_video_gets_a_file(tmp_path):
    first = video_table().assign(file="x/a.mp4")
    second = video_table().assign(file="rtsp://camera/1")
    drawn = draw_timelines(pd.concat([first, second]), tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(file.name for file in drawn)
    assert [file.name for file in drawn] == [
        "x_a.mp4_face7.png", "x_a.mp4_face2.png", "rtsp_camera_1_face7.png", "rtsp_camera_1_face2.png",
    ]  # fmt: skip


def test_names_are_shown_as_they_are_also_where_matplotlib_would_read_a_formula(tmp_path):
    names = ["$a$b{$", "_rest", "<b>bold</b>"]
    rows = {"au": "AU12", "num_faces": 3, "share_present": 0.5, "share_low": 0.2, "share_high": 0.8}
    axes = plot_shares(pd.DataFrame({"condition": names, **rows}))
    # What it shows: without the backslash that says so, and the blank of no width.
    shown = [text.get_text().replace("\\$", "$").strip("\u200b") for text in axes.get_legend().get_texts()]
    assert shown == [f"{name} (3 faces)" for name in names]
    save_png(axes.figure, tmp_path / "shares.png")
