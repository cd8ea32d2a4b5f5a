"""Depthwise convolutions whose kernels' gradients are computed a few columns at a time, which is faster on a CPU."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import tensorflow as tf
from tensorflow import keras

from emotionet_tf.models.backbones.building import innermost_layers

_FAST_COLUMNS = 3
"""Up to so many oneDNN vectorises a kernel's gradient; a 5 x 5 kernel's takes nine times as long as a 5 x 3 one's."""


def split_kernel_gradients(model: keras.Model) -> None:
    """Makes the depthwise convolutions with wide kernels compute their kernels' gradients in groups of columns.

    Only rounding changes. Nothing changes where a GPU or a TPU computes.

    Args:
      model: Changed in place, with the models inside it; what is saved of it is not. Its copies are not changed.
    """
    if any(tf.config.list_logical_devices(kind) for kind in ("GPU", "TPU")):
        return
    for layer in _wide_convolutions(model):
        layer.call = _call_of(layer)


def depthwise_convolution(
    images: tf.Tensor, kernel: tf.Tensor, *, strides: Sequence[int], padding: str
) -> tf.Tensor:
    """Returns TensorFlow's depthwise convolution, whose kernel's gradient is computed in groups of columns.

    Args:
      images: [batch, height, width, channels]; height and width are known.
      kernel: [rows, columns, channels, multiplier].
      strides: Of rows and columns; they are equal.
      padding: "SAME" or "VALID".
    """
    arguments = {"strides": [1, *strides, 1], "padding": padding}

    @tf.custom_gradient
    def convolve(
        images: tf.Tensor, kernel: tf.Tensor
    ) -> tuple[tf.Tensor, Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]]:
        def gradients(of_outputs: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            of_images = tf.raw_ops.DepthwiseConv2dNativeBackpropInput(
                input_sizes=tf.shape(images), filter=kernel, out_backprop=of_outputs, **arguments
            )
            return of_images, _kernel_gradient(images, kernel.shape, of_outputs, strides, padding)

        return tf.nn.depthwise_conv2d(images, kernel, **arguments), gradients

    return convolve(images, kernel)


def _kernel_gradient(
    images: tf.Tensor,
    kernel_shape: tf.TensorShape,
    of_outputs: tf.Tensor,
    strides: Sequence[int],
    padding: str,
) -> tf.Tensor:
    rows, columns, *channels = kernel_shape
    if padding == "SAME":
        sizes = zip(images.shape[1:3], of_outputs.shape[1:3], strides, (rows, columns), strict=True)
        images = tf.pad(images, [[0, 0], *(_same_padding(*each) for each in sizes), [0, 0]])
    groups = []
    for first in range(0, columns, _FAST_COLUMNS):
        num_columns = min(_FAST_COLUMNS, columns - first)
        seen = (of_outputs.shape[2] - 1) * strides[1] + num_columns
        groups.append(
            tf.raw_ops.DepthwiseConv2dNativeBackpropFilter(
                input=images[:, :, first : first + seen],
                filter_sizes=[rows, num_columns, *channels],
                out_backprop=of_outputs,
                strides=[1, *strides, 1],
                padding="VALID",
            )
        )
    return tf.concat(groups, axis=1)


def _same_padding(size: int, num_outputs: int, stride: int, kernel_size: int) -> list[int]:
    total = max((num_outputs - 1) * stride + kernel_size - size, 0)
    return [total // 2, total - total // 2]


def _wide_convolutions(model: keras.Model) -> Iterator[keras.layers.DepthwiseConv2D]:
    for layer in innermost_layers(model):
        if (
            isinstance(layer, keras.layers.DepthwiseConv2D)
            and layer.kernel_size[1] > _FAST_COLUMNS
            and layer.data_format == "channels_last"
            and tuple(layer.dilation_rate) == (1, 1)
            and not layer.use_bias
            and layer.activation in (None, keras.activations.linear)
            and None not in layer.input.shape[1:3]
        ):
            yield layer


def _call_of(layer: keras.layers.DepthwiseConv2D) -> Callable[[tf.Tensor], tf.Tensor]:
    # Keras 3 has another name for it.
    kernel = layer.depthwise_kernel if hasattr(layer, "depthwise_kernel") else layer.kernel

    def call(inputs: tf.Tensor) -> tf.Tensor:
        return depthwise_convolution(
            inputs, tf.convert_to_tensor(kernel), strides=layer.strides, padding=layer.padding.upper()
        )

    return call
