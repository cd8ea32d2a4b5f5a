import threading

import numpy as np
import pytest

from emotionet_tf.errors import StoppedError, UserError
from emotionet_tf.storage.rows_so_far import rows_so_far, stamp_of


def break_off(target, entries, made_by):
    with pytest.raises(UserError), rows_so_far(target, made_by) as so_far:
        for entry in entries:
            so_far.add(entry)
        raise UserError("broken off")


def resumed(target, made_by):
    with rows_so_far(target, made_by) as so_far:
        return so_far.entries


def test_next_run_finds_what_is_done_and_nothing_is_left_at_the_end(tmp_path):
    break_off(tmp_path / "a.csv", [["x", 0.1], {"b": None}], {"model": 1})
    break_off(tmp_path / "a.csv", [3], {"model": 1})
    assert resumed(tmp_path / "a.csv", {"model": 1}) == [["x", 0.1], {"b": None}, 3]
    assert list(tmp_path.iterdir()) == []


def test_rows_of_other_settings_are_begun_again(tmp_path):
    break_off(tmp_path / "a.csv", [1], {"model": 1})
    assert resumed(tmp_path / "a.csv", {"model": 2}) == []


@pytest.mark.parametrize(("cut", "expected"), [(1, [1]), (2, [1]), (3, [1]), (4, [1]), (5, [])])
def test_line_that_a_kill_cut_off_is_dropped_and_written_again(tmp_path, cut, expected):
    # "1\n" and "22\n": cutting 1 to 3 bytes hits the second entry, 5 both.
    break_off(tmp_path / "a.csv", [1, 22], {})
    place = tmp_path / ".a.csv.so_far"
    place.write_bytes(place.read_bytes()[:-cut] if cut != 4 else place.read_bytes()[:-3] + b"\0\0\0")
    break_off(tmp_path / "a.csv", [333], {})
    assert resumed(tmp_path / "a.csv", {}) == [*expected, 333]


def test_entries_come_back_as_a_resumed_run_would_read_them(tmp_path):
    with rows_so_far(tmp_path / "a.csv", {}) as so_far:
        assert so_far.add((np.float32(0.1), np.int64(3))) == [float(np.float32(0.1)), 3]


def test_stopped_run_says_how_much_is_kept(tmp_path):
    kept = "stopped; 7 photos are done and kept, the same command resumes"
    with pytest.raises(StoppedError, match=kept), rows_so_far(tmp_path / "a.csv", {}, "photos") as so_far:
        so_far.num_kept = 7
        raise StoppedError("stopped")


def test_second_run_of_the_same_table_is_refused(tmp_path):
    errors = []

    def second():
        try:
            resumed(tmp_path / "a.csv", {})
        except UserError as error:
            errors.append(str(error))

    with rows_so_far(tmp_path / "a.csv", {}):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert "a.csv is in use: process " in errors[0]


def test_stamp_changes_with_the_file_and_is_none_without_one(tmp_path):
    (tmp_path / "a").write_bytes(b"1")
    first = stamp_of(tmp_path / "a")
    (tmp_path / "a").write_bytes(b"12")
    assert first != stamp_of(tmp_path / "a")
    assert stamp_of(tmp_path / "b") is None
