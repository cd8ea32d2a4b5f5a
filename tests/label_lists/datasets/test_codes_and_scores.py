"""Codes in one text, the pain score, numbers, and a reading beside what is published."""

import numpy as np
import pytest

from emotionet_tf.label_lists.datasets.coded_sequences import CodedSequence, PublishedCounts
from emotionet_tf.label_lists.datasets.grammars.code_strings import columns_of_codes, parse_codes
from emotionet_tf.label_lists.datasets.grammars.numbers import au_number, number, whole_number
from emotionet_tf.label_lists.datasets.readers.unbc_pain import pspi
from emotionet_tf.label_lists.datasets.self_checks import compare_with_published

NAN = float("nan")


@pytest.mark.parametrize(
    ("text", "present", "unknown"),
    [
        ("12", {12: NAN, 1012: NAN, 2012: NAN}, set()),
        ("L12", {12: NAN, 1012: NAN}, set()),
        ("R12B + 6A", {12: 2, 2012: 2, 6: 1, 1006: 1, 2006: 1}, set()),
        ("L12A+R12C", {12: 3, 1012: 1, 2012: 3}, set()),
        ("L14 or R14", {14: NAN}, {1014, 2014}),
        ("4 or 7", {}, {4, 1004, 2004, 7, 1007, 2007}),
        ("4 + 4 or 7", {4: NAN, 1004: NAN, 2004: NAN}, {7, 1007, 2007}),
        ("T12", {}, {12, 1012, 2012}),
        ("4.0", {4: NAN, 1004: NAN, 2004: NAN}, set()),
    ],
)
def test_text_of_codes_says(text, present, unknown):
    codes = parse_codes(text)
    assert codes.present == pytest.approx(present, nan_ok=True)
    assert codes.unknown == unknown


@pytest.mark.parametrize("text", ["", "?", "1++2", "x", "+"])
def test_text_without_codes_is_refused(text):
    with pytest.raises(ValueError, match=r"code"):
        parse_codes(text)


def test_number_that_is_not_an_au_is_odd_and_says_nothing():
    codes = parse_codes("12+99")
    assert codes.odd == ["99"] and codes.aus() == {12}


def test_only_aus_of_which_some_text_names_a_side_have_columns_for_sides():
    assert columns_of_codes([parse_codes("1+L12"), parse_codes("4")]) == {1, 4, 12, 1012, 2012}


@pytest.mark.parametrize(
    ("intensities", "score"),
    [
        ({}, 0),
        ({4: 2, 6: 3, 7: 1, 43: 1}, 6),
        ({9: 2, 10: 5}, 5),
        ({4: 5, 6: 5, 7: 5, 9: 5, 10: 5, 43: 1}, 16),
        ({12: 5, 25: 5}, 0),
    ],
)
def test_pain_score_is_the_sum_of_prkachin_and_solomon(intensities, score):
    assert pspi(intensities) == score


@pytest.mark.parametrize("text", ["1_0", "nan", "inf", "0x1", "\u0661", "1e999", "", "--1", "1,5"])
def test_what_python_takes_beyond_numbers_is_no_number(text):
    for parse in (number, whole_number, au_number):
        with pytest.raises(ValueError, match="not a"):
            parse(text)


def sequence(person: str, values: list[float]) -> CodedSequence:
    frames = np.arange(1, len(values) + 1)
    return CodedSequence(person, person, "f", (1,), frames, frames, np.array(values, np.float32)[:, None])


def said(published: PublishedCounts, *sequences: CodedSequence) -> str:
    return compare_with_published(published, sequences, [one.presence for one in sequences])


def test_whole_dataset_is_compared_and_what_differs_is_said():
    both = sequence("a", [0, 1]), sequence("b", [0, 1, np.nan])
    assert said(PublishedCounts(2, 5, 2, {1: 0.5}), *both) == "rows and the shares of 1 AUs are as published"
    assert said(PublishedCounts(2, 6, 3, {1: 0.25}), *both) == (
        "differs from what is published: 5 rows, published are 6; 2 sequences, published are 3; AU01 present in "
        "0.500, published 0.250"
    )


def test_shares_are_not_compared_at_another_threshold():
    assert compare_with_published(PublishedCounts(1, 2, 0, {1: 0.9}), [sequence("a", [0, 1])], None) == (
        "rows are as published"
    )


def test_some_persons_of_a_dataset_are_not_compared():
    assert said(PublishedCounts(3, 5), sequence("a", [0, 1])) == ""


@pytest.mark.parametrize("text", ["1e999", "-1e999", "9" * 400])
def test_number_beyond_any_float_is_none(text):
    for read in (number, au_number):
        with pytest.raises(ValueError, match="is not a number"):
            read(text)
