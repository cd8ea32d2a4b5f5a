"""`calls.json` of a run's folder: when the command was called, how far each call came, and how long it took."""

from __future__ import annotations

import contextlib
import datetime
import json
import time
from pathlib import Path
from typing import Any

from tensorflow import keras
from typing_extensions import override

from emotionet_tf.storage.files import write_json
from emotionet_tf.training.lifecycle.checkpoints import RunState

CALLS_FILE = "calls.json"


class RunCalls(keras.callbacks.Callback):
    """Keeps the file up to date at the end of every checkpoint period; what a killed call did later is not counted.

    It decides nothing: a file that cannot be read is started again, and one that cannot be written is left. Comes
    after all callbacks that take time.

    Args:
      folder: The run's.
      state: Where it stands when this call resumes it.
    """

    def __init__(self, folder: Path, state: RunState):
        super().__init__()
        self._path = folder / CALLS_FILE
        self._state = state
        self._start = time.monotonic()
        self._call: dict[str, Any] = {
            "began": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            "first_step": state.step,
        }
        # A folder without a checkpoint is started again, but the time was spent.
        self._earlier = _read(self._path)
        self.note()

    @property
    def first_step(self) -> int:
        """The step that this call started from."""
        return self._call["first_step"]

    @property
    def seconds(self) -> float:
        """How long this call has taken, from where the run was ready to train."""
        return time.monotonic() - self._start

    @property
    def all_seconds(self) -> float:
        """How long all calls have taken."""
        return sum(call["seconds"] for call in self._earlier) + self.seconds

    @property
    def num_interruptions(self) -> int:
        """How often the run was started again or resumed."""
        return len(self._earlier)

    def note(self) -> None:
        """Writes how far this call has come."""
        self._call |= {"last_step": self._state.step, "seconds": round(self.seconds, 1)}
        # A full disk is reported where something is lost.
        with contextlib.suppress(OSError):
            write_json(self._path, [*self._earlier, self._call])

    @override
    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.note()


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        calls = json.loads(path.read_text(encoding="utf-8"))
        return [call for call in calls if call["seconds"] >= 0]
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return []
