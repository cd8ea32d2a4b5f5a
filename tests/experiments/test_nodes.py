import shlex
from pathlib import Path

import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.experiments.runner.cpu_shares import CpuShares
from emotionet_tf.experiments.runner.nodes import Node, format_commands, needed_for, outside_inputs, parents


def node(name: str, inputs: str = "", outputs: str = "", owned: str = "") -> Node:
    """A node whose files are given as words."""
    paths = [tuple(Path(word) for word in words.split()) for words in (inputs, outputs, owned)]
    return Node(name, name, "module", (f"--name={name}", "two words"), paths[0], paths[1], owned=paths[2])


TREE = [
    node("records", "photos", "opt/dataset.json train/dataset.json"),
    node("teacher", "opt/dataset.json", "teacher/train.json"),
    node("labels", "teacher/train.json train/dataset.json", "labels.json"),
    node("student", "opt/dataset.json ./labels.json", "student/train.json"),
]


def test_parents_are_the_writers_of_what_a_node_reads():
    assert parents(TREE) == {
        "records": (),
        "teacher": ("records",),
        "labels": ("teacher", "records"),
        "student": ("records", "labels"),
    }


def test_needed_are_all_above_in_order():
    assert [node.name for node in needed_for(TREE, ["labels"])] == ["records", "teacher", "labels"]
    assert needed_for(TREE, []) == []


def test_unknown_name_lists_those_most_like_it():
    with pytest.raises(UserError, match="no node is called 'techer'; the names most like it are teacher"):
        needed_for(TREE, ["techer"])


def test_only_files_that_no_node_writes_are_from_outside():
    assert [(node.name, str(path)) for node, path in outside_inputs(TREE)] == [("records", "photos")]


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([node("a"), node("a")], "two nodes are called a"),
        ([node("a", outputs="x"), node("b", outputs="y x")], "a and b both write x"),
        (
            [node("b", inputs="x"), node("a", outputs="x")],
            "b reads what a writes, which does not come before",
        ),
        ([node("a", inputs="x", outputs="x")], "a reads what a writes|removes? x"),
        ([node("a", outputs="m/a", owned="m"), node("b", outputs="m/b")], "node a owns .*/m, where b writes"),
        ([node("a", inputs="m/x", outputs="m/a", owned="m")], "would remove m/x, which it reads"),
    ],
)
def test_nodes_that_are_no_experiment_are_refused(nodes, message):
    with pytest.raises(ValueError, match=message):
        parents(nodes)


@pytest.mark.parametrize("name", ["", "/a", "a//b", "a/../b", "a/"])
def test_name_that_is_no_path_below_the_state_folder_is_refused(name):
    with pytest.raises(ValueError, match="a node's name"):
        node(name)


def test_commands_are_lines_that_a_shell_runs_in_order():
    lines = format_commands(TREE).splitlines()
    assert lines[0] == "# records; waits for: nothing"
    assert lines[4] == "# labels; waits for: teacher, records"
    assert [shlex.split(line, comments=True) for line in lines] == [
        words
        for node in TREE
        for words in ([], ["python", "-m", "module", f"--name={node.name}", "two words"])
    ]


def test_cpus_are_dealt_out_and_handed_on():
    shares = CpuShares({0, 1, 2})
    first, second = shares.take(2), shares.take(1)
    assert (first, second) == ({0}, {1, 2})
    # None is free: one that few use.
    assert shares.take(1) == {0}
    shares.give_back(second)
    assert shares.take(1) == {1, 2}
