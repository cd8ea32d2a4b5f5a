"""The flags of a command, as the command itself lists them."""

import functools
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parent.parent


@functools.cache
def default_of_flags(module: str) -> dict[str, str]:
    """Returns each flag's default as text, "" for none; flags of absl itself are left out."""
    result = subprocess.run(
        [sys.executable, "-m", module, "--helpxml"], capture_output=True, text=True, cwd=ROOT
    )
    return {
        flag.findtext("name", ""): flag.findtext("default", "")
        for flag in ElementTree.fromstring(result.stdout).iter("flag")
        if not flag.findtext("file", "").startswith("absl.")
    }
