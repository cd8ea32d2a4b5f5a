import pytest

from emotionet_tf.label_lists.near_ids import near_ids


@pytest.mark.parametrize(
    ("missing", "unused", "words"),
    [
        (["IMG_1.JPG", "IMG_2.jpg"], ["img_1.jpg", "IMG_2.JPG"], "2 differ only in upper and lower case"),
        (["a/1.jpg"], ["a/1.png"], "1 differ only in the ending, such as 'a/1.jpg' and 'a/1.png'"),
        (["a/1"], ["a/1.jpg"], "1 differ only in the ending"),
        # A spreadsheet's ids, and those that pandas reads beside an empty cell.
        (["1", "2"], ["001", "002"], "2 differ only in zeros of numbers, such as '1' and '001'"),
        (["7.0"], ["007"], "1 differ only in zeros of numbers"),
        (["f_0"], ["f_000"], "1 differ only in zeros of numbers"),
        (["IMG_7.JPG"], ["img_007.png"], "1 differ only in case, ending or zeros of numbers"),
        (["photos/a/1.jpg"], ["a/1.jpg"], "1 differ only in the folders in front"),
        (["1.jpg"], ["/data/x/1.jpg"], "1 differ only in the folders in front"),
    ],
)
def test_ids_that_nearly_agree_are_named_with_their_difference(missing, unused, words):
    assert near_ids(missing, unused).startswith(words)


@pytest.mark.parametrize(
    ("missing", "unused"),
    [
        (["a.jpg"], ["b.jpg"]),
        (["a/1.jpg"], ["b/1.jpg"]),
        # Which one is meant nobody knows.
        (["a.jpg"], ["a.png", "a.gif"]),
        (["1", "01"], ["001"]),
        (["v1.0"], ["v1"]),
        ([], ["a"]),
        (["a"], []),
    ],
)
def test_other_ids_are_other_photos(missing, unused):
    assert near_ids(missing, unused) == ""


def test_most_frequent_difference_is_told():
    assert near_ids(["A.jpg", "b.jpg", "c.jpg"], ["a.jpg", "b.png", "c.png"]).startswith(
        "3 differ only in case, ending"
    )
