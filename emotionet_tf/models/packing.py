"""A trained model made small, to be shipped: one head, the AUs that are wanted, decided at 0.5."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from emotionet_tf.action_units import facs_code, facs_codes
from emotionet_tf.errors import UserError
from emotionet_tf.models.config import CONFIG_FILE, ModelConfig
from emotionet_tf.models.intensity_kinds import KINDS
from emotionet_tf.models.model_folders import LoadedModel
from emotionet_tf.models.multi_head import build_model, copy_trunk, head_layer_name
from emotionet_tf.models.packed_weights import FLOAT16_BITS, WEIGHTS_INFO_FILE, write_packed
from emotionet_tf.storage.files import check_replaceable, folder_written_aside, write_json
from emotionet_tf.storage.paths import as_path

MEAN_HEAD = "mean"
"""The head of a packed model that is the mean of several heads."""


def pack_model(
    model: LoadedModel,
    output_dir: str | os.PathLike[str],
    *,
    heads: Mapping[str, Sequence[int] | None] | None = None,
    aus: Sequence[int] | None = None,
    scales: Mapping[int, float] = {},
    offsets: Mapping[int, float] = {},
    looks: Sequence[str] | None = None,
    provenance: Mapping[str, Any],
    kernel_bits: int = FLOAT16_BITS,
) -> Path:
    """Writes a packed model folder, whose only head gives scale * (mean of some heads' logits) + offset for each AU.

    Heads are dense layers on the same features, so that the mean, the choice of AUs, scales and offsets all go into one
    dense layer, without an error but for the kernels' rounding (`packed_weights.write_packed`). Tuned thresholds and
    intensities of the model are not taken over: an offset stands for one.

    Args:
      model: The trained model.
      output_dir: The folder; one that was packed before is replaced.
      heads: The heads whose logits are averaged, each with the AUs that it is asked for, or None for all that
        it has learnt; by default those that decide, each for its AUs.
      aus: The AUs in output order; None is all of the model's that one of these heads has learnt.
      scales: What an AU's logit is multiplied by, above 0; 1 for an AU that is not named.
      offsets: What is added to that; 0 for an AU that is not named.
      looks: Several looks at an image, whose logits are averaged, as `Look.from_text` takes them; None is as the
        model looks.
      provenance: What the model was made from and how, as JSON can hold it.
      kernel_bits: As `packed_weights.write_packed` takes it.
    Returns:
      The folder.
    Raises:
      UserError: If a head or an AU is not the model's, a number is not valid, or the folder is something else.
    """
    aus = _learnt(model.config, heads) if aus is None else tuple(aus)
    heads = _deciding(model.config, aus) if heads is None else heads
    asked = {
        head: tuple(au for au in aus if model.config.has_learnt(head, au)) if own is None else tuple(own)
        for head, own in heads.items()
    }
    _check(model.config, asked, aus, scales, offsets)
    check_replaceable(output_dir, WEIGHTS_INFO_FILE, "packed model folder")
    name = next(iter(asked)) if len(asked) == 1 else MEAN_HEAD
    config = dataclasses.replace(
        model.config,
        aus=aus,
        heads=(name,),
        prediction_head=name,
        learnt={},
        outputs=(),
        intensities=KINDS[0],
        intensities_learnt={},
        looks=model.config.looks if looks is None else tuple(looks),
    )
    kernel, bias = _mean_head(model, asked, aus)
    scale = np.array([scales.get(au, 1.0) for au in aus])
    offset = np.array([offsets.get(au, 0.0) for au in aus])
    network = build_model(config)
    copy_trunk(model.network, network)
    network.get_layer(head_layer_name(name)).set_weights([kernel * scale, bias * scale + offset])
    with folder_written_aside(output_dir) as folder:
        write_json(folder / CONFIG_FILE, config.to_dict())
        write_packed(network, folder, provenance, kernel_bits)
    return as_path(output_dir)


def _learnt(config: ModelConfig, heads: Iterable[str] | None) -> tuple[int, ...]:
    """Returns a model's AUs that one of some heads has learnt; all of them if none of these heads is the model's."""
    known = config.heads if heads is None else [head for head in heads if head in config.heads]
    return tuple(au for au in config.aus if any(config.has_learnt(head, au) for head in known)) or config.aus


def _deciding(config: ModelConfig, aus: Sequence[int]) -> dict[str, tuple[int, ...]]:
    """Returns the AUs that each head decides."""
    deciding: dict[str, list[int]] = {}
    for au, head in zip(config.aus, config.deciding_heads, strict=True):
        if au in aus:
            deciding.setdefault(head, []).append(au)
    return {head: tuple(own) for head, own in deciding.items()} or {config.prediction_head: config.aus}


def _check(
    config: ModelConfig,
    heads: Mapping[str, Sequence[int]],
    aus: Sequence[int],
    scales: Mapping[int, float],
    offsets: Mapping[int, float],
) -> None:
    codes, known_codes = ([facs_code(au) for au in one] for one in (aus, config.aus))
    for what, given, known in (("heads", list(heads), list(config.heads)), ("AUs", codes, known_codes)):
        if not given or len(set(given)) != len(given) or not set(given) <= set(known):
            raise UserError(
                f"a packed model has some of the {what} {', '.join(known)}, each once; got "
                f"{', '.join(given) or 'none'}"
            )
    for head, own in heads.items():
        if unknown := [au for au in own if au not in config.aus]:
            raise UserError(
                f"head {head} is asked for AU {facs_code(unknown[0])}, which the model does not have"
            )
        if foreign := [au for au in own if not config.has_learnt(head, au)]:
            raise UserError(f"head {head} is asked for AU {facs_code(foreign[0])}, which it has not learnt")
    if nobody := [au for au in aus if not any(au in own for own in heads.values())]:
        raise UserError(
            f"no head is asked for AU {facs_code(nobody[0])} that has learnt it; ask another head for it, or for "
            "other AUs"
        )
    for what, numbers in (("scale", scales), ("offset", offsets)):
        for au, number in numbers.items():
            if au not in aus:
                raise UserError(f"the {what} of AU {facs_code(au)} has no use: the AUs are {facs_codes(aus)}")
            if not np.isfinite(number) or (what == "scale" and number <= 0):
                bound = " above 0" if what == "scale" else ""
                raise UserError(f"the {what} of AU {facs_code(au)} has to be a number{bound}, got {number}")


def _mean_head(
    model: LoadedModel, heads: Mapping[str, Sequence[int]], aus: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Returns kernel [features, AUs] and bias [AUs] of the mean, for each AU, of the heads that are asked for it."""
    columns = [model.config.output_aus.index(au) for au in aus]
    is_asked = np.array([[au in own for au in aus] for own in heads.values()], np.float64)
    shares = is_asked / is_asked.sum(0)
    weights = [model.network.get_layer(head_layer_name(head)).get_weights() for head in heads]
    kernel, bias = (
        sum(
            share * array[..., columns].astype(np.float64)
            for share, array in zip(shares, arrays, strict=True)
        )
        for arrays in zip(*weights, strict=True)
    )
    return kernel, bias
