"""Gradients of a batch that is too large for the memory: of its micro-batches, one is in memory at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from emotionet_tf.errors import UserError

ValuesAndGradients = tuple[tf.Tensor, Sequence[tf.Tensor | None]]


def accumulate_gradients(
    of_micro_batch: Callable[[Any], ValuesAndGradients],
    batch: Any,
    num_micro_batches: int,
    variables: Sequence[tf.Variable],
    value_shape: Sequence[int] = (),
) -> tuple[tf.Tensor, list[tf.Tensor]]:
    """Returns a batch's mean loss and measures, and the loss's gradients, as means over micro-batches that are
    computed one after another.

    The micro-batches are equal and of consecutive rows, so that all means have constant denominators: without batch
    normalisation, which sees its micro-batch only, loss and gradients are those of the whole batch, up to rounding.

    Args:
      of_micro_batch: Returns a micro-batch's means, of which the loss is one, and its gradients, one for each
        variable; None stands for zeros.
      batch: Tensors [batch, ...], in any structure.
      num_micro_batches: Divides the batch.
      variables: What the gradients are of.
      value_shape: That of the means.
    Raises:
      UserError: If the batch's size is known and cannot be divided.
    """
    for tensor in tf.nest.flatten(batch):
        if tensor.shape[0] is not None and tensor.shape[0] % num_micro_batches:
            raise UserError(
                f"a batch of {tensor.shape[0]} on one device cannot be divided into {num_micro_batches} equal "
                "micro-batches"
            )
    micro_batches = tf.nest.map_structure(
        lambda tensor: tf.reshape(tensor, [num_micro_batches, -1, *tensor.shape[1:]]), batch
    )

    def add_micro_batch(
        index: tf.Tensor, value_sums: tf.Tensor, sums: list[tf.Tensor]
    ) -> tuple[tf.Tensor, tf.Tensor, list[tf.Tensor]]:
        values, gradients = of_micro_batch(tf.nest.map_structure(lambda tensor: tensor[index], micro_batches))
        new_sums = [
            total if gradient is None else total + tf.convert_to_tensor(gradient)
            for total, gradient in zip(sums, gradients, strict=True)
        ]
        return index + 1, value_sums + values, new_sums

    start = (0, tf.zeros(value_shape), [tf.zeros(variable.shape) for variable in variables])
    # One at a time: that is what saves memory, and gives layers that count their calls one order.
    _, value_sums, sums = tf.while_loop(
        lambda index, *_: index < num_micro_batches, add_micro_batch, start, parallel_iterations=1
    )
    return value_sums / num_micro_batches, [total / num_micro_batches for total in sums]
