import numpy as np

from emotionet_tf.inspection.duplicates import Repetition, find_repetitions
from emotionet_tf.inspection.photo_index import PhotoIndex, PhotoIndexer


def index(pictures, folders=()):
    """Photos by id; those with the same number have the same picture."""
    ids = np.array([name.encode() for name, _ in pictures] or [], "S8")
    contents = np.array([number for _, number in pictures], np.uint64)
    looks = np.zeros((len(pictures), 4), np.uint64)
    looks[:, 0] = contents * np.uint64(0x9E3779B97F4A7C15)
    return PhotoIndex(ids, contents, looks, frozenset(folders))


def found(photos, max_distance=0, max_examples=10):
    return find_repetitions(photos, max_distance=max_distance, max_examples=max_examples)


def test_nothing_twice_is_nothing_found():
    assert found({"a": index([("x", 1), ("y", 2)], ["p"]), "b": index([("z", 3)], ["q"])}) == []
    assert found({"a": index([])}) == []


def test_each_kind_is_told_from_the_others():
    photos = {
        "train": index([("x", 1), ("y", 2), ("z", 3), ("y", 2), ("z", 4), ("u", 1)]),
        "val": index([("x", 1), ("z", 9), ("v", 2)]),
    }
    assert set(found(photos)) == {
        Repetition("the same id", "train", "train", 1, ("y",)),
        Repetition("the same id with another picture", "train", "train", 1, ("z",)),
        Repetition("the same picture under two ids", "train", "train", 1, ("u = x",)),
        Repetition("the same id", "train", "val", 1, ("x",)),
        Repetition("the same id with another picture", "train", "val", 1, ("z",)),
        Repetition("the same picture under two ids", "train", "val", 1, ("v = y",)),
    }


def test_three_folders_are_compared_each_with_each():
    photos = {name: index([("x", 1)]) for name in "abc"}
    pairs = {(one.first, one.second) for one in found(photos)}
    assert pairs == {("a", "b"), ("a", "c"), ("b", "c")}


def test_a_placeholder_a_hundred_times_is_99_repetitions_of_the_first():
    (one,) = found({"a": index([(f"n{number:03d}", 7) for number in range(100)])}, max_examples=2)
    assert one == Repetition("the same picture under two ids", "a", "a", 99, ("n000 = n001", "n000 = n002"))


def test_shared_folders_are_named():
    photos = {"train": index([("x", 1)], ["p1", "p2", "p3"]), "val": index([("y", 2)], ["p3", "p2"])}
    assert found(photos, max_examples=1) == [Repetition("the same folder", "train", "val", 2, ("p2",))]


def test_near_pictures_are_found_only_where_asked_for_and_neither_equal_ones_nor_one_id():
    photos = index([("x", 1), ("y", 1), ("z", 2), ("x", 3)])
    photos.looks[:] = 5
    photos.looks[2, 0] = 4  # z: one bit from the others
    ids = [one.kind for one in found({"a": photos})]
    assert ids == ["the same id with another picture", "the same picture under two ids"]
    near = found({"a": photos}, max_distance=1)[-1]
    # x and z, y and z, z and the other x, y and the other x; but neither x with x nor x with y.
    assert (near.kind, near.count) == ("nearly the same picture under two ids", 4)


def test_index_keeps_ids_of_any_length_in_order():
    indexer = PhotoIndexer(with_looks=False)
    indexer.add(["a"], [b"1"])
    indexer.add(["ünicode/long_name", "b"], [b"1", b"2"])
    photos = indexer.finish(frozenset())
    assert [name.decode() for name in photos.ids] == ["a", "ünicode/long_name", "b"]
    assert photos.contents[0] == photos.contents[1] != photos.contents[2]
    assert photos.looks.shape == (0, 4)
