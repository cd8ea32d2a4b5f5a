"""Running a model over a records folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from emotionet_tf.data.dataset_info import load_dataset_info
from emotionet_tf.data.stream import evaluation_stream
from emotionet_tf.errors import UserError
from emotionet_tf.inference.fusion import fuse
from emotionet_tf.inference.predictions import Predictions
from emotionet_tf.label_lists import read_label_list
from emotionet_tf.models import LoadedModel, is_unfinished, load_model
from emotionet_tf.progress import CountLine
from emotionet_tf.training.targets import model_inputs

Batch = dict[str, tf.Tensor]


def scored_batches(
    model: LoadedModel, records_dir: str, batch_size: int
) -> Iterator[tuple[list[str], np.ndarray]]:
    """Yields ids and scores, [batch, AUs], of every record in the folder's order.

    Raises:
      UserError: If the records' crops are of another size than the model's.
    """
    crop_size_px = load_dataset_info(records_dir).crop_size_px
    if crop_size_px != model.config.crop_size_px:
        raise UserError(
            f"{records_dir} holds crops of {crop_size_px} px, but the model in {model.folder} was trained on "
            f"{model.config.crop_size_px} px"
        )
    batches = evaluation_stream(
        records_dir,
        view=model.config.view,
        batch_size=batch_size,
        image_size_px=model.config.image_size_px,
    )
    for batch in batches:
        ids = [example_id.decode() for example_id in batch["example_id"].numpy()]
        inputs = model_inputs(batch, model.config)
        yield ids, model.predict_scores(inputs["image"], inputs.get("angles"), inputs.get("angles_mask"))


def predict_records(
    model_dirs: Sequence[str], records_dir: str, *, batch_size: int, which: str | None = None
) -> Predictions:
    """Returns the scores for every record of a dataset, in the records' order.

    Args:
      model_dirs: Model folders; an AU that several of them predict gets their mean score.
      records_dir: A dataset's folder, as `write_records` made it.
      batch_size: Records at a time; decides speed and memory only.
      which: "best" or "last"; None is the best there is.
    Raises:
      UserError: If a folder is not a model's, or the dataset's, or the crops do not fit a model.
    """
    return fuse([_predict(load_model(folder, which), records_dir, batch_size) for folder in model_dirs])


def predict_dataset(
    model_dirs: Sequence[str], records_dir: str, *, batch_size: int, which: str | None = None
) -> Predictions:
    """Returns the scores for every photo of a dataset; photos without a face get 0, "absent".

    Arguments and errors are those of `predict_records`.
    """
    of_faces = predict_records(model_dirs, records_dir, batch_size=batch_size, which=which)
    photos = tuple(row.example_id for row in read_label_list(Path(records_dir) / "rows.csv").rows)
    return Predictions(photos, of_faces.aus, of_faces.scores_of(photos)[0])


def _predict(model: LoadedModel, records_dir: str, batch_size: int) -> Predictions:
    if is_unfinished(model.folder):
        print(f"{model.folder}: its training is not finished; this is its best model so far")
    ids: list[str] = []
    scores = [np.zeros((0, len(model.config.aus)))]
    num_examples = load_dataset_info(records_dir).num_examples
    show = CountLine(f"records through {model.folder}")
    show(0, num_examples)
    for batch_ids, batch_scores in scored_batches(model, records_dir, batch_size):
        ids += batch_ids
        scores.append(batch_scores)
        show(len(ids), num_examples)
    return Predictions(tuple(ids), model.config.aus, np.concatenate(scores))
