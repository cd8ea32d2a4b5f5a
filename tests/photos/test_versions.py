import os

from emotionet_tf.photos.versions import (
    PhotoVersion,
    read_versions,
    unchanged_version,
    version_of,
    write_versions,
)

SECOND = 1_000_000_000


def photo_at(path, content: bytes, seconds: int = 7):
    path.write_bytes(content)
    os.utime(path, ns=(seconds * SECOND, seconds * SECOND))
    return path


def test_version_is_length_time_and_checksum_of_the_content(tmp_path):
    one = version_of(photo_at(tmp_path / "a.jpg", b"abc"))
    assert one[:2] == (3, 7 * SECOND)
    assert one.checksum == version_of(photo_at(tmp_path / "b.jpg", b"abc", 8)).checksum
    assert one.checksum != version_of(photo_at(tmp_path / "b.jpg", b"abd")).checksum
    assert version_of(tmp_path / "none.jpg") == PhotoVersion(-1, 0, "")


def test_photo_is_unchanged_unless_its_content_is_another(tmp_path):
    path = photo_at(tmp_path / "a.jpg", b"abc")
    before = version_of(path)
    assert unchanged_version(path, before) == before
    # A copy with another time is the same photo, and the new time is remembered.
    assert unchanged_version(photo_at(path, b"abc", 8), before) == (3, 8 * SECOND, before.checksum)
    assert unchanged_version(photo_at(path, b"abd", 8), before) is None
    assert unchanged_version(photo_at(path, b"abcd", 7), before) is None


def test_photo_of_unknown_version_counts_as_unchanged_until_it_changes(tmp_path):
    path = photo_at(tmp_path / "a.jpg", b"abc")
    first = unchanged_version(path, None)
    assert first == (3, 7 * SECOND, "")
    assert unchanged_version(path, first) == first
    assert unchanged_version(photo_at(path, b"abd", 8), first) is None


def test_later_files_of_versions_have_more_weight_and_damaged_lines_none(tmp_path):
    one, two = PhotoVersion(1, 2, "ab"), PhotoVersion(3, 4)
    write_versions(tmp_path / "1.tsv", {'a "b"\u00e9.jpg': one, "b.jpg": one})
    write_versions(tmp_path / "2.tsv", {"b.jpg": two})
    with (tmp_path / "2.tsv").open("ab") as file:
        file.write(b"c.jpg\tx\t1\t\nd.jpg\t1\n\xff")
    both = read_versions([tmp_path / "1.tsv", tmp_path / "2.tsv"])
    assert both == {'a "b"\u00e9.jpg': one, "b.jpg": two}
