"""Why a process failed, in JSON for the process that started it: what it prints is for people."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from emotionet_tf.errors import UserError
from emotionet_tf.storage.files import write_json

REPORT_VARIABLE = "EMOTIONET_TF_ERROR_REPORT"
"""The environment variable by which a process asks those that it starts for a report; its value is the file."""


def report_error(error: UserError) -> None:
    """Writes an error's kind, message and attributes, if the process that started this one asks for it."""
    path = os.environ.get(REPORT_VARIABLE)
    if path:
        # Where its disk is full, the person reads the message all the same.
        with contextlib.suppress(OSError):
            write_json(path, {"kind": type(error).__name__, "message": str(error), **vars(error)})


def read_report(path: Path) -> dict[str, Any]:
    """Returns what `report_error` wrote; empty if there is no such file, as after a kill or a mistake of ours."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
