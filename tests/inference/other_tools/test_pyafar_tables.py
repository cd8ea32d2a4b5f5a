from tool_inputs import PYAFAR, named, put

from emotionet_tf.inference.other_tools.reading import read_tool_table
from emotionet_tf.inference.other_tools.tool_table import INTENSITY, PROBABILITY


def test_occurrence_is_a_probability_and_int_an_intensity(tmp_path):
    table = read_tool_table(put(tmp_path / "clip.csv", PYAFAR))
    assert [(column.au, column.kind) for column in table.columns] == [
        (6, PROBABILITY),
        (12, PROBABILITY),
        (6, INTENSITY),
        (14, INTENSITY),
    ]
    assert named(table, 0) == {"Occ_au_6": 0.93, "Occ_au_12": 0.04, "Int_au_6": 2.6, "Int_au_14": 0}


def test_persons_count_from_1_and_frames_are_those_of_the_file(tmp_path):
    table = read_tool_table(put(tmp_path / "clip.csv", PYAFAR))
    assert [(row.sequence, row.frame, row.face) for row in table.rows] == [
        ("clip", 1, 0),
        ("clip", 1, 1),
        ("clip", 5, 0),
    ]
    assert any("taken to count from 1" in remark for remark in table.remarks)


def test_frame_0_tells_that_frames_count_from_0(tmp_path):
    table = read_tool_table(put(tmp_path / "clip.csv", PYAFAR.replace("\n1,", "\n0,")))
    assert [row.frame for row in table.rows] == [1, 1, 6] and not table.remarks


def test_infants_au3_is_left_out_and_told(tmp_path):
    table = read_tool_table(put(tmp_path / "clip.csv", PYAFAR.replace("Occ_au_12", "Occ_au_3")))
    assert [column.au for column in table.columns] == [6, 6, 14]
    assert "Occ_au_3 is left out: not an AU of FACS" in table.remarks
