"""Which faces are neutral by their labels, and where a score's 0.5 has to lie so that they stay empty."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from emotionet_tf.action_units import ACTION_UNITS, au_name
from emotionet_tf.errors import UserError
from emotionet_tf.inference.fusion import logits_of
from emotionet_tf.inference.packing.varied_copies import varied
from emotionet_tf.inference.records_prediction import Batch, model_batches, outputs_of
from emotionet_tf.label_lists.reading import read_label_list
from emotionet_tf.label_lists.rows import columns_in
from emotionet_tf.models import LoadedModel, load_model
from emotionet_tf.records.dataset_info import ROWS_FILE
from emotionet_tf.storage.paths import as_path

_MOST_UNKNOWN = 0.25
"""Share of a neutral face's labels that may be unknown, our choice: automatic labels leave out what is weak."""
_BATCH_SIZE = 64


@dataclass(frozen=True, eq=False)
class NeutralFaces:
    """Faces without AUs.

    Attributes:
      ids: Of the faces.
      may_show: [faces, AUs] bool: the AUs that the dataset labels, but on this face left unknown.
      aus: The AUs of these columns.
    """

    ids: list[str]
    may_show: np.ndarray
    aus: tuple[int, ...] = ACTION_UNITS


def neutral_faces(records_dir: str) -> NeutralFaces:
    """Returns the faces on which no labelled AU is present, and of at most a quarter that is unknown.

    An AU that the dataset labels nowhere does not count.

    Raises:
      UserError: If there is no such face.
    """
    labelled_rows = read_label_list(as_path(records_dir) / ROWS_FILE)
    rows = labelled_rows.rows
    masks, labels = np.stack([row.mask for row in rows]), np.stack([row.labels for row in rows])
    labelled = masks.any(0)
    is_present, is_known = (labels * masks).any(1), masks[:, labelled].mean(1) >= 1 - _MOST_UNKNOWN
    chosen = np.flatnonzero(~is_present & is_known)
    if not len(chosen) or not labelled.any():
        raise UserError(
            f"{records_dir} has no face on which labelled AUs are known to be absent, so nothing to calibrate on"
        )
    return NeutralFaces(
        [rows[row].example_id for row in chosen], (masks[chosen] == 0) & labelled, labelled_rows.aus
    )


def neutral_offsets(
    model_dir: Path,
    records_dir: str,
    faces: NeutralFaces,
    share_of: Callable[[int], float],
    num_copies: int = 0,
) -> dict[int, float]:
    """Returns by AU what has to be added to its logit so that it is positive on a share of some faces.

    Args:
      model_dir: The model.
      records_dir: The records of the faces.
      faces: The faces; one that may show an AU is left out for that AU.
      share_of: By AU, the share of the faces on which it may be declared; interpolated between the two nearest ones.
      num_copies: Varied copies of each face that are faces as well (`varied_copies`).
    Raises:
      UserError: If an AU is unknown on each of the faces.
    """
    model = load_model(model_dir)
    batches = _batches_of(model, records_dir, faces.ids)
    rounds = [_logits(model, batches, len(faces.ids), copy) for copy in range(1 + num_copies)]
    offsets = {}
    # Of an AU that the records' set lacks nothing is known, as of one that nobody labelled: every face counts.
    may_show = columns_in(faces.may_show, faces.aus, model.config.aus)
    for column, au in enumerate(model.config.aus):
        rows = ~may_show[:, column]
        if not rows.any():
            raise UserError(f"{records_dir} has no neutral face on which {au_name(au)} is known to be absent")
        shown = np.concatenate([logits[rows, column] for logits in rounds])
        offsets[au] = -float(np.nanquantile(shown, 1 - share_of(au)))
    return offsets


def _batches_of(model: LoadedModel, records_dir: str, ids: Sequence[str]) -> list[tuple[list[int], Batch]]:
    """Returns the records of some faces, in batches: the faces' places among the ids, and the batch."""
    row_of, batches = {example_id: row for row, example_id in enumerate(ids)}, []
    for batch_ids, batch in model_batches(model, records_dir, _BATCH_SIZE):
        rows = [row_of.get(example_id, -1) for example_id in batch_ids]
        is_wanted = np.array(rows) >= 0
        if is_wanted.any():
            wanted = {name: tf.boolean_mask(values, is_wanted) for name, values in batch.items()}
            batches.append(([row for row in rows if row >= 0], wanted))
    return batches


def _logits(
    model: LoadedModel, batches: Sequence[tuple[list[int], Batch]], num_faces: int, copy: int
) -> np.ndarray:
    """Returns the logits of some faces, or of a copy of each, [faces, AUs]; nan for one that has no record."""
    logits = np.full((num_faces, len(model.config.aus)), np.nan)
    for number, (rows, batch) in enumerate(batches):
        # Other batches of a copy are changed otherwise.
        images = varied(batch["image"], copy * len(batches) + number) if copy else batch["image"]
        logits[rows] = logits_of(outputs_of(model, {**batch, "image": images})[0])
    return logits
