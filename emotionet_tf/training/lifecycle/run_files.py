"""The files that say where a run's folder stands: `run.json`, written first, and `train.json`, written last."""

from __future__ import annotations

import dataclasses
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow import keras

from emotionet_tf.console.durations import format_duration
from emotionet_tf.cpu_cores import num_cores
from emotionet_tf.models.model_folders import RUN_FILE, SUMMARY_FILE
from emotionet_tf.records.checking.repair import REPAIRED_FOLDER, Repairs
from emotionet_tf.storage.files import write_json
from emotionet_tf.storage.folder_settings import refuse_other_settings
from emotionet_tf.training.devices import Devices
from emotionet_tf.training.lifecycle.checkpoints import RunState
from emotionet_tf.training.lifecycle.run_calls import RunCalls
from emotionet_tf.training.monitoring.step_times import Pace
from emotionet_tf.training.run_options import RunOptions
from emotionet_tf.versions import checkout_commit, installed_versions


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
    options: RunOptions,
    devices: Devices,
    calls: RunCalls,
    pace: Pace,
) -> None:
    """Writes `train.json`, which says that the run is finished, and prints a line.

    Args:
      folder: The run's.
      settings: What decided its result.
      model: What was trained.
      state: Where the run stands.
      options: How its last call was carried out.
      devices: What that computed on.
      calls: All of them.
      pace: The last one's.
    """
    calls.note()
    best_score = state.best_score if np.isfinite(state.best_score) else None
    summary = {
        "settings": settings,
        "options": dataclasses.asdict(options),
        "num_parameters": model.count_params(),
        "num_steps": state.step,
        "best_val_score": best_score,
        "best_step": state.best_step if best_score is not None else None,
        "seconds": round(calls.all_seconds, 1),
        "num_interruptions": calls.num_interruptions,
        "first_step_of_last_call": calls.first_step,
        "seconds_of_last_call": round(calls.seconds, 1),
        # Steps only, without the first execution, which compiles, and without validation and checkpoints.
        "steps_per_second_of_last_call": pace.step_seconds and round(1 / pace.step_seconds, 4),
        "input_wait_share_of_last_call": pace.wait_share and round(pace.wait_share, 4),
        "replaced_records": Repairs(folder / REPAIRED_FOLDER).count(),
        "devices": _describe_devices(devices),
        "versions": installed_versions(),
        "commit": checkout_commit(),
    }
    write_json(folder / SUMMARY_FILE, summary)
    best = "" if best_score is None else f", best validation score {best_score:.4f}"
    num_steps = state.step - calls.first_step
    # Another worker's folder vanishes with it.
    where = f"model in {folder}" if devices.is_chief else "the first worker has the model"
    print(f"trained {num_steps} steps in {format_duration(calls.seconds)}{best}; {where}")


def _describe_devices(devices: Devices) -> dict[str, Any]:
    gpus = [
        tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name)
        for gpu in tf.config.list_physical_devices("GPU")
    ]
    return {
        "strategy": devices.kind,
        "num_replicas": devices.num_replicas,
        "num_workers": devices.cluster.num_workers,
        "cpu": _cpu_name(),
        "num_cores": num_cores(),
        "gpus": gpus,
    }


def _cpu_name() -> str:
    """Returns the processor's name, on Linux the one that it gives itself."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
