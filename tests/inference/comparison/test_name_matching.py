import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.inference.comparison.name_matching import match_names


def test_longest_common_end_decides():
    labels = ["s1/smile.jpg", "s2/smile.jpg", "s1/rest.jpg"]
    names = ["/data/s2/smile.jpg", "/data/s1/smile.jpg", "/data/s1/rest.jpg"]
    assert match_names(names, labels) == dict(zip(names, [labels[1], labels[0], labels[2]], strict=True))


def test_ending_of_photo_or_video_does_not_count():
    assert match_names(["s1/a"], ["s1/a.jpg"]) == {"s1/a": "s1/a.jpg"}
    assert match_names(["clip.mp4"], ["clip"]) == {"clip.mp4": "clip"}


def test_photos_that_differ_in_their_endings_are_distinguished_where_the_table_says_them():
    assert match_names(["x/a.png"], ["a.jpg", "a.png"]) == {"x/a.png": "a.png"}
    with pytest.raises(UserError, match=r"a could be a.jpg or a.png of the labels"):
        match_names(["a"], ["a.jpg", "a.png"])


def test_same_name_in_another_folder_is_not_taken_for_it():
    # s3/smile has no label; its name alone must not make it s1's or s2's.
    labels = ["s1/smile.jpg", "s2/smile.jpg"]
    assert match_names(["of/s1/smile", "of/s3/smile"], labels) == {"of/s1/smile": "s1/smile.jpg"}


def test_roots_may_differ_where_names_alone_are_distinct():
    assert match_names(["aligned/a.jpg"], ["photos/a.jpg", "photos/b.jpg"]) == {
        "aligned/a.jpg": "photos/a.jpg"
    }


def test_ambiguous_names_are_refused():
    with pytest.raises(UserError, match=r"smile could be s1/smile.jpg or s2/smile.jpg of the labels"):
        match_names(["smile"], ["s1/smile.jpg", "s2/smile.jpg"])
    with pytest.raises(UserError, match=r"x/a.jpg and y/a.jpg could both be a.jpg of the labels"):
        match_names(["x/a.jpg", "y/a.jpg"], ["a.jpg"])


def test_underscores_count_as_folders_where_nothing_else_is_found():
    assert match_names(["F001_T1", "F001_T2"], ["F001/T1", "F001/T2"]) == {
        "F001_T1": "F001/T1",
        "F001_T2": "F001/T2",
    }


def test_ids_of_emotionet_match_their_urls():
    assert match_names(["photos/N_000001_00002.jpg"], ["http://host/x/N_000001_00002.jpg"]) == {
        "photos/N_000001_00002.jpg": "http://host/x/N_000001_00002.jpg"
    }


def test_nothing_in_common_gives_nothing():
    assert match_names(["a.jpg"], ["b.jpg"]) == {} and match_names([], ["b.jpg"]) == {}
