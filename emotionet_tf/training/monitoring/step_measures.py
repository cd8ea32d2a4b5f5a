"""What is measured of each training step besides its loss, without a change to what is learned."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow import keras
from typing_extensions import override

from emotionet_tf.action_units import au_name
from emotionet_tf.training.objectives.au_loss import HeadLoss
from emotionet_tf.training.objectives.measure import CROSS_ENTROPY_TAG


class StepMeasures(ABC):
    """Numbers of a batch, all of them means over its rows, so that those of its equal slices can be averaged."""

    @property
    @abstractmethod
    def size(self) -> int:
        """How many numbers."""

    @abstractmethod
    def of_batch(self, targets: Any, outputs: Any) -> tf.Tensor:
        """Returns them, [size] float32, from the targets and the network's outputs."""

    @abstractmethod
    def named(self, means: np.ndarray) -> dict[str, float]:
        """Returns their means over some steps, [size], as a person reads them, by TensorBoard tag."""


class HeadMeasures(StepMeasures):
    """Each head's loss, and its cross-entropy of each AU, without weights or smoothing; of intensities the loss alone.

    Args:
      losses: Of each output; they add up to the whole loss. Targets are those of `targets.head_targets`, outputs
        logits.
      aus: The columns of targets and logits.
    """

    def __init__(self, losses: Mapping[str, keras.losses.Loss], aus: Sequence[int]):
        self._losses = {head: loss for head, loss in losses.items() if isinstance(loss, HeadLoss)}
        self._others = {name: loss for name, loss in losses.items() if name not in self._losses}
        self._aus = tuple(aus)

    @property
    @override
    def size(self) -> int:
        return len(self._losses) * (1 + 2 * len(self._aus)) + len(self._others)

    @override
    def of_batch(self, targets: Any, outputs: Any) -> tf.Tensor:
        numbers = []
        for head, loss in self._losses.items():
            labels, mask = targets[head][..., 0], targets[head][..., 1]
            logits = tf.cast(outputs[head], tf.float32)
            losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)
            numbers.append(tf.reduce_mean(loss.call(targets[head], logits))[None])
            numbers.append(tf.reduce_mean(mask * losses, axis=0))
            numbers.append(tf.reduce_mean(mask, axis=0))
        for name, loss in self._others.items():
            numbers.append(tf.reduce_mean(loss.call(targets[name], outputs[name]))[None])
        return tf.concat(numbers, axis=0)

    @override
    def named(self, means: np.ndarray) -> dict[str, float]:
        num_others = len(self._others)
        means, others = means[: len(means) - num_others], means[len(means) - num_others :]
        tags = {f"loss/{name}": float(loss) for name, loss in zip(self._others, others, strict=True)}
        for (loss, *per_au), head in zip(means.reshape(len(self._losses), -1), self._losses, strict=True):
            tags[f"loss/{head}"] = float(loss)
            for au, sum_known, known in zip(self._aus, *np.split(np.array(per_au), 2), strict=True):
                if known > 0:
                    tags[CROSS_ENTROPY_TAG.format(head=head, au=au_name(au))] = float(sum_known / known)
        return tags


class ClassMeasures(StepMeasures):
    """Accuracy: the share of photos whose class has the largest logit. Targets are class indices, outputs logits."""

    @property
    @override
    def size(self) -> int:
        return 1

    @override
    def of_batch(self, targets: Any, outputs: Any) -> tf.Tensor:
        is_told = tf.argmax(outputs, axis=1, output_type=targets.dtype) == targets
        return tf.reduce_mean(tf.cast(is_told, tf.float32))[None]

    @override
    def named(self, means: np.ndarray) -> dict[str, float]:
        return {"accuracy/all": float(means[0])}
