from pathlib import Path

import pytest

from emotionet_tf.experiments.runner.spellings import Spellings

BEFORE = Spellings("/old/run", "/old/checkout/emotionet_tf")
NOW = Spellings("/new", "/lib/emotionet_tf")


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("/old/run/records/val", "/new/records/val"),
        ("--output_dir=/old/run", "--output_dir=/new"),
        ("--source=train=/old/run/a@/old/run/b", "--source=train=/new/a@/new/b"),
        ("--csvs=/old/run/a,/old/run/b", "--csvs=/new/a,/new/b"),
        (
            "--flagfile=/old/checkout/emotionet_tf/configs/x.flags",
            "--flagfile=/lib/emotionet_tf/configs/x.flags",
        ),
        # Other folders, whose names only begin or end alike.
        ("--output_dir=/old/run2/a", "--output_dir=/old/run2/a"),
        ("--output_dir=/very/old/run/a", "--output_dir=/very/old/run/a"),
        ("--num_steps=10", "--num_steps=10"),
    ],
)
def test_folders_are_named_otherwise_wherever_an_argument_has_them(before, now):
    assert BEFORE.respell(before, NOW) == now


def test_inner_folder_goes_before_the_outer_one():
    before = Spellings("/a", "/a/venv/emotionet_tf")
    assert before.respell("/a/venv/emotionet_tf/configs/x", NOW) == "/lib/emotionet_tf/configs/x"


def test_word_that_is_a_relative_run_folders_name_is_found_among_the_known():
    before = Spellings("pose")
    known = ["--group=pose", "--output_dir=/new/models/pose"]
    now = Spellings("/new")
    assert [
        before.respell_known(text, now, known) for text in ("--group=pose", "--output_dir=pose/models/pose")
    ] == (known)


def test_old_record_tells_its_folders_by_the_files_that_end_alike():
    # The first file's name is also the end of another one's.
    record = {
        "command": [],
        "inputs": {"/old/run/pre/a/x": "", "/old/run/a/x": "", "/old/checkout/emotionet_tf/configs/f": ""},
        "outputs": {"/old/run/b": ""},
    }
    paths = map(Path, ["/new/a/x", "/new/pre/a/x", "/lib/emotionet_tf/configs/f", "/new/b"])
    assert NOW.of_record(record, paths) == BEFORE
    assert NOW.of_record({"inputs": {}}, []) == NOW
