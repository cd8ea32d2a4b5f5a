"""Balance sampling: examples of rare AUs are shown more often than the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emotionet_tf.action_units import au_name
from emotionet_tf.stream.source_labels import load_label_table
from emotionet_tf.stream.sources import Source

RARE_SHARE = 0.5
"""An AU with a smaller share of positives is rare: up to one half, one class of it outweighs the other."""


@dataclass(frozen=True, eq=False)
class BalancedSampling:
    """How often each example of a source is shown, and what the shown labels are like.

    Attributes:
      aus: The AUs that are balanced.
      rates: [examples] float64, mean 1, in the order of the source's shards.
      positives: [AUs] float64, positives a shown example; soft labels count with their value.
      known: [AUs] float64, known labels a shown example.
      shares_before: [AUs] float64, share of positives among the known labels if every example is shown once; 0 where
        nothing is known.
    """

    aus: tuple[int, ...]
    rates: np.ndarray
    positives: np.ndarray
    known: np.ndarray
    shares_before: np.ndarray

    @property
    def shares(self) -> np.ndarray:
        """Share of positives among the known labels of the shown examples, [AUs]; 0 where nothing is known."""
        return _shares(self.positives, self.known)

    def describe(self) -> str:
        """Returns each AU's share of positives, before and after, in one line."""
        changes = zip(self.aus, self.shares_before, self.shares, strict=True)
        return ", ".join(f"{au_name(au)} {before:.1%} -> {after:.1%}" for au, before, after in changes)


def repeat_factors(
    is_positive: np.ndarray, is_known: np.ndarray, rare_share: float = RARE_SHARE
) -> np.ndarray:
    """Returns how often each example is shown, relative to one without a rare AU.

    An AU whose share of positives is f has the factor max(1, sqrt(rare_share / f)); an example has the largest factor
    among its positive AUs, 1 if it has none. An unknown label is not a positive, and does not count in any share.

    Args:
      is_positive: [examples, AUs] bool.
      is_known: [examples, AUs] bool.
      rare_share: Share of positives below which an AU is rare.
    Returns:
      [examples] float64, at least 1.
    Source: Gupta, Dollar, Girshick, "LVIS: A Dataset for Large Vocabulary Instance Segmentation", CVPR 2019: "repeat
      factor sampling". Theirs is the square root; ours is the share among known labels, and the value of rare_share
      (they use 0.001, for a thousand classes). SIAT-NTU's own sampler is not published.

    With EmotioNet's published shares, drawn independently for 24,600 examples and all 23 AUs, it takes AU20 from 0.5 to
    2.2 %, AU9 and AU17 from 2.1 to 4.5, AU2 from 3.1 to 5.5, AU1 from 6.5 to 8.4, AU54 from 7.3 to 9.2, and leaves AU10
    at 64; examples are shown at 0.43 to 4.3 times the mean rate, and the sample is worth 81 % as many different ones.
    Stronger balancing uses up the data: factors without the root (AU20 to 7.5 %, the others much the same), or
    factors iterated until nearly every AU has 10 %, leave 38 to 42 %, and raking towards equal shares leaves 1 to 7 %.
    """
    is_positive = is_positive & is_known
    shares = _shares(is_positive.sum(axis=0), is_known.sum(axis=0))
    occurs = shares > 0
    factors = np.where(occurs, np.sqrt(rare_share / np.where(occurs, shares, 1)), 1)
    return np.maximum(1, (is_positive * factors).max(axis=1, initial=0))


def balance(labels: np.ndarray, mask: np.ndarray, aus: Sequence[int]) -> BalancedSampling:
    """Returns the balanced sampling of examples with these labels.

    Args:
      labels: [examples, AUs] in [0, 1]; from 0.5 on an AU is present.
      mask: [examples, AUs], 1 = known.
      aus: The AU of each column.
    """
    factors = repeat_factors(labels >= 0.5, mask > 0)
    rates = factors / factors.mean()
    return BalancedSampling(
        aus=tuple(aus),
        rates=rates,
        positives=rates @ (labels * mask) / len(rates),
        known=rates @ mask / len(rates),
        shares_before=_shares(
            (labels * mask).sum(axis=0, dtype=np.float64), mask.sum(axis=0, dtype=np.float64)
        ),
    )


def balance_source(source: Source, aus: Sequence[int], view: str | None = None) -> BalancedSampling:
    """Reads a source's labels, and returns how often each of its examples is to be shown.

    Args:
      source: The dataset; if it has label shards, their labels are balanced.
      aus: The AUs that are learned; others do not count.
      view: Whose records are read; None for any.
    Raises:
      UserError: If a folder is missing or damaged.
    """
    return balance(*load_label_table(source, aus, view), aus)


def _shares(positives: np.ndarray, known: np.ndarray) -> np.ndarray:
    return np.asarray(positives, np.float64) / np.where(known > 0, known, 1)
