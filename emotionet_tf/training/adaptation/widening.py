"""A trained network with further heads, whose heads see further layers; what it says stays as it was."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from tensorflow import keras

from emotionet_tf.errors import UserError
from emotionet_tf.models.backbones.building import nested_backbones
from emotionet_tf.models.backbones.levels import level_sizes
from emotionet_tf.models.intensities import intensity_layer_name
from emotionet_tf.models.model_folders import LoadedModel
from emotionet_tf.models.multi_head import build_model, copy_trunk, head_layer_name


def widened(model: LoadedModel, levels: Sequence[str], new_heads: Sequence[str]) -> LoadedModel:
    """Returns a model that also has some heads and levels.

    Args:
      model: The model; it is not changed.
      levels: What its heads are to see beside the features, as `Level.from_text` takes them; none leaves them as they
        are.
      new_heads: Heads to add, which have learnt nothing yet.
    Returns:
      A model whose old heads give the same logits; what is new has weights of 0.
    Raises:
      UserError: If it has such a head, or other levels, or its backbone has no such layers.
    """
    if there := [head for head in new_heads if head in model.config.heads]:
        raise UserError(f"--new_head: the model has a head {there[0]!r}; give it to --source only")
    levels = tuple(levels) or model.config.levels
    if model.config.levels not in ((), levels):
        raise UserError(
            f"--level: the model's heads see {', '.join(model.config.levels)} already, got {', '.join(levels)}"
        )
    if not new_heads and levels == model.config.levels:
        return model
    config = dataclasses.replace(
        model.config,
        levels=levels,
        heads=(*model.config.heads, *new_heads),
        learnt={**model.config.learnt, **dict.fromkeys(new_heads, ())},
    )
    network = build_model(config)
    copy_trunk(model.network, network)
    columns = level_columns(network, levels)
    for head in config.heads:
        for name in (head_layer_name(head), intensity_layer_name(head)):
            _copy_head(model.network, network, name, columns)
    return dataclasses.replace(model, network=network, config=config)


def level_columns(network: keras.Model, levels: Sequence[str]) -> list[np.ndarray]:
    """Returns which of the features that a network's heads see are of the backbone's layers before the last.

    Args:
      network: What `build_model` returned.
      levels: Its levels.
    Returns:
      Each level's columns, whole numbers. The backbone's own features are in front of them; what the network has
      beside the backbone is behind.
    """
    if not levels:
        return []
    backbone = nested_backbones(network)[0]
    sizes = level_sizes(backbone, levels)
    ends = backbone.output.shape[-1] - sum(sizes) + np.cumsum(sizes)
    return [np.arange(end - size, end) for end, size in zip(ends, sizes, strict=True)]


def _copy_head(source: keras.Model, network: keras.Model, name: str, levels: Sequence[np.ndarray]) -> None:
    """Gives a layer behind the features the weights of its namesake; 0 for what that does not see, or has not."""
    if name not in {layer.name for layer in network.layers}:
        return
    own = network.get_layer(name)
    kernel, bias = (np.zeros_like(weight) for weight in own.get_weights())
    if name in {layer.name for layer in source.layers}:
        old, bias = source.get_layer(name).get_weights()
        is_old = np.ones(len(kernel), bool)
        if len(old) < len(kernel):
            is_old[np.concatenate(levels)] = False
        kernel[is_old] = old
    own.set_weights([kernel, bias])
