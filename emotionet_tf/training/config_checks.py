"""What the configurations of training and of pre-training check alike."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from emotionet_tf.errors import UserError
from emotionet_tf.paths import as_path
from emotionet_tf.training.precision import PRECISIONS

SHARED_RANGES: Mapping[str, tuple[float, float]] = {
    "learning_rate": (0, 1000),
    "lr_decay_factor": (0, 1),
    "momentum": (0, 1),
    "weight_decay": (0, 1),
    "label_smoothing": (0, 0.99),
    "damping": (0, 1),
    "norm_momentum": (0, 0.9999),
    "seed": (0, 2**31 - 1),
}
"""Smallest and largest values of what both have."""


def check_choice(name: str, value: str, choices: Sequence[str]) -> None:
    """Raises UserError unless a value is one of the choices."""
    if value not in choices:
        raise UserError(f"{name} {value!r} is none of {', '.join(choices)}")


def check_ranges(config: Any, ranges: Mapping[str, tuple[float, float]]) -> None:
    """Raises UserError unless a configuration's fields lie in their ranges; a field that is None has its default."""
    for name, (low, high) in ranges.items():
        value = getattr(config, name)
        if value is not None and not low <= value <= high:
            raise UserError(f"{name} lies between {low} and {high}, got {value}")


def check_intervals(config: Any) -> None:
    """Raises UserError unless a run's counts are at least 1, and it has a checkpoint at every validation."""
    for name in ("num_steps", "batch_size", "checkpoint_interval_steps", "validation_interval_steps"):
        if getattr(config, name) < 1:
            raise UserError(f"{name} is at least 1, got {getattr(config, name)}")
    if config.validation_interval_steps % config.checkpoint_interval_steps:
        raise UserError(
            f"validation_interval_steps {config.validation_interval_steps} is not a multiple of "
            f"checkpoint_interval_steps {config.checkpoint_interval_steps}"
        )


def check_step(config: Any, num_sources: int = 1) -> None:
    """Raises UserError unless the fields that say how a step is computed have valid values that go together.

    Args:
      config: A configuration.
      num_sources: Datasets with equal shares of each batch.
    """
    check_choice("precision", config.precision, PRECISIONS)
    if config.clip_norm is not None and not 0 < config.clip_norm < math.inf:
        raise UserError(f"clip_norm is above 0, or None for no clipping, got {config.clip_norm}")
    if config.ema_decay is not None and not 0 < config.ema_decay < 1:
        raise UserError(f"ema_decay lies between 0 and 1, or is None for no averages, got {config.ema_decay}")
    parts = config.accumulation_steps
    if parts < 1:
        raise UserError(f"accumulation_steps is at least 1, got {parts}")
    if parts > 1 and config.batch_size % (parts * num_sources):
        shares = f" with equal shares of {num_sources} sources" if num_sources > 1 else ""
        raise UserError(
            f"batch_size {config.batch_size} cannot be cut into accumulation_steps {parts} equal parts{shares}: it has "
            f"to be a multiple of {parts * num_sources}"
        )


def field_defaults(config: type) -> dict[str, Any]:
    """Returns the default of each field of a dataclass that has one: what runs had that are older than the field."""
    fields = [field for field in dataclasses.fields(config) if field.default is not dataclasses.MISSING]
    return {field.name: field.default for field in fields}


def check_held_out(val_records_dir: str | None, trained_on: Iterable[str]) -> None:
    """Raises UserError if the records that choose the best model are a folder that it is trained on."""
    if val_records_dir and as_path(val_records_dir).resolve() in [
        as_path(path).resolve() for path in trained_on
    ]:
        raise UserError(
            f"val_records_dir {val_records_dir} is trained on, and would choose the model that knows it by heart: give "
            "records of other photos, such as those that write_records --val_fraction sets apart, or none"
        )


def check_lr_decay_points(points: Sequence[float]) -> None:
    """Raises UserError unless these are ascending shares of a run, between 0 and 1."""
    if list(points) != sorted(set(points)) or not all(0 < point < 1 for point in points):
        raise UserError(
            f"lr_decay_points are ascending shares of the run between 0 and 1, got {list(points)}"
        )
