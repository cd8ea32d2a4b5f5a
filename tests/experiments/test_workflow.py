"""A run's nodes as jobs of a batch system: one at a time, by one call each, and as a Snakemake workflow."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_experiment import chain, importable_experiment

from emotionet_tf.errors import UserError
from emotionet_tf.experiments.runner.nodes import Node
from emotionet_tf.experiments.runner.placeholders import RUN
from emotionet_tf.experiments.runner.processes import locked
from emotionet_tf.experiments.runner.single_node import run_single
from emotionet_tf.experiments.workflow.snakemake import write_workflow


@pytest.fixture
def experiment(tmp_path, monkeypatch):
    return importable_experiment(tmp_path, monkeypatch)


def test_a_node_runs_alone_once_while_others_are_at_work(experiment):
    nodes = chain(experiment)
    run_single(nodes, "make/a", experiment.state)
    with locked(experiment.state / "make" / "c.lock"):
        run_single(nodes, "make/b", experiment.state)
        run_single(nodes, "make/b", experiment.state)
    assert experiment.started() == ["a", "b"]
    # What single nodes have done is done for the whole run as well.
    assert experiment.run(*nodes) == ["c"]


def test_the_same_node_at_work_elsewhere_is_refused(experiment):
    with locked(experiment.state / "make" / "a.lock"), pytest.raises(UserError, match="is in use"):
        run_single(chain(experiment), "make/a", experiment.state)


def test_a_node_whose_inputs_are_missing_is_refused(experiment):
    with pytest.raises(UserError, match="node make/b reads .*a, which is not there"):
        run_single(chain(experiment), "make/b", experiment.state)


def test_unknown_node_is_named(experiment):
    with pytest.raises(UserError, match="no node is called 'make/x'"):
        run_single(chain(experiment), "make/x", experiment.state)


def test_a_node_that_failed_by_itself_is_not_tried_again(experiment):
    failing = experiment.node("a", flags=("--exit=3",))
    for attempt, message in (
        (1, "^node make/a failed with exit code 3"),
        (2, "^not tried again: node make/a failed"),
    ):
        with pytest.raises(UserError, match=message):
            run_single([failing], "make/a", experiment.state, attempt=attempt)
    assert experiment.started() == ["a"]
    run_single([experiment.node("a")], "make/a", experiment.state, attempt=1)
    assert experiment.started() == ["a", "a"]


def test_a_node_that_was_killed_is_tried_again(experiment):
    killed = experiment.node("a", flags=("--text=x", "--exit=75"))
    with pytest.raises(Exception, match="was asked to end"):
        run_single([killed], "make/a", experiment.state)
    run_single(
        [experiment.node("a", flags=("--text=x",))], "make/a", experiment.state, attempt=2, redo_outdated=True
    )
    assert experiment.text("a") == "x"


def written(experiment) -> Path:
    folder = experiment.folder / "workflow"
    command = [
        "python",
        "-c",
        f"import sys; open({str(experiment.folder / 'calls')!r}, 'a').write(sys.argv[1] + chr(10))",
    ]
    nodes = [node.placed(experiment.folder) for node in (*chain(experiment), experiment.node("d", "given"))]
    write_workflow(folder, nodes, experiment.state, command, num_gpus=0)
    return folder


def test_workflow_says_what_each_node_waits_for_reads_and_writes(experiment):
    nodes = json.loads((written(experiment) / "nodes.json").read_text())
    out = experiment.folder / "out"
    assert {name: (node["waits_for"], node["outside_inputs"]) for name, node in nodes.items()} == {
        "make/a": ([], []),
        "make/b": (["make/a"], []),
        "make/c": (["make/b"], []),
        "make/d": ([], [str(out / "given")]),
    }
    assert (nodes["make/b"]["inputs"], nodes["make/b"]["outputs"]) == ([str(out / "a")], [str(out / "b")])
    assert str(RUN) not in json.dumps(nodes)


def config_of(folder: Path) -> dict:
    lines = (folder / "config.yaml").read_text().splitlines()
    return json.loads("\n".join(line for line in lines if not line.startswith("#")))


def test_jobs_that_compute_with_a_network_get_the_gpus(tmp_path):
    nodes = [
        Node(name, name, f"emotionet_tf.bin.{name}", (), (), (tmp_path / name,)) for name in ("train", "fuse")
    ]
    write_workflow(tmp_path / "workflow", nodes, tmp_path / "state", ["python"], num_gpus=2)
    kinds = config_of(tmp_path / "workflow")["kinds"]
    assert {name: kind["resources"].get("gpu") for name, kind in kinds.items()} == {"train": 2, "fuse": None}
    assert kinds["train"]["retries"] > kinds["fuse"]["retries"]


def test_configuration_has_resources_by_kind_and_where_jobs_run(experiment):
    config = config_of(written(experiment))
    assert list(config["kinds"]) == ["tiny_command"]
    assert (config["working_dir"], config["state_dir"]) == (os.getcwd(), str(experiment.state))
    assert config["command"].startswith(sys.executable)


@pytest.mark.skipif(shutil.which("snakemake") is None, reason="snakemake is not on the path")
def test_snakemake_calls_each_node_after_what_it_waits_for(experiment):
    folder = written(experiment)
    (experiment.folder / "out").mkdir()
    (experiment.folder / "out" / "given").write_text("x")
    call = ["snakemake", f"--snakefile={folder / 'Snakefile'}", "--cores=1", "--quiet=all"]
    subprocess.run(call, check=True, cwd=experiment.folder)
    calls = (experiment.folder / "calls").read_text().split()
    assert sorted(calls) == [f"--node=make/{name}" for name in "abcd"]
    assert [call[-1] for call in calls if call[-1] != "d"] == ["a", "b", "c"]
