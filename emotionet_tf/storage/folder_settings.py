"""The settings that a folder was made with: kept in it, so that a run with other settings is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from emotionet_tf.errors import UserError
from emotionet_tf.storage.files import write_json
from emotionet_tf.versions import checkout_commit, installed_versions

_ADVICE = "; choose another output folder, or remove this one"


class OtherSettingsError(UserError):
    """A folder was made with other settings.

    Attributes:
      folder: The folder.
      changes: Each difference, in words.
    """

    def __init__(self, folder: Path, changes: Sequence[str], advice: str = _ADVICE) -> None:
        super().__init__(describe_changes(str(folder), changes) + advice)
        self.folder = str(folder)
        self.changes = list(changes)


def describe_changes(folder: str, changes: Sequence[str]) -> str:
    """Returns in which settings a folder was made differently, in one line."""
    return f"{folder} was made with other settings: {'; '.join(changes)}"


def claim_folder(
    path: Path,
    settings: Mapping[str, Any],
    more: Mapping[str, Any] | None = None,
    defaults: Mapping[str, Any] | None = None,
    *,
    is_of_one_keras: bool = False,
) -> None:
    """Writes a run's settings into its folder, or checks that those which are there are the same.

    Args:
      path: The JSON file in the folder.
      settings: What decides the folder's content, as JSON can hold it.
      more: What else to write, beside the settings, the versions and the commit.
      defaults: As `refuse_other_settings` takes them.
      is_of_one_keras: Whether what Keras 2 has begun cannot be continued with Keras 3, nor the other way round.
    Raises:
      OtherSettingsError: If the folder holds other settings.
      UserError: If the folder is a file, if its settings cannot be read, or if it was begun with the other Keras.
    """
    if path.is_file():
        refuse_other_settings(path, settings, defaults)
        if is_of_one_keras:
            _refuse_other_keras(path)
        return
    if path.parent.exists() and not path.parent.is_dir():
        raise UserError(f"output folder {path.parent} is a file")
    write_json(
        path,
        {
            "settings": dict(settings),
            "versions": installed_versions(),
            "commit": checkout_commit(),
            **(more or {}),
        },
    )


def refuse_other_settings(
    path: Path, settings: Mapping[str, Any], defaults: Mapping[str, Any] | None = None
) -> None:
    """Checks that a folder's settings are these.

    Args:
      path: The JSON file in the folder.
      settings: The expected ones.
      defaults: The values of settings that the file lacks because they did not exist when it was written.
    Raises:
      OtherSettingsError: If a setting differs, is missing or unknown.
      UserError: If the file cannot be read.
    """
    changed = setting_changes(kept_settings(path, defaults), json.loads(json.dumps(dict(settings))))
    if changed:
        raise OtherSettingsError(path.parent, changed)


def kept_settings(path: Path, defaults: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Returns the settings that a folder was made with, completed by the defaults.

    Raises:
      UserError: If the file cannot be read.
    """
    try:
        before = dict(json.loads(path.read_text(encoding="utf-8"))["settings"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} is damaged{_ADVICE}") from error
    return _completed(before, json.loads(json.dumps(dict(defaults or {}))))


def setting_changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Returns each difference of two folders' settings, in words."""
    return [
        f"{name} was {before.get(name)!r} and is now {now.get(name)!r}"
        for name in sorted(set(before) | set(now))
        if before.get(name) != now.get(name)
    ]


def _completed(settings: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Returns settings with the defaults of those that are missing, also within settings that have several values."""
    whole = {**defaults, **settings}
    for name, value in defaults.items():
        if isinstance(value, dict) and isinstance(whole[name], dict):
            whole[name] = _completed(whole[name], value)
    return whole


def _refuse_other_keras(path: Path) -> None:
    before = json.loads(path.read_text(encoding="utf-8")).get("versions", {}).get("keras", "-")
    now = installed_versions()["keras"]
    if before.partition(".")[0] != now.partition(".")[0] and "-" not in (before, now):
        raise UserError(
            f"{path.parent} was begun with Keras {before}, and this is Keras {now}: resume it in an environment like "
            "that one, or choose another output folder"
        )
