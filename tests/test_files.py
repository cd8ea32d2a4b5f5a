import pytest

from emotionet_tf.files import folder_written_aside, written_aside


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
