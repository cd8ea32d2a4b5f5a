"""What is known of an experiment's nodes from earlier calls: which are done, which are outdated, how long they took."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from emotionet_tf.errors import UserError
from emotionet_tf.experiments.runner.nodes import Node
from emotionet_tf.experiments.runner.spellings import Spellings
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

    Paths below the run's folder and in the library's are compared relative to these, which each record names as its
    command did: a run can be moved, and resumed from another checkout.

    Args:
      folder: Of these files; it lies in the run's folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._spellings = Spellings(str(folder.parent))
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
        outputs = {str(path): self._hashes.of(path) for path in node.outputs}
        changes = [
            *_argument_changes(known["command"], node.command),
            *self._input_changes(node, known["inputs"], unsettled),
            *(
                f"its output {path} is not what it wrote"
                for path, digest in outputs.items()
                if digest is not None and written.get(path, digest) != digest
            ),
        ]
        if changes and any(path.exists() for path in (*node.outputs, *node.owned)):
            return Verdict(False, "; ".join(changes))
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
            "command": node.command,
            "inputs": {str(path): self._hashes.of(path) for path in node.inputs},
            "folders": self._spellings.to_json(),
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
        outputs = {str(path): self._hashes.of(path) for path in node.outputs}
        for path, digest in outputs.items():
            if digest is None:
                raise UserError(f"node {node.name} ended well but did not write {path}")
        attempt = self._read(self._attempt_file(node), node)
        assert attempt is not None, "finished without a beginning"
        write_json(
            self._record_file(node),
            {
                "command": node.command,
                "inputs": attempt["inputs"],
                "outputs": outputs,
                "folders": attempt["folders"],
                "seconds": round(self._seconds_before(node, attempt), 3),
                "ended": datetime.now(timezone.utc).isoformat(timespec="seconds"),
                "exit_code": 0,
            },
        )
        self._attempt_file(node).unlink()

    def _input_changes(self, node: Node, before: dict[str, str], unsettled: Collection[Path]) -> list[str]:
        """Returns how a node's inputs differ from what they were, for a person."""
        changes = [
            f"it no longer reads {path}" for path in before.keys() - {str(path) for path in node.inputs}
        ]
        for path in node.inputs:
            if str(path) not in before:
                changes.append(f"it now reads {path}, too")
            elif path not in unsettled and self._hashes.of(path) != before[str(path)]:
                changes.append(f"its input {path} has other content")
        return changes

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
        """Returns a node's record with paths as they are named now; None if there is none or it cannot be used."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        needed = {"command", "inputs"} | ({"outputs"} if path.suffix == ".json" else set())
        if not isinstance(content, dict) or not needed <= content.keys():
            return None
        files = [str(path) for path in (*node.inputs, *node.outputs)]
        before, now = self._spellings.of_record(content, (*node.inputs, *node.outputs)), self._spellings
        content["command"] = [before.respell_known(text, now, node.command) for text in content["command"]]
        for key in ("inputs", "outputs"):
            if key in content:
                content[key] = {
                    before.respell_known(text, now, files): digest for text, digest in content[key].items()
                }
        content["folders"] = now.to_json()
        return content


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
