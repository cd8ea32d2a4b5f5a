"""Whole downloads: every row accounted for, hosts treated politely, and going on after any end."""

import errno
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest
from local_server import PhotoServer, jpeg, response, table_rows

from emotionet_tf.downloads import fetch_loop, photo_storage
from emotionet_tf.downloads.config import DownloadConfig
from emotionet_tf.downloads.download_photos import download_photos
from emotionet_tf.downloads.progress_and_summary import ProgressLine, format_summary
from emotionet_tf.errors import UserError

ROOT = Path(__file__).parents[2]


def serve_photos(server: PhotoServer, count: int) -> list[tuple[str, str]]:
    server.answers |= {f"/N_1/N_1_{i}.jpg": response(jpeg(i)) for i in range(count)}
    return [(server.url(f"/N_1/N_1_{i}.jpg"), "") for i in range(count)]


def test_every_row_is_accounted_for(download, write_list, server):
    pairs = serve_photos(server, 4)
    server.answers["/N_1/N_1_8.jpg"] = response(b"<html></html>")
    pairs += [
        (server.url("/N_1/N_1_7.jpg"), ""),
        (server.url("/N_1/N_1_8.jpg"), ""),
        pairs[0],
        ("ftp://a/N_1_9.jpg", ""),
        (server.url("/../.."), ""),
    ]
    summary, rows = download(write_list(*pairs))
    assert summary.table.statuses == {"fetched": 4, "present": 0, "failed": 1, "rejected": 4}
    assert [int(row["line"]) for row in rows] == list(range(1, 10))
    assert summary.table.num_rows == len(rows) == sum(summary.table.statuses.values())
    assert summary.table.reasons["duplicate id with the same URL"] == 1
    text = format_summary(summary, "photos")
    assert "9 rows = 4 fetched + 0 present + 1 failed + 4 rejected" in text
    assert "1  HTML instead of a photo" in text
    # Photos 7 and 8 were asked for in vain; the duplicate row and those without a usable address were not.
    assert f"        2  {server.url('').split('/')[2]}, beside 4 photos" in text


def test_progress_counts_what_can_come_and_ends_once(write_list, server, tmp_path, capsys):
    path = write_list(*serve_photos(server, 3), ("ftp://a/N_1_9.jpg", ""), ("", ""))
    config = DownloadConfig((path,), str(tmp_path / "photos"), private_hosts=True, host_delay_seconds=0.0)
    download_photos(config, ProgressLine())
    first = capsys.readouterr().out.splitlines()
    assert [line.partition(" ")[0] for line in first] == ["3/3"]
    download_photos(config, ProgressLine())
    assert capsys.readouterr().out.splitlines() == ["3 of 3 rows were done before"]


def test_second_run_asks_only_for_what_failed(download, write_list, server):
    pairs = serve_photos(server, 3)
    missing = [(server.url("/N_1/N_1_7.jpg"), ""), (server.url("/N_1/N_1_8.jpg"), "")]
    server.answers["/N_1/N_1_8.jpg"] = response(b"", "403 Forbidden")
    path = write_list(*pairs, *missing)
    download(path)
    server.num_asked.clear()
    summary, _ = download(path, skip_permanent=True)
    assert server.num_asked == {"/N_1/N_1_8.jpg": 1}  # 404 lasts, 403 need not
    assert summary.table.statuses == {"fetched": 3, "present": 0, "failed": 2, "rejected": 0}
    server.answers["/N_1/N_1_7.jpg"] = response(jpeg(7))
    summary, rows = download(path)
    assert summary.table.statuses["fetched"] == 4
    assert rows[3]["sha256"]
    server.num_asked.clear()
    download(path, skip_existing=False)
    assert len(server.num_asked) == 5


def test_photos_on_the_disk_are_taken_if_whole_and_fetched_again_if_gone(
    download, write_list, server, tmp_path
):
    path = write_list(*serve_photos(server, 4))
    folder = tmp_path / "photos" / "N_1"
    folder.mkdir(parents=True)
    (folder / "N_1_0.jpg").write_bytes(jpeg(50))
    (folder / "N_1_1.jpg").write_bytes(jpeg(51)[:-30])
    _, rows = download(path)
    assert [row["status"] for row in rows] == ["present", "fetched", "fetched", "fetched"]
    assert (folder / "N_1_1.jpg").read_bytes() == jpeg(1)
    (folder / "N_1_2.jpg").unlink()
    (folder / "N_1_3.jpg").write_bytes(b"")
    server.num_asked.clear()
    download(path)
    assert server.num_asked == {"/N_1/N_1_2.jpg": 1, "/N_1/N_1_3.jpg": 1}
    assert (folder / "N_1_3.jpg").read_bytes() == jpeg(3)


def test_other_lists_keep_what_is_known_of_their_photos(download, write_list, server):
    pairs = serve_photos(server, 6)
    download(write_list(*pairs[:4]))
    first, second = write_list(*pairs[2:4], name="b.txt"), write_list(*pairs[4:], pairs[2], name="c.txt")
    server.num_asked.clear()
    _, rows = download(first, second)
    assert sum(server.num_asked.values()) == 2
    assert [(row["list"], row["line"], row["status"]) for row in rows] == [
        ("b.txt", "1", "fetched"), ("b.txt", "2", "fetched"),
        ("c.txt", "1", "fetched"), ("c.txt", "2", "fetched"), ("c.txt", "3", "rejected"),
    ]  # fmt: skip
    assert rows[-1]["reason"] == "duplicate id with the same URL: line 1 of b.txt"


def test_pictures_for_removed_photos_are_shown_and_then_rejected(download, write_list, server, tmp_path):
    pairs = serve_photos(server, 5)
    for i in (1, 2, 3):
        server.answers[f"/N_1/N_1_{i}.jpg"] = response(jpeg(77))
    server.answers["/orig2.jpg"] = response(jpeg(2))
    pairs[2] = (pairs[2][0], server.url("/orig2.jpg"))
    path = write_list(*pairs)
    summary, _ = download(path)
    ((sha256, count, _),) = summary.table.frequent_sums
    assert count == 3
    (tmp_path / "sums").write_text(f"# removed\n\n{sha256.upper()}  photo.jpg\n")
    summary, rows = download(path, reject_sha256=str(tmp_path / "sums"))
    assert [row["status"] for row in rows] == ["fetched", "rejected", "fetched", "rejected", "fetched"]
    assert rows[1]["reason"] == "listed in reject_sha256"
    assert rows[2]["url"] == server.url("/orig2.jpg")
    assert not (tmp_path / "photos" / "N_1" / "N_1_1.jpg").exists()


def test_wrong_line_of_checksums_is_named(download, write_list, tmp_path):
    (tmp_path / "sums").write_text("abc\n")
    with pytest.raises(UserError, match=r"sums, line 1: 'abc' is not a SHA-256 sum"):
        download(write_list(("http://a.invalid/N_1_1.jpg", "")), reject_sha256=str(tmp_path / "sums"))


def test_host_gets_no_more_requests_at_once_than_allowed(download, write_list, server):
    server.seconds = 0.02
    path = write_list(*serve_photos(server, 60))
    download(path, connections_per_host=3)
    assert server.most_at_once == 3


def test_redirected_requests_count_for_the_host_that_they_lead_to(download, write_list, server):
    server.seconds = 0.02
    target = serve_photos(server, 1)[0][0]
    with PhotoServer("127.0.0.2") as other:
        paths = [f"/N_2/N_2_{i}.jpg" for i in range(30)]
        other.answers = {path: response(b"", "302 Found", f"Location: {target}") for path in paths}
        download(write_list(*[(other.url(path), "") for path in paths]), connections_per_host=2)
    assert (server.most_at_once, sum(server.num_asked.values())) == (2, 30)


def test_requests_to_a_host_keep_their_distance(download, write_list, server):
    path = write_list(*serve_photos(server, 8))
    download(path, host_delay_seconds=0.05)
    assert server.starts[-1] - server.starts[0] > 7 * 0.05 - 0.02


def test_dead_host_is_given_up_while_others_go_on(download, write_list, server):
    pairs = serve_photos(server, 20)
    dead = [(f"http://127.0.0.9:9/N_2/N_2_{i}.jpg", pairs[i][0] if i % 2 else "") for i in range(20)]
    mixed = [pair for both in zip(dead, pairs, strict=True) for pair in both]
    summary, _ = download(write_list(*mixed), connections_per_host=2, window=16)
    assert summary.table.statuses == {"fetched": 30, "present": 0, "failed": 10, "rejected": 0}
    assert summary.table.reasons["host given up (connection refused)"] > 0
    assert summary.table.hosts == {"127.0.0.9:9": 20}


def test_slow_host_does_not_keep_the_window_from_others(download, write_list, server):
    """A host with the first 60 rows and one connection at a time; the other's rows come behind them."""
    with PhotoServer("127.0.0.2") as fast:
        slow_rows, fast_rows = serve_photos(server, 60), serve_photos(fast, 20)
        fast_rows = [(url.replace("N_1", "N_2"), "") for url, _ in fast_rows]
        fast.answers = {path.replace("N_1", "N_2"): answer for path, answer in fast.answers.items()}
        server.seconds = 0.02
        path = write_list(*slow_rows[:40], *fast_rows, *slow_rows[40:])
        summary, _ = download(path, window=32, connections_per_host=1)
        assert summary.table.statuses["fetched"] == 80
        assert fast.starts[-1] < server.starts[-1] - 0.5


def test_full_disk_stops_with_one_error_and_the_run_goes_on_later(download, write_list, server, monkeypatch):
    path = write_list(*serve_photos(server, 30))
    whole, num_stored = photo_storage.store_photo, Counter()

    def store(*arguments):
        num_stored["all"] += 1
        if num_stored["all"] > 10:
            raise OSError(errno.ENOSPC, "No space left on device")
        return whole(*arguments)

    monkeypatch.setattr(fetch_loop, "store_photo", store)
    with pytest.raises(
        UserError,
        match="photos takes no more photos: No space left on device; repair that, and the same command resumes",
    ):
        download(path)
    monkeypatch.undo()
    summary, _ = download(path)
    assert summary.table.statuses["fetched"] + summary.table.statuses["present"] == 30


def test_folder_in_use_is_refused(download, write_list, server, tmp_path):
    path = write_list(*serve_photos(server, 1))
    download(path)
    with sqlite3.connect(tmp_path / "photos" / ".downloads.sqlite") as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(UserError, match="another download writes to"):
            download(path)
    other.close()


def test_damaged_ledger_is_named(download, write_list, server, tmp_path):
    path = write_list(*serve_photos(server, 1))
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / ".downloads.sqlite").write_text("no database " * 100)
    with pytest.raises(UserError, match="is damaged .* remove it and run again"):
        download(path)


def start(path: str, folder: Path) -> subprocess.Popen:
    command = [sys.executable, "-m", "tfrecords_tools.download", f"--list={path}", f"--output_dir={folder}"]
    flags = ["--private_hosts", "--connections_per_host=4", "--host_delay_seconds=0"]
    return subprocess.Popen(
        [*command, *flags], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def wait_for_photos(server: PhotoServer, count: int) -> None:
    for _ in range(1000):
        if sum(server.num_asked.values()) >= count:
            return
        threading.Event().wait(0.02)
    raise AssertionError("no photo was asked for")


def test_command_fails_where_not_one_photo_came(write_list, server, tmp_path):
    server.answers["/N_1/N_1_0.jpg"] = response(b"", 404)
    command = start(write_list((server.url("/N_1/N_1_0.jpg"), "")), tmp_path / "photos")
    output, errors = command.communicate(timeout=100)
    assert (command.returncode, errors) == (
        2,
        "error: not one photo of the lists came; the table says why not\n",
    )
    assert "1 rows = 0 fetched + 0 present + 1 failed" in output


@pytest.mark.slow
def test_killed_and_interrupted_runs_go_on_to_the_same_end(write_list, server, tmp_path):
    num_photos = 200
    path = write_list(*serve_photos(server, num_photos))
    server.seconds = 0.03
    folder = tmp_path / "photos"
    killed = start(path, folder)
    wait_for_photos(server, 50)
    killed.kill()
    killed.communicate()
    assert not (folder / "downloads.csv").exists()
    for photo in folder.rglob("N_*.jpg"):
        assert photo.read_bytes() == jpeg(int(photo.stem.split("_")[2]))
    (folder / "N_1" / ".N_1_9.jpg.1.part").write_bytes(b"half")

    for number, num_asked, code, words in (
        (signal.SIGTERM, 80, 75, "stopped, what is done stays done; the same command resumes"),
        (signal.SIGINT, 120, 130, "interrupted; the same command resumes"),
    ):
        interrupted = start(path, folder)
        wait_for_photos(server, num_asked)
        interrupted.send_signal(number)
        output, errors = interrupted.communicate()
        assert interrupted.returncode == code
        assert errors.strip() == words
        assert f"{num_photos} rows = " in output
        assert any(row["status"] == "not tried yet" for row in table_rows(folder))

    server.seconds = 0.0
    last = start(path, folder)
    output, errors = last.communicate()
    assert (last.returncode, errors) == (0, "")
    rows = table_rows(folder)
    assert len(rows) == num_photos
    assert {row["status"] for row in rows} <= {"fetched", "present"}
    files = [file.name for file in folder.rglob("*") if file.is_file()]
    assert len([name for name in files if name.endswith(".jpg")]) == num_photos
    assert not [name for name in files if name.endswith(".part")]
    # What each end interrupted is asked again: the connections, and what a busy machine had not yet stored. A run that
    # lost its work would ask for 50 more.
    assert sum(server.num_asked.values()) <= num_photos + 32
