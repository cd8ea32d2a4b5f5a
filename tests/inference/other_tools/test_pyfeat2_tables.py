import math

from tool_inputs import PYFEAT2_IMAGES, PYFEAT2_VIDEO, named, put

from emotionet_tf.inference.other_tools.reading import read_tool_table
from emotionet_tf.inference.other_tools.tool_table import PROBABILITY


def test_plain_names_are_probabilities_and_an_intensity_rejects_the_row(tmp_path):
    table = read_tool_table(put(tmp_path / "a.csv", PYFEAT2_IMAGES))
    assert [(column.au, column.kind) for column in table.columns] == [(au, PROBABILITY) for au in (6, 12, 43)]
    assert named(table, 0) == {"AU06": 0.91, "AU12": 0.9, "AU43": 0.05}
    table = read_tool_table(put(tmp_path / "b.csv", PYFEAT2_IMAGES.replace("0.91", "2.91")))
    assert [row.reason for row in table.rejected] == [
        "AU06 is 2.91, not between 0 and 1: not the probability it is taken for"
    ]


def test_photos_are_named_by_input_and_their_number_is_no_frame(tmp_path):
    table = read_tool_table(put(tmp_path / "a.csv", PYFEAT2_IMAGES))
    assert [(row.picture, row.frame, row.face) for row in table.rows] == [
        ("in/a.jpg", None, 0),
        ("in/a.jpg", None, 1),
        ("in/noface.jpg", None, 0),
    ]


def test_row_without_a_face_stays_and_has_no_scores(tmp_path):
    table = read_tool_table(put(tmp_path / "a.csv", PYFEAT2_IMAGES))
    assert [row.scores is None for row in table.rows] == [False, False, True]
    as_nan = PYFEAT2_IMAGES.replace(",,,,,,480", "NaN,NaN,NaN,NaN,NaN,NaN,480")
    assert read_tool_table(put(tmp_path / "b.csv", as_nan)).rows[2].scores is None


def test_videos_frames_count_from_0_and_rounded_times_are_not_used(tmp_path):
    table = read_tool_table(put(tmp_path / "a.csv", PYFEAT2_VIDEO))
    assert [(row.sequence, row.frame) for row in table.rows] == [
        ("in/clip", 1),
        ("in/clip", 2),
        ("in/clip", 60),
    ]
    assert all(math.isnan(row.seconds) for row in table.rows)
