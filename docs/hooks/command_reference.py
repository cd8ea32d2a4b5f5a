"""A MkDocs hook: writes the page of all commands from their own flags, so that the two cannot differ."""

from __future__ import annotations

import html
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

PAGE = "reference/commands.md"
_INTRODUCTION = """# Commands

`emotionet-tf` without arguments lists all commands. Each is also `python -m MODULE`, and both take the same flags.
`--flagfile=FILE` reads flags from a file, one a line; a flag behind it overrides it. This page is made from the flags
themselves, so it says what `--help` says.
"""


def command_section(name: str, module: str) -> str:
    """Returns a command's section: what it does, and a table of its flags.

    Raises:
      RuntimeError: If the command does not describe its flags.
    """
    shown = subprocess.run([sys.executable, "-m", module, "--helpxml"], capture_output=True, text=True)
    if not shown.stdout.startswith("<?xml"):
        raise RuntimeError(f"{module} --helpxml printed no flags: {shown.stderr[-500:]}")
    tree = ElementTree.fromstring(shown.stdout)
    rows = [
        f"| `--{flag.findtext('name')}` | {_cell(flag.findtext('default') or '')} | {_cell(_help(flag))} |"
        for flag in tree.iter("flag")
        if flag.findtext("key") == "yes"
    ]
    usage = html.escape((tree.findtext("usage") or "").strip(), quote=False)
    table = "\n".join(["| flag | default | meaning |", "|---|---|---|", *rows])
    return f"### {name}\n\n`python -m {module}`\n\n{usage}\n\n{table}\n"


def _help(flag: ElementTree.Element) -> str:
    return (flag.findtext("meaning") or "").strip()


def _cell(text: str) -> str:
    return html.escape(" ".join(text.split()), quote=False).replace("|", "\\|").replace("*", "\\*")


def page() -> str:
    """Returns the page of all commands, in the groups of `emotionet-tf`, as Markdown."""
    from emotionet_tf.cli.dispatcher import COMMANDS, GROUPS

    with ThreadPoolExecutor(2) as pool:
        made = pool.map(lambda item: command_section(item[0], item[1].module), COMMANDS.items())
        sections = dict(zip(COMMANDS, made, strict=True))
    text = [_INTRODUCTION]
    for group, commands in GROUPS.items():
        text += [f"## {group}\n", *(sections[name] for name in commands)]
    return "\n".join(text)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the page to the site."""
    from mkdocs.structure.files import File

    files.append(File.generated(config, PAGE, content=page()))
    return files
