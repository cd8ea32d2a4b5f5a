"""`emotionet-tf`: the list of commands, and what becomes of a right and of a mistyped one."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from emotionet_tf import __version__
from emotionet_tf.cli.dispatcher import COMMANDS, main, overview

ROOT = Path(__file__).parents[2]


def command(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "emotionet_tf", *arguments], capture_output=True, text=True, cwd=ROOT
    )


def test_every_command_of_both_packages_is_listed_once():
    modules = {
        f"{folder.replace('/', '.')}.{path.stem}"
        for folder in ("emotionet_tf/bin", "tfrecords_tools")
        for path in (ROOT / folder).glob("*.py")
        if not path.stem.startswith("_")
    }
    assert {command.module for command in COMMANDS.values()} == modules
    assert all(name == command.module.rpartition(".")[2] for name, command in COMMANDS.items())


def test_every_module_is_there():
    assert all(importlib.util.find_spec(command.module) for command in COMMANDS.values())


def test_overview_has_a_line_of_at_most_100_characters_for_each(capsys):
    main([])
    assert capsys.readouterr().out == f"{overview()}\n"
    lines = overview().splitlines()
    assert all(sum(line.startswith(f"  {name} ") for line in lines) == 1 for name in COMMANDS)
    assert max(map(len, lines)) <= 100


def test_version_is_the_package_s(capsys):
    main(["--version"])
    assert capsys.readouterr().out == f"{__version__}\n"


@pytest.mark.parametrize(
    ("typed", "advice"),
    [
        ("predct", "did you mean predict?"),
        ("align-face", "did you mean align_faces?"),
        ("xyzzy", "without a command, emotionet-tf lists all"),
    ],
)
def test_mistyped_command_gets_the_nearest_name(typed, advice, capsys):
    with pytest.raises(SystemExit) as exit:
        main([typed, "--flag"])
    assert exit.value.code == 2
    assert capsys.readouterr().err == f"error: {typed!r} is not a command; {advice}\n"


def test_command_runs_as_its_module_does():
    flags = ("--output=never.csv", "missing.csv")
    ours = command("fuse", *flags)
    own = subprocess.run(
        [sys.executable, "-m", "emotionet_tf.bin.fuse", *flags], capture_output=True, text=True, cwd=ROOT
    )
    assert (ours.returncode, ours.stderr) == (own.returncode, own.stderr)
    assert ours.returncode == 2 and ours.stderr.startswith("error: ")


def test_hyphens_stand_for_underscores():
    result = command("write-records", "--help")
    assert "python -m tfrecords_tools.write_records" in result.stdout


def test_help_of_a_command_shows_its_own_flags():
    result = command("fuse", "--help")
    assert "--output" in result.stdout and "Fuses prediction files" in result.stdout
