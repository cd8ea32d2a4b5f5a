"""Packs a trained model for others: small, one head, scores whose 0.5 means something on neutral faces."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from emotionet_tf.action_units import au_name, columns_of
from emotionet_tf.errors import UserError
from emotionet_tf.inference.fusion import logits_of
from emotionet_tf.inference.pack_settings import PackConfig
from emotionet_tf.inference.records_prediction import predict_records
from emotionet_tf.label_lists.reading import read_label_list
from emotionet_tf.models.model_folders import load_model
from emotionet_tf.models.packing import pack_model
from emotionet_tf.records.dataset_info import ROWS_FILE, load_dataset_info
from emotionet_tf.storage.paths import as_path

_MOST_UNKNOWN = 0.25
"""Share of a neutral face's labels that may be unknown, our choice: automatic labels leave out what is weak."""
_BATCH_SIZE = 64


def pack(config: PackConfig) -> Path:
    """Packs a model folder's network, calibrated where there are records for that; returns the packed folder.

    Raises:
      UserError: As `models.packing.pack_model` and `neutral_faces`, or if the provenance is not JSON.
    """
    model = load_model(config.model_dir, config.which)
    choice: dict[str, Any] = {"heads": config.asked_heads(), "aus": config.aus or None}
    provenance = _provenance(config)
    offsets: dict[int, float] = {}
    if config.neutral_records_dir is not None:
        faces = neutral_faces(config.neutral_records_dir)
        with tempfile.TemporaryDirectory() as folder:
            as_it_is = pack_model(model, Path(folder) / "packed", provenance={}, **choice)
            offsets = neutral_offsets(as_it_is, config.neutral_records_dir, faces, config.neutral_share)
        provenance["calibration"] = {
            "offsets": {au_name(au): round(offset, 4) for au, offset in offsets.items()},
            "num_neutral_faces": len(faces.ids),
            "neutral_share": config.neutral_share,
            "records_checksum": load_dataset_info(config.neutral_records_dir).checksum,
        }
    return pack_model(model, config.output_dir, offsets=offsets, provenance=provenance, **choice)


@dataclass(frozen=True, eq=False)
class NeutralFaces:
    """Faces without AUs.

    Attributes:
      ids: Of the faces.
      may_show: [faces, 23] bool: the AUs that the dataset labels, but on this face left unknown.
    """

    ids: list[str]
    may_show: np.ndarray


def neutral_faces(records_dir: str) -> NeutralFaces:
    """Returns the faces on which no labelled AU is present, and of at most a quarter that is unknown.

    An AU that the dataset labels nowhere does not count.

    Raises:
      UserError: If there is no such face.
    """
    rows = read_label_list(as_path(records_dir) / ROWS_FILE).rows
    masks, labels = np.stack([row.mask for row in rows]), np.stack([row.labels for row in rows])
    labelled = masks.any(0)
    is_present, is_known = (labels * masks).any(1), masks[:, labelled].mean(1) >= 1 - _MOST_UNKNOWN
    chosen = np.flatnonzero(~is_present & is_known)
    if not len(chosen) or not labelled.any():
        raise UserError(
            f"{records_dir} has no face on which labelled AUs are known to be absent, so nothing to calibrate on"
        )
    return NeutralFaces([rows[row].example_id for row in chosen], (masks[chosen] == 0) & labelled)


def neutral_offsets(model_dir: Path, records_dir: str, faces: NeutralFaces, share: float) -> dict[int, float]:
    """Returns by AU what has to be added to its logit so that it is positive on a share of some faces.

    Args:
      model_dir: The model.
      records_dir: The records of the faces.
      faces: The faces; one that may show an AU is left out for that AU.
      share: Of the faces, on which the AU may be declared; interpolated between the two nearest ones.
    """
    predictions = predict_records([str(model_dir)], records_dir, batch_size=_BATCH_SIZE)
    scores, found = predictions.scores_of(faces.ids)
    logits, offsets = logits_of(scores), {}
    for column, (au, place) in enumerate(zip(predictions.aus, columns_of(predictions.aus), strict=True)):
        rows = found & ~faces.may_show[:, place]
        if not rows.any():
            raise UserError(f"{records_dir} has no neutral face on which {au_name(au)} is known to be absent")
        offsets[au] = -float(np.quantile(logits[rows, column], 1 - share))
    return offsets


def _provenance(config: PackConfig) -> dict[str, Any]:
    if config.provenance is None:
        return {}
    try:
        content = json.loads(as_path(config.provenance).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"provenance {config.provenance} is not a readable JSON file: {error}") from error
    if not isinstance(content, dict):
        raise UserError(f"provenance {config.provenance} must hold a JSON object")
    return content
