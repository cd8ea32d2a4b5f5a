"""Ensembles: the mean of the members' scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emotionet_tf.action_units import ACTION_UNITS
from emotionet_tf.errors import UserError
from emotionet_tf.inference.predictions import Predictions


def fuse(members: Sequence[Predictions]) -> Predictions:
    """Returns, for each AU, the mean score over the members that predict it.

    Members may predict different AUs: an expression and a pose network together make a system of all 23.

    Args:
      members: Predictions of the same photos, in any order.
    Raises:
      UserError: If there is no member, or the members' photos differ.
    Source: Werner et al. 2020, sec. 2: "calculating the mean of the models' output scores before rounding".
    """
    if not members:
        raise UserError("a fusion needs at least one prediction file")
    ids = members[0].ids
    for number, member in enumerate(members[1:], start=2):
        strangers = set(ids) ^ set(member.ids)
        if strangers:
            raise UserError(
                f"prediction file {number} is of other photos than file 1: {len(strangers)} ids are in one of them "
                f"only, such as {min(strangers)}"
            )
    aus = tuple(au for au in ACTION_UNITS if any(au in member.aus for member in members))
    aligned = [(member.aus, member.scores_of(ids)[0]) for member in members]
    scores = [np.mean([rows[:, own.index(au)] for own, rows in aligned if au in own], axis=0) for au in aus]
    return Predictions(ids, aus, np.stack(scores, axis=1))


def decide(scores: np.ndarray) -> np.ndarray:
    """Returns the decisions, 1 where a score rounds to 1, that is from 0.5 upward."""
    return (scores >= 0.5).astype(np.int8)
