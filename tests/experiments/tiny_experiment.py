"""An experiment of tiny commands that copy text, wait for each other or fail."""

import json
import os
from pathlib import Path

import pytest

from emotionet_tf.experiments.runner.nodes import Node
from emotionet_tf.experiments.runner.placeholders import RUN
from emotionet_tf.experiments.runner.run import run_nodes

# Copies texts to a file; flags let it wait, fail, note what it sees, or keep its settings as a training does, one of
# which is its default and stands in a file.
COMMAND = """
import os, sys, time
flags = dict(word[2:].split("=", 1) for word in sys.argv[1:] if word.startswith("--"))
inputs = [word for word in sys.argv[1:] if not word.startswith("--")]
with open(flags["count"], "a") as count:
    print(os.path.basename(flags["output"]), file=count)
print("making", flags["output"])
if "started" in flags:
    open(flags["started"], "w").close()
if "log_cpus" in flags:
    with open(flags["log_cpus"], "w") as log:
        print(*sorted(os.sched_getaffinity(0)), file=log)
deadline = time.monotonic() + 30
while "wait_for" in flags and not os.path.exists(flags["wait_for"]):
    if time.monotonic() > deadline:
        sys.exit("waited in vain")
    time.sleep(0.01)
time.sleep(float(flags.get("sleep", 0)))
if "exit" in flags:
    print("first line of the trouble\\nlast line of the trouble")
    sys.exit(int(flags["exit"]))
if flags.get("refuse_existing") and os.path.exists(flags["output"]):
    from emotionet_tf.errors import UserError
    from emotionet_tf.storage.error_reports import report_error
    report_error(UserError("is there"))
    sys.exit("error: is there")
if "default_file" in flags:
    from pathlib import Path
    from emotionet_tf.storage.error_reports import report_error
    from emotionet_tf.storage.folder_settings import claim_folder
    try:
        claim_folder(Path(flags["output"]).parent / "run.json", {"steps": open(flags["default_file"]).read()})
    except ValueError as error:
        report_error(error)
        sys.exit(f"error: {error}")
    if os.path.exists(flags["interrupted"]):
        sys.exit("interrupted")
os.makedirs(os.path.dirname(flags["output"]), exist_ok=True)
with open(flags["output"], "w") as output:
    output.write(flags.get("text", "") + "".join(open(path).read() for path in inputs))
"""


class Experiment:
    """A folder in which nodes run."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.state = folder / "state"

    def node(self, name: str, *inputs: str, flags: tuple[str, ...] = (), owned: tuple[str, ...] = ()) -> Node:
        output = RUN / "out" / name
        return Node(
            f"make/{name}",
            f"Making {name}",
            "tiny_command",
            (
                f"--output={output}",
                f"--count={RUN / 'count'}",
                *flags,
                *(str(RUN / "out" / path) for path in inputs),
            ),
            tuple(RUN / "out" / path for path in inputs),
            (output,),
            owned=tuple(RUN / path for path in owned),
        )

    def run(self, *nodes: Node, **options) -> list[str]:
        """Runs nodes; returns which commands were started, in order."""
        before = len(self.started())
        run_nodes(nodes, self.state, **options)
        return self.started()[before:]

    def started(self) -> list[str]:
        count = self.folder / "count"
        return count.read_text().split() if count.exists() else []

    def record(self, name: str) -> dict:
        return json.loads((self.state / "make" / f"{name}.json").read_text())

    def text(self, name: str) -> str:
        return (self.folder / "out" / name).read_text()


def chain(experiment: Experiment, text: str = "x", **more) -> list[Node]:
    """a, which writes a text, and its copies b and c."""
    first = experiment.node("a", flags=(f"--text={text}",), **more)
    return [first, experiment.node("b", "a"), experiment.node("c", "b")]


def importable_experiment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Experiment:
    """An experiment in a folder, whose command Python finds."""
    (folder / "tiny_command.py").write_text(COMMAND)
    monkeypatch.setenv("PYTHONPATH", f"{folder}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    return Experiment(folder)
