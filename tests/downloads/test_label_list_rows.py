import dataclasses

import pytest

from emotionet_tf.downloads.label_list_rows import ListRows
from emotionet_tf.downloads.ledger import FAILED, FETCHED, ListRow, Result, open_ledger
from emotionet_tf.downloads.rows_to_do import RowSource


def test_opt_list_and_workbook_give_the_same_rows(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    header = ["URL", "URL orig", *(f"'AU {au}'" for au in range(1, 61))]
    rows = [[f"'http://a.invalid/N_1/N_1_{i}.jpg'", f"http://b.invalid/{i}.jpg", *[0] * 60] for i in range(3)]
    (tmp_path / "opt.csv").write_text("".join(",".join(map(str, row)) + "\n" for row in [header, *rows]))
    book = openpyxl.Workbook()
    for row in [header, *rows]:
        book.active.append(row)
    book.save(tmp_path / "opt.xlsx")
    read = [
        [dataclasses.replace(row, list_name="") for row in ListRows([str(tmp_path / name)])]
        for name in ("opt.csv", "opt.xlsx")
    ]
    assert read[0] == read[1]
    assert read[0][1] == ListRow(
        2, "", 3, "N_1_1", "http://a.invalid/N_1/N_1_1.jpg", "http://b.invalid/1.jpg", "N_1/N_1_1.jpg"
    )


def test_lists_of_one_name_are_told_apart_by_their_folders(tmp_path):
    paths = [str(tmp_path / folder / "a.txt") for folder in ("one", "two")]
    for path in map(type(tmp_path), paths):
        path.parent.mkdir()
        path.write_text("http://a.invalid/N_1_1.jpg\t\t" + "\t".join(["0"] * 60) + "\n")
    assert [row.list_name for row in ListRows(paths)] == paths


def rows_of(count: int) -> list[ListRow]:
    return [ListRow(i, "l", i, f"id{i}", f"http://h{i % 2}/{i}", "", f"{i}.jpg") for i in range(1, count + 1)]


def test_ledger_keeps_results_over_runs_and_lists(tmp_path):
    with open_ledger(tmp_path) as ledger:
        ledger.replace_rows(rows_of(4), "first")
        ledger.save(
            [Result("id1", FETCHED, sha256="ab"), Result("id2", FAILED, reason="HTTP 404", is_permanent=True)]
        )
        assert [row.photo_id for row in ledger.todo_rows(0, 9, False)] == ["id3", "id4"]
    with open_ledger(tmp_path) as ledger:
        ledger.replace_rows(rows_of(3), "second")
        assert [row.photo_id for row in ledger.todo_rows(0, 9, False)] == ["id2", "id3"]
        assert [row.photo_id for row in ledger.todo_rows(0, 9, True)] == ["id3"]
        assert ledger.count_todo(skip_permanent=True) == 1
        known = [result and result.status for _, result in ledger.rows_with_results()]
        assert known == [FETCHED, FAILED, None]
        assert ledger.fact("lists") == "second"


def test_rows_of_crowded_hosts_come_later_and_none_is_lost(tmp_path):
    """One host gets no more than four rows into the window of eight until the other's are through."""
    with open_ledger(tmp_path) as ledger:
        ledger.replace_rows(rows_of(100), "x")
        source = RowSource(ledger, skip_permanent=False, window=8)
        under_way: dict[str, ListRow] = {}
        order = []
        while True:
            while row := source.next_row(
                len(under_way),
                under_way.__contains__,
                lambda row: sum(other.url[7:9] == row.url[7:9] for other in under_way.values()) >= 4,
            ):
                under_way[row.photo_id] = row
            if not under_way:
                break
            fast = [name for name, row in under_way.items() if row.url[7:9] == "h1"]
            done = under_way.pop((fast or list(under_way))[0])
            order.append(done.position)
            ledger.save([Result(done.photo_id, FETCHED)])
    assert sorted(order) == list(range(1, 101))
