"""The flags by which commands choose their face detectors: one for their names, and each detector's settings.

A command takes them over by `flags.adopt_module_key_flags`, so that its `--help` shows them. They are beside
`entry_point`, since commands of both `emotionet_tf.bin` and `tfrecords_tools` have them.
"""

from __future__ import annotations

from typing import Any

from absl import flags

from emotionet_tf.faces.detectors.choice import DetectorChoice
from emotionet_tf.faces.detectors.entry import flag_fields
from emotionet_tf.faces.detectors.registry import DETECTORS
from emotionet_tf.storage.paths import whole_paths

_NAMES = "; ".join(f"{name} ({entry.help})" if entry.help else name for name, entry in DETECTORS.items())
_DETECTORS = flags.DEFINE_list(
    "detectors",
    ["mtcnn"],
    f"What finds faces, of: {_NAMES}. After a comma: what looks next at the photos in which those before it found no "
    "face.",
)

_TURNED_FACES = flags.DEFINE_boolean(
    "turned_faces",
    None,
    "Also find faces that lie on their side or upside down, as in photos without EXIF: turned copies are searched "
    "where no face is found, or the found one is seen to be turned. Default: yes, but for folders that "
    "were begun without.",
)


def _define(name: str, default: Any, help_text: str) -> flags.FlagHolder[Any]:
    if isinstance(default, tuple):
        return flags.DEFINE_list(name, list(default), help_text)
    if isinstance(default, str):
        return flags.DEFINE_string(name, default, help_text)
    define = flags.DEFINE_integer if isinstance(default, int) else flags.DEFINE_float
    return define(name, default, help_text)


_SETTINGS = {
    name: {
        field.name: _define(field.name, field.default, field.metadata["help"])
        for field in flag_fields(entry.settings)
    }
    for name, entry in DETECTORS.items()
}


def detector_choice() -> DetectorChoice:
    """Returns what the flags say; raises UserError where that cannot be."""
    settings_of = {
        name: DETECTORS[name].settings(**{field: _value(flag) for field, flag in holders.items()})
        for name, holders in _SETTINGS.items()
    }
    names = tuple(name.strip() for name in _DETECTORS.value)
    return DetectorChoice(names, settings_of, _TURNED_FACES.value)


def _value(flag: flags.FlagHolder[Any]) -> Any:
    return tuple(whole_paths(flag.value)) if isinstance(flag.value, list) else flag.value
