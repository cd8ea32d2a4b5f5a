"""Runs commands one after the other, each only once, so that an interrupted row of them can be gone on with."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from emotionet_tf.durations import format_duration
from emotionet_tf.errors import UserError
from emotionet_tf.files import write_json


@dataclass(frozen=True)
class Stage:
    """One command of a row.

    Attributes:
      name: Unique in its row; names the file that says that it is done.
      title: What it does, for a person.
      module: The command's module, such as "emotionet_tf.bin.train".
      arguments: Its flags and arguments.
    """

    name: str
    title: str
    module: str
    arguments: tuple[str, ...]

    @property
    def command(self) -> list[str]:
        """The command as a shell would run it, with "python" for this interpreter."""
        return ["python", "-m", self.module, *self.arguments]


def run_stages(stages: Sequence[Stage], done_dir: Path) -> None:
    """Runs the stages that are not done yet, in order.

    A stage is done when it once ended well with the same command; `<done_dir>/<name>.json` says so.

    Raises:
      UserError: If a stage fails; the earlier ones stay done.
    """
    start = time.monotonic()
    for number, stage in enumerate(stages, start=1):
        head = f"[{number}/{len(stages)}] {stage.title}"
        if _is_done(stage, done_dir):
            print(f"{head}: done before", flush=True)
            continue
        print(f"{head}\n  {' '.join(stage.command)}", flush=True)
        stage_start = time.monotonic()
        code = subprocess.call([sys.executable, *stage.command[1:]])
        if code:
            raise UserError(
                f"stage {number} ({stage.name}) failed with exit code {code}; mend it and run again"
            )
        write_json(done_dir / f"{stage.name}.json", {"command": stage.command})
        now = time.monotonic()
        print(
            f"  took {format_duration(now - stage_start)}, {format_duration(now - start)} so far", flush=True
        )


def _is_done(stage: Stage, done_dir: Path) -> bool:
    path = done_dir / f"{stage.name}.json"
    return path.is_file() and json.loads(path.read_text(encoding="utf-8")) == {"command": stage.command}
