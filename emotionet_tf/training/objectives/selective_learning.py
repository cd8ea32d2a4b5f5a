"""Selective learning: in each batch, the labels of each AU are dropped and weighted towards a target share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from emotionet_tf.action_units import au_name
from emotionet_tf.stream.epoch_order import stream_key


def selective_weights(
    is_positive: tf.Tensor, is_known: tf.Tensor, target_shares: np.ndarray, seed: tf.Tensor
) -> tf.Tensor:
    """Returns the weight that each label of a batch gets in the loss.

    For each AU, N known labels, n positives and the target share P: if n / N = P, every known label weighs 1. If the
    share is larger, N P positives chosen at random weigh 1, the other positives 0, and the negatives (1 - P) / (1 -
    n / N). If it is smaller, N (1 - P) random negatives weigh 1, the others 0, and the positives P / (n / N). So the
    positives weigh N P together and the negatives N (1 - P), as many as there were.

    Where N P is not a whole number, one of the chosen labels weighs the rest: 2.5 positives are two of weight 1 and one
    of 0.5. Where an AU has no positive in the batch, N (1 - P) negatives are left and nothing makes up for the
    positives; likewise without a negative. Over many batches the share of a rare AU so stays below P, the more the
    smaller the batch: of AU20 with 0.7 % positives and P = 0.5 it is 9 % in batches of 16, 25 % in batches of 64, and
    with balance sampling 24 and 44 % (labels of EmotioNet's shares). An AU of which nothing is known weighs nothing.

    Args:
      is_positive: [batch, AUs] bool.
      is_known: [batch, AUs] bool; an unknown label counts nowhere and weighs 0.
      target_shares: [AUs] in (0, 1); NaN leaves all known labels of an AU at weight 1.
      seed: [2] integers; the same ones give the same choice.
    Returns:
      [batch, AUs] float32.
    Source: Hand, Castillo, Chellappa, "Doing the Best We Can With What We Have: Multi-Label Balancing With Selective
      Learning for Attribute Prediction", AAAI 2018. Rests of whole numbers and one-sided batches are our choice.
    """
    target = tf.constant(target_shares, tf.float32)
    known = tf.cast(is_known, tf.float32)
    positive = known * tf.cast(is_positive, tf.float32)
    noise = tf.random.stateless_uniform(tf.shape(known), seed)
    chosen = positive * _chosen(positive, target, known, noise) + (known - positive) * _chosen(
        known - positive, 1 - target, known, noise
    )
    return tf.where(tf.math.is_nan(target), known, chosen)


def _chosen(members: tf.Tensor, target: tf.Tensor, known: tf.Tensor, noise: tf.Tensor) -> tf.Tensor:
    """Returns the weights, [batch, AUs], of one class that is to weigh the target share of all known labels.

    Of a class that is too large, so many members are chosen by their noise; a class that is not is weighted up.
    """
    wanted = target * tf.reduce_sum(known, axis=0)
    num_members = tf.reduce_sum(members, axis=0)
    # The rank of each member among them; the others come after them.
    order = tf.argsort(noise + 2 * (1 - members), axis=0, stable=True)
    rank = tf.cast(tf.argsort(order, axis=0, stable=True), tf.float32)
    thinned = tf.clip_by_value(wanted - rank, 0, 1)
    return tf.where(num_members > wanted, thinned, tf.math.divide_no_nan(wanted, num_members))


@dataclass(frozen=True)
class SelectiveLearning:
    """Selective learning of a run.

    Attributes:
      target_shares: Share of positives by AU, in (0, 1); AUs that are not named keep all their labels.
      seed: The run's; with step and head it decides which labels are dropped.
    """

    target_shares: Mapping[int, float]
    seed: int

    def describe(self) -> str:
        """Returns the target shares in one line."""
        by_share: dict[float, list[str]] = {}
        for au, share in self.target_shares.items():
            by_share.setdefault(share, []).append(au_name(au))
        return "; ".join(f"{share:.3g} for {', '.join(names)}" for share, names in by_share.items())

    def weights(
        self, labels: tf.Tensor, mask: tf.Tensor, *, aus: Sequence[int], step: tf.Tensor, head: int
    ) -> tf.Tensor:
        """Returns the weights of a head's labels in the batch of a step: `selective_weights`.

        Args:
          labels: [batch, AUs] in [0, 1]; from 0.5 on an AU counts as present.
          mask: [batch, AUs], 1 = known and of the head's own datasets.
          aus: The AU of each column.
          step: Batches before this one, int64.
          head: The head's index.
        """
        targets = np.array([self.target_shares.get(au, np.nan) for au in aus], np.float32)
        seed = tf.stack([tf.constant(stream_key(self.seed, "selective learning", head), tf.int64), step])
        return selective_weights(labels >= 0.5, mask > 0, targets, seed)
