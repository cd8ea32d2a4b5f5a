"""What happens when the runner, or a command, is ended from outside."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
# Node 1 ends at once; nodes 2 and 3 wait until FOLDER/go exists, and do not let themselves be asked to end if they
# find FOLDER/stubborn; 4 needs them.
COMMAND = """
import os, signal, sys, time
folder, number = sys.argv[1:]
with open(f"{folder}/starts", "a") as starts:
    print(number, os.getpid(), file=starts)
if os.path.exists(f"{folder}/stubborn"):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
while number in "23" and not os.path.exists(f"{folder}/go"):
    time.sleep(0.01)
open(f"{folder}/{number}", "w").write(number)
"""
RUNNER = """
import sys
from pathlib import Path
from emotionet_tf.cli import entry_point
from emotionet_tf.experiments.runner.nodes import Node
from emotionet_tf.experiments.runner.run import run_nodes

def main(arguments):
    folder = Path(arguments[1])
    reads = {"1": (), "2": ("1",), "3": ("1",), "4": ("2", "3")}
    nodes = [
        Node(number, f"node {number}", "waiting_command", (str(folder), number),
             tuple(folder / name for name in names), (folder / number,))
        for number, names in reads.items()
    ]
    run_nodes(nodes, folder / "state", jobs=2)

entry_point.run(main)
"""


@pytest.fixture
def start(tmp_path):
    """Returns a function that starts a runner, which must be waited for or killed."""
    (tmp_path / "waiting_command.py").write_text(COMMAND)
    (tmp_path / "runner.py").write_text(RUNNER)
    runners = []

    def start_runner() -> subprocess.Popen:
        runner = subprocess.Popen(
            [sys.executable, tmp_path / "runner.py", tmp_path],
            env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A test suite in the background of a script ignores Ctrl-C, and hands that on.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        runners.append(runner)
        return runner

    yield start_runner
    for runner in runners:
        runner.kill()
        runner.communicate()


def starts(folder: Path) -> list[tuple[str, int]]:
    """Returns the numbers of the nodes that were started, each with its process."""
    file = folder / "starts"
    lines = file.read_text().splitlines() if file.exists() else []
    return [(number, int(pid)) for number, pid in (line.split() for line in lines)]


def wait_until(condition, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def at_work(folder: Path) -> list[int]:
    """Waits until nodes 2 and 3 are at work; returns their processes."""
    wait_until(lambda: {number for number, _ in starts(folder)} >= {"2", "3"})
    return [pid for number, pid in starts(folder) if number in "23"]


def finish(folder: Path, start) -> str:
    """Lets the nodes end, runs all that is left; returns the numbers of the nodes that this started."""
    before = len(starts(folder))
    (folder / "go").touch()
    runner = start()
    _, errors = runner.communicate(timeout=60)
    assert runner.returncode == 0, errors
    return "".join(sorted(number for number, _ in starts(folder)[before:]))


@pytest.mark.slow
def test_killed_runner_takes_its_commands_along_and_the_next_repeats_no_finished_node(start, tmp_path):
    runner = start()
    processes = at_work(tmp_path)
    runner.send_signal(signal.SIGKILL)
    runner.wait()
    wait_until(lambda: not any(map(is_alive, processes)))
    assert sorted(path.name for path in (tmp_path / "state").glob("*.json")) == ["1.json"]
    assert finish(tmp_path, start) == "234"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code", "line"),
    [
        (signal.SIGINT, 130, "interrupted; the same command resumes\n"),
        (signal.SIGTERM, 75, "stopped, what is done stays done; the same command resumes\n"),
    ],
)
def test_interrupted_runner_ends_its_commands_and_says_how_to_go_on(start, tmp_path, number, code, line):
    runner = start()
    processes = at_work(tmp_path)
    runner.send_signal(number)
    _, errors = runner.communicate(timeout=30)
    assert runner.returncode == code
    assert errors == line
    assert not any(map(is_alive, processes))
    assert sorted(path.name for path in (tmp_path / "state").glob("*.json")) == ["1.json"]
    attempt = json.loads((tmp_path / "state" / "2.attempt").read_text())
    assert attempt["started"] is None
    assert attempt["seconds_before"] > 0
    assert finish(tmp_path, start) == "234"


def test_second_interrupt_kills_commands_that_do_not_end(start, tmp_path):
    (tmp_path / "stubborn").touch()
    runner = start()
    processes = at_work(tmp_path)
    time.sleep(0.3)  # the commands note their start before they close their ears
    runner.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert all(map(is_alive, processes))
    runner.send_signal(signal.SIGINT)
    runner.communicate(timeout=5)
    assert runner.returncode == 130
    assert not any(map(is_alive, processes))


@pytest.mark.slow
def test_second_runner_is_refused_in_one_line_while_the_first_is_at_work(start, tmp_path):
    first = start()
    at_work(tmp_path)
    second = start()
    _, errors = second.communicate(timeout=30)
    assert second.returncode == 2
    assert errors.count("\n") == 1
    assert f"is in use: process {first.pid} on " in errors
    assert len(starts(tmp_path)) == 3
    (tmp_path / "go").touch()
    _, errors = first.communicate(timeout=30)
    assert first.returncode == 0, errors


def test_command_that_outlives_its_runner_keeps_the_folder(start, tmp_path):
    # As where the system does not end it with the runner: the lock is the command's, too.
    (tmp_path / "state").mkdir()
    code = (
        "import fcntl, sys, time; fcntl.flock(0, fcntl.LOCK_EX); print('locked', flush=True); time.sleep(60)"
    )
    with open(tmp_path / "state" / "lock", "a") as lock:
        holder = subprocess.Popen([sys.executable, "-c", code], stdin=lock, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline() == "locked\n"
        runner = start()
        _, errors = runner.communicate(timeout=30)
        assert "is in use" in errors
    finally:
        holder.kill()
        holder.communicate()


def test_killed_command_is_reported_with_its_signal(start, tmp_path):
    runner = start()
    processes = at_work(tmp_path)
    os.kill(processes[0], signal.SIGKILL)
    (tmp_path / "go").touch()
    _, errors = runner.communicate(timeout=30)
    assert runner.returncode == 2
    assert "was ended by signal 9 (Killed)" in errors


@pytest.mark.slow
def test_command_that_others_ask_to_end_stops_the_runner_as_a_request_to_it_would(start, tmp_path):
    runner = start()
    processes = at_work(tmp_path)
    os.kill(processes[0], signal.SIGTERM)
    (tmp_path / "go").touch()
    output, errors = runner.communicate(timeout=30)
    assert runner.returncode == 75
    assert "was asked to end; the same command resumes" in errors
    assert "failed" not in output + errors
    assert finish(tmp_path, start) in ("24", "34")
