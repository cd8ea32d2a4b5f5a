"""Gradients of a batch that is too large for the memory: it is cut into parts, of which one is there at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from emotionet_tf.errors import UserError

ValuesAndGradients = tuple[tf.Tensor, Sequence[tf.Tensor | None]]


def accumulate_gradients(
    of_part: Callable[[Any], ValuesAndGradients],
    batch: Any,
    num_parts: int,
    variables: Sequence[tf.Variable],
    value_shape: Sequence[int] = (),
) -> tuple[tf.Tensor, list[tf.Tensor]]:
    """Returns a batch's mean loss and measures, and the loss's gradients, as means over parts that are computed one
    after another.

    The parts are equal and of rows that follow each other, so that all means have constant denominators: without batch
    normalisation, which sees its part only, loss and gradients are those of the whole batch, but for rounding.

    Args:
      of_part: Returns a part's means, of which the loss is one, and its gradients, one for each variable; None stands
        for zeros.
      batch: Tensors [batch, ...], in any structure.
      num_parts: Divides the batch.
      variables: What the gradients are of.
      value_shape: That of the means.
    Raises:
      UserError: If the batch's size is known and cannot be divided.
    """
    for tensor in tf.nest.flatten(batch):
        if tensor.shape[0] is not None and tensor.shape[0] % num_parts:
            raise UserError(
                f"a batch of {tensor.shape[0]} on one device cannot be cut into {num_parts} equal parts"
            )
    parts = tf.nest.map_structure(
        lambda tensor: tf.reshape(tensor, [num_parts, -1, *tensor.shape[1:]]), batch
    )

    def add_part(
        index: tf.Tensor, value_sums: tf.Tensor, sums: list[tf.Tensor]
    ) -> tuple[tf.Tensor, tf.Tensor, list[tf.Tensor]]:
        values, gradients = of_part(tf.nest.map_structure(lambda tensor: tensor[index], parts))
        new_sums = [
            total if gradient is None else total + tf.convert_to_tensor(gradient)
            for total, gradient in zip(sums, gradients, strict=True)
        ]
        return index + 1, value_sums + values, new_sums

    start = (0, tf.zeros(value_shape), [tf.zeros(variable.shape) for variable in variables])
    # One at a time: that is what saves memory, and gives layers that count their calls one order.
    _, value_sums, sums = tf.while_loop(
        lambda index, *_: index < num_parts, add_part, start, parallel_iterations=1
    )
    return value_sums / num_parts, [total / num_parts for total in sums]
