import csv
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.storage import files
from emotionet_tf.storage.paths import (
    RemotePath,
    as_path,
    is_remote,
    local_copy,
    refuse_remote,
    remove_tree,
    whole_paths,
)


@pytest.fixture
def remote_dir(request):
    """A folder of TensorFlow's in-memory file system, which stands in for a bucket's."""
    folder = as_path(f"ram://{request.node.name}/folder")
    yield folder
    remove_tree(folder.parent)


def test_local_path_is_a_plain_path_and_imports_no_tensorflow():
    code = (
        "import sys, pathlib; from emotionet_tf.storage import files; from emotionet_tf.storage.paths import as_path; "
        "assert type(as_path('a/b')) is type(pathlib.Path('a/b')); assert 'tensorflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_remote_path_keeps_its_scheme_in_all_that_is_derived():
    path = as_path("gs://bucket/records/close_up.tfrecord")
    assert isinstance(path, RemotePath) and is_remote(path) and not is_remote("gs:/bucket")
    assert str(path) == "gs://bucket/records/close_up.tfrecord"
    assert str(path.parent / "x" / "y.json") == "gs://bucket/records/x/y.json"
    assert str(path.with_name("z")) == "gs://bucket/records/z"
    assert [str(above) for above in path.parents] == ["gs://bucket/records", "gs://bucket"]
    assert (path.name, path.stem, path.suffix) == ("close_up.tfrecord", "close_up", ".tfrecord")
    assert path.resolve() == path and path.is_absolute()
    assert str(path.relative_to(as_path("gs://bucket"))) == "records/close_up.tfrecord"
    assert as_path(path) is path


def test_unknown_scheme_is_refused_with_those_that_are_known():
    with pytest.raises(UserError, match=r"xyz://a: TensorFlow knows no file system xyz://; it knows .*gs"):
        as_path("xyz://a")


def test_remote_path_is_refused_where_local_ones_are_taken_only():
    refuse_remote(photos_dir="photos", output_dir=None)
    with pytest.raises(UserError, match="--photos_dir gs://b/photos: this command takes local paths only"):
        refuse_remote(output_dir="out", photos_dir="gs://b/photos")


def test_remote_text_is_read_as_it_was_written(remote_dir):
    table = remote_dir / "table.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["ä", "1\n2"], ["b", ""]])
    with table.open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [["ä", "1\n2"], ["b", ""]]
    assert table.read_bytes() == 'ä,"1\n2"\r\nb,\r\n'.encode()
    assert table.stat().st_size == len(table.read_bytes())


def test_remote_archive_is_read_at_random(remote_dir):
    with (remote_dir / "a.zip").open("wb") as file, zipfile.ZipFile(file, "w") as archive:
        archive.writestr("one", "1" * 5000)
        archive.writestr("two", "2")
    with (remote_dir / "a.zip").open("rb") as file, zipfile.ZipFile(file) as archive:
        assert archive.read("two") == b"2" and archive.read("one") == b"1" * 5000


def test_missing_remote_file_raises_what_a_local_one_does(remote_dir):
    with pytest.raises(FileNotFoundError) as caught:
        (remote_dir / "none").open("rb")
    assert caught.value.filename == str(remote_dir / "none") and "No such file" in str(caught.value)
    assert not (remote_dir / "none").exists() and not (remote_dir / "none").is_file()
    with pytest.raises(FileNotFoundError):
        (remote_dir / "none").unlink()
    (remote_dir / "none").unlink(missing_ok=True)
    remove_tree(remote_dir / "none")


def test_remote_folder_is_listed_and_matched(remote_dir):
    for name in ("a/x.json", "b/x.json", "b/y.txt"):
        (remote_dir / name).parent.mkdir(parents=True, exist_ok=True)
        (remote_dir / name).write_text(name)
    assert [path.name for path in remote_dir.iterdir()] == ["a", "b"]
    assert [str(path.relative_to(remote_dir)) for path in remote_dir.glob("*/x.json")] == [
        "a/x.json",
        "b/x.json",
    ]
    assert [path.name for path in remote_dir.rglob("*")] == ["a", "x.json", "b", "x.json", "y.txt"]
    assert remote_dir.is_dir() and (remote_dir / "a/x.json").is_file()
    (remote_dir / "a/x.json").replace(remote_dir / "a/z.json")
    assert [path.name for path in (remote_dir / "a").iterdir()] == ["z.json"]


def test_remote_file_is_written_aside_and_not_at_all_when_that_fails(remote_dir):
    (remote_dir / "a.json").write_text("before")
    (remote_dir / "a.json").write_text("then")
    assert (remote_dir / "a.json").read_text() == "then"
    files.write_json(remote_dir / "a.json", {"a": 1})
    with pytest.raises(ValueError), files.written_aside(remote_dir / "a.json") as aside:
        aside.write_text("half")
        raise ValueError
    assert (remote_dir / "a.json").read_text() == '{\n  "a": 1\n}\n'
    assert [path.name for path in remote_dir.iterdir()] == ["a.json"]


def test_remote_folder_is_replaced_as_a_whole(remote_dir):
    for content in ("old", "new"):
        with files.folder_written_aside(remote_dir) as aside:
            (aside / f"{content}.tfrecord").write_text(content)
            (aside / "dataset.json").write_text(content)
    assert sorted(path.name for path in remote_dir.iterdir()) == ["dataset.json", "new.tfrecord"]
    with pytest.raises(ValueError), files.folder_written_aside(remote_dir):
        raise ValueError
    assert (remote_dir / "dataset.json").read_text() == "new"
    files.check_replaceable(remote_dir, "dataset.json", "records folder")
    with pytest.raises(UserError, match="is not a folder of label shards: it has no labels.json"):
        files.check_replaceable(str(remote_dir), "labels.json", "folder of label shards")


def test_remote_folder_that_was_stopped_while_it_came_has_no_description(remote_dir, monkeypatch):
    def stop(target, local):
        if local.name == "b.tfrecord":
            raise OSError("stopped")
        copy_from(target, local)

    copy_from = RemotePath.copy_from
    monkeypatch.setattr(RemotePath, "copy_from", stop)
    with pytest.raises(OSError), files.folder_written_aside(remote_dir) as aside:
        for name in ("a.tfrecord", "b.tfrecord", "dataset.json"):
            (aside / name).write_text(name)
    assert [path.name for path in remote_dir.iterdir()] == [".unfinished", "a.tfrecord"]
    files.check_replaceable(remote_dir, "dataset.json", "records folder")  # the same command finishes it
    monkeypatch.undo()
    with files.folder_written_aside(remote_dir) as aside:
        (aside / "dataset.json").write_text("new")
    assert [path.name for path in remote_dir.iterdir()] == ["dataset.json"]


def test_remote_output_is_tried_and_leaves_nothing(remote_dir):
    files.check_writable(remote_dir / "scores.csv", "output")
    assert not remote_dir.exists() or not list(remote_dir.iterdir())
    (remote_dir / "scores.csv").mkdir(parents=True)
    with pytest.raises(UserError, match="is a folder, not a file"):
        files.check_writable(remote_dir / "scores.csv", "output")


def test_checksum_and_local_copy_are_of_the_remote_bytes(remote_dir, tmp_path):
    (tmp_path / "local.h5").write_bytes(b"12" * 999)
    (remote_dir / "remote.h5").copy_from(tmp_path / "local.h5")
    assert files.sha256_of(str(remote_dir / "remote.h5")) == files.sha256_of(tmp_path / "local.h5")
    with local_copy(remote_dir / "remote.h5") as copy:
        assert type(copy) is type(Path()) and copy.name == "remote.h5" and copy.read_bytes() == b"12" * 999
    assert not copy.exists()
    with local_copy(tmp_path / "local.h5") as copy:
        assert copy == tmp_path / "local.h5"


def test_commas_in_paths_that_are_there_do_not_divide_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in ("a,b", "a", "c,d,e", "b"):
        (tmp_path / folder).mkdir()
    assert whole_paths(["a", "b", " c", "d", "e", "", "gone", "x"]) == ["a,b", "c,d,e", "gone", "x"]
    assert whole_paths(["b", "a"]) == ["b", "a"]
    assert whole_paths(["x" * 5000, "y"]) == ["x" * 5000, "y"]
