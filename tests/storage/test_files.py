import os
from pathlib import Path

import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.storage.files import check_replaceable, folder_written_aside, restore_folder, written_aside


def test_failed_file_leaves_the_old_one_and_nothing_aside(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(RuntimeError), written_aside(tmp_path / "a.txt") as aside:
        aside.write_text("half")
        raise RuntimeError
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.txt", "old")]


def test_folder_appears_whole_and_replaces_the_old_one(tmp_path):
    for content in ("first", "second"):
        with folder_written_aside(tmp_path / "sub" / "folder") as aside:
            (aside / f"{content}.txt").write_text(content)
    assert [path.name for path in (tmp_path / "sub").iterdir()] == ["folder"]
    assert [path.name for path in (tmp_path / "sub" / "folder").iterdir()] == ["second.txt"]


def test_failed_folder_leaves_the_old_one_and_nothing_aside(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(RuntimeError), folder_written_aside(tmp_path / "folder") as aside:
        (aside / "half.txt").write_text("half")
        raise RuntimeError
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    assert list((tmp_path / "folder").iterdir()) == []


def test_what_a_killed_process_left_aside_is_not_taken_over(tmp_path):
    (tmp_path / ".folder.part").mkdir()
    (tmp_path / ".folder.part" / "half.txt").write_text("half")
    with folder_written_aside(tmp_path / "folder") as aside:
        (aside / "whole.txt").write_text("whole")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["whole.txt"]


def moved_away(folder):
    """Leaves what a process leaves that was killed between the two renames."""
    for name, content in ((f".{folder.name}.old", "old"), (f".{folder.name}.part", "new")):
        (folder.parent / name).mkdir()
        (folder.parent / name / "whole.txt").write_text(content)


def test_folder_of_a_process_killed_between_the_renames_survives_a_redo_that_fails(tmp_path):
    moved_away(tmp_path / "folder")
    with pytest.raises(RuntimeError), folder_written_aside(tmp_path / "folder") as aside:
        assert list(aside.iterdir()) == []
        raise RuntimeError
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    assert (tmp_path / "folder" / "whole.txt").read_text() == "old"


def test_folder_of_a_process_killed_between_the_renames_can_be_restored(tmp_path):
    moved_away(tmp_path / "folder")
    restore_folder(tmp_path / "folder")
    assert (tmp_path / "folder" / "whole.txt").read_text() == "old"
    restore_folder(tmp_path / "folder")
    restore_folder(tmp_path / "missing")
    assert not (tmp_path / "missing").exists()


def test_new_folder_that_cannot_be_renamed_leaves_the_old_one(tmp_path, monkeypatch):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "whole.txt").write_text("old")
    replace = Path.replace

    def failing(path, target):
        if path.name.endswith(".part"):
            raise OSError("no space")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(OSError, match="no space"), folder_written_aside(tmp_path / "folder"):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    assert (tmp_path / "folder" / "whole.txt").read_text() == "old"


def test_every_file_of_a_folder_is_synced_before_the_rename(tmp_path, monkeypatch):
    events = []
    fsync, replace = os.fsync, Path.replace

    def watched_fsync(descriptor):
        events.append(Path(os.readlink(f"/proc/self/fd/{descriptor}")).name)
        fsync(descriptor)

    def watched_replace(path, target):
        events.append(f"rename to {Path(target).name}")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(Path, "replace", watched_replace)
    with folder_written_aside(tmp_path / "folder") as aside:
        (aside / "a.txt").write_text("a")
        (aside / "sub").mkdir()
        (aside / "sub" / "b.txt").write_text("b")
    before = events[: events.index("rename to folder")]
    assert set(before) == {"a.txt", "b.txt", "sub", ".folder.part"}
    assert events[-1] == tmp_path.name


def test_missing_empty_or_own_folder_may_be_replaced(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "labels.json").write_text("{}")
    for name in ("missing/below", "empty", "own"):
        check_replaceable(tmp_path / name, "labels.json", "folder of label shards")


def test_folder_of_something_else_may_not_be_replaced(tmp_path):
    (tmp_path / "records").mkdir()
    (tmp_path / "records" / "diary.txt").write_text("mine")
    with pytest.raises(
        UserError, match="records exists and is not a folder of label shards: it has no labels.json"
    ):
        check_replaceable(tmp_path / "records", "labels.json", "folder of label shards")


@pytest.mark.parametrize("name", ["", " ", ".", "..", "a/..", "/"])
def test_name_that_is_no_folders_own_may_not_be_replaced(name):
    with pytest.raises(UserError, match=f"'{name}' cannot become a folder of label shards"):
        check_replaceable(name, "labels.json", "folder of label shards")


@pytest.mark.parametrize("below", ["", "sub", "sub/sub"])
def test_file_in_the_way_is_named(tmp_path, below):
    (tmp_path / "a.txt").write_text("mine")
    with pytest.raises(UserError, match="a.txt is a file, not a folder"):
        check_replaceable(tmp_path / "a.txt" / below, "labels.json", "folder of label shards")


def test_link_stays_and_what_it_points_to_is_replaced(tmp_path):
    (tmp_path / "disk" / "folder").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "disk" / "folder")
    for content in ("first", "second", "third"):
        with folder_written_aside(tmp_path / "link") as aside:
            (aside / f"{content}.txt").write_text(content)
    assert (tmp_path / "link").is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["disk", "link"]
    assert [path.name for path in (tmp_path / "disk").iterdir()] == ["folder"]
    assert [path.name for path in (tmp_path / "disk" / "folder").iterdir()] == ["third.txt"]
