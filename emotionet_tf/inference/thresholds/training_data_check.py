"""What a model was trained on, from the settings that its run left, and the refusal of such data."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from emotionet_tf.errors import UserError
from emotionet_tf.inference.records_prediction import photos_of
from emotionet_tf.models.model_folders import RUN_FILE
from emotionet_tf.models.packed_weights import is_packed
from emotionet_tf.records.dataset_info import load_dataset_info
from emotionet_tf.storage.paths import as_path


def refuse_training_data(model_dir: str | os.PathLike[str], records_dir: str) -> tuple[str, ...]:
    """Makes sure that a model was not trained on a dataset, nor on any of its photos.

    What its backbone started from counts too. Data that only chose the best model do not, nor do the teachers that
    labelled a source: the model has not seen their photos with their labels.

    Returns:
      Folders that are not there any more, or not readable: records that could be compared by checksum only, or a
      start whose training is unknown. A packed model is one: it does not say on which photos it was trained.
    Raises:
      UserError: If it was trained on some of the photos, or its `run.json` is damaged or missing.
    """
    info, photos = load_dataset_info(records_dir), set(photos_of(records_dir))
    advice = "tune thresholds on photos that it has not seen"
    sources, not_compared = _training_data(as_path(model_dir))
    for source_dir, checksum in sources.items():
        if checksum == info.checksum:
            raise UserError(f"{model_dir} was trained on {records_dir}; {advice}")
        try:
            shared = photos & set(photos_of(source_dir))
        except UserError:
            not_compared.append(source_dir)
            continue
        if shared:
            raise UserError(
                f"{model_dir} was trained on {source_dir}, which has {len(shared)} of the {len(photos)} photos of "
                f"{records_dir}, such as {min(shared)}; {advice}"
            )
    return tuple(not_compared)


def training_folders(model_dir: str | os.PathLike[str]) -> tuple[str, ...]:
    """Returns the records folders that a model and what it started from learned from, as far as its folder says so."""
    try:
        return tuple(_training_data(as_path(model_dir))[0])
    except UserError:
        return ()


def _training_data(folder: Path) -> tuple[dict[str, str], list[str]]:
    """Returns the checksum of each records folder that a run and its start learned from, and unknown starts."""
    path = folder / RUN_FILE
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))["settings"]
        # A pre-training has one dataset, a training of AUs several sources.
        if "records_dir" in settings:
            records = [settings["records_dir"]]
        else:
            records = [source["records_dir"] for source in settings["sources"]]
        sources = {str(name): str(settings[f"checksum of {name}"]) for name in records}
    except OSError as error:
        if is_packed(folder):
            return {}, [str(folder)]
        hint = (
            "tune its prediction files instead, by --predictions"
            if folder.is_dir()
            else "there is no such folder; emotionet_tf.bin.train makes one"
        )
        raise UserError(
            f"{folder} has no readable {RUN_FILE}, which says what the model was trained on; {hint}"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{path} is damaged: it does not say what the model was trained on") from error
    unknown: list[str] = []
    for start in _starts(settings):
        try:
            more, more_unknown = _training_data(start)
        except UserError:
            more, more_unknown = {}, [str(start)]
        sources |= more
        unknown += more_unknown
    return sources, unknown


def _starts(settings: dict[str, Any]) -> list[Path]:
    """Returns the folders of the networks that a run's backbones started from."""
    folders = [as_path(folder) for folder in settings.get("init_backbone") or ()]
    # keras.applications' weights are in .h5 files; they have seen no photos of faces with AUs.
    weights = settings.get("init_weights") or ""
    return folders + ([as_path(weights).parent] if weights.endswith(".keras") else [])
