import re
import subprocess
import sys

import pytest


def run_main(body: str, *flags: str) -> subprocess.CompletedProcess:
    code = (
        "from emotionet_tf.cli import entry_point\nfrom emotionet_tf.errors import UserError\n"
        f"def main(arguments):\n    {body}\nentry_point.run(main)"
    )
    return subprocess.run([sys.executable, "-c", code, *flags], capture_output=True, text=True)


def test_users_mistake_is_one_line_and_exit_code_2():
    result = run_main("raise UserError('view side is none of close_up, context')")
    assert (result.returncode, result.stderr) == (2, "error: view side is none of close_up, context\n")


def test_file_that_cannot_be_opened_is_named():
    result = run_main("open('/none/there')")
    assert (result.returncode, result.stderr) == (2, "error: /none/there: No such file or directory\n")


@pytest.mark.parametrize(
    ("flag", "returncode", "output", "errors"),
    [
        ("--numbr=3", 2, "", r"error: unknown flag --numbr.*\n"),
        ("--helpfull", 1, "-v,--verbosity", ""),
        ("--only_check_args", 0, "", ""),
    ],
)
def test_wrong_flag_is_one_line_and_help_is_help(flag, returncode, output, errors):
    result = run_main("print('started')", flag)
    assert result.returncode == returncode
    assert output in result.stdout
    assert "started" not in result.stdout
    assert re.fullmatch(errors, result.stderr)


def test_our_own_mistake_keeps_its_traceback():
    result = run_main("raise KeyError('ours')")
    assert result.returncode == 1
    assert "Traceback" in result.stderr


def test_interruption_says_how_to_go_on():
    result = run_main("raise KeyboardInterrupt")
    assert (result.returncode, result.stderr) == (130, "interrupted; the same command resumes\n")


def run_piped(body: str, reader: str = "head -n 1", flag: str = "") -> subprocess.CompletedProcess:
    """Runs a command whose output is read by another one; the exit code is the first one's."""
    code = (
        f"from emotionet_tf.cli import entry_point\ndef main(arguments):\n    {body}\nentry_point.run(main)"
    )
    pipe = f'set -o pipefail; "$0" -c "$1" {flag} | {reader}'
    return subprocess.run(["bash", "-c", pipe, sys.executable, code], capture_output=True, text=True)


def test_closed_output_ends_a_command_without_a_word():
    for body in (
        "[print(number) for number in range(10**6)]",
        "import time; print(1); time.sleep(0.3); print(2)",
    ):
        result = run_piped(body)
        assert (result.returncode, result.stderr) == (141, "")
        assert result.stdout in ("0\n", "1\n")


def test_closed_output_ends_help_without_a_word():
    result = run_piped("pass", "true", "--help")
    assert result.stderr == ""


def test_other_pipes_that_break_are_told():
    result = run_main("raise BrokenPipeError(32, 'Broken pipe', 'fifo')")
    assert (result.returncode, result.stderr) == (2, "error: fifo: Broken pipe\n")


def test_environment_is_set_for_tensorflow_but_what_is_set_already_is_kept():
    result = run_main(
        "import os; print(os.environ['TF_ENABLE_ONEDNN_OPTS'], os.environ['TF_CPP_MIN_LOG_LEVEL'])"
    )
    assert result.stdout.split() == ["1", "3"]
