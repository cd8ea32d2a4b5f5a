"""AUs by number and side, their names, their mirror images, and the sets that datasets code."""

import numpy as np
import pytest

from emotionet_tf.action_units import (
    ACTION_UNITS,
    LEFT,
    RIGHT,
    au_name,
    aus_with_columns,
    column_of,
    describe,
    flip_partner,
    flip_permutation,
    is_action_unit,
    parse_au,
    parse_au_name,
    table_order,
)
from emotionet_tf.au_sets import AU_SETS, au_set_of, common_au_set, name_of_au_set
from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.reading import read_label_list, read_label_lists
from emotionet_tf.label_lists.rows import LabelRow, columns_in, written_values


def test_names_are_read_back_with_their_sides():
    for au in (1, 12, 56, LEFT + 12, RIGHT + 4):
        assert parse_au_name(au_name(au)) == au
    assert (au_name(LEFT + 1), au_name(RIGHT + 12)) == ("AU01L", "AU12R")
    assert parse_au_name("AU 7") == 7 and parse_au_name("au_12l") == LEFT + 12
    assert parse_au_name("AU12_c") is None and parse_au_name("bureau12") is None


def test_aus_are_said_in_several_ways_and_never_by_the_number_of_a_side():
    assert [parse_au(text) for text in ("12", "AU12", "L12", "AU12L", "r14")] == [
        12,
        12,
        LEFT + 12,
        LEFT + 12,
        RIGHT + 14,
    ]
    for text in ("1012", "3", "12LR", "", "1.0"):
        with pytest.raises(ValueError, match="is not an AU of FACS"):
            parse_au(text)


def test_columns_of_a_table_that_are_named_as_aus():
    names = ["id", "AU12", "AU12L", "AU07", "AU7", "AU03", "AU12_intensity", "AU12_decision"]
    assert aus_with_columns(names) == (7, 12, LEFT + 12)


def test_facs_has_no_au_3_and_describes_sides():
    assert not is_action_unit(3) and not is_action_unit(0) and not is_action_unit(3012)
    assert is_action_unit(RIGHT + 14) and describe(RIGHT + 14) == "dimpler, right"


def test_every_named_set_is_of_facs_and_in_table_order():
    for aus in AU_SETS.values():
        assert all(map(is_action_unit, aus)) and table_order(aus) == aus
    assert table_order([RIGHT + 12, 14, LEFT + 12, 12, 2]) == (2, 12, LEFT + 12, RIGHT + 12, 14)


def test_bp4d_has_no_au_25_and_aff_wild2_lost_au_20_in_2021():
    assert not {25, 26} & set(AU_SETS["bp4d"])
    assert 20 in AU_SETS["aff_wild2_2020"] and 20 not in AU_SETS["aff_wild2"]


def test_a_flip_swaps_turns_tilts_and_sides():
    assert [flip_partner(au) for au in (12, 51, 52, 55, 56, 61)] == [12, 52, 51, 56, 55, 62]
    assert flip_partner(LEFT + 12) == RIGHT + 12 and flip_partner(RIGHT + 51) == LEFT + 52
    assert flip_permutation((1, LEFT + 12, RIGHT + 12, 14)) == [0, 2, 1, 3]
    with pytest.raises(ValueError, match="AU12L without AU12R"):
        flip_permutation((1, LEFT + 12))


def test_emotionets_columns_hold_whatever_is_among_its_23_aus():
    assert au_set_of([12, 1]) == ACTION_UNITS and au_set_of([12, 7]) == (7, 12)
    assert common_au_set([(1, 7), (1, 7)]) == (1, 7)
    assert common_au_set([ACTION_UNITS, (1, 7)]) == (1, 2, 4, 5, 6, 7, *ACTION_UNITS[5:])
    assert name_of_au_set(ACTION_UNITS) == "emotionet" and name_of_au_set((1, 7)) == "own"
    assert column_of(7, (1, 7)) == 1
    with pytest.raises(ValueError, match="AU12 is not one of"):
        column_of(12, (1, 7))


def test_columns_move_by_au_and_what_is_missing_is_unknown():
    values = np.array([[1, 2, 3]], np.float32)
    assert columns_in(values, (1, 7, 12), (12, 2, 1)).tolist() == [[3, 0, 1]]
    row = LabelRow("a", "a", values[0], values[0] * 0 + 1, aus=(1, 7, 12), intensities=values[0])
    moved = row.in_columns((1, 2))
    assert (moved.labels.tolist(), moved.mask.tolist()) == ([1, 0], [1, 0])
    assert moved.intensities[0] == 1 and np.isnan(moved.intensities[1])


def test_a_list_with_other_aus_has_a_set_of_its_own(tmp_path):
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    one.write_text("path,AU07,AU12L,AU12R\na.jpg,1,0,999\n")
    other.write_text("path,AU12\nb.jpg,1\n")
    labels = read_label_list(one)
    assert labels.aus == labels.labelled_aus == (7, LEFT + 12, RIGHT + 12)
    assert written_values(labels.rows[0]) == {7: 1, LEFT + 12: 0, RIGHT + 12: 999}
    both = read_label_lists([str(one), str(other)])
    assert both.labelled_aus == (7, 12, LEFT + 12, RIGHT + 12)
    values = written_values(both.rows[1])
    assert values[12] == 1 and values[7] == values[2] == 999


def test_intensities_have_one_column_each_and_tell_duplicates_apart(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("id,AU12L,AU12L_intensity,AU12L intensity\na,1,2,3\n")
    with pytest.raises(UserError, match="two columns for the intensity of AU L12"):
        read_label_list(path)
    path.write_text("id,AU12L,AU12L_intensity\na,1,2\na,1,3\na,1,2\nb,1,C\n")
    labels = read_label_list(path)
    assert [row.reason for row in labels.rejected] == [
        "duplicate id, conflicting intensities as line 2",
        "duplicate id, same labels as line 2",
    ]
    assert "1 cell 'C' not understood and taken as unknown; the first is line 5" in labels.remark
    assert [row.example_id for row in labels.rows] == ["a", "b"] and np.isnan(
        labels.rows[1].intensities
    ).all()
