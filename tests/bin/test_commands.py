"""Every command: its help, and one clear line for a person's mistakes."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import warm_commands

ROOT = Path(__file__).parent.parent.parent
COMMANDS = sorted(
    [f"emotionet_tf.bin.{path.stem}" for path in (ROOT / "emotionet_tf" / "bin").glob("[a-z]*.py")]
    + [f"tfrecords_tools.{path.stem}" for path in (ROOT / "tfrecords_tools").glob("[a-z]*.py")]
)
PAIRED = ("emotionet_tf.bin.predict_records", "emotionet_tf.bin.openface_baseline")


def run(module: str, *arguments: object, python: tuple[str, ...] = ()) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *python, "-m", module, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=240,
    )


def error_line(module: str, *arguments: object) -> str:
    """Returns the only line that a mistake prints."""
    result = warm_commands.run(["-m", module, *arguments], cwd=ROOT, timeout=240)
    assert result.returncode == 2, result
    lines = [line for line in result.stderr.splitlines() if line]
    assert len(lines) == 1, result.stderr
    return lines[0].removeprefix("error: ")


@pytest.mark.parametrize("module", COMMANDS)
def test_help_names_the_command_and_explains_every_flag_without_tensorflow(module):
    result = run(module, "--help", python=("-X", "importtime"))
    assert result.returncode == 1  # absl's own way of ending after its help
    assert module in result.stdout
    assert "(no help available)" not in result.stdout
    imported = set(re.findall(r"^import time: .*\| +(\w+)$", result.stderr, re.MULTILINE))
    assert "absl" in imported and not imported & {"tensorflow", "keras", "mediapipe", "apache_beam"}


@pytest.mark.parametrize("module", PAIRED)
def test_help_shows_flags_that_commands_share(module):
    assert re.search(r"--output: .*--records_dir: ", run(module, "--help").stdout, re.DOTALL)


TRAIN = ("--group=pose", "--output_dir=never")


@pytest.mark.parametrize(
    ("module", "arguments", "message"),
    [
        ("emotionet_tf.bin.train", (*TRAIN, "--source=opt"), "a source must be HEAD=RECORDS_DIR"),
        (
            "emotionet_tf.bin.train",
            ("--group=smile", "--output_dir=never", "--source=a=b"),
            "--group must be one of expression, pose, all, got 'smile'",
        ),
        (
            "emotionet_tf.bin.train",
            (*TRAIN, "--source=a=b", "--num_steps=0"),
            "num_steps must be at least 1, got 0",
        ),
        ("emotionet_tf.bin.train", (*TRAIN, "--source=a=b", "stray"), "takes flags only, .* got 'stray'"),
        (
            "emotionet_tf.bin.train",
            (*TRAIN, "--source=a=b", "--momentum=1.5"),
            "momentum must be between 0 and 1, got 1.5",
        ),
        (
            "emotionet_tf.bin.train",
            (*TRAIN, "--source=a=b", "--seed=-1"),
            "seed must be between 0 and .*, got -1",
        ),
        (
            "emotionet_tf.bin.train",
            (*TRAIN, "--source=a=b", "--au_weights=51=nan"),
            "weights of AUs are positive",
        ),
        (
            "emotionet_tf.bin.pretrain",
            ("--task=smile", "--records_dir=none", "--output_dir=never"),
            "--task must be one of identity, expression, got 'smile'",
        ),
        ("emotionet_tf.bin.propose_au_weights", ("--model_dir=none",), "none has no curves.csv"),
        ("emotionet_tf.bin.predict", ("--batch_size=0", "none.jpg"), "batch_size must be at least 1, got 0"),
        ("emotionet_tf.bin.fuse", ("--output=never.csv",), "needs the prediction files"),
        ("emotionet_tf.bin.fuse", ("--output=never.csv", "missing.csv"), "missing.csv cannot be read"),
        (
            "emotionet_tf.bin.fuse",
            ("--output=never.xlsx", "a.csv"),
            "prediction file is a CSV; name it never.csv",
        ),
        ("emotionet_tf.bin.fuse", ("--output=a.csv", "./a.csv"), "a.csv is one of the files to fuse"),
        (
            "emotionet_tf.bin.tune_thresholds",
            ("--model_dir=a", "--predictions=b", "--labels=c"),
            "give either --model_dir and --records_dir, or --predictions and --labels",
        ),
        (
            "emotionet_tf.bin.tune_thresholds",
            ("--predictions=b", "--labels=c", "--apply_to=d"),
            "name what to write",
        ),
        (
            "emotionet_tf.bin.tune_thresholds",
            ("--predictions=b", "--labels=c", "--apply_to=d", "--output=never1", "--output=never2"),
            "--apply_to and --output come in pairs; got 1 of the one and 2 of the other",
        ),
        (
            "emotionet_tf.bin.evaluate",
            ("--predictions=p", "--labels=missing.csv"),
            "missing.csv: no such label list",
        ),
        (
            "emotionet_tf.bin.pseudo_label",
            ("--model_dir=none", "--records_dir=none", "--output_dir=never"),
            "none is not a records folder",
        ),
        (
            "emotionet_tf.bin.predict_records",
            ("--model_dir=none", "--records_dir=none", "--output=never"),
            "none is not a records folder: .*write_records makes one",
        ),
        (
            "emotionet_tf.bin.predict_records",
            ("--model_dir=none", "--records_dir=a", "--records_dir=b", "--output=never"),
            "come in pairs; got 2 of the one and 1 of the other",
        ),
        (
            "emotionet_tf.bin.predict_records",
            ("--model_dir=none", "--records_dir=a", "--records_dir=b", "--output=never", "--output=./never"),
            "output ./never is given twice",
        ),
        (
            "emotionet_tf.bin.openface_baseline",
            ("--train_records_dir=none", "--records_dir=a", "--records_dir=b", "--output=never"),
            "come in pairs; got 2 of the one and 1 of the other",
        ),
        (
            "emotionet_tf.bin.predict",
            ("--model_dir=none", "--output=never.csv", "tests"),
            "none is not a model folder: there is no such folder; emotionet_tf.bin.train makes one",
        ),
        (
            "emotionet_tf.bin.pseudo_label",
            ("--records_dir=none", "--output_dir=never"),
            "--model_dir must be given, or --model for a detector that comes with the package",
        ),
        (
            "emotionet_tf.bin.predict_records",
            ("--model=fast", "--model_dir=a", "--records_dir=none", "--output=never"),
            "give either --model_dir or --model, not both",
        ),
        ("emotionet_tf.bin.report", ("--run_dir=none",), "none holds no reproduction: .*reproduce makes one"),
        (
            "tfrecords_tools.align_faces",
            ("--photos_dir=none", "--output_dir=never"),
            "photos folder none is missing",
        ),
        (
            "tfrecords_tools.write_records",
            ("--faces_dir=none", "--labels=none.csv", "--dataset=opt", "--output_dir=never"),
            "none/faces.csv",
        ),
        (
            "tfrecords_tools.write_class_records",
            ("--faces_dir=none", "--classes=folders", "--dataset=faces", "--output_dir=never"),
            "none/faces.csv",
        ),
    ],
)
def test_mistake_is_told_in_one_line_that_names_the_offender(module, arguments, message):
    assert re.search(message, error_line(module, *arguments))
    assert not list(ROOT.glob("never*"))
