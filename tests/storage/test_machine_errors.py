import errno
import os
import sqlite3
from concurrent.futures.process import BrokenProcessPool

import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.photos import reading
from emotionet_tf.photos.limits import UnreadablePhotoError
from emotionet_tf.photos.reading import read_photo
from emotionet_tf.storage.error_reports import REPORT_VARIABLE, report_error
from emotionet_tf.storage.machine_errors import describe_machine_error


def os_error(number, name="/data/out.csv"):
    return OSError(number, os.strerror(number), name)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (os_error(errno.ENOSPC), "/data/out.csv: No space left on device: the disk is full; make room"),
        (
            os_error(errno.EROFS),
            "/data/out.csv: Read-only file system: the place is read-only; choose another",
        ),
        (
            os_error(errno.ESTALE),
            "/data/out.csv: Stale file handle: the drive does not answer; see that it is",
        ),
        (os_error(errno.EIO), "/data/out.csv: Input/output error: the drive does not answer; see that it is"),
        (MemoryError(), "memory ran out; end other programs"),
        (BrokenProcessPool(), "a worker process was killed, as systems do when memory runs out"),
        (sqlite3.OperationalError("database or disk is full"), "database or disk is full: the disk is full"),
        # As h5py says it, without a number.
        (
            OSError("Can't write data (errno = 28, error message = 'No space left on device')"),
            "No space left",
        ),
    ],
)
def test_what_the_machine_refuses_is_said_with_what_to_do(error, line):
    described = describe_machine_error(error)
    assert described.startswith(line)
    assert "\n" not in described


def test_cause_of_a_librarys_error_is_found():
    try:
        try:
            raise os_error(errno.ENOSPC)
        except OSError as error:
            raise RuntimeError("a page of text") from error
    except RuntimeError as error:
        assert "make room" in describe_machine_error(error)


def test_tensorflows_errors_are_understood():
    import tensorflow as tf

    full = tf.errors.ResourceExhaustedError(None, None, "/data/a.tfrecord; No space left on device")
    assert describe_machine_error(full).startswith(
        "/data/a.tfrecord: No space left on device: the disk is full"
    )
    memory = tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor with shape[9,9]")
    assert "memory ran out" in describe_machine_error(memory)


@pytest.mark.parametrize(
    "error", [os_error(errno.ENOENT), ValueError("No space left on device"), KeyError("memory")]
)
def test_other_errors_are_left_alone(error):
    assert describe_machine_error(error) is None


def test_report_on_a_full_disk_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setenv(REPORT_VARIABLE, str(tmp_path / "file" / "report.json"))
    (tmp_path / "file").write_text("")
    report_error(UserError("the disk is full"))


def refuse(monkeypatch, number):
    def read_bytes(path):
        raise os_error(number, str(path))

    monkeypatch.setattr(reading.Path, "read_bytes", read_bytes)


@pytest.mark.parametrize("number", [errno.ESTALE, errno.ENOTCONN, errno.EHOSTDOWN])
def test_photo_on_a_lost_drive_is_not_called_unreadable(tmp_path, monkeypatch, number):
    (tmp_path / "a.jpg").write_bytes(b"photo")
    refuse(monkeypatch, number)
    with pytest.raises(OSError):
        read_photo(tmp_path / "a.jpg")


def test_photo_on_a_bad_spot_is_unreadable(tmp_path, monkeypatch):
    (tmp_path / "a.jpg").write_bytes(b"photo")
    refuse(monkeypatch, errno.EIO)
    with pytest.raises(UnreadablePhotoError, match="Input/output error"):
        read_photo(tmp_path / "a.jpg")
