"""The programs whose tables are read, by the names that `--format` takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from emotionet_tf.errors import UserError
from emotionet_tf.inference.other_tools.libreface import LIBREFACE
from emotionet_tf.inference.other_tools.openface2 import OPENFACE2
from emotionet_tf.inference.other_tools.openface3 import OPENFACE3
from emotionet_tf.inference.other_tools.own_tables import OWN_TABLES
from emotionet_tf.inference.other_tools.pyafar import PYAFAR
from emotionet_tf.inference.other_tools.pyfeat2 import PYFEAT2
from emotionet_tf.inference.other_tools.tool_format import ToolFormat

TOOL_FORMATS: Mapping[str, ToolFormat] = {
    "openface3": OPENFACE3,
    "libreface": LIBREFACE,
    "pyafar": PYAFAR,
    "pyfeat2": PYFEAT2,
    "openface2": OPENFACE2,
    "emotionet_tf": OWN_TABLES,
}
"""The first that recognizes a table reads it, so that narrow ones stand before wide ones."""

BY_HEADER = "auto"
"""In place of a name: the table's columns say whose it is."""


def format_named(name: str) -> ToolFormat | None:
    """Returns the format of a name, None for `BY_HEADER`; raises UserError, which lists the names, for another one."""
    if name != BY_HEADER and name not in TOOL_FORMATS:
        raise UserError(f"format must be one of {', '.join((BY_HEADER, *TOOL_FORMATS))}, got {name!r}")
    return TOOL_FORMATS.get(name)


def recognized(path: str, names: Sequence[str], forced: ToolFormat | None = None) -> ToolFormat:
    """Returns the format of a table with these columns.

    Raises:
      UserError: If it is not of the forced format, or of none; the message lists them.
    """
    shown = ", ".join(names)[:120] or "without names"
    if forced is not None:
        if not forced.begins(frozenset(names)):
            raise UserError(f"{path}: {forced.title} has {forced.looks}; this table's columns are {shown}")
        return forced
    for each in TOOL_FORMATS.values():
        if each.begins(frozenset(names)):
            return each
    known = "; ".join(f"{name} ({each.looks})" for name, each in TOOL_FORMATS.items())
    raise UserError(f"{path}: not a table of a known program; its columns are {shown}. Known are: {known}")
