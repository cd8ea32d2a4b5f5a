import pytest
from tool_inputs import LIBREFACE_IMAGE, LIBREFACE_VIDEO, named, put

from emotionet_tf.inference.other_tools.reading import read_tool_table
from emotionet_tf.inference.other_tools.tool_table import INTENSITY, PRESENCE


def test_frames_count_from_0_and_dropped_ones_have_no_row(tmp_path):
    table = read_tool_table(put(tmp_path / "clip.csv", LIBREFACE_VIDEO))
    assert [(row.sequence, row.frame) for row in table.rows] == [("clip", 1), ("clip", 2), ("clip", 5)]


def test_milliseconds_are_seconds(tmp_path):
    table = read_tool_table(put(tmp_path / "clip.csv", LIBREFACE_VIDEO))
    assert [row.seconds for row in table.rows] == [0, 0.04, 0.16]


def test_milliseconds_that_are_some_become_seconds(tmp_path):
    text = LIBREFACE_VIDEO.replace("1,0.04,", "1,40.0,").replace("4,0.16,", "4,160.0,")
    table = read_tool_table(put(tmp_path / "clip.csv", text))
    assert [row.seconds for row in table.rows] == pytest.approx([0, 0.04, 0.16])


def test_presence_and_intensity_are_of_other_aus_and_need_not_agree(tmp_path):
    table = read_tool_table(put(tmp_path / "clip.csv", LIBREFACE_VIDEO))
    of_kind = {
        kind: [column.au for column in table.columns if column.kind == kind] for kind in (PRESENCE, INTENSITY)
    }
    assert of_kind == {PRESENCE: [1, 4, 7], INTENSITY: [4, 5]}
    assert named(table, 0)["au_4"] == 0 and named(table, 0)["au_4_intensity"] == 2.041872
    assert any("two heads" in remark for remark in table.remarks)


def test_table_of_a_photo_is_named_by_its_file(tmp_path):
    table = read_tool_table(put(tmp_path / "photo.csv", LIBREFACE_IMAGE))
    assert [(row.picture, row.frame) for row in table.rows] == [("photo", None)]


def test_intensities_of_at_most_1_are_told(tmp_path):
    small = LIBREFACE_IMAGE.replace("2.042", "0.408")
    remarks = read_tool_table(put(tmp_path / "a.csv", small)).remarks
    assert any("the largest intensity is 0.5:" in remark for remark in remarks)
    remarks = read_tool_table(put(tmp_path / "b.csv", LIBREFACE_IMAGE)).remarks
    assert not any("largest intensity" in remark for remark in remarks)
