"""An experiment as commands that write files which later ones read."""

from __future__ import annotations

import difflib
import os
import shlex
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from emotionet_tf.errors import UserError
from emotionet_tf.experiments.runner.placeholders import PACKAGE_DIR, filled


@dataclass(frozen=True)
class Node:
    """One command of an experiment.

    A plan writes `placeholders.RUN` and `PACKAGE` for the folders whose names may differ from call to call; `placed`
    puts the names in.

    Attributes:
      name: Unique and path-like, such as "train/A.2/seed0/expression"; names the files that say how it went.
      title: What it does, for a person.
      module: The command's module, such as "emotionet_tf.bin.train".
      arguments: Its flags and arguments.
      inputs: Files whose content its result depends on; an earlier node's outputs, or given from outside.
      outputs: Files that it writes, all of which are there when it has ended well.
      cost: Seconds that it takes, roughly; only for the time left.
      owned: Files and folders of this node alone that must go, beside the outputs, before it can be done again.
    """

    name: str
    title: str
    module: str
    arguments: tuple[str, ...]
    inputs: tuple[Path, ...]
    outputs: tuple[Path, ...]
    cost: float = 1.0
    owned: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        words = self.name.split("/")
        if not all(words) or ".." in words or "." in words:
            raise ValueError(f"a node's name is like 'train/A.2/seed0', got {self.name!r}")

    @property
    def command(self) -> list[str]:
        """The command as a shell would run it, with "python" for this interpreter."""
        return ["python", "-m", self.module, *self.arguments]

    def placed(self, run: Path | str, package: Path | str = PACKAGE_DIR) -> Node:
        """Returns the node with these folders' names in its paths and arguments."""

        def paths(given: tuple[Path, ...]) -> tuple[Path, ...]:
            return tuple(Path(filled(str(path), run, package)) for path in given)

        return replace(
            self,
            arguments=tuple(filled(argument, run, package) for argument in self.arguments),
            inputs=paths(self.inputs),
            outputs=paths(self.outputs),
            owned=paths(self.owned),
        )


def parents(nodes: Sequence[Node]) -> dict[str, tuple[str, ...]]:
    """Returns by node, in order, the names of the nodes that write what it reads; none for files from outside.

    Raises:
      ValueError: If names repeat, two nodes write one file, a node comes before one that it needs, or a node owns what
        another node writes or what it reads itself.
    """
    writers = _writers(nodes)
    _check_owned(nodes, writers)
    positions = {node.name: number for number, node in enumerate(nodes)}
    found = {}
    for node in nodes:
        # A dictionary keeps the inputs' order.
        names = dict.fromkeys(writers[key] for path in node.inputs if (key := _key(path)) in writers)
        late = [name for name in names if positions[name] >= positions[node.name]]
        if late:
            raise ValueError(f"node {node.name} reads what {late[0]} writes, which does not come before it")
        found[node.name] = tuple(names)
    return found


def needed_for(nodes: Sequence[Node], names: Collection[str]) -> list[Node]:
    """Returns the named nodes and all that they need, in order.

    Raises:
      UserError: If there is no node of a name.
    """
    above = parents(nodes)
    for name in names:
        if name not in above:
            alike = difflib.get_close_matches(name, above, n=5, cutoff=0) if above else []
            raise UserError(f"no node is called {name!r}; the names most like it are {', '.join(alike)}")
    needed = set(names)
    for node in reversed(nodes):
        if node.name in needed:
            needed.update(above[node.name])
    return [node for node in nodes if node.name in needed]


def format_commands(nodes: Sequence[Node]) -> str:
    """Returns a shell script of the nodes' commands in order, each behind a comment that says what it waits for."""
    above = parents(nodes)
    lines = []
    for node in nodes:
        lines += [
            f"# {node.name}; waits for: {', '.join(above[node.name]) or 'nothing'}",
            shlex.join(node.command),
        ]
    return "".join(f"{line}\n" for line in lines)


def outside_inputs(nodes: Sequence[Node]) -> list[tuple[Node, Path]]:
    """Returns the files that nodes read and none of them writes, each with the first node that reads it."""
    writers = _writers(nodes)
    found: dict[str, tuple[Node, Path]] = {}
    for node in nodes:
        for path in node.inputs:
            if _key(path) not in writers:
                found.setdefault(_key(path), (node, path))
    return list(found.values())


def _key(path: Path) -> str:
    """Returns one text for all ways to write a path."""
    return os.path.abspath(path)


def _writers(nodes: Sequence[Node]) -> dict[str, str]:
    names = [node.name for node in nodes]
    if len(set(names)) < len(names):
        twice = next(name for number, name in enumerate(names) if name in names[:number])
        raise ValueError(f"two nodes are called {twice}")
    writers: dict[str, str] = {}
    for node in nodes:
        for path in node.outputs:
            other = writers.setdefault(_key(path), node.name)
            if other != node.name:
                raise ValueError(f"nodes {other} and {node.name} both write {path}")
    return writers


def _check_owned(nodes: Sequence[Node], writers: dict[str, str]) -> None:
    """Raises ValueError if doing a node anew would remove what is not its own."""
    owners = {_key(path): node.name for node in nodes for path in node.owned}
    for file, writer in writers.items():
        for above in (file, *map(str, Path(file).parents)):
            if owners.get(above, writer) != writer:
                raise ValueError(f"node {owners[above]} owns {above}, where {writer} writes {file}")
    for node in nodes:
        own = {_key(path) for path in (*node.owned, *node.outputs)}
        for path in node.inputs:
            if own & {_key(path), *map(str, Path(_key(path)).parents)}:
                raise ValueError(f"node {node.name} would remove {path}, which it reads, when done again")
