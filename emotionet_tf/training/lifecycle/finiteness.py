"""Numbers that are not finite end a run: with the step, its examples and the newest good checkpoint named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import tensorflow as tf

from emotionet_tf.errors import UserError

_MAX_IDS = 32


class NotFiniteError(Exception):
    """A run has met numbers that are not finite.

    Args:
      what: Which, such as "loss is nan".
      step: Of the batch that was trained on last when they were found, counted from 1.
      good_step: The last one at which they were seen finite; None where it is known that the step did it.
    """

    def __init__(self, what: str, step: int, good_step: int | None = None):
        is_known = good_step is None or good_step >= step - 1
        super().__init__(
            f"the {what} at step {step}" + ("" if is_known else f", as they were at {good_step}")
        )
        self.step = step
        self.is_step_known = is_known


def are_finite(variables: Iterable[tf.Variable]) -> bool:
    """Returns whether all numbers of all variables are finite."""
    checks = [
        tf.reduce_all(tf.math.is_finite(variable))
        for variable in variables
        if tf.as_dtype(variable.dtype).is_floating
    ]
    return bool(tf.reduce_all(tf.stack(checks)))


def describe(error: NotFiniteError, examples_from: Callable[[int], tf.data.Dataset], newest: str) -> str:
    """Returns what a person needs to know of a run that met numbers that are not finite.

    Args:
      error: Says where.
      examples_from: Returns the stream's batches from a step on, counted from 0, with their example ids.
      newest: The newest checkpoint, all of whose numbers are finite; empty where there is none.
    """
    checkpoint = f"the newest checkpoint, {newest}, is good" if newest else "no checkpoint was written yet"
    other_run = "train with a lower --learning_rate or with --clip_norm into another folder"
    if not error.is_step_known:
        return f"{error}; {checkpoint}; the same command would meet the same numbers: {other_run}"
    return (
        f"{error}, {_describe_batch(examples_from, error.step)}; {checkpoint}; the same command would meet the same "
        f"batch: look at these examples, or {other_run}"
    )


def _describe_batch(examples_from: Callable[[int], tf.data.Dataset], step: int) -> str:
    # The stream is a function of files, seed and step, so that the batch can be made again.
    try:
        batch = next(iter(examples_from(step - 1).take(1).as_numpy_iterator()))
    except (UserError, tf.errors.OpError) as error:
        return f"whose batch cannot be read again ({str(error).splitlines()[0]})"
    ids = [example_id.decode() for example_id in batch["example_id"]]
    broken = _not_finite(batch)
    text = "on the batch of " + _listed(ids)
    if broken.any():
        text += f", where {_listed([ids[row] for row in np.flatnonzero(broken)])} hold numbers that are not finite"
    return text


def _not_finite(batch: Mapping[str, np.ndarray]) -> np.ndarray:
    """Returns for each row whether it holds numbers that are not finite."""
    columns = [values for values in batch.values() if np.issubdtype(values.dtype, np.floating)]
    return np.any([~np.isfinite(values).reshape(len(values), -1).all(axis=1) for values in columns], axis=0)


def _listed(ids: list[str]) -> str:
    more = f" and {len(ids) - _MAX_IDS} more" if len(ids) > _MAX_IDS else ""
    return ", ".join(ids[:_MAX_IDS]) + more
