import csv
import dataclasses
import errno
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import warm_commands
from preparation_inputs import (
    STYLE,
    StoppedError,
    config_of,
    folder_bytes,
    label_row,
    photo_name,
    run_directly,
    stopping_after,
    write_inputs,
    write_photo,
    written_in_two_steps,
)

from emotionet_tf.errors import UserError
from emotionet_tf.faces.crops_and_rows import CropStyle
from emotionet_tf.faces.table import read_face_table
from emotionet_tf.inspection.tables_against_records import read_tables
from emotionet_tf.label_lists.formats.emotionet import write_opt_list
from emotionet_tf.preparation import plan
from emotionet_tf.preparation.prepare_dataset import prepare
from emotionet_tf.records.splits import Split
from emotionet_tf.storage import files

ROOT = Path(__file__).parent.parent.parent


def rejected_of(folder):
    with (Path(folder) / "rejected.csv").open(newline="") as file:
        return [(line["id"], int(line["line"]), line["reason"]) for line in csv.DictReader(file)]


@pytest.mark.slow
@pytest.mark.parametrize("split", [Split(), Split(0.3, seed=2), Split(0.4, split_by="folder")], ids=str)
def test_records_are_those_of_align_faces_and_write_records(tmp_path, detector, split):
    write_inputs(tmp_path)
    infos = prepare(config_of(tmp_path, split=split), run_directly)
    lists = (str(tmp_path / "first.csv"), str(tmp_path / "second.csv"))
    expected = written_in_two_steps(tmp_path, detector, lists, split=split)
    for info, other in zip(infos, expected, strict=True):
        assert folder_bytes(tmp_path / "records" / info.name) == folder_bytes(
            tmp_path / "two_steps" / info.name
        )
        assert dataclasses.replace(info, settings={}) == dataclasses.replace(other, settings={})
    aligned = {row.photo: row for row in read_face_table(tmp_path / "faces" / "faces.csv")}
    for info in infos:
        for row in read_face_table(tmp_path / "records" / info.name / "faces.csv"):
            assert row == dataclasses.replace(aligned[row.photo], close_up="", context="")
    assert [path.name for path in (tmp_path / "records").iterdir()] == [info.name for info in infos]


def test_sheets_of_a_workbook_are_read_as_write_records_reads_them(tmp_path, detector, capsys):
    openpyxl = pytest.importorskip("openpyxl")
    write_inputs(tmp_path)
    book = openpyxl.Workbook()
    book.active.append(["Read me"])
    for name in ("first", "second"):
        sheet = book.create_sheet(name)
        for line in csv.reader((tmp_path / f"{name}.csv").read_text().splitlines()):
            sheet.append(line)
    book.save(tmp_path / "lists.xlsx")
    prepare(config_of(tmp_path, label_files=(str(tmp_path / "lists.xlsx"),)), run_directly)
    said = (
        f"{tmp_path}/lists.xlsx: sheets 'first', 'second' are read; skipped, not of the format 'opt list': "
        "'Sheet': Read me"
    )
    assert said in capsys.readouterr().out
    lists = (str(tmp_path / "lists.xlsx"),)
    written_in_two_steps(tmp_path, detector, lists)
    assert said in capsys.readouterr().out
    assert folder_bytes(tmp_path / "records/opt") == folder_bytes(tmp_path / "two_steps/opt")
    with (tmp_path / "records/opt/rejected.csv").open(newline="") as file:
        files_of = {line["file"] for line in csv.DictReader(file)}
    assert files_of == {f"{tmp_path}/lists.xlsx, sheet '{name}'" for name in ("first", "second")}
    reasons = [reason for _, _, reason in rejected_of(tmp_path / "records/opt")]
    assert "duplicate id, same labels as line 5 of sheet 'first'" in reasons
    same_file = [reason for reason in reasons if reason.startswith("duplicate id, same labels as line 20 of")]
    assert same_file == ["duplicate id, same labels as line 20 of sheet 'first'"]


def test_every_row_is_accounted_for_with_its_reason(tmp_path, detector, capsys):
    write_inputs(tmp_path)
    (info,) = prepare(config_of(tmp_path), run_directly)
    # 24 rows in the first list and 13 in the second; of 30 photos 6 are dark, one of which cannot be read, and another
    # one cannot be read.
    assert (info.num_rows, info.num_examples, info.num_without_face, info.num_rejected) == (37, 23, 5, 9)
    rejected = rejected_of(tmp_path / "records/opt")
    assert len(rejected) == 5 + 9
    reasons = [reason for _, _, reason in rejected]
    assert reasons.count("no face") == 5
    others = [reason for reason in reasons if reason != "no face"]
    # Photos 7 and 8 stand in lines 9 and 10 of the first list, below the two lines of its head.
    assert rejected[1:3] == [
        ("N_0000000001_00007", 9, "unreadable: the file is cut off"),
        ("N_0000000002_00008", 10, "unreadable: HTML instead of a photo"),
    ]
    assert others[2:6] == [
        "no photo",
        "duplicate id, same labels as line 5",
        "duplicate id, conflicting labels as line 6",
        "3 fields instead of 62",
    ]
    first = tmp_path / "first.csv"
    assert sorted(others[6:]) == [
        f"duplicate id, same labels as line 20 of {first}",
        f"duplicate id, same labels as line 21 of {first}",
        "no photo",
    ]
    printed = capsys.readouterr().out
    assert "37 rows = 23 records + 5 without a face + 9 rejected" in printed
    assert "faces found by mtcnn 23" in printed
    assert "unreadable: N_0000000001/N_0000000001_00007.jpg: the file is cut off" in printed
    tables, problems = read_tables(str(tmp_path / "records/opt"))
    assert (tables.num_rejected, tables.num_faceless, tables.num_rows, problems) == (9, 5, 28, [])


@pytest.mark.parametrize(("chunk_rows", "batch_size"), [(3, 2), (1000, 64)])
def test_size_of_chunks_and_batches_changes_no_byte(tmp_path, detector, monkeypatch, chunk_rows, batch_size):
    write_inputs(tmp_path)
    prepare(config_of(tmp_path), run_directly)
    monkeypatch.setattr(plan, "CHUNK_ROWS", chunk_rows)
    prepare(config_of(tmp_path, output_dir=str(tmp_path / "other"), batch_size=batch_size), run_directly)
    assert folder_bytes(tmp_path / "records/opt") == folder_bytes(tmp_path / "other/opt")


def test_more_shards_than_rows_leave_some_empty(tmp_path, detector):
    write_inputs(tmp_path, num_photos=20)
    (info,) = prepare(config_of(tmp_path, num_shards=32), run_directly)
    counts = [shard.num_examples for shard in info.views["context"]]
    assert (len(counts), sum(counts)) == (32, info.num_examples)


def test_stopped_run_goes_on_with_what_is_missing(tmp_path, detector, monkeypatch):
    monkeypatch.setattr(plan, "CHUNK_ROWS", 5)
    photos = write_inputs(tmp_path)
    with pytest.raises(StoppedError):
        prepare(config_of(tmp_path), stopping_after(3))
    assert not (tmp_path / "records/opt").exists()
    first = list(detector.seen)
    assert first
    prepare(config_of(tmp_path), run_directly)
    # No photo is looked at twice, and the two that cannot be read are looked at never.
    assert sorted(detector.seen) == sorted(set(photos) - {photos[7], photos[8]})
    prepare(config_of(tmp_path, output_dir=str(tmp_path / "whole")), run_directly)
    assert folder_bytes(tmp_path / "records/opt") == folder_bytes(tmp_path / "whole/opt")


def test_finished_run_is_up_to_date_and_its_photos_are_not_looked_at(tmp_path, detector, capsys):
    write_inputs(tmp_path)
    first = prepare(config_of(tmp_path), run_directly)
    detector.seen.clear()
    assert prepare(config_of(tmp_path), run_directly) == first
    assert not detector.seen
    assert "is up to date" in capsys.readouterr().out


def test_mended_and_added_photos_are_taken_up_and_the_others_left_alone(tmp_path, detector, monkeypatch):
    monkeypatch.setattr(plan, "CHUNK_ROWS", 2)
    photos = write_inputs(tmp_path)
    with pytest.raises(StoppedError):
        prepare(config_of(tmp_path), stopping_after(1000))
    write_photo(tmp_path / "photos" / photos[7], 7)
    write_photo(tmp_path / "photos/N_0000000999/N_0000000999_00001.jpg", 99)
    detector.seen.clear()
    (info,) = prepare(config_of(tmp_path), run_directly)
    assert (info.num_examples, info.num_rejected) == (25, 7)
    assert {photos[7], "N_0000000999/N_0000000999_00001.jpg"} <= set(detector.seen)
    assert len(detector.seen) < len(photos) / 2


def test_photo_mended_after_the_end_is_the_only_one_that_is_looked_at(tmp_path, detector, capsys):
    photos = write_inputs(tmp_path)
    prepare(config_of(tmp_path), run_directly)
    write_photo(tmp_path / "photos" / photos[7], 7)
    detector.seen.clear()
    (info,) = prepare(config_of(tmp_path), run_directly)
    assert info.num_examples == 24
    assert detector.seen == [photos[7]]
    printed = capsys.readouterr().out
    assert "opt is made again, and stays as it is until then: photos came, went, or were changed" in printed
    assert "29 photos are in records already" in printed
    prepare(config_of(tmp_path, output_dir=str(tmp_path / "fresh")), run_directly)
    assert folder_bytes(tmp_path / "records/opt") == folder_bytes(tmp_path / "fresh/opt")


def test_other_labels_split_and_shards_take_the_crops_that_are_there(tmp_path, detector):
    photos = write_inputs(tmp_path)
    prepare(config_of(tmp_path), run_directly)
    write_opt_list(tmp_path / "first.csv", [label_row(photo, seed=5) for photo in photos[2:]])
    changes = {"split": Split(0.3, seed=1), "num_shards": 3}
    detector.seen.clear()
    prepare(config_of(tmp_path, **changes), run_directly)
    assert not detector.seen
    prepare(config_of(tmp_path, **changes, output_dir=str(tmp_path / "fresh")), run_directly)
    for part in ("opt-train", "opt-val"):
        assert folder_bytes(tmp_path / "records" / part) == folder_bytes(tmp_path / "fresh" / part)


def test_two_photos_of_a_row_are_named(tmp_path, detector):
    photos = write_inputs(tmp_path)
    (tmp_path / "photos/other").mkdir()
    shutil.copy(tmp_path / "photos" / photos[0], tmp_path / "photos/other")
    with pytest.raises(UserError, match=r"photos N_\S+ and other/N_\S+ share the id N_0000000000_00000"):
        prepare(config_of(tmp_path), run_directly)


def test_list_of_other_photos_is_refused(tmp_path, detector):
    write_inputs(tmp_path)
    write_opt_list(tmp_path / "strange.csv", [label_row("N_5/N_5_5.jpg")])
    with pytest.raises(UserError, match=r"strange.csv: none of its photos is in \S+; the list has 'N_5_5'"):
        prepare(config_of(tmp_path, label_files=(str(tmp_path / "strange.csv"),)), run_directly)
    assert not (tmp_path / "records").exists()


def test_rows_whose_photo_has_nearly_their_name_are_pointed_out(tmp_path, detector, capsys):
    for name in ("a.jpg", "b.jpg"):
        write_photo(tmp_path / "photos" / name, 1)
    (tmp_path / "plain.csv").write_text("path,AU01\na.jpg,1\nB.JPG,1\n")
    prepare(config_of(tmp_path, label_files=(str(tmp_path / "plain.csv"),)), run_directly)
    assert (
        "warning: of the rows without a photo, 1 differ only in upper and lower case, such as 'B.JPG' and 'b.jpg'"
        in capsys.readouterr().out
    )


def test_dataset_without_a_face_is_refused_and_leaves_no_folder(tmp_path, detector):
    write_photo(tmp_path / "photos" / photo_name(0), 0, is_dark=True)
    write_opt_list(tmp_path / "first.csv", [label_row(photo_name(0))])
    with pytest.raises(UserError, match="opt would hold no record: of its 1 rows 1 have no face"):
        prepare(config_of(tmp_path, label_files=(str(tmp_path / "first.csv"),)), run_directly)
    assert not (tmp_path / "records/opt").exists()


def test_rows_with_paths_out_of_the_folder_have_no_photo(tmp_path, detector):
    write_photo(tmp_path / "outside.jpg", 1)
    write_photo(tmp_path / "photos/a.jpg", 2)
    text = "path,AU01\na.jpg,1\n../outside.jpg,1\n" + f"{tmp_path}/outside.jpg,0\n"
    (tmp_path / "plain.csv").write_text(text)
    (info,) = prepare(config_of(tmp_path, label_files=(str(tmp_path / "plain.csv"),)), run_directly)
    assert info.num_examples == 1
    assert [reason for _, _, reason in rejected_of(tmp_path / "records/opt")] == ["no photo"] * 2


def test_output_inside_the_photos_is_refused(tmp_path):
    with pytest.raises(UserError, match="inside photos_dir"):
        config_of(tmp_path, output_dir=str(tmp_path / "photos/records"))


def test_full_disk_leaves_nothing_that_looks_whole_and_the_run_goes_on(tmp_path, detector, monkeypatch):
    write_inputs(tmp_path)
    sync = files.sync

    def full(path):
        if ".context." in path.name:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        sync(path)

    monkeypatch.setattr(files, "sync", full)
    with pytest.raises(OSError, match="No space left"):
        prepare(config_of(tmp_path), run_directly)
    assert not (tmp_path / "records/opt").exists()
    assert not list((tmp_path / "records").glob(".opt.work/*/chunks/[!.]*.json"))
    monkeypatch.setattr(files, "sync", sync)
    assert prepare(config_of(tmp_path), run_directly)[0].num_examples == 23


def test_settings_say_what_the_records_were_made_of(tmp_path, detector):
    write_inputs(tmp_path)
    prepare(config_of(tmp_path), run_directly)
    settings = json.loads((tmp_path / "records/opt/dataset.json").read_text())["settings"]
    assert settings["photos_dir"] == str((tmp_path / "photos").resolve())
    assert (settings["detector"], settings["crop_size_px"]) == ("mtcnn", STYLE.crop_size_px)
    assert list(settings["labels"]) == [str(tmp_path / "first.csv"), str(tmp_path / "second.csv")]


def test_damaged_list_is_named_before_any_photo_is_read(tmp_path, detector):
    write_inputs(tmp_path)
    with pytest.raises(UserError, match=r"gone.csv: no such label list"):
        prepare(config_of(tmp_path, label_files=(str(tmp_path / "gone.csv"),)), run_directly)
    assert not detector.seen


def is_mountable(folder):
    command = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_disk_that_is_really_full_is_one_error_and_room_lets_the_run_go_on(tmp_path, detector):
    write_inputs(tmp_path, num_photos=60)
    disk = tmp_path / "disk"
    disk.mkdir()
    if shutil.which("mount") is None or not is_mountable(disk):
        pytest.skip("no right to mount a small disk")
    try:
        config = config_of(tmp_path, output_dir=str(disk), style=CropStyle(120, 95))
        with pytest.raises(OSError, match="No space left on device"):
            prepare(config, run_directly)
        assert not list(disk.glob("[!.]*"))
        subprocess.run(["mount", "-o", "remount,size=20m", str(disk)], check=True)
        assert prepare(config, run_directly)[0].num_rows == 67
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.slow
def test_runs_killed_at_random_moments_end_in_the_same_bytes(tmp_path):
    from killed_runs import kill_often

    write_inputs(tmp_path)
    whole, finished = kill_often(tmp_path, 3, seconds_a_photo=0.005)
    assert finished
    assert {name.split("/")[0] for name in whole} == {"opt-train", "opt-val"}
    assert all(files_of_run == whole for files_of_run in finished)


def test_command_with_something_that_is_no_flag_is_one_line(tmp_path):
    command = ["-m", "tfrecords_tools.prepare", f"--photos_dir={tmp_path}"]
    command += [
        "--labels=gone.csv",
        "--dataset=opt",
        f"--output_dir={tmp_path}/records",
        "--",
        "--flink_master=x",
    ]
    done = warm_commands.run(command, cwd=ROOT, timeout=120)
    assert done.returncode == 2
    assert done.stderr.startswith("error: this command takes flags only")
