"""Whether a records folder is up to date, and what has changed if not."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from emotionet_tf.errors import UserError
from emotionet_tf.faces.crops_and_rows import SETTINGS_BEFORE
from emotionet_tf.label_lists.datasets.reading_settings import LabelReading
from emotionet_tf.records import dataset_info
from emotionet_tf.records.checking.checksums import damaged_shards
from emotionet_tf.records.dataset_info import DatasetInfo
from emotionet_tf.storage import files

PHOTOS_SETTING = "photos"
"""The setting that is a checksum of the rows that have a photo, of the photos' lengths, and of what OpenFace's files
say of them, split by split and shard by shard."""
CROPS_SETTING = "crops"
"""The setting that is a checksum of the crops' lengths; folders that are older do not have it."""
# Settings that change the checksum of photos although no photo changed.
_DECIDES_PHOTOS = frozenset({"labels", "val_fraction", "seed", "split_by", "num_shards"})
_READING_SETTINGS = frozenset(each.name for each in fields(LabelReading))
_CHECKSUM = re.compile("[0-9a-f]{64}")
_NUM_NAMED = 3


def up_to_date_folder(folder: Path, settings: Mapping[str, Any]) -> DatasetInfo | None:
    """Returns a folder's description if it is whole and was made with the same settings; prints why it is not.

    With the same settings all shards are read, at about 1 GB/s from a fast disk: overwritten bytes change no length.
    """
    files.restore_folder(folder)
    if not (folder / dataset_info.DATASET_FILE).is_file():
        return None
    try:
        info = dataset_info.load_dataset_info(folder)
    except UserError as error:
        print(f"writing again: {error}")
        return None
    changes = describe_changes(info.settings, settings)
    if changes:
        print(f"{folder} is made again, and stays as it is until then: {'; '.join(changes)}", flush=True)
    return None if changes or _is_damaged(folder, info) else info


def _is_damaged(folder: Path, info: DatasetInfo) -> bool:
    """Returns whether a shard has other bytes than were written, and prints which."""
    shards = [shard for view in info.views.values() for shard in view]
    num_megabytes = sum(shard.num_bytes for shard in shards) / 1e6
    print(f"checking the {len(shards)} shards of {folder}, {num_megabytes:.1f} MB", flush=True)
    damaged = damaged_shards(folder, info)
    if damaged:
        names = ", ".join(shard.file for shard in damaged[:_NUM_NAMED])
        more = f" and {len(damaged) - _NUM_NAMED} more" if len(damaged) > _NUM_NAMED else ""
        print(
            f"{folder} is made again, and stays as it is until then: {names}{more}: other bytes than were written",
            flush=True,
        )
    return bool(damaged)


def describe_changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Returns how settings have changed, in words; of files only the names."""
    before = {**SETTINGS_BEFORE, **before}
    now = json.loads(json.dumps(dict(now)))
    known = now if CROPS_SETTING in before else {name: now[name] for name in now if name != CROPS_SETTING}
    changed = [name for name, value in known.items() if name not in before or before[name] != value]
    # Settings of the label lists that are the defaults are not written.
    changed += [name for name in before if name in _READING_SETTINGS and name not in now]
    if PHOTOS_SETTING in changed:
        changed.remove(PHOTOS_SETTING)
        if not _DECIDES_PHOTOS.intersection(changed):
            changed.append(PHOTOS_SETTING)
    has_openface = "openface_csvs" in now
    return [
        _describe_change(name, before.get(name, "not set"), now.get(name, "not set"), has_openface)
        for name in changed
    ]


def _describe_change(name: str, before: Any, now: Any, has_openface: bool) -> str:
    if isinstance(before, dict) and isinstance(now, dict):
        added, gone = sorted(set(now) - set(before)), sorted(set(before) - set(now))
        other = sorted(file for file in set(now) & set(before) if now[file] != before[file])
        kinds = (("came", added), ("went", gone), ("changed", other))
        return f"{name}: " + ", ".join(f"{' '.join(names)} {what}" for what, names in kinds if names)
    if name == PHOTOS_SETTING:
        openface = ", or OpenFace's files say something else of some" if has_openface else ""
        return f"photos came, went, or were changed{openface}"
    if _CHECKSUM.fullmatch(str(before)) or _CHECKSUM.fullmatch(str(now)):
        return f"{name} changed"
    return f"{name} is {now} and was {before}"
