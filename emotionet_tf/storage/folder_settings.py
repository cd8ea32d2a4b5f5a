"""The settings that a folder was made with: kept in it, and another run's refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emotionet_tf.errors import UserError
from emotionet_tf.storage.files import write_json
from emotionet_tf.storage.paths import as_path
from emotionet_tf.versions import checkout_commit, installed_versions

_REFUSAL = " was made with other settings: "
_ADVICE = "; choose another output folder, or remove this one"


def claim_folder(
    path: Path,
    settings: Mapping[str, Any],
    more: Mapping[str, Any] | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> None:
    """Writes a run's settings into its folder, or makes sure that those which are there are the same.

    Args:
      path: The JSON file in the folder.
      settings: What decides the folder's content, as JSON can hold it.
      more: What else to write, beside the settings, and the versions and commit of what ran.
      defaults: As `refuse_other_settings` takes them.
    Raises:
      UserError: If the folder holds the settings of another run; the message has every difference.
    """
    if path.is_file():
        refuse_other_settings(path, settings, defaults)
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
    """Makes sure that a folder's settings are these.

    Args:
      path: The JSON file in the folder.
      settings: What they have to be.
      defaults: What settings that the file lacks were, because there was no such choice yet when it was written.
    Raises:
      UserError: If a setting differs, is missing or is one too many, or if the file cannot be read.
    """
    try:
        before = dict(json.loads(path.read_text(encoding="utf-8"))["settings"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} is damaged{_ADVICE}") from error
    before = {**json.loads(json.dumps(dict(defaults or {}))), **before}
    now = json.loads(json.dumps(dict(settings)))
    changed = [
        f"{name} was {before.get(name)!r} and is now {now.get(name)!r}"
        for name in sorted(set(before) | set(now))
        if before.get(name) != now.get(name)
    ]
    if changed:
        raise UserError(f"{path.parent}{_REFUSAL}{'; '.join(changed)}{_ADVICE}")


def parse_refusal(message: str) -> tuple[Path, str] | None:
    """Returns the folder that a message of `refuse_other_settings` names, and the message without its advice.

    It is for who started a command and can remove the folder; None for any other message.
    """
    folder, refusal, _ = message.partition(_REFUSAL)
    return (as_path(folder), message.removesuffix(_ADVICE)) if refusal else None
