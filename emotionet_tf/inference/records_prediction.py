"""Running models over records folders."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import tensorflow as tf

from emotionet_tf.console.progress import CountLine
from emotionet_tf.errors import UserError
from emotionet_tf.inference.decisions import HALF
from emotionet_tf.inference.fusion import fuse
from emotionet_tf.inference.prediction_files import Predictions
from emotionet_tf.inference.scoring.interface import MIRRORED_ANGLES
from emotionet_tf.inference.scoring.mirror import mean_of_sides
from emotionet_tf.inference.thresholds.threshold_files import load_thresholds, read_tuned_on
from emotionet_tf.label_lists.reading import read_label_list
from emotionet_tf.models import LoadedModel, is_unfinished, load_model
from emotionet_tf.models.model_folders import CONFIG_FILE, network_path
from emotionet_tf.records.checking.broken_records import RecordFolder, broken_records_named
from emotionet_tf.records.dataset_info import load_dataset_info
from emotionet_tf.storage.files import sha256_of
from emotionet_tf.storage.paths import as_path
from emotionet_tf.storage.rows_so_far import RowsSoFar, rows_so_far
from emotionet_tf.stream.batches import evaluation_stream
from emotionet_tf.training.targets import check_crops, model_inputs

Batch = dict[str, tf.Tensor]

_KEPT = np.dtype("<f8")
"""How scores are kept for a run that resumes."""


@dataclass(frozen=True, eq=False)
class _Member:
    """A model with its thresholds, [AUs]."""

    model: LoadedModel
    thresholds: np.ndarray


@dataclass(frozen=True)
class _Reading:
    """How records are read for each model; see `scored_batches`."""

    records_dir: str
    batch_size: int
    mirror: bool
    is_accurate: bool = True


def scored_batches(
    model: LoadedModel,
    records_dir: str,
    batch_size: int,
    *,
    mirror: bool = False,
    is_accurate: bool = False,
    num_skipped: int = 0,
) -> Iterator[tuple[list[str], np.ndarray, np.ndarray]]:
    """Yields ids, scores [batch, AUs] and intensities [batch, those AUs] of every record in the folder's order.

    Args:
      model: The model.
      records_dir: The dataset's folder.
      batch_size: Records at a time.
      mirror: Whether scores and intensities are the mean over each face and its mirror image.
      is_accurate: Whether crops are decoded exactly, or as trainings see them (`crop_decoding.decode_square`).
      num_skipped: Records to leave out at the start, a multiple of the batch size.
    Raises:
      UserError: If the records' crops are of another size or framing than the model's, or a record is broken.
    """
    for ids, batch in model_batches(
        model, records_dir, batch_size, is_accurate=is_accurate, num_skipped=num_skipped
    ):
        scores, intensities = outputs_of(model, batch)
        if mirror:
            other = outputs_of(model, _mirrored(batch))
            scores = mean_of_sides(scores, other[0], model.config.aus)
            intensities = mean_of_sides(intensities, other[1], model.config.intensity_aus)
        yield ids, scores, intensities


def model_batches(
    model: LoadedModel,
    records_dir: str,
    batch_size: int,
    *,
    is_accurate: bool = False,
    num_skipped: int = 0,
) -> Iterator[tuple[list[str], Batch]]:
    """Yields ids and batches of records as a model sees them, in the folder's order.

    The arguments, and what is raised, are those of `scored_batches`.
    """
    check_crops(model, records_dir)
    batches = evaluation_stream(
        records_dir,
        view=model.config.view,
        batch_size=batch_size,
        image_size_px=model.config.image_size_px,
        is_accurate=is_accurate,
        num_skipped=num_skipped,
    )
    with broken_records_named(RecordFolder(records_dir, model.config.view)):
        for batch in batches:
            yield [example_id.decode() for example_id in batch["example_id"].numpy()], batch


def outputs_of(model: LoadedModel, batch: Batch) -> tuple[np.ndarray, np.ndarray]:
    """Returns scores [batch, AUs] and intensities [batch, those AUs] of a batch of the evaluation stream."""
    inputs = model_inputs(batch, model.config)
    fed = (inputs["image"], inputs.get("angles"), inputs.get("angles_mask"))
    return model.predict_scores_and_intensities(*fed)


def _mirrored(batch: Batch) -> Batch:
    images = tf.image.flip_left_right(batch["image"])
    return {**batch, "image": images, "angles": batch["angles"] * tf.constant(MIRRORED_ANGLES)}


def predict_records(
    model_dirs: Sequence[str],
    records_dir: str,
    *,
    batch_size: int,
    which: str | None = None,
    mean: str = "scores",
    use_thresholds: bool = True,
    mirror: bool = False,
    is_accurate: bool = True,
    so_far: RowsSoFar | None = None,
) -> Predictions:
    """Returns the scores for every record of a dataset, in the records' order.

    Args:
      model_dirs: Model folders; an AU that several of them predict gets their mean.
      records_dir: A dataset's folder, as `write_records` made it.
      batch_size: Records at a time; decides speed and memory only.
      which: "best" or "last"; None is the best there is.
      mean: "scores" or "logits", as of `fusion.fuse`.
      use_thresholds: Whether the models' tuned thresholds go with the scores; 0.5 otherwise.
      mirror: Whether scores are the mean over each face and its mirror image.
      is_accurate: How crops are decoded, as `scored_batches` takes it.
      so_far: Keeps what is done; `made_by` says what that depends on.
    Raises:
      UserError: If a folder is not a model's, or the dataset's, or the crops do not fit a model.
    """
    members = _loaded(model_dirs, which, use_thresholds)
    reading = _Reading(records_dir, batch_size, mirror, is_accurate)
    return _fused(members, reading, mean, so_far)


def made_by(
    model_dirs: Sequence[str], which: str | None, records_dir: str, batch_size: int, *, mirror: bool = False
) -> dict[str, Any]:
    """Returns what decides the scores of each model and batch, as `rows_so_far` takes it."""
    return {
        "models": [sha256_of(network_path(folder, which)) for folder in model_dirs],
        "configs": [sha256_of(as_path(folder) / CONFIG_FILE) for folder in model_dirs],
        "records": load_dataset_info(records_dir, check_shards=False).checksum,
        "batch_size": batch_size,
        "mirror": mirror,
    }


def predict_dataset(
    model_dirs: Sequence[str],
    records_dir: str,
    *,
    batch_size: int,
    which: str | None = None,
    mean: str = "scores",
    use_thresholds: bool = True,
    mirror: bool = False,
) -> Predictions:
    """Returns the scores for every photo of a dataset; photos without a face get 0, "absent".

    Arguments and errors are those of `predict_records`.
    """
    return next(
        predict_datasets(
            model_dirs,
            [records_dir],
            batch_size=batch_size,
            which=which,
            mean=mean,
            use_thresholds=use_thresholds,
            mirror=mirror,
        )
    )


def predict_datasets(
    model_dirs: Sequence[str],
    records_dirs: Sequence[str],
    *,
    batch_size: int,
    which: str | None = None,
    mean: str = "scores",
    use_thresholds: bool = True,
    mirror: bool = False,
    outputs: Sequence[str] = (),
) -> Iterator[Predictions]:
    """Yields what `predict_dataset` returns for each of several datasets; the models are loaded and traced once.

    The first result waits until every folder has been found usable. Further arguments:

    Args:
      outputs: Where each dataset's result will be written: what a killed run has done is kept beside it, until the next
        result is asked for. None to keep nothing.
    Raises:
      UserError: Also if another run writes an output.
    """
    for records_dir in records_dirs:
        load_dataset_info(records_dir)
    photos = [photos_of(records_dir) for records_dir in records_dirs]
    members = _loaded(model_dirs, which, use_thresholds)
    for records_dir in records_dirs:
        for member in members:
            check_crops(member.model, records_dir)
    for number, (records_dir, ids) in enumerate(zip(records_dirs, photos, strict=True)):
        with ExitStack() as stack:
            so_far = None
            if outputs:
                decides = made_by(model_dirs, which, records_dir, batch_size, mirror=mirror)
                so_far = stack.enter_context(rows_so_far(outputs[number], decides, "records"))
            of_faces = _fused(members, _Reading(records_dir, batch_size, mirror), mean, so_far)
            tuned_on = _tuned_on(members, records_dir, ids)
            yield replace(
                of_faces,
                ids=ids,
                scores=of_faces.scores_of(ids)[0],
                tuned_on=tuned_on,
                intensities=of_faces.intensities_of(ids),
            )


def photos_of(records_dir: str) -> tuple[str, ...]:
    """Returns the ids of a dataset's photos, those without a face among them."""
    return tuple(row.example_id for row in read_label_list(as_path(records_dir) / "rows.csv").rows)


def _loaded(model_dirs: Sequence[str], which: str | None, use_thresholds: bool) -> list[_Member]:
    models = [load_model(folder, which) for folder in model_dirs]
    for model in models:
        if is_unfinished(model.folder):
            print(f"{model.folder}: its training is not finished; this is its best model so far")
    return [
        _Member(model, load_thresholds(model.folder, which, model.config.aus, enabled=use_thresholds))
        for model in models
    ]


def _tuned_on(members: Sequence[_Member], records_dir: str, ids: Sequence[str]) -> np.ndarray:
    """Returns which photos of a dataset some model's thresholds were tuned on, [photos] bool.

    Records that are away or others by now, and are not these, cannot be compared: their photos count as others.
    """
    checksum = load_dataset_info(records_dir, check_shards=False).checksum
    marks = np.zeros(len(ids), bool)
    for member in members:
        tuned_on = read_tuned_on(member.model.folder) if (member.thresholds != HALF).any() else None
        if tuned_on is None:
            continue
        if tuned_on.checksum == checksum:
            return np.ones(len(ids), bool)
        try:
            info = load_dataset_info(tuned_on.records_dir, check_shards=False)
            photos = set(photos_of(tuned_on.records_dir)) if info.checksum == tuned_on.checksum else set()
        except UserError:
            continue
        marks |= np.array([example_id in photos for example_id in ids], bool)
    return marks


def _fused(
    members: Sequence[_Member], reading: _Reading, mean: str, so_far: RowsSoFar | None = None
) -> Predictions:
    batches: list[list[_Scored]] = [[] for _ in members]
    so_far = so_far or RowsSoFar()
    for number, *cells in so_far.entries:
        batches[number].append(_Scored.of_cells(*cells))
    so_far.num_kept = sum(len(batch.ids) for done in batches for batch in done)
    predictions = []
    for number, (member, done) in enumerate(zip(members, batches, strict=True)):
        for batch in _scored(member, reading, done):
            so_far.add([number, *batch.cells()])
            so_far.num_kept += len(batch.ids)
            done.append(batch)
        predictions.append(_joined(member, done))
    return fuse(predictions, mean)


@dataclass(frozen=True, eq=False)
class _Scored:
    """A batch's ids, scores [batch, AUs] and intensities [batch, those AUs], as far as a model has them."""

    ids: list[str]
    scores: np.ndarray
    intensities: np.ndarray

    def cells(self) -> list[Any]:
        """Returns the same in JSON's types, to the last bit."""
        arrays = (self.scores, self.intensities)
        return [self.ids, *(b64encode(array.astype(_KEPT).tobytes()).decode() for array in arrays)]

    @classmethod
    def of_cells(cls, ids: list[str], *texts: str) -> _Scored:
        """Returns the batch that `cells` was asked of."""
        scores, intensities = (np.frombuffer(b64decode(text), _KEPT).reshape(len(ids), -1) for text in texts)
        return cls(ids, scores, intensities)


def _scored(member: _Member, reading: _Reading, done: Sequence[_Scored]) -> Iterator[_Scored]:
    """Yields a model's batches of a dataset behind those that are done."""
    num_examples = load_dataset_info(reading.records_dir).num_examples
    show = CountLine(f"records of {as_path(reading.records_dir).name} through {member.model.folder}")
    num_done = num_skipped = sum(len(batch.ids) for batch in done)
    show(num_done, num_examples)
    if num_done == num_examples:
        return
    batches = scored_batches(
        member.model,
        reading.records_dir,
        reading.batch_size,
        mirror=reading.mirror,
        is_accurate=reading.is_accurate,
        num_skipped=num_skipped,
    )
    for batch in batches:
        yield _Scored(*batch)
        num_done += len(batch[0])
        show(num_done, num_examples)


def _joined(member: _Member, batches: Sequence[_Scored]) -> Predictions:
    config = member.model.config
    scores = np.concatenate([np.zeros((0, len(config.aus))), *(batch.scores for batch in batches)])
    none = np.zeros((0, len(config.intensity_aus)))
    columns = np.concatenate([none, *(batch.intensities for batch in batches)]).T
    by_au = dict(zip(config.intensity_aus, columns, strict=True))
    ids = tuple(example_id for batch in batches for example_id in batch.ids)
    return Predictions(ids, config.aus, scores, member.thresholds, intensities=by_au)
