"""Tuning a model's thresholds on its predictions of records that it was not trained on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from emotionet_tf.errors import UserError
from emotionet_tf.inference.records_prediction import predict_dataset
from emotionet_tf.inference.shipped_detectors import WEIGHTS_DIR
from emotionet_tf.inference.thresholds.soft_thresholding import Tuning, tune_thresholds
from emotionet_tf.inference.thresholds.threshold_files import save_thresholds
from emotionet_tf.inference.thresholds.training_data_check import refuse_training_data
from emotionet_tf.label_lists.reading import read_label_list
from emotionet_tf.models.model_folders import is_unfinished
from emotionet_tf.records.dataset_info import ROWS_FILE, load_labelled_info
from emotionet_tf.storage.paths import as_path


def tune_model(
    model_dir: str,
    records_dir: str,
    *,
    batch_size: int = 64,
    which: str | None = None,
    min_positives: int = 1,
) -> tuple[Tuning, Path]:
    """Tunes a model's thresholds on its predictions of records, and saves them in its folder.

    Args:
      model_dir: The model's folder.
      records_dir: Validation records; the model may have been chosen, but not trained on them.
      batch_size: Records at a time; decides speed and memory only.
      which: "best" or "last"; None is the best there is.
      min_positives: An AU with fewer photos that show it keeps its threshold.
    Returns:
      The thresholds, and the file that holds them.
    Raises:
      UserError: If the model was trained on some of the photos, its training is not finished, it is a detector in the
        package, or a folder is not what it should be.
    """
    _refuse_the_packages_own(model_dir)
    info = load_labelled_info(records_dir)
    if is_unfinished(model_dir):
        raise UserError(f"{model_dir}: its training is not finished; thresholds are tuned after it")
    not_compared = refuse_training_data(model_dir, records_dir)
    predictions = predict_dataset(
        [model_dir], records_dir, batch_size=batch_size, which=which, use_thresholds=False
    )
    labels = read_label_list(as_path(records_dir) / ROWS_FILE)
    tuning = tune_thresholds(predictions, labels, min_positives)
    tuned_on: dict[str, Any] = {"records_dir": records_dir, "dataset": info.name, "checksum": info.checksum}
    tuned_on["num_photos_without_face"] = info.num_without_face
    if not_compared:
        tuned_on["not_compared_by_photo"] = list(not_compared)
        print(
            f"{model_dir}: that it was not trained on these photos is not sure, as nothing tells what "
            f"{', '.join(not_compared)} holds or learned from"
        )
    return tuning, save_thresholds(model_dir, which, tuning, tuned_on)


def _refuse_the_packages_own(model_dir: str) -> None:
    if WEIGHTS_DIR.resolve() in Path(model_dir).resolve().parents:
        raise UserError(
            f"{model_dir} belongs to the package, and predict uses it for all photos; copy it, and tune the copy"
        )
