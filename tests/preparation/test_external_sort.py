import random

from emotionet_tf.preparation.external_sort import SortedSpill


def test_rows_of_several_runs_come_out_sorted_each_time(tmp_path):
    rows = [(number % 7, f"name {number}", None) for number in range(1000)]
    shuffled = rows.copy()
    random.Random(0).shuffle(shuffled)
    spill = SortedSpill(tmp_path, max_rows=64)
    for row in shuffled:
        spill.add(row)
    assert len(spill) == 1000
    assert list(spill) == sorted(rows)
    assert list(spill) == sorted(rows)


def test_runs_leave_no_file_behind(tmp_path):
    spill = SortedSpill(tmp_path, max_rows=2)
    for number in range(5):
        spill.add((number,))
    assert list(tmp_path.iterdir()) == []


def test_nothing_added_yields_nothing(tmp_path):
    assert list(SortedSpill(tmp_path)) == []
