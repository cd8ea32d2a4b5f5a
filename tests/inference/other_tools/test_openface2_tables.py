import numpy as np
import pytest
from tool_inputs import OPENFACE2_IMAGE, OPENFACE2_VIDEO, named, put

from emotionet_tf.errors import UserError
from emotionet_tf.inference.other_tools.reading import read_tool_table
from emotionet_tf.inference.other_tools.tool_table import INTENSITY, PRESENCE
from emotionet_tf.inference.tables.other_layouts import LAYOUTS


def test_blanks_in_header_and_cells_are_no_names_and_no_texts(tmp_path):
    table = read_tool_table(put(tmp_path / "clip.csv", OPENFACE2_VIDEO))
    assert table.title == "OpenFace 2" and not table.rejected
    assert named(table, 0) == {"AU06_r": 1.2, "AU12_r": 2.4, "AU06_c": 1, "AU12_c": 1, "AU28_c": 0}
    # 2.2 writes a header without blanks above rows with them.
    header, rows = OPENFACE2_VIDEO.split("\n", 1)
    half = read_tool_table(put(tmp_path / "half.csv", header.replace(" ", "") + "\n" + rows))
    assert named(half, 0) == named(table, 0)


def test_failed_frame_has_no_scores_though_smoothing_left_some_above_zero(tmp_path):
    table = read_tool_table(put(tmp_path / "clip.csv", OPENFACE2_VIDEO))
    # The file says 1.50 and 1.00 of AU12 on frame 3.
    assert [row.scores is None for row in table.rows] == [False, False, True, False]
    assert table.num_failed == 1
    assert any("scored frames beside a failed one: 2;" in remark for remark in table.remarks)


def test_decisions_and_intensities_are_columns_of_their_own_and_au28_has_no_intensity(tmp_path):
    table = read_tool_table(put(tmp_path / "clip.csv", OPENFACE2_VIDEO))
    assert table.column_of(12, PRESENCE) is not None and table.column_of(12, INTENSITY) is not None
    assert table.column_of(28, PRESENCE) is not None and table.column_of(28, INTENSITY) is None
    # Frame 4: AU12_c 1 with 1.90, AU06_c 0 with 0.40; two models.
    assert any("two models" in remark for remark in table.remarks)


def test_frames_count_from_1_and_the_video_is_named_by_its_file(tmp_path):
    table = read_tool_table(put(tmp_path / "clip.csv", OPENFACE2_VIDEO))
    assert [(row.sequence, row.frame) for row in table.rows] == [("clip", n) for n in (1, 2, 3, 4)]
    assert [row.seconds for row in table.rows] == [0, 0.033, 0.067, 0.1]


def test_table_of_a_photo_has_no_frame_and_is_named_by_its_file(tmp_path):
    table = read_tool_table(put(tmp_path / "group_photo.csv", OPENFACE2_IMAGE))
    assert [(row.picture, row.sequence, row.frame, row.face) for row in table.rows] == [
        ("group_photo", "", None, 0),
        ("group_photo", "", None, 1),
    ]
    assert table.num_failed == 0


def test_all_711_columns_of_a_photo_are_read_by_name(tmp_path):
    # A video's 714 columns less frame, face_id, timestamp and success, and `face` in front: counted in 2.2's files.
    video = list(LAYOUTS["openface"].columns)
    columns = ["face", *(name for name in video if name not in ("frame", "face_id", "timestamp", "success"))]
    assert len(columns) == 711
    values = {"face": "0", "confidence": "0.9", "AU12_r": "2.10", "AU12_c": "1.0"}
    cells = [values.get(name, "0.0") for name in columns]
    table = read_tool_table(put(tmp_path / "a.csv", ",".join(columns) + "\n" + ",".join(cells) + "\n"))
    assert len(table.columns) == 17 + 18
    assert {name: score for name, score in named(table, 0).items() if score} == {"AU12_r": 2.1, "AU12_c": 1}


def test_distances_of_the_fork_are_neither_decisions_nor_intensities(tmp_path):
    text = OPENFACE2_IMAGE.replace("AU28_c", "AU12_d")
    table = read_tool_table(put(tmp_path / "a.csv", text))
    assert [column.name for column in table.columns] == ["AU06_r", "AU12_r", "AU06_c", "AU12_c"]


def test_versions_before_2_have_no_face_id(tmp_path):
    text = "frame, timestamp, confidence, success, AU12_r, AU12_c\n1, 0, 0.88, 1, 0.6773, 0\n2, 0.04, 0.9, 0, 0, 0\n"
    table = read_tool_table(put(tmp_path / "old.csv", text))
    assert named(table, 0) == {"AU12_r": 0.6773, "AU12_c": 0}
    assert table.rows[1].scores is None


def test_folder_is_one_table_of_which_each_file_names_its_photo(tmp_path):
    put(tmp_path / "of/s1/a.csv", OPENFACE2_IMAGE)
    put(tmp_path / "of/s2/a.csv", OPENFACE2_IMAGE)
    table = read_tool_table(tmp_path / "of")
    assert [row.picture for row in table.rows] == ["s1/a", "s1/a", "s2/a", "s2/a"]


def test_photos_beside_videos_are_told_to_be_on_other_scales(tmp_path):
    put(tmp_path / "of/photo.csv", OPENFACE2_IMAGE)
    put(tmp_path / "of/clip.csv", OPENFACE2_VIDEO)
    assert any("not on one scale" in remark for remark in read_tool_table(tmp_path / "of").remarks)


def test_folder_of_pictures_whose_times_are_all_zero_is_told_to_be_in_the_order_of_texts(tmp_path):
    text = "\n".join(
        ["frame,face_id,timestamp,confidence,success,AU12_c"]
        + [f"{number},0,0.000,0.9,1,0.00" for number in (1, 2, 3)]
    )
    remarks = read_tool_table(put(tmp_path / "dir.csv", text)).remarks
    assert any("10.jpg before 2.jpg" in remark for remark in remarks)
    remarks = read_tool_table(put(tmp_path / "clip.csv", OPENFACE2_VIDEO)).remarks
    assert not any("10.jpg" in remark for remark in remarks)


def test_numbers_of_openface_3_under_names_of_openface_2_are_refused(tmp_path):
    names = ",".join(f"AU{number:02d}_r" for number in range(1, 9))
    path = put(tmp_path / "converted.csv", f"frame,confidence,{names}\n1,0.9,0,0,0,0,0,0,0,0\n")
    with pytest.raises(UserError, match=r"AU03_r is not an AU of FACS.*1, 2, 4, 6, 9, 12, 25 and 26"):
        read_tool_table(path)


def test_layout_that_predict_writes_is_read_and_its_blank_intensities_are_no_columns(tmp_path):
    columns = LAYOUTS["openface"].columns
    values = {
        "frame": "1",
        "face_id": "0",
        "timestamp": "0.0",
        "confidence": "0.9",
        "success": "1",
        "AU12_c": "1",
    }
    text = ",".join(columns) + "\n" + ",".join(values.get(name, "") for name in columns) + "\n"
    table = read_tool_table(put(tmp_path / "ours.csv", text))
    assert [column.name for column in table.columns] == ["AU12_c"] and named(table, 0) == {"AU12_c": 1}


def test_intensity_beyond_5_rejects_the_row_with_its_line(tmp_path):
    table = read_tool_table(put(tmp_path / "clip.csv", OPENFACE2_VIDEO.replace("2.60", "7.60")))
    assert [(row.line, row.reason) for row in table.rejected] == [
        (3, "AU12_r is 7.6, not between 0 and 5: not the intensity it is taken for")
    ]
    assert len(table.rows) == 3 and np.isfinite(table.rows[0].scores).all()
