import pytest
from comparison_inputs import frame_row, label_row

from emotionet_tf.errors import UserError
from emotionet_tf.inference.comparison.persons import persons_of

PHOTOS = [label_row(name, {12: 1}) for name in ("s1/a.jpg", "s1/b.jpg", "s2/a.jpg")]


def test_labels_own_persons_come_first():
    rows = [label_row("a.jpg", {12: 1}, person="p"), label_row("b.jpg", {12: 1}, person="q")]
    assert persons_of(rows) == (["p", "q"], "the labels name the persons")
    rows.append(label_row("c.jpg", {12: 1}))
    persons, how = persons_of(rows)
    assert persons == ["p", "q", "c.jpg"] and how.startswith("1 of 3 rows have no person")


def test_photos_without_persons_are_each_their_own_and_the_output_says_so():
    persons, how = persons_of(PHOTOS)
    assert len(set(persons)) == 3 and "too narrow" in how


def test_frames_of_a_video_are_of_one_person():
    rows = [frame_row(video, number, {12: 1}) for video in ("v1", "v2") for number in (1, 2)]
    assert persons_of(rows)[0] == ["v1", "v1", "v2", "v2"]


def test_folder_and_expression_are_rules():
    assert persons_of(PHOTOS, "folder")[0] == ["s1", "s1", "s2"]
    assert persons_of(PHOTOS, "s[0-9]")[0] == ["s1", "s1", "s2"]
    assert persons_of(PHOTOS, "s([0-9])/")[0] == ["1", "1", "2"]
    assert persons_of([frame_row("F001/T1", 1, {12: 1})], "folder")[0] == ["F001"]


def test_rule_without_a_person_is_refused():
    with pytest.raises(UserError, match="finds nothing in s1/a.jpg"):
        persons_of(PHOTOS, "F[0-9]+")
    with pytest.raises(UserError, match="not a regular expression"):
        persons_of(PHOTOS, "(")
    with pytest.raises(UserError, match="a.jpg lies in no folder"):
        persons_of([label_row("a.jpg", {12: 1})], "folder")
