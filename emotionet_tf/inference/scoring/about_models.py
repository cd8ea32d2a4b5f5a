"""What a table's scores come from: models, checksums, what these were trained and tuned on, and what a score means."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from emotionet_tf import __version__
from emotionet_tf.action_units import au_name
from emotionet_tf.inference.shipped_detectors import WEIGHTS_DIR
from emotionet_tf.inference.tables.about import short_name
from emotionet_tf.inference.thresholds.threshold_files import THRESHOLDS_FILE
from emotionet_tf.models import LoadedModel
from emotionet_tf.models.model_folders import network_path
from emotionet_tf.models.packed_weights import WEIGHTS_INFO_FILE
from emotionet_tf.storage.files import read_json_or_nothing, sha256_of
from emotionet_tf.storage.paths import as_path

SCORE_MEANING = (
    "how sure the models are that the AU occurs, from 0 to 1; not an intensity, and no probability unless it was "
    "calibrated on codes of your own"
)


def about_models(models: Sequence[LoadedModel], which: str | None, use_thresholds: bool) -> dict[str, Any]:
    """Returns what made a table's scores, as JSON can hold it; names of folders without their places.

    Args:
      models: The models that predict.
      which: As they were loaded.
      use_thresholds: Whether their tuned thresholds decide.
    """
    described = [_about_model(model, which, use_thresholds) for model in models]
    return {
        "emotionet_tf": __version__,
        "model": short_name(described),
        "score": SCORE_MEANING,
        "score_is_probability": False,
        "models": described,
    }


def _about_model(model: LoadedModel, which: str | None, use_thresholds: bool) -> dict[str, Any]:
    folder = as_path(model.folder)
    weights = network_path(folder, which)
    packed = read_json_or_nothing(folder / WEIGHTS_INFO_FILE)
    provenance = packed.get("provenance", {})
    about: dict[str, Any] = {
        "name": _name_of(folder),
        "aus": [au_name(au) for au in model.config.aus],
        "weights": weights.name,
        "weights_sha256": packed.get("weights_sha256") or sha256_of(weights),
        **_origin(folder, provenance),
        "decides_at": "0.5",
    }
    if "calibration" in provenance:
        about["calibration"] = {
            name: value for name, value in provenance["calibration"].items() if name != "offsets"
        }
    tuned = read_json_or_nothing(folder / THRESHOLDS_FILE) if use_thresholds else {}
    if tuned:
        about["decides_at"] = "thresholds that were tuned"
        about["tuned_on"] = _without_places(tuned.get("tuned_on"))
    return about


def _name_of(folder: Path) -> str:
    try:
        return folder.resolve().relative_to(WEIGHTS_DIR.resolve()).as_posix()
    except ValueError:
        return folder.name


def _origin(folder: Path, provenance: dict[str, Any]) -> dict[str, Any]:
    """Returns the datasets that a model learned from, or all that a packed one was made from, by their names."""
    if "records" in provenance:
        return {"made_from": {name: one.get("num_faces") for name, one in provenance["records"].items()}}
    sources = read_json_or_nothing(folder / "train.json").get("settings", {}).get("sources", [])
    return {"trained_on": [PurePosixPath(str(source["records_dir"])).name for source in sources]}


def _without_places(content: Any) -> Any:
    """Returns JSON content with the last names of paths in their place: a table is given to others."""
    if isinstance(content, dict):
        return {name: _without_places(value) for name, value in content.items()}
    if isinstance(content, list):
        return [_without_places(value) for value in content]
    if isinstance(content, str) and "/" in content:
        return PurePosixPath(content).name
    return content
