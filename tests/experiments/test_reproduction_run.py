"""The whole tree of Werner et al. 2020 at the demo scale: killed in the middle, resumed, reported."""

import json
import os
import signal
import time
from pathlib import Path

import pytest
import warm_commands

from emotionet_tf.experiments.reproduction import started

ROOT = Path(__file__).parent.parent.parent
# A network of one convolution stands for every architecture: a hundred commands start, and each traces one. They are
# forks of the runner; tests/experiments/test_demo.py starts one of each kind as users' runs do.
DRIVER = """
from dataclasses import replace
from pathlib import Path
from emotionet_tf.cli import entry_point
from emotionet_tf.experiments.reproduction import reproduction_of, start
from emotionet_tf.experiments.runner.run import run_nodes
from emotionet_tf.experiments.werner2020 import scales
from small_ownnet import shrink_ownnet
from warm_starts import start_commands_warm

def main(arguments):
    import emotionet_tf.training.train, sklearn.svm
    start_commands_warm()
    shrink_ownnet()
    demo = scales.SCALES["demo"]
    scales.SCALES["demo"] = replace(demo, networks=dict.fromkeys(demo.networks, demo.networks["OwnNet3"]))
    run = reproduction_of(Path(arguments[1]), paper="werner2020", scale="demo")
    start(run)
    run_nodes(run.nodes(), run.layout.state, jobs=2)

entry_point.run(main)
"""


def records_of(run: Path) -> dict[str, str]:
    """Returns when each node that is done has ended."""
    paths = (run / "state").rglob("*.json")
    return {str(path): json.loads(path.read_text(encoding="utf-8"))["ended"] for path in paths}


@pytest.mark.slow
def test_whole_tree_goes_on_after_a_kill_and_repeats_no_finished_node(tmp_path):
    run = tmp_path / "run"
    command = ["-c", DRIVER, run]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, Path(__file__).parent)))}
    first = warm_commands.start(command, env=environment)
    while first.poll() is None and len(records_of(run)) < 20:
        time.sleep(0.5)
    first.send_signal(signal.SIGKILL)
    first.wait()
    before = records_of(run)
    assert 20 <= len(before) < 40

    second = warm_commands.run(command, env=environment, timeout=1200)
    assert second.returncode == 0, second.stdout + second.stderr
    assert f"{len(before)} of " in second.stdout.splitlines()[0]
    after = records_of(run)
    assert {path: after[path] for path in before} == before
    # The pre-training of the two depthwise networks has no part here.
    nodes = [node for node in started(run).nodes() if not node.name.startswith("pretraining/")]
    assert len(after) == len(nodes)
    assert all(path.is_file() for node in nodes for path in node.placed(run).outputs)

    report = warm_commands.run(["-m", "emotionet_tf.bin.report", f"--run_dir={run}"], timeout=300)
    assert report.returncode == 0
    assert "no score here is a score on EmotioNet" in (run / "report" / "index.html").read_text(
        encoding="utf-8"
    )
