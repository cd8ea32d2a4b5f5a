import math

from tool_inputs import OPENFACE3_IMAGE, OPENFACE3_VIDEO, named, put

from emotionet_tf.inference.other_tools.reading import read_tool_table
from emotionet_tf.inference.other_tools.tool_table import PROBABILITY


def test_eight_unnamed_numbers_are_aus_1_2_4_6_9_12_25_26(tmp_path):
    table = read_tool_table(put(tmp_path / "face_analysis_photo.csv", OPENFACE3_IMAGE))
    assert [column.au for column in table.columns] == [1, 2, 4, 6, 9, 12, 25, 26]
    best = table.rows[1].scores
    # The file was made so that AU12 is 0.12; in numeric guesses such as AU1, AU2, AU4, AU5 ... it would be another.
    assert best[table.column_of(12, PROBABILITY)] == 0.12 and best[table.column_of(9, PROBABILITY)] == 0.9


def test_scores_are_probabilities_and_no_intensities(tmp_path):
    table = read_tool_table(put(tmp_path / "a.csv", OPENFACE3_IMAGE))
    assert {column.kind for column in table.columns} == {PROBABILITY}


def test_of_several_faces_with_the_same_aus_only_the_surest_keeps_them(tmp_path):
    table = read_tool_table(put(tmp_path / "a.csv", OPENFACE3_IMAGE))
    # Detection scores 0.91 and 0.97.
    assert [row.scores is None for row in table.rows] == [True, False, True]
    assert any("pictures with several faces: 1;" in remark for remark in table.remarks)


def test_row_of_blanks_is_a_picture_without_a_face(tmp_path):
    table = read_tool_table(put(tmp_path / "a.csv", OPENFACE3_IMAGE))
    assert table.rows[2].picture == "in/empty.jpg" and table.rows[2].scores is None


def test_frames_count_from_0_and_the_time_of_the_day_is_no_time_of_the_video(tmp_path):
    table = read_tool_table(put(tmp_path / "face_analysis_clip.csv", OPENFACE3_VIDEO))
    assert [(row.sequence, row.frame) for row in table.rows] == [("in/clip", 1), ("in/clip", 2)]
    assert all(math.isnan(row.seconds) for row in table.rows)
    assert [row.scores is None for row in table.rows] == [False, True]
    assert named(table, 0)["action_units[5]"] == 0.855


def test_tabs_as_the_manual_says_are_read_too(tmp_path):
    header, *rows = OPENFACE3_VIDEO.splitlines()
    # Only the first row's cells have commas within; it is written by hand here.
    row = "2026\tin/clip.mp4\t0\t0\t[1, 2, 3, 4, 0.9]\t\t0\t0\t0\t[[0, 0, 0, 0, 0, 0.5, 0, 0]]"
    table = read_tool_table(put(tmp_path / "a.tsv", header.replace(",", "\t") + "\n" + row + "\n"))
    assert named(table, 0)["action_units[5]"] == 0.5 and len(rows) == 2


def test_another_number_of_aus_rejects_the_row(tmp_path):
    table = read_tool_table(put(tmp_path / "a.csv", OPENFACE3_VIDEO.replace("0.731, 0.0]]", "0.731]]")))
    assert [row.reason for row in table.rejected] == ["action_units has 7 numbers, not 8"]


def test_cell_that_is_no_list_rejects_the_row(tmp_path):
    table = read_tool_table(put(tmp_path / "a.csv", OPENFACE3_VIDEO.replace("0.731, 0.0]]", "0.731, 0.0")))
    assert [row.line for row in table.rejected] == [2] and "not a list of numbers" in table.rejected[0].reason
    table = read_tool_table(put(tmp_path / "b.csv", OPENFACE3_VIDEO.replace('"[[0.0, 0.0, 0.00009, 0.412, 0.0, 0.855, 0.731, 0.0]]"', "7")))  # fmt: skip # noqa: E501
    assert "not a list of numbers" in table.rejected[0].reason


def test_number_beyond_any_float_costs_its_row(tmp_path):
    text = OPENFACE3_VIDEO.replace("[30, 40,", f"[30, {10**400},")
    table = read_tool_table(put(tmp_path / "face_analysis_clip.csv", text))
    (rejected,) = table.rejected
    assert rejected.line == 2 and "face_detection is '[30, 1000" in rejected.reason
    assert [row.line for row in table.rows] == [3]
