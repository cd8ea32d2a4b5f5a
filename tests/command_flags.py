"""The flags of a command, as the command itself lists them."""

import functools
from pathlib import Path
from xml.etree import ElementTree

import warm_commands

ROOT = Path(__file__).parent.parent


@functools.cache
def default_of_flags(module: str) -> dict[str, str]:
    """Returns each flag's default as text, "" for none; flags of absl itself are left out."""
    result = warm_commands.run(["-m", module, "--helpxml"], cwd=ROOT, timeout=60)
    return {
        flag.findtext("name", ""): flag.findtext("default", "")
        for flag in ElementTree.fromstring(result.stdout).iter("flag")
        if not flag.findtext("file", "").startswith("absl.")
    }
