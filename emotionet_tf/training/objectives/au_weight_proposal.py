"""From a run's folder to the lambdas that are proposed for the next run, and how a person reads them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from emotionet_tf.action_units import au_name, facs_code
from emotionet_tf.errors import UserError
from emotionet_tf.models.model_folders import RUN_FILE
from emotionet_tf.records.dataset_info import load_dataset_info
from emotionet_tf.storage.paths import as_path
from emotionet_tf.training.monitoring.curves import CURVES_FILE, Curves, read_curves
from emotionet_tf.training.objectives.au_weights import (
    MIN_ROWS,
    Peaks,
    find_peaks,
    normalised_au_weights,
    peak_spread,
    propose_au_weights,
)
from emotionet_tf.training.train_config import TRAINABLE_GROUPS


@dataclass(frozen=True)
class Proposal:
    """Lambdas for the next run; arrays are [AUs].

    Attributes:
      aus: The AUs' numbers.
      num_runs: How many runs' curves were averaged.
      last_step: Where the curves end.
      num_steps: Where the run ends, or will end.
      peaks: When each AU is at its best; without meaning where that is not known.
      is_known: bool; an AU of which it is not known keeps its weight.
      num_rarer: Validation labels of each AU's rarer class; 0 where nothing is known.
      old_weights: The run's lambdas, of mean 1.
      new_weights: Those proposed, of mean 1.
    """

    aus: tuple[int, ...]
    num_runs: int
    last_step: int
    num_steps: int
    peaks: Peaks
    is_known: np.ndarray
    num_rarer: np.ndarray
    old_weights: np.ndarray
    new_weights: np.ndarray


def propose_for_runs(model_dirs: Sequence[str], *, exponent: float = 1.0, min_examples: int = 10) -> Proposal:
    """Proposes lambdas from the validation curves of a run, or from the mean curves of runs that differ in their seed.

    Args:
      model_dirs: Folders of `train`, finished or not; of runs of unequal length, the steps that all have count.
      exponent: See `propose_au_weights`, 0 to 2.
      min_examples: An AU of which the validation set has fewer positives, or fewer negatives, keeps its weight.
    Raises:
      UserError: If a value is invalid, or a run has no validation, too few rows, too few labels of every AU, or other
        settings than the first one.
    """
    if not 0 <= exponent <= 2:
        raise UserError(f"exponent lies between 0 and 2, got {exponent}")
    if min_examples < 1:
        raise UserError(f"min_examples is at least 1, got {min_examples}")
    runs = [_curves(model_dir) for model_dir in model_dirs]
    settings = _common_settings([as_path(model_dir) for model_dir in model_dirs])
    num_rows = min(len(run.steps) for run in runs)
    steps = runs[0].steps[:num_rows]
    losses = np.mean([run.per_au("loss")[:num_rows] for run in runs], axis=0)
    aus = tuple(settings.get("aus") or TRAINABLE_GROUPS[settings["group"]].aus)
    num_rarer = _num_of_rarer_class(settings["val_records_dir"], aus)
    is_known = (num_rarer >= min_examples) & np.isfinite(losses).all(axis=0)
    if not is_known.any():
        raise UserError(
            f"{settings['val_records_dir']} has less than {min_examples} positives or negatives of every AU; "
            "validate on more examples, or lower --min_examples"
        )
    peaks = find_peaks(steps, np.where(is_known, losses, 0.0))
    old = normalised_au_weights({int(au): weight for au, weight in settings["au_weights"].items()}, aus)
    new = propose_au_weights(old, peaks.steps, is_known, exponent)
    return Proposal(
        aus, len(runs), int(steps[-1]), settings["num_steps"], peaks, is_known, num_rarer, old, new
    )


def _curves(model_dir: str) -> Curves:
    curves = read_curves(model_dir)
    if not curves.aus:
        raise UserError(f"{model_dir} was trained without validation; train with --val_records_dir")
    if len(curves.steps) < MIN_ROWS:
        raise UserError(
            f"{as_path(model_dir) / CURVES_FILE} has {len(curves.steps)} rows, too few to see peaks: at least "
            f"{MIN_ROWS} are needed; train longer, or validate more often (--validation_interval_steps)"
        )
    return curves


def _common_settings(folders: Sequence[Path]) -> dict[str, Any]:
    """Returns the settings of all runs, which may differ in the seed alone."""
    first, *others = [_settings(folder) for folder in folders]
    for folder, other in zip(folders[1:], others, strict=True):
        for name in sorted({*first, *other} - {"seed"}):
            if first.get(name) != other.get(name):
                raise UserError(
                    f"{folder} was trained with other settings than {folders[0]}: {name} is {other.get(name)!r} and "
                    f"not {first.get(name)!r}; only runs that differ in their seed have a mean"
                )
    return first


def _settings(folder: Path) -> dict[str, Any]:
    path = folder / RUN_FILE
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))["settings"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} is missing or damaged; --model_dir is a folder that train wrote") from error


def _num_of_rarer_class(records_dir: str, aus: Sequence[int]) -> np.ndarray:
    info = load_dataset_info(records_dir)
    positives = np.array([info.positives.get(au_name(au), 0) for au in aus])
    known = np.array([info.known.get(au_name(au), 0) for au in aus])
    return np.minimum(positives, known - positives).astype(int)


def format_weights(aus: Sequence[int], weights: np.ndarray) -> str:
    """Returns the flag that gives these lambdas to `train`."""
    return "--au_weights=" + ",".join(
        f"{facs_code(au)}={weight:.3g}" for au, weight in zip(aus, weights, strict=True)
    )


def format_proposal(proposal: Proposal) -> str:
    """Returns a table of the AUs, what it leaves open, and the flag to paste."""
    lines = ["AU    best at step   loss there   rise to the end   lambda      new"]
    lines += [_table_row(proposal, i) for i in range(len(proposal.aus))]
    steps = proposal.peaks.steps[proposal.is_known]
    lines += [
        "",
        f"best at step {np.median(steps):.0f} in the median; spread of log(step) {peak_spread(steps):.2f}",
    ]
    lines += _remarks(proposal)
    lines += [
        "The procedure is ours: the paper tuned lambda so that no AU overfits while others underfit, not saying how.",
        "",
        format_weights(proposal.aus, proposal.new_weights),
    ]
    return "\n".join(lines)


def _table_row(proposal: Proposal, i: int) -> str:
    weights = f"{proposal.old_weights[i]:6.3f}   {proposal.new_weights[i]:6.3f}"
    name = au_name(proposal.aus[i])
    if not proposal.is_known[i]:
        return f"{name}  {f'too few labels ({proposal.num_rarer[i]} of the rarer class)':<45}  {weights}"
    peaks = proposal.peaks
    mark = " " if peaks.has_declined[i] else "*"
    return (
        f"{name}  {peaks.steps[i]:12.0f}   {peaks.losses[i]:10.4f}   {peaks.rises[i]:14.4f}{mark}  {weights}"
    )


def _remarks(proposal: Proposal) -> list[str]:
    remarks = []
    if proposal.num_runs == 1:
        remarks.append(
            "One run: its seed moves peaks, too. Give several --model_dir that differ in --seed for their mean."
        )
    open_ended = proposal.is_known & ~proposal.peaks.has_declined
    if open_ended.any():
        remarks.append(
            f"* not seen to get worse within the curves ({open_ended.sum()} of {proposal.is_known.sum()} AUs): it may "
            "still improve, and its best step is a lower bound."
        )
    if 2 * open_ended.sum() > proposal.is_known.sum():
        remarks.append("Most AUs do not overfit here: there is little to even out.")
    if proposal.last_step < proposal.num_steps:
        remarks.append(f"The run is not finished: step {proposal.last_step} of {proposal.num_steps}.")
    return remarks
