"""What is known of an experiment's nodes from earlier calls: which are done, which are outdated, how long they took."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from emotionet_tf.errors import UserError
from emotionet_tf.experiments.runner.nodes import Node
from emotionet_tf.experiments.runner.placeholders import PACKAGE_DIR, filled
from emotionet_tf.storage.files import sha256_of, write_json


class ContentHashes:
    """SHA-256 of files, each read once as long as it stays the same."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int, int, int], str] = {}

    def of(self, path: Path) -> str | None:
        """Returns a file's hash; None if it is missing."""
        try:
            status = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        key = (str(path), status.st_ino, status.st_size, status.st_mtime_ns)
        if key not in self._known:
            self._known[key] = sha256_of(path)
        return self._known[key]


@dataclass(frozen=True)
class Verdict:
    """What is to be done about a node.

    Attributes:
      is_done: It ended well with this command and these inputs, and its outputs are as it left them.
      change: Why it cannot resume with what lies where it writes: what was made otherwise. Empty if it can.
    """

    is_done: bool
    change: str = ""


class NodeStates:
    """The files that keep what is known of nodes.

    `<name>.json` says that a node is done: command, sha256 of inputs and outputs, seconds of all its attempts, when it
    ended. `<name>.attempt` says the same of one that was started and has not ended well; its modification time is
    the last moment at which it was seen at work. `<name>.log` is its output.

    Commands and paths are kept as the plan writes them, with `placeholders.RUN` for the run's folder: a run can be
    moved, and resumed from another checkout.

    Args:
      folder: Of these files; it lies in the run's folder.
      nodes: As the plan writes them. The methods take nodes that are placed.
    """

    def __init__(self, folder: Path, nodes: Sequence[Node]) -> None:
        self._folder = folder
        self._planned = {node.name: node for node in nodes}
        self._hashes = ContentHashes()

    def log_file(self, node: Node) -> Path:
        """Returns where a node's output goes."""
        return self._folder / f"{node.name}.log"

    def judge(self, node: Node, unsettled: Collection[Path] = ()) -> Verdict:
        """Compares a node with what is known of it.

        Args:
          node: The node.
          unsettled: Files that will still be written: their content is not compared.
        """
        record = self._read(self._record_file(node), node)
        known = record or self._read(self._attempt_file(node), node)
        if known is None:
            return Verdict(False)
        written = {} if record is None else record["outputs"]
        planned = self._planned[node.name]
        outputs = self._digests(planned.outputs, node.outputs)
        changes = [
            *_argument_changes(known["command"], planned.command),
            *self._input_changes(node, known["inputs"], unsettled),
            *(
                f"its output {path} is not what it wrote"
                for path, digest in outputs.items()
                if digest is not None and written.get(path, digest) != digest
            ),
        ]
        if changes and any(path.exists() for path in (*node.outputs, *node.owned)):
            return Verdict(False, filled("; ".join(changes), self._folder.parent))
        return Verdict(record is not None and not changes and outputs.items() <= written.items())

    def forget(self, node: Node) -> None:
        """Removes what is known of a node, and all that it wrote."""
        for path in (*node.outputs, *node.owned):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        # Last: a call that is killed before leaves what says that the rest is outdated.
        self._record_file(node).unlink(missing_ok=True)
        self._attempt_file(node).unlink(missing_ok=True)

    def begin(self, node: Node) -> None:
        """Notes that a node is started."""
        attempt = {
            "command": self._planned[node.name].command,
            "inputs": self._digests(self._planned[node.name].inputs, node.inputs),
        }
        before = self._seconds_before(node, attempt)
        write_json(self._attempt_file(node), {**attempt, "seconds_before": before, "started": time.time()})
        # From now on its outputs may be half new.
        self._record_file(node).unlink(missing_ok=True)

    def see_at_work(self, node: Node) -> None:
        """Notes that a node is still at work, so that a killed runner's time is not lost."""
        os.utime(self._attempt_file(node))

    def end(self, node: Node) -> None:
        """Notes how long a node was at work that has not ended well."""
        attempt = self._read(self._attempt_file(node), node)
        if attempt is not None:
            self.see_at_work(node)
            before = self._seconds_before(node, attempt)
            write_json(self._attempt_file(node), {**attempt, "seconds_before": before, "started": None})

    def finish(self, node: Node) -> None:
        """Notes that a node has ended well.

        Raises:
          UserError: If an output is missing.
        """
        self.see_at_work(node)
        outputs = self._digests(self._planned[node.name].outputs, node.outputs)
        for path, digest in zip(node.outputs, outputs.values(), strict=True):
            if digest is None:
                raise UserError(f"node {node.name} ended well but did not write {path}")
        attempt = self._read(self._attempt_file(node), node)
        assert attempt is not None, "finished without a beginning"
        write_json(
            self._record_file(node),
            {
                "command": attempt["command"],
                "inputs": attempt["inputs"],
                "outputs": outputs,
                "seconds": round(self._seconds_before(node, attempt), 3),
                "ended": datetime.now(timezone.utc).isoformat(timespec="seconds"),
                "exit_code": 0,
            },
        )
        self._attempt_file(node).unlink()

    def _input_changes(self, node: Node, before: dict[str, str], unsettled: Collection[Path]) -> list[str]:
        """Returns how a node's inputs differ from what they were, for a person."""
        planned = [str(path) for path in self._planned[node.name].inputs]
        changes = [f"it no longer reads {path}" for path in before if path not in planned]
        for key, path in zip(planned, node.inputs, strict=True):
            if key not in before:
                changes.append(f"it now reads {path}, too")
            elif path not in unsettled and self._hashes.of(path) != before[key]:
                changes.append(f"its input {path} has other content")
        return changes

    def _digests(self, planned: Sequence[Path], placed: Sequence[Path]) -> dict[str, str | None]:
        """Returns the content's hashes of files, None for those that are missing, by their names in the plan."""
        return {str(key): self._hashes.of(path) for key, path in zip(planned, placed, strict=True)}

    def _record_file(self, node: Node) -> Path:
        return self._folder / f"{node.name}.json"

    def _attempt_file(self, node: Node) -> Path:
        return self._folder / f"{node.name}.attempt"

    def _seconds_before(self, node: Node, attempt: dict[str, Any]) -> float:
        """Returns how long earlier attempts with this command and these inputs were at work."""
        path = self._attempt_file(node)
        last = self._read(path, node)
        if last is None or any(last[key] != attempt[key] for key in ("command", "inputs")):
            return 0.0
        seconds = float(last.get("seconds_before", 0))
        if last.get("started") is not None:
            seconds += max(0.0, path.stat().st_mtime - last["started"])
        return seconds

    def _read(self, path: Path, node: Node) -> dict[str, Any] | None:
        """Returns what a file keeps of a node; None if there is none or it cannot be used."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        needed = {"command", "inputs"} | ({"outputs"} if path.suffix == ".json" else set())
        if not isinstance(content, dict) or not needed <= content.keys():
            return None
        return as_planned(content, self._planned[node.name], self._folder.parent)


def as_planned(record: Mapping[str, Any], node: Node, run: Path) -> dict[str, Any]:
    """Returns a node's record with command and paths as the plan writes them.

    Before placeholders were kept, records had the texts of their command, and as "folders" how it named the folders.

    Args:
      record: As read.
      node: As the plan writes it.
      run: The run's folder now, which a record without "folders" is taken to name.
    """
    folders = record.get("folders", {})
    then = node.placed(folders.get("run", run), folders.get("package", PACKAGE_DIR))
    texts = dict(zip(then.command, node.command, strict=True))
    for now, before in ((node.inputs, then.inputs), (node.outputs, then.outputs)):
        texts.update(zip(map(str, before), map(str, now), strict=True))
    return {
        **{key: value for key, value in record.items() if key != "folders"},
        "command": [texts.get(text, text) for text in record["command"]],
        **{
            key: {texts.get(path, path): digest for path, digest in record[key].items()}
            for key in ("inputs", "outputs")
            if key in record
        },
    }


def _argument_changes(before: Sequence[str], now: Sequence[str]) -> list[str]:
    """Returns what differs between two commands, for a person."""
    gone, new = (
        list((Counter(before) - Counter(now)).elements()),
        list((Counter(now) - Counter(before)).elements()),
    )
    changes = []
    for old in gone:
        flag = old.partition("=")[0] + "="
        same = next((argument for argument in new if argument.startswith(flag)), None)
        if same is None:
            changes.append(f"its argument {old} is gone")
        else:
            new.remove(same)
            changes.append(f"{old} is now {same}")
    changes += [f"its argument {argument} is new" for argument in new]
    if not changes and list(before) != list(now):
        changes.append("its arguments have another order")
    return changes
