"""An earlier commit's files, for benchmarks that run both trees in turn."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from pathlib import Path

from absl import flags

from emotionet_tf.errors import UserError

ROOT = Path(__file__).parent.parent
BEFORE = flags.DEFINE_string("before", "d7fea42", "The earlier commit of this repository.")


def unpack_earlier_tree(folder: Path) -> Path:
    """Writes the files of the commit that `--before` names into a folder, and returns it.

    Raises:
      UserError: If there is no such commit.
    """
    done = subprocess.run(["git", "archive", BEFORE.value], capture_output=True, cwd=ROOT)
    if done.returncode:
        raise UserError(
            f"--before={BEFORE.value} is not a commit of this checkout; fetch it, or name another one"
        )
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def environment_of(tree: Path) -> dict[str, str]:
    """Returns the variables of a process that imports a tree's packages."""
    return {**os.environ, "PYTHONPATH": str(tree)}
