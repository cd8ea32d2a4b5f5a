"""Tests of the reasons why rows become no record."""

from emotionet_tf.label_lists import rejection_reasons as reasons


def test_reasons_are_counted_by_what_stands_before_comma_or_colon():
    listed = [
        reasons.unreadable("the file is cut off"),
        reasons.duplicate_id("labels", True, "line 2"),
        reasons.unreadable("empty file"),
        reasons.NO_PHOTO,
        reasons.small_class("ann, the elder", 1),
    ]
    assert reasons.count_kinds(listed) == [
        ("unreadable", 2),
        ("duplicate id", 1),
        ("no photo", 1),
        ("class with few photos", 1),
    ]


def test_reason_of_an_unreadable_photo_is_recognized_in_a_table():
    assert reasons.why_unreadable("unreadable: the file is cut off") == "the file is cut off"
    assert reasons.why_unreadable(reasons.unreadable("")) == ""
    assert reasons.why_unreadable("no face") is None
    assert reasons.why_unreadable("") is None


def test_conflicting_duplicate_names_the_earlier_row():
    reason = reasons.duplicate_id("class", False, "line 4 of a.csv")
    assert reason == "duplicate id, conflicting class as line 4 of a.csv"
