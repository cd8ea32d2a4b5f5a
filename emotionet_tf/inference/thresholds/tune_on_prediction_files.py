"""Thresholds that are tuned on one prediction file and written into others of the same system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from emotionet_tf.errors import UserError
from emotionet_tf.inference.prediction_files import read_predictions, write_predictions
from emotionet_tf.inference.thresholds.soft_thresholding import Tuning, thresholds_content, tune_thresholds
from emotionet_tf.label_lists.datasets.reading_settings import DEFAULT_READING, LabelReading
from emotionet_tf.label_lists.reading import read_label_lists
from emotionet_tf.label_lists.streaming import label_checksum
from emotionet_tf.storage.files import sha256_of, write_json


def tune_files(
    predictions: str,
    labels: Sequence[str],
    apply_to: Sequence[str],
    outputs: Sequence[str],
    details: str | None = None,
    *,
    reading: LabelReading = DEFAULT_READING,
    min_positives: int = 1,
) -> Tuning:
    """Tunes thresholds on a prediction file and writes other prediction files of the same system with them.

    Whether the system was trained on the photos cannot be told from a prediction file: that it was not is the caller's
    to see to. Photos of the other files that the thresholds were tuned on are marked in these, and counted aloud.

    Args:
      predictions: A prediction file of photos that the system was not trained on.
      labels: Their label lists.
      apply_to: Prediction files of the same AUs.
      outputs: A file to write for each of them.
      details: Also write the thresholds with their provenance to this file, JSON.
      reading: How label files of datasets are read.
      min_positives: An AU with fewer photos that show it keeps its threshold.
    Raises:
      UserError: If a file cannot be used, or the files do not have the same AUs.
    """
    tuned_on_file = read_predictions(predictions)
    label_list = read_label_lists(labels, reading, tuned_on_file.ids)
    if label_list.remark:
        print(label_list.remark)
    tuning = tune_thresholds(tuned_on_file, label_list, min_positives)
    tuned_ids = {row.example_id for row in label_list.rows}
    targets = [read_predictions(path) for path in apply_to]
    for path, target in zip(apply_to, targets, strict=True):
        if target.aus != tuning.aus:
            raise UserError(
                f"{path} is of another system than {predictions}: its AUs are {target.aus}, not {tuning.aus}"
            )
    for output, target in zip(outputs, targets, strict=True):
        tuned_on = np.array([example_id in tuned_ids for example_id in target.ids], bool)
        write_predictions(output, replace(target, thresholds=tuning.thresholds, tuned_on=tuned_on))
        if tuned_on.any():
            print(
                f"{output}: the thresholds were tuned on {tuned_on.sum()} of its {len(target.ids)} photos, whose "
                "scores they flatter"
            )
    if details:
        provenance = {
            "predictions": _file(predictions, sha256_of(predictions)),
            "labels": [_file(path, label_checksum(path, reading)) for path in labels],
            **({"reading": reading.to_dict()} if reading.to_dict() else {}),
        }
        write_json(details, thresholds_content(tuning, provenance))
    return tuning


def _file(path: str, checksum: str) -> dict[str, str]:
    return {"file": path, "sha256": checksum}
