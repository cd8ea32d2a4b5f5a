"""Imbalance damping: the weight that each class of each AU gets in the loss."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emotionet_tf.action_units import au_name
from emotionet_tf.records.dataset_info import DatasetInfo, LabelInfo, load_dataset_info, load_label_info
from emotionet_tf.stream.balanced_sampling import BalancedSampling
from emotionet_tf.stream.sources import Source


def damping_weights(
    num_positive: np.ndarray, num_known: np.ndarray, damping: float | np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the weights of the present and of the absent class of each AU.

    With p_c the share of class c among an AU's known labels:
    w(c) = p_c^(-damping) / sum_k p_k^(1 - damping), so that sum_c p_c w(c) = 1: the mean weight, and with it the
    average length of the gradient, is that of the unweighted loss. 0 leaves the classes as they are, 1 balances them.
    An AU of which one class never occurs, or nothing is known, gets weight 1 for both.

    Args:
      num_positive: [AUs], how often each AU is present; sums of probabilities for soft labels.
      num_known: [AUs], how often each AU's label is known.
      damping: The exponent alpha in [0, 1], for all AUs or one each.
    Returns:
      Two float32 arrays [AUs]: w(present), w(absent).
    Raises:
      ValueError: If an AU has more positives than known labels, or the exponent lies outside [0, 1].
    Source: Werner et al. 2020, sec. 2, names the "imbalancing damping idea" of Werner et al., BMVC 2015, and that
      "all weights are normalized to not increase the average gradient length". The formula is our derivation from
      these two statements: the 2015 paper's own could not be read.
    """
    positive = np.asarray(num_positive, np.float64)
    known = np.asarray(num_known, np.float64)
    if np.any(positive > known * (1 + 1e-9)) or np.any(positive < 0):
        raise ValueError(f"between 0 and all known labels are positive, got {positive} of {known}")
    if np.any(np.asarray(damping) < 0) or np.any(np.asarray(damping) > 1):
        raise ValueError(f"damping lies in [0, 1], got {damping}")
    has_both = (positive > 0) & (positive < known)
    present = np.where(has_both, positive / np.where(known > 0, known, 1), 0.5)
    absent = 1 - present
    norm = present ** (1 - damping) + absent ** (1 - damping)
    weights = [np.where(has_both, share ** (-np.asarray(damping)) / norm, 1.0) for share in (present, absent)]
    return weights[0].astype(np.float32), weights[1].astype(np.float32)


def label_statistics(
    sources: Sequence[Source], aus: Sequence[int], samplings: Sequence[BalancedSampling] = ()
) -> tuple[np.ndarray, np.ndarray]:
    """Returns how often each AU is present and known in what a head learns from.

    Sources have equal shares of every batch, so each counts per example: a small dataset as much as a large one.
    With balance sampling the shares are those of the examples that are shown, so that damping weighs only what the
    sampling left uneven, and the mean weight stays 1.

    Args:
      sources: The datasets of one head.
      aus: The head's AUs.
      samplings: The balanced sampling of each source for these AUs; none if every example is shown equally often.
    Returns:
      Two float64 arrays [AUs], positives and known labels an example; soft labels count with their value.
    """
    if samplings:
        return (
            np.sum([sampling.positives for sampling in samplings], axis=0),
            np.sum([sampling.known for sampling in samplings], axis=0),
        )
    infos: list[DatasetInfo | LabelInfo] = [
        load_label_info(source.labels_dir, check_shards=False)
        if source.labels_dir
        else load_dataset_info(source.records_dir, check_shards=False)
        for source in sources
    ]
    names = [au_name(au) for au in aus]
    positive = [[info.positives.get(name, 0) / info.num_examples for name in names] for info in infos]
    known = [[info.known.get(name, 0) / info.num_examples for name in names] for info in infos]
    return np.sum(positive, axis=0), np.sum(known, axis=0)
