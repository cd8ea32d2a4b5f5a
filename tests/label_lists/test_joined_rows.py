"""Rows of one id that label different AUs, as DISFA and others have a list for each AU."""

import numpy as np
import pytest

from emotionet_tf.label_lists.reading import read_label_list, read_label_lists


def write(folder, **lists):
    for name, text in lists.items():
        (folder / f"{name}.csv").write_text(text)
    return [str(folder / f"{name}.csv") for name in lists]


def values(row, labels):
    """Returns label or None by AU, of the AUs that the lists label."""
    columns = [(au, labels.aus.index(au)) for au in labels.labelled_aus]
    return {au: int(row.labels[c]) if row.mask[c] else None for au, c in columns}


def test_lists_of_an_au_each_become_one_row_per_photo(tmp_path):
    one, two, three = write(
        tmp_path,
        one="path,AU1\na.jpg,1\nb.jpg,0\n",
        two="path,AU2\nb.jpg,1\na.jpg,0\n",
        three="path,AU14\na.jpg,1\nc.jpg,1\n",
    )
    labels = read_label_lists([one, two, three])
    assert [(row.example_id, row.line, values(row, labels)) for row in labels.rows] == [
        ("a.jpg", 2, {1: 1, 2: 0, 14: 1}),
        ("b.jpg", 3, {1: 0, 2: 1, 14: None}),
        ("c.jpg", 3, {1: None, 2: None, 14: 1}),
    ]
    assert [(bad.line, bad.source, bad.reason) for bad in labels.rejected] == [
        (2, two, f"joined into the record of an earlier row: AU02 added to line 3 of {one}"),
        (3, two, f"joined into the record of an earlier row: AU02 added to line 2 of {one}"),
        (2, three, f"joined into the record of an earlier row: AU14 added to line 2 of {one}"),
    ]
    assert labels.num_rows == 6


def test_contradiction_is_rejected_and_names_the_row_that_it_contradicts(tmp_path):
    lists = write(
        tmp_path,
        one="path,AU1\na.jpg,1\n",
        two="path,AU2\na.jpg,0\n",
        three="path,AU2,AU4\na.jpg,1,1\n",
        four="path,AU2\na.jpg,0\n",
    )
    labels = read_label_lists(lists)
    # AU4 of the row that contradicts is not taken: nobody knows which of its cells are wrong.
    assert values(labels.rows[0], labels) == {1: 1, 2: 0, 4: None}
    assert [bad.reason for bad in labels.rejected[1:]] == [
        f"duplicate id, conflicting labels as line 2 of {lists[1]}",
        f"duplicate id, same labels as line 2 of {lists[0]}",
    ]


def test_rows_of_one_list_are_joined_as_well(tmp_path):
    (path,) = write(tmp_path, one="path,AU1,AU2\na.jpg,1,\na.jpg,,0\na.jpg,1,0\na.jpg,0,0\n")
    labels = read_label_list(path)
    assert values(labels.rows[0], labels) == {1: 1, 2: 0}
    assert [bad.reason for bad in labels.rejected] == [
        "joined into the record of an earlier row: AU02 added to line 2",
        "duplicate id, same labels as line 2",
        "duplicate id, conflicting labels as line 2",
    ]


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        ("path,AU1,AU1_intensity\na.jpg,1,3\n", "joined into the record of an earlier row: AU01 added"),
        ("path,AU1,AU1_intensity\na.jpg,0,0\n", "duplicate id, conflicting labels"),
        ("path,AU2,person\na.jpg,0,Ben\n", "duplicate id, conflicting person"),
        ("path,AU2,AU2_intensity\na.jpg,1,5\n", "duplicate id, conflicting intensities"),
    ],
)
def test_intensities_and_persons_are_joined_or_contradict(tmp_path, second, reason):
    first = "path,AU1,AU2,AU2_intensity,person\na.jpg,1,1,4,Ann\n"
    if "Ben" in second:
        first = first.replace(",1,1,4", ",1,,")
    labels = read_label_lists(write(tmp_path, one=first, two=second))
    assert labels.rejected[0].reason.startswith(reason)
    (row,) = labels.rows
    assert row.person == "Ann"
    expected = 3 if reason.startswith("joined") else np.nan
    np.testing.assert_array_equal(row.intensities[labels.aus.index(1)], expected)


def test_person_of_a_later_list_is_taken(tmp_path):
    labels = read_label_lists(
        write(tmp_path, one="path,AU1\na.jpg,1\n", two="path,AU2,person\na.jpg,1,Ann\n")
    )
    assert labels.rows[0].person == "Ann"
