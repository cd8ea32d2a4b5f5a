"""Packs a trained model for others: small, one head, scores whose 0.5 means something on neutral faces."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from emotionet_tf.action_units import au_name
from emotionet_tf.errors import UserError
from emotionet_tf.inference.packing.neutral_calibration import neutral_faces, neutral_offsets
from emotionet_tf.inference.packing.settings import PackConfig
from emotionet_tf.inference.thresholds.threshold_files import THRESHOLDS_FILE
from emotionet_tf.models.model_folders import load_model
from emotionet_tf.models.packing import pack_model
from emotionet_tf.records.dataset_info import load_dataset_info
from emotionet_tf.storage.paths import as_path


def pack(config: PackConfig) -> Path:
    """Packs a model folder's network, calibrated where there are records for that; returns the packed folder.

    Raises:
      UserError: As `models.packing.pack_model` and `neutral_offsets`, or if the provenance is not JSON.
    """
    model = load_model(config.model_dir, config.which)
    choice: dict[str, Any] = {
        "heads": config.asked_heads(),
        "aus": config.aus or None,
        "looks": config.looks or None,
        "kernel_bits": config.kernel_bits,
    }
    provenance = _provenance(config)
    offsets: dict[int, float] = {}
    if config.neutral_records_dir is not None:
        faces = neutral_faces(config.neutral_records_dir)
        with tempfile.TemporaryDirectory() as folder:
            as_it_is = pack_model(model, Path(folder) / "packed", provenance={}, **choice)
            offsets = neutral_offsets(
                as_it_is, config.neutral_records_dir, faces, config.share_of, config.neutral_copies
            )
        provenance["calibration"] = {
            "offsets": {au_name(au): round(offset, 4) for au, offset in offsets.items()},
            "num_neutral_faces": len(faces.ids),
            "num_copies": config.neutral_copies,
            "neutral_share": {au_name(au): config.share_of(au) for au in offsets},
            "records_checksum": load_dataset_info(config.neutral_records_dir).checksum,
        }
    if model.config.intensity_aus:
        print("the model's intensities are left out: packed models have scores only")
    if (as_path(config.model_dir) / THRESHOLDS_FILE).is_file():
        print("the model's tuned thresholds are left out: packed models declare at 0.5; tune the packed one")
    return pack_model(model, config.output_dir, offsets=offsets, provenance=provenance, **choice)


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
