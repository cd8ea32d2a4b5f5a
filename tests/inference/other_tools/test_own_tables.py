import numpy as np
import pytest
from tool_inputs import OURS, named, put

from emotionet_tf.inference.other_tools.reading import read_tool_table
from emotionet_tf.inference.other_tools.tool_table import INTENSITY, PRESENCE, PROBABILITY
from emotionet_tf.inference.prediction_files import Predictions, write_predictions
from emotionet_tf.inference.tables.face_rows import TableHead, table_of_rows
from emotionet_tf.inference.tables.file_formats import write_table
from emotionet_tf.inference.videos.frame_rows import frame_columns

FACE = {
    "id": "a/x.jpg",
    "file": "a/x.jpg",
    "face_index": 0,
    "found": 1,
    "confidence": 0.9,
    "AU04": 0.25,
    "AU12": 0.5,
}
NONE = {"id": "b.jpg", "file": "b.jpg", "face_index": 0, "found": 0, "reason": "no face"}


def test_decision_column_decides_whatever_the_score_is(tmp_path):
    table = read_tool_table(put(tmp_path / "ours.csv", OURS))
    assert named(table, 0) == {"AU06": 0.4, "AU06_threshold": 1, "AU12": 0.6, "AU12_decision": 0}
    kinds = {column.name: column.kind for column in table.columns}
    assert kinds["AU12_decision"] == PRESENCE and kinds["AU12"] == PROBABILITY


def test_threshold_column_decides_from_itself_upward(tmp_path):
    table = read_tool_table(put(tmp_path / "ours.csv", OURS.replace(",0.3", ",0.4")))
    assert named(table, 0)["AU06_threshold"] == 1
    assert named(table, 1)["AU06_threshold"] == 0


def test_photo_without_a_face_and_further_faces_keep_their_rows(tmp_path):
    table = read_tool_table(put(tmp_path / "ours.csv", OURS))
    assert [(row.picture, row.face, row.scores is None) for row in table.rows] == [
        ("s1/a.jpg", 0, False),
        ("s1/a.jpg", 1, False),
        ("s1/b.jpg", 0, True),
    ]


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet", ".jsonl"])
def test_each_format_that_predict_writes_is_read(tmp_path, ending):
    written = table_of_rows([FACE, NONE], TableHead((4, 12), np.array([0.2, 0.5]), "fast@12"))
    write_table(written, {}, tmp_path / f"table{ending}")
    table = read_tool_table(tmp_path / f"table{ending}")
    assert not table.rejected and [row.scores is None for row in table.rows] == [False, True]
    own = named(table, 0)
    assert own["AU04"] == 0.25 and own["AU12"] == 0.5


def test_videos_frames_count_from_0_and_have_times(tmp_path):
    names = frame_columns(["id", "file", "face_index", "found", "AU12"])
    rows = ["clip.mp4@0#1,clip.mp4,0,0.0,1,0,1,0.7", "clip.mp4@3#1,clip.mp4,3,0.12,1,0,1,0.7"]
    table = read_tool_table(put(tmp_path / "v.csv", "\n".join([",".join(names), *rows])))
    assert [(row.sequence, row.frame, row.seconds) for row in table.rows] == [
        ("clip", 1, 0),
        ("clip", 4, 0.12),
    ]


def test_prediction_file_is_read_by_its_ids(tmp_path):
    predictions = Predictions(("s/a.jpg", "s/b#2.jpg"), (1, 51), np.array([[0.1, 0.9], [0.8, 0.2]]))
    write_predictions(tmp_path / "p.csv", predictions)
    table = read_tool_table(tmp_path / "p.csv")
    assert [row.picture for row in table.rows] == ["s/a.jpg", "s/b#2.jpg"]
    assert named(table, 1) == {"AU01": 0.8, "AU51": 0.2} and table.remarks == ()


def test_thresholds_that_were_tuned_on_the_tables_photos_are_told(tmp_path):
    tuned = Predictions(("a", "b"), (1,), np.array([[0.3], [0.1]]), np.array([0.2]), np.array([True, False]))
    write_predictions(tmp_path / "p.csv", tuned)
    table = read_tool_table(tmp_path / "p.csv")
    assert named(table, 0) == {"AU01": 0.3, "AU01_threshold": 1} and "tuned on photos" in table.remarks[0]


def test_blank_face_of_a_table_without_a_column_found_has_failed(tmp_path):
    table = read_tool_table(put(tmp_path / "t.csv", "path,AU12\na.jpg,\nb.jpg,0.5\n"))
    assert [row.scores is None for row in table.rows] == [True, False]


def test_intensities_of_our_own_are_intensities(tmp_path):
    intensities = {12: np.array([2.5, np.nan])}
    predictions = Predictions(("a.jpg", "b.jpg"), (1, 12), np.full((2, 2), 0.75), intensities=intensities)
    write_predictions(tmp_path / "p.csv", predictions)
    table = read_tool_table(tmp_path / "p.csv")
    assert [(one.au, one.kind) for one in table.columns] == [
        (1, PROBABILITY),
        (12, PROBABILITY),
        (12, INTENSITY),
    ]
    assert named(table, 0)["AU12_intensity"] == 2.5 and np.isnan(named(table, 1)["AU12_intensity"])
