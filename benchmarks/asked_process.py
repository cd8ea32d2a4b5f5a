"""A process that works when it is asked to, so that several take turns on the same cores."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from emotionet_tf.errors import UserError


class AskedProcess:
    """A process that answers each line of its input with a line.

    Args:
      command: The command.
      folder: Where it runs.
      env: Its environment variables; None for this process's own.
    """

    def __init__(self, command: Sequence[str], folder: Path, env: Mapping[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            command, cwd=folder, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def asked(self, question: str = "") -> str:
        """Returns what it answers to a line; raises UserError if it has ended."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{question}\n")
        self._process.stdin.flush()
        return self.line()

    def line(self) -> str:
        """Returns the next line that it prints, without its end; raises UserError if it has ended."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise UserError("what is measured failed; see above")
        return line.strip()

    def end(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.wait()
