"""Ensembles: the mean of the members' scores, or of their logits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emotionet_tf.action_units import table_order
from emotionet_tf.errors import UserError
from emotionet_tf.inference.decisions import DECIMALS
from emotionet_tf.inference.prediction_files import Predictions

MEANS = ("scores", "logits")
"""What a fusion takes the mean of."""

LEAST_SCORE = 0.5 * 10.0**-DECIMALS
"""Scores are that far from 0 and 1 before their logits are taken."""


def fuse(members: Sequence[Predictions], mean: str = "scores") -> Predictions:
    """Returns, for each AU, the mean over the members that predict it.

    Members may predict different AUs: an expression and a pose network together make a system of all 23. Thresholds
    are fused as the scores are, so that a fusion decides as its members do wherever these agree; they were tuned on a
    photo where a member's were.

    Args:
      members: Predictions of the same photos, in any order.
      mean: "scores", or "logits" for the sigmoid of the mean of the scores' logits.
    Raises:
      UserError: If there is no member, the members' photos differ, or there is no such mean.
    Source: Werner et al. 2020, sec. 2: "calculating the mean of the models' output scores before rounding"; SIAT-NTU's
    published scripts average logits.
    """
    if mean not in MEANS:
        raise UserError(f"a fusion is the mean of one of {', '.join(MEANS)}, got {mean!r}")
    if not members:
        raise UserError("a fusion needs at least one prediction file")
    ids = members[0].ids
    for number, member in enumerate(members[1:], start=2):
        unshared = set(ids) ^ set(member.ids)
        if unshared:
            raise UserError(
                f"prediction file {number} is of other photos than file 1: {len(unshared)} ids are in one of them "
                f"only, such as {min(unshared)}"
            )
    aus = table_order(au for member in members for au in member.aus)
    aligned = [(member.aus, np.vstack([member.thresholds, member.scores_of(ids)[0]])) for member in members]
    fused = np.stack(
        [_mean([rows[:, own.index(au)] for own, rows in aligned if au in own], mean) for au in aus], axis=1
    )
    tuned_on = np.any([member.tuned_on_of(ids) for member in members], axis=0)
    return Predictions(ids, aus, fused[1:], fused[0], tuned_on, _mean_intensities(members, ids))


def _mean_intensities(members: Sequence[Predictions], ids: Sequence[str]) -> dict[int, np.ndarray]:
    """Returns, for each AU that has intensities, the mean over the members that have them."""
    all_of = [member.intensities_of(ids) for member in members]
    aus = table_order(au for one in all_of for au in one)
    return {au: np.mean([one[au] for one in all_of if au in one], axis=0) for au in aus}


def logits_of(scores: np.ndarray) -> np.ndarray:
    """Returns the logits of scores, of any shape.

    Scores are clipped to half of a prediction file's last decimal from 0 and 1, their logits that is to +-14.5: a score
    that is written as 0 or 1 says no more than that.
    """
    clipped = scores.clip(LEAST_SCORE, 1 - LEAST_SCORE)
    return np.log(clipped / (1 - clipped))


def _mean(columns: Sequence[np.ndarray], mean: str) -> np.ndarray:
    """Returns the mean of several members' values in [0, 1], each [n].

    What all members agree on stays as it is, exactly.
    """
    values = np.stack(columns)
    if mean == "scores":
        return values.mean(axis=0)
    logits = logits_of(values).mean(axis=0)
    return np.where((values == values[0]).all(axis=0), values[0], 1 / (1 + np.exp(-logits)))
