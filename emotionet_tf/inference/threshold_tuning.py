"""Tuning a model's thresholds on its predictions of records that it was not trained on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from emotionet_tf.data.dataset_info import load_dataset_info
from emotionet_tf.data.record_parts import ROWS_FILE
from emotionet_tf.errors import UserError
from emotionet_tf.inference.dataset_scores import photos_of, predict_dataset
from emotionet_tf.inference.threshold_files import save_thresholds
from emotionet_tf.inference.thresholds import Tuning, tune_thresholds
from emotionet_tf.label_lists.reading import read_label_list
from emotionet_tf.models.saved import RUN_FILE, is_unfinished


def tune_model(
    model_dir: str, records_dir: str, *, batch_size: int = 64, which: str | None = None
) -> tuple[Tuning, Path]:
    """Tunes a model's thresholds on its predictions of records, and saves them in its folder.

    Args:
      model_dir: The model's folder.
      records_dir: Validation records; the model may have been chosen, but not trained on them.
      batch_size: Records at a time; decides speed and memory only.
      which: "best" or "last"; None is the best there is.
    Returns:
      The thresholds, and the file that holds them.
    Raises:
      UserError: If the model was trained on some of the photos, its training is not finished, or a folder is not what
        it should be.
    """
    info = load_dataset_info(records_dir)
    if is_unfinished(model_dir):
        raise UserError(f"{model_dir}: its training is not finished; thresholds are tuned after it")
    not_compared = refuse_training_data(model_dir, records_dir)
    predictions = predict_dataset(
        [model_dir], records_dir, batch_size=batch_size, which=which, use_thresholds=False
    )
    tuning = tune_thresholds(predictions, read_label_list(Path(records_dir) / ROWS_FILE))
    tuned_on: dict[str, Any] = {"records_dir": records_dir, "dataset": info.name, "checksum": info.checksum}
    tuned_on["num_photos_without_face"] = info.num_without_face
    if not_compared:
        tuned_on["not_compared_by_photo"] = list(not_compared)
        print(
            f"{model_dir}: {', '.join(not_compared)} cannot be read, so only checksums told that these photos were not "
            "trained on"
        )
    return tuning, save_thresholds(model_dir, which, tuning, tuned_on)


def refuse_training_data(model_dir: str, records_dir: str) -> tuple[str, ...]:
    """Makes sure that a model was not trained on a dataset, nor on any of its photos.

    Returns:
      Training data that are not there any more, or not readable, and could be compared by checksum only.
    Raises:
      UserError: If it was trained on some of the photos, or its `run.json` is damaged or missing.
    """
    path = Path(model_dir) / RUN_FILE
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))["settings"]
        sources = {
            str(source["records_dir"]): settings[f"checksum of {source['records_dir']}"]
            for source in settings["sources"]
        }
    except OSError as error:
        raise UserError(
            f"{model_dir} has no readable {RUN_FILE}, which says what the model was trained on"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} is damaged: it does not say what the model was trained on") from error
    photos = set(photos_of(records_dir))
    checksum = load_dataset_info(records_dir).checksum
    not_compared = []
    for source_dir, source_checksum in sources.items():
        advice = "tune thresholds on photos that it has not seen"
        if source_checksum == checksum:
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
