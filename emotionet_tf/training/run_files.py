"""The files that say where a run's folder stands: `run.json`, written first, and `train.json`, written last."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from tensorflow import keras

from emotionet_tf.data.repaired_records import REPAIRED_FOLDER, Repairs
from emotionet_tf.durations import format_duration
from emotionet_tf.files import write_json
from emotionet_tf.models.saved import RUN_FILE, SUMMARY_FILE
from emotionet_tf.run_settings import refuse_other_settings
from emotionet_tf.training.checkpoints import RunState
from emotionet_tf.versions import installed_versions


def is_trained(folder: Path, settings: Mapping[str, Any], defaults: Mapping[str, Any] | None = None) -> bool:
    """Returns whether a folder holds a finished run of these settings, and says so.

    Args:
      folder: The run's, or what is to become it.
      settings: What decides the run's result.
      defaults: As `refuse_other_settings` takes them.
    Raises:
      UserError: If the folder holds a run of other settings.
    """
    if (folder / RUN_FILE).is_file():
        refuse_other_settings(folder / RUN_FILE, settings, defaults)
    is_finished = (folder / SUMMARY_FILE).is_file()
    if is_finished:
        print(f"{folder} is already trained: nothing to do")
    return is_finished


def write_summary(
    folder: Path,
    settings: Mapping[str, Any],
    model: keras.Model,
    state: RunState,
    *,
    first_step: int,
    seconds: float,
) -> None:
    """Writes `train.json`, which says that the run is finished, and prints a line.

    Args:
      folder: The run's.
      settings: What decided its result.
      model: What was trained.
      state: Where the run stands.
      first_step: Where the last call of the command went on from.
      seconds: How long it took.
    """
    best_score = state.best_score if np.isfinite(state.best_score) else None
    summary = {
        "settings": settings,
        "num_parameters": model.count_params(),
        "best_val_score": best_score,
        "first_step_of_last_call": first_step,
        "replaced_records": Repairs(folder / REPAIRED_FOLDER).count(),
        "seconds_of_last_call": round(seconds, 1),
        "versions": installed_versions(),
    }
    write_json(folder / SUMMARY_FILE, summary)
    best = "" if best_score is None else f", best validation score {best_score:.4f}"
    print(f"trained {state.step - first_step} steps in {format_duration(seconds)}{best}; model in {folder}")
