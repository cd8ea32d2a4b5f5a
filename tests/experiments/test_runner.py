"""The runner on tiny commands that copy text, wait for each other or fail."""

import dataclasses
import json
import os
import re
from pathlib import Path

import pytest
from tiny_experiment import Experiment, chain, importable_experiment

from emotionet_tf.errors import UserError
from emotionet_tf.experiments.runner.nodes import Node
from emotionet_tf.experiments.runner.placeholders import PACKAGE, PACKAGE_DIR, RUN


@pytest.fixture
def experiment(tmp_path, monkeypatch):
    return importable_experiment(tmp_path, monkeypatch)


def test_nodes_run_in_order_and_only_once(experiment):
    assert experiment.run(*chain(experiment)) == ["a", "b", "c"]
    assert experiment.text("c") == "x"
    assert experiment.run(*chain(experiment)) == []


def test_record_says_what_was_read_written_and_how_long_it_took(experiment):
    experiment.run(*chain(experiment))
    record = experiment.record("b")
    # sha256 of "x"
    digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    assert (record["inputs"], record["outputs"]) == ({"{run}/out/a": digest}, {"{run}/out/b": digest})
    words = ["--output={run}/out/b", "--count={run}/count", "{run}/out/a"]
    assert record["command"] == ["python", "-m", "tiny_command", *words]
    assert 0 < record["seconds"] < 30
    assert (record["exit_code"], record["ended"][-6:]) == (0, "+00:00")
    assert not list(experiment.state.rglob("*.attempt"))


def test_removed_output_is_made_again_and_equal_bytes_leave_its_children_done(experiment):
    experiment.run(*chain(experiment))
    (experiment.folder / "out" / "a").unlink()
    assert experiment.run(*chain(experiment)) == ["a"]


@pytest.mark.slow
def test_changed_argument_stops_before_anything_runs_and_is_named(experiment):
    experiment.run(*chain(experiment))
    with pytest.raises(
        UserError, match=r"make/a is outdated: --text=x is now --text=y;.*--redo_outdated"
    ) as error:
        experiment.run(experiment.node("other"), *chain(experiment, "y"))
    assert "\n" not in str(error.value)
    assert experiment.started() == ["a", "b", "c"]


def test_changed_argument_runs_at_once_where_nothing_is_left_of_the_other_run(experiment):
    experiment.run(*chain(experiment))
    for name in "abc":
        (experiment.folder / "out" / name).unlink()
    assert experiment.run(*chain(experiment, "y")) == ["a", "b", "c"]


def test_changed_input_file_is_named(experiment):
    (experiment.folder / "out").mkdir()
    (experiment.folder / "out" / "given").write_text("1")
    experiment.run(experiment.node("a", "given"))
    (experiment.folder / "out" / "given").touch()
    assert experiment.run(experiment.node("a", "given")) == []
    (experiment.folder / "out" / "given").write_text("2")
    with pytest.raises(UserError, match=r"make/a is outdated: its input .*given has other content"):
        experiment.run(experiment.node("a", "given"))
    assert experiment.run(experiment.node("a", "given"), redo_outdated=True) == ["a"]
    assert experiment.text("a") == "2"


def test_further_or_missing_input_is_named(experiment):
    experiment.run(*chain(experiment))
    a, b, c = chain(experiment)
    more = dataclasses.replace(c, inputs=(*c.inputs, *a.outputs))
    with pytest.raises(UserError, match=r"make/c is outdated: it now reads .*out/a, too"):
        experiment.run(a, b, more)
    experiment.run(a, b, more, redo_outdated=True)
    with pytest.raises(UserError, match=r"make/c is outdated: it no longer reads .*out/a;"):
        experiment.run(a, b, c)


def test_output_changed_by_hand_is_named_and_redone(experiment):
    experiment.run(*chain(experiment))
    (experiment.folder / "out" / "b").write_text("tampered")
    with pytest.raises(UserError, match=r"make/b is outdated: its output .*out/b is not what it wrote"):
        experiment.run(*chain(experiment))
    assert experiment.run(*chain(experiment), redo_outdated=True) == ["b"]
    assert experiment.text("b") == "x"


def test_redo_removes_what_the_node_owns_and_redoes_children_whose_inputs_changed(experiment):
    def nodes(text):
        first = experiment.node("a/done", flags=(f"--text={text}", "--refuse_existing=1"), owned=("out/a",))
        return [first, experiment.node("b", "a/done"), experiment.node("c")]

    assert experiment.run(*nodes("x")) == ["done", "b", "c"]
    leftover = experiment.folder / "out" / "a" / "checkpoint"
    leftover.touch()
    assert experiment.run(*nodes("y"), redo_outdated=True) == ["done", "b"]
    assert experiment.text("b") == "y"
    assert not leftover.exists()


def test_interrupted_node_with_other_arguments_is_outdated_by_what_it_left(experiment):
    left = experiment.folder / "owned"
    started = (f"--started={left}", "--exit=1")
    with pytest.raises(UserError, match="exit code 1"):
        experiment.run(experiment.node("a", flags=(*started, "--text=x"), owned=("owned",)))
    with pytest.raises(UserError, match="--text=x is now --text=y"):
        experiment.run(experiment.node("a", flags=(*started, "--text=y"), owned=("owned",)))


def as_kept_before(experiment: Experiment, folder: Path, *, package: Path | str = PACKAGE_DIR) -> None:
    """Makes the records such as they were before they kept placeholders: with the texts of their commands."""
    for path in experiment.state.rglob("*.json"):
        text = path.read_text()
        for placeholder, name in ((RUN, folder), (PACKAGE, Path(package))):
            text = text.replace(f"{placeholder}/", str(name / "x")[:-1])
        folders = {"run": str(folder), "package": str(package)}
        path.write_text(json.dumps({**json.loads(text), "folders": folders}))


@pytest.mark.slow
@pytest.mark.parametrize("is_old", [False, True])
@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("run", "{}/run"),
        ("{}/run", "run"),
        (".", "{}"),
        ("{}", "."),
        (".", "run/../."),
        ("{}/run", "{}/moved/on"),
    ],
)
def test_run_that_was_moved_or_is_named_otherwise_stays_done(experiment, monkeypatch, before, now, is_old):
    root = experiment.folder
    monkeypatch.chdir(root)
    (root / "run").mkdir()
    first = Experiment(Path(before.format(root)))
    first.run(*chain(first))
    if is_old:
        as_kept_before(first, first.folder)
        assert RUN.name not in (first.state / "make" / "b.json").read_text()
    second = Experiment(Path(now.format(root)))
    if not second.folder.exists():
        second.folder.parent.mkdir()
        first.folder.rename(second.folder)
    # "a" ends as before, so that only what is done again shows under the new name.
    (second.folder / "out" / "a").unlink()
    assert second.run(*chain(second)) == ["a"]
    assert second.run(*chain(second)) == []
    with pytest.raises(UserError, match="make/a is outdated: --text=x is now --text=y"):
        second.run(*chain(second, "y"))


def test_interrupted_node_of_a_moved_run_goes_on_and_keeps_its_time(experiment):
    first = Experiment(experiment.folder / "run")
    first.folder.mkdir()
    with pytest.raises(UserError):
        first.run(first.node("a", flags=(f"--started={RUN / 'left'}", "--exit=1"), owned=("left",)))
    second = Experiment(experiment.folder / "moved")
    first.folder.rename(second.folder)
    attempt_file = second.state / "make" / "a.attempt"
    attempt = json.loads(attempt_file.read_text())
    attempt["command"].remove("--exit=1")
    attempt_file.write_text(json.dumps({**attempt, "seconds_before": 500}))
    second.run(second.node("a", flags=(f"--started={RUN / 'left'}",), owned=("left",)))
    assert 500 < second.record("a")["seconds"] < 530


@pytest.mark.parametrize("is_old", [False, True])
def test_shipped_file_of_another_checkout_is_the_same_if_its_content_is(experiment, is_old):
    flagfile = PACKAGE / "configs" / "demo.flags"
    node = dataclasses.replace(experiment.node("a", flags=(f"--flagfile={flagfile}",)), inputs=(flagfile,))
    experiment.run(node)
    record_file = experiment.state / "make" / "a.json"
    assert str(PACKAGE_DIR) not in record_file.read_text()
    if is_old:
        as_kept_before(experiment, experiment.folder, package="/elsewhere/site-packages/emotionet_tf")
        assert "=/elsewhere/site-packages/emotionet_tf/configs/demo.flags" in record_file.read_text()
    assert experiment.run(node) == []
    digest = next(iter(experiment.record("a")["inputs"].values()))
    record_file.write_text(record_file.read_text().replace(digest, "0" * 64))
    with pytest.raises(UserError, match=rf"outdated: its input {PACKAGE_DIR}/configs/demo\.flags has other"):
        experiment.run(node)


@pytest.mark.parametrize("is_old", [False, True])
def test_word_that_is_also_the_runs_folders_name_stays_as_it_is(experiment, monkeypatch, is_old):
    monkeypatch.chdir(experiment.folder)
    first = Experiment(Path("pose"))
    first.folder.mkdir()
    first.run(*chain(first, "pose"))
    if is_old:
        as_kept_before(first, first.folder)
    second = Experiment(experiment.folder / "moved")
    first.folder.rename(second.folder)
    assert second.run(*chain(second, "pose")) == []
    assert second.text("c") == "pose"


class Training:
    """A node whose command was interrupted, and now has another default; its folder, and one that waits for it."""

    def __init__(self, experiment: Experiment, owned: str = "out/model"):
        self.folder = experiment.folder / "out" / "model"
        default = experiment.folder / "default"
        flags = (f"--default_file={default}", f"--interrupted={experiment.folder / 'switch'}")
        self.nodes = [
            experiment.node("model/last", flags=flags, owned=(owned,)),
            experiment.node("b", "model/last"),
        ]
        default.write_text("10")
        (experiment.folder / "switch").touch()
        with pytest.raises(UserError, match="make/model/last failed with exit code 1"):
            experiment.run(*self.nodes)
        (experiment.folder / "switch").unlink()
        default.write_text("20")
        (self.folder / "checkpoint").touch()


def test_changed_default_makes_a_half_made_folder_outdated_and_one_line_says_what_to_do(experiment):
    training = Training(experiment)
    with pytest.raises(UserError) as error:
        experiment.run(*training.nodes)
    # The command is the same: only itself can know that it would do something else now.
    assert str(error.value) == (
        f"node make/model/last is outdated: {training.folder} was made with other settings: steps was '10' and is now "
        "'20'; --redo_outdated removes what such nodes wrote and runs them again, or choose another output folder"
    )
    assert (training.folder / "checkpoint").exists()


@pytest.mark.slow
def test_redo_clears_a_half_made_folder_of_other_defaults_and_goes_on(experiment, capsys):
    training = Training(experiment)
    assert experiment.run(*training.nodes, redo_outdated=True) == ["last", "last", "b"]
    assert not (training.folder / "checkpoint").exists()
    told = f"make/model/last is outdated and done again: {training.folder} was made with other settings: steps was"
    assert told in capsys.readouterr().out
    assert experiment.run(*training.nodes) == []


def test_redo_removes_no_folder_that_is_not_the_nodes_own(experiment):
    training = Training(experiment, owned="out/elsewhere")
    message = (
        f"exit code 1: {re.escape(str(training.folder))} was made with other settings: .*; choose another"
    )
    with pytest.raises(UserError, match=message):
        experiment.run(*training.nodes, redo_outdated=True)
    assert (training.folder / "checkpoint").exists()


def test_file_that_nobody_writes_must_exist(experiment):
    with pytest.raises(UserError, match=r"make/b reads .*out/a, which is not there"):
        experiment.run(experiment.node("other"), experiment.node("b", "a"))
    assert experiment.started() == []


def test_failure_ends_the_run_and_the_next_call_goes_on_there(experiment, capsys):
    a, b, c = chain(experiment)
    failing = experiment.node("b", "a", flags=("--exit=3",))
    with pytest.raises(UserError, match=r"make/b failed with exit code 3; .*make/b.log"):
        experiment.run(a, failing, c)
    assert "| last line of the trouble" in capsys.readouterr().out
    assert not (experiment.state / "make" / "b.json").exists()
    assert experiment.run(a, b, c) == ["b", "c"]


def test_one_line_error_of_a_command_is_part_of_the_message(experiment):
    node = experiment.node("a", flags=("--refuse_existing=1",))
    (experiment.folder / "out").mkdir()
    (experiment.folder / "out" / "a").touch()
    with pytest.raises(UserError, match=r"make/a failed with exit code 1: is there; its log is .*a\.log"):
        experiment.run(node)


def test_output_that_was_not_written_is_a_failure(experiment):
    node = experiment.node("a")
    missing = experiment.folder / "out" / "more"
    with pytest.raises(UserError, match=r"make/a ended well but did not write .*out/more"):
        experiment.run(Node(node.name, "", node.module, node.arguments, (), (*node.outputs, missing)))


def test_seconds_of_failed_attempts_count(experiment):
    with pytest.raises(UserError):
        experiment.run(experiment.node("a", flags=("--exit=1",)))
    attempt_file = experiment.state / "make" / "a.attempt"
    attempt = json.loads(attempt_file.read_text())
    assert 0 < attempt["seconds_before"] < 30
    # As if the runner had been killed in an attempt with the right command: 1000 s from its start to its last sign.
    attempt |= {"command": experiment.node("a").command, "seconds_before": 500, "started": 10_000}
    attempt_file.write_text(json.dumps(attempt))
    os.utime(attempt_file, (11_000, 11_000))
    experiment.run(experiment.node("a"))
    assert 1500 < experiment.record("a")["seconds"] < 1530


def test_two_jobs_are_at_work_at_once_each_with_its_share_of_the_cpus(experiment):
    # Each ends only when the other has started.
    folder = experiment.folder
    flags = [
        (f"--started={folder / name}1", f"--wait_for={folder / other}1", f"--log_cpus={folder / name}.cpus")
        for name, other in (("a", "b"), ("b", "a"))
    ]
    nodes = [experiment.node("a", flags=flags[0]), experiment.node("b", flags=flags[1])]
    alone = experiment.node("c", "a", "b", flags=(f"--log_cpus={folder / 'c.cpus'}",))
    experiment.run(*nodes, alone, jobs=2)
    cpus = {name: set(map(int, (folder / f"{name}.cpus").read_text().split())) for name in "abc"}
    own = os.sched_getaffinity(0)
    if len(own) > 1:
        assert not cpus["a"] & cpus["b"]
    assert cpus["a"] | cpus["b"] | cpus["c"] == cpus["c"] == own


def test_failure_lets_the_others_at_work_finish_and_starts_nothing_more(experiment, capsys):
    b_started = experiment.folder / "b_started"
    nodes = [
        experiment.node("a", flags=(f"--wait_for={b_started}", "--exit=1")),
        experiment.node("b", flags=(f"--started={b_started}", "--sleep=1.5")),
        experiment.node("c"),
    ]
    with pytest.raises(UserError, match="make/a failed"):
        experiment.run(*nodes, jobs=2)
    assert "what is at work may finish: make/b" in capsys.readouterr().out
    assert experiment.record("b")["exit_code"] == 0
    assert sorted(experiment.started()) == ["a", "b"]


def test_status_lines_say_how_far_it_is(experiment, capfd):
    experiment.run(*chain(experiment)[:1])
    capfd.readouterr()
    experiment.run(*chain(experiment))
    lines = capfd.readouterr().out.splitlines()
    assert lines[0].startswith("1 of 3 done before")
    assert lines[1].startswith("[2/3] Making b: ")
    assert "66 % done, about 0 s left" in lines[1]
    assert lines[2].startswith("[3/3] Making c: ")
    assert len(lines) == 3
    log = (experiment.state / "make" / "b.log").read_text().splitlines()
    assert log[0].startswith("=== started ")
    assert log[1].startswith("making ")
    assert log[2].startswith("=== ended with exit code 0 after ")


def test_shown_output_stands_below_its_command(experiment, capfd):
    experiment.run(*chain(experiment), show_output=True)
    out = capfd.readouterr().out
    order = ["[1/3] Making a", "python -m tiny_command", "making ", "took ", "[2/3] Making b"]
    positions = [out.index(text) for text in order]
    assert positions == sorted(positions)
    experiment.run(*chain(experiment), show_output=True)
    assert capfd.readouterr().out.count("done before") == 3


def test_output_of_several_jobs_says_whose_each_line_is(experiment, capfd):
    started, waiting = str(RUN / "started"), str(RUN / "out" / "a")
    nodes = [
        experiment.node("a", flags=(f"--wait_for={started}",)),
        experiment.node("b", flags=(f"--started={started}", f"--wait_for={waiting}", "--exit=3")),
    ]
    with pytest.raises(UserError, match="make/b failed"):
        experiment.run(*nodes, show_output=True, jobs=2)
    lines = capfd.readouterr().out.splitlines()
    # Each waits for the other: they are at work at once, and what the first wrote is there before the second ends.
    assert [line for line in lines if line.startswith("[1/2] ")][1].startswith("[1/2] making ")
    assert [line for line in lines if line.startswith("[1/2] ")][2].startswith("[1/2] took ")
    shown = [line for line in lines if line.startswith("[2/2] ")]
    assert shown[-2:] == ["[2/2] first line of the trouble", "[2/2] last line of the trouble"]
    assert (experiment.state / "make" / "a.log").read_text().splitlines()[1].startswith("making ")


def test_fewer_jobs_than_one_are_refused(experiment):
    with pytest.raises(UserError, match="at least 1, got 0"):
        experiment.run(*chain(experiment), jobs=0)
