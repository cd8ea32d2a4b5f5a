import errno
import json
import os
import subprocess
import sys
import threading
import time

import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.storage import write_locks
from emotionet_tf.storage.files import folder_written_aside
from emotionet_tf.storage.write_locks import only_writer

HOLD = """
import sys, time
from emotionet_tf.storage.write_locks import only_writer
with only_writer(sys.argv[1], is_filled=sys.argv[2] == "filled"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def hold():
    """Returns a function that starts a process which holds a lock."""
    processes = []

    def start(target, kind):
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(target), kind], stdout=subprocess.PIPE, text=True
        )
        processes.append(process)
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("kind", ["filled", "replaced"])
def test_second_writer_is_refused_by_name_until_the_first_is_killed(hold, tmp_path, kind):
    target = tmp_path / "new" / "out"
    first = hold(target, kind)
    with (
        pytest.raises(
            UserError, match=rf"out is in use: process {first.pid} on \S+ has been writing there since 20"
        ),
        only_writer(target, is_filled=kind == "filled"),
    ):
        pass
    first.kill()
    first.wait()
    start = time.monotonic()
    with only_writer(target, is_filled=kind == "filled"):
        pass
    assert time.monotonic() - start < 5
    assert [path.name for path in tmp_path.rglob("*")] == ["new", "out"][: 2 if kind == "filled" else 1]


def test_killed_writers_half_written_files_are_removed_and_no_others(tmp_path):
    folder, table = tmp_path / "run", tmp_path / "a.csv"
    (folder / "sub").mkdir(parents=True)
    stale = json.dumps({**_owner(), "process": 2**22 + 1})
    (folder / ".writer.lock").write_text(stale)
    (tmp_path / ".a.csv.lock").write_text(stale)
    kept = [folder / ".hidden", tmp_path / ".b.csv.77.part", tmp_path / ".a.csv.0123456789ab.part"]
    gone = [
        folder / "sub" / ".photo.jpg.123.part",
        folder / ".best.keras.123.part.keras",
        tmp_path / ".a.csv.4567.part",
    ]
    for path in (*kept, *gone):
        path.write_text("")
    with only_writer(folder, is_filled=True), only_writer(table):
        assert all(path.exists() for path in kept)
        assert not any(path.exists() for path in gone)


def _owner(**changes):
    return {**vars(write_locks._me()), **changes}


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(write_locks, "_SILENCE_SECONDS", 0.6)
    monkeypatch.setattr(write_locks, "_POLL_SECONDS", 0.05)


def test_lock_of_another_machine_is_taken_over_only_if_it_is_not_renewed(tmp_path, impatient, capsys):
    lock = tmp_path / ".a.csv.lock"
    lock.write_text(json.dumps(_owner(host="far", machine="far boot", process=7)))
    with only_writer(tmp_path / "a.csv"):
        pass
    assert "process 7 on far" in capsys.readouterr().err
    lock.write_text(json.dumps(_owner(host="far", machine="far boot", process=7)))
    renewal = threading.Timer(0.2, os.utime, (lock,))
    renewal.start()
    with pytest.raises(UserError, match="in use: process 7 on far"), only_writer(tmp_path / "a.csv"):
        pass
    renewal.join()


def test_lock_that_a_kill_left_empty_is_taken_over(tmp_path, impatient):
    (tmp_path / ".a.csv.lock").write_text("")
    with only_writer(tmp_path / "a.csv"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_living_lock_is_renewed(tmp_path, monkeypatch):
    monkeypatch.setattr(write_locks, "_RENEWAL_SECONDS", 0.05)
    with only_writer(tmp_path / "a.csv"):
        lock = tmp_path / ".a.csv.lock"
        os.utime(lock, (0, 0))
        deadline = time.monotonic() + 10
        while not lock.stat().st_mtime and time.monotonic() < deadline:
            time.sleep(0.02)
        assert lock.stat().st_mtime


def test_process_with_the_number_of_a_dead_one_does_not_keep_its_lock(tmp_path):
    # This process has the number, and began at another time.
    (tmp_path / ".a.csv.lock").write_text(json.dumps(_owner(started="1")))
    with only_writer(tmp_path / "a.csv"):
        pass


def test_without_what_linux_says_of_processes_the_dead_are_known_and_the_living_watched(
    tmp_path, monkeypatch, impatient
):
    monkeypatch.setattr(write_locks, "_machine", lambda: "host")
    monkeypatch.setattr(
        write_locks, "_start_of", lambda process: "" if write_locks._is_number_taken(process) else None
    )
    lock = tmp_path / ".a.csv.lock"
    lock.write_text(json.dumps(_owner(process=2**22 + 1)))
    with only_writer(tmp_path / "a.csv"):
        pass
    lock.write_text(json.dumps(_owner()))
    renewal = threading.Timer(0.2, os.utime, (lock,))
    renewal.start()
    with pytest.raises(UserError, match="in use"), only_writer(tmp_path / "a.csv"):
        pass
    renewal.join()


def test_own_thread_may_enter_again_and_another_may_not(tmp_path):
    refused = []

    def other():
        try:
            with only_writer(tmp_path / "out"):
                pass
        except UserError as error:
            refused.append(error)

    with only_writer(tmp_path / "out"), folder_written_aside(tmp_path / "out"):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert len(refused) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_lock_that_another_run_made_meanwhile_is_not_removed_as_stale(tmp_path):
    lock = tmp_path / ".a.csv.lock"
    lock.write_text("new owner")
    write_locks._remove_stale(lock, b"old owner")
    assert [path.name for path in tmp_path.iterdir()] == [lock.name]
    assert lock.read_text() == "new owner"


def test_place_that_takes_no_file_is_not_locked(tmp_path, monkeypatch):
    def refuse(*arguments):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(write_locks.os, "open", refuse)
    with only_writer(tmp_path / "a.csv"):
        assert list(tmp_path.iterdir()) == []


def test_file_in_place_of_a_folder_is_named(tmp_path):
    (tmp_path / "a").write_text("")
    with pytest.raises(UserError, match="output folder .*a is a file"), only_writer(tmp_path / "a" / "b"):
        pass


def test_lock_that_finds_no_room_is_named_and_not_left(tmp_path, monkeypatch):
    def full(content, file):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(write_locks.json, "dump", full)
    with (
        pytest.raises(OSError, match=r"No space left on device: '.*\.a\.csv\.lock'"),
        only_writer(tmp_path / "a.csv"),
    ):
        pass
    assert list(tmp_path.iterdir()) == []
