"""Which AUs each head of a run can learn: those that its sources' labels know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from emotionet_tf.action_units import au_name
from emotionet_tf.errors import UserError
from emotionet_tf.models import ModelConfig
from emotionet_tf.models.intensity_kinds import KINDS
from emotionet_tf.records.dataset_info import DatasetInfo, load_label_info
from emotionet_tf.training.train_config import TrainConfig


def with_learnt_aus(network: ModelConfig, config: TrainConfig, infos: Sequence[DatasetInfo]) -> ModelConfig:
    """Returns a network's configuration that says what it learns: the AUs of each head, and of all of them.

    An AU of the group that no source labels keeps its column, so that the loss stays that of the group, and is not
    predicted.

    Args:
      network: The network, with all AUs.
      config: The run.
      infos: Of the sources' records.
    Raises:
      UserError: If no source labels any AU, or one that --aus asks for.
    """
    learnt: dict[str, set[int]] = {head: set() for head in network.heads}
    for source, info in zip(config.sources, infos, strict=True):
        labels_dir = source.labels_dir
        known = load_label_info(labels_dir, check_shards=False).known if labels_dir else info.known
        learnt[source.head] |= {au for au in network.aus if known.get(au_name(au))}
    network = _with_intensities(network, config, infos)
    if all(len(own) == len(network.aus) for own in learnt.values()):
        return network
    taught = tuple(au for au in network.aus if any(au in own for own in learnt.values()))
    if missing := [au for au in network.aus if au not in taught and (config.aus or not taught)]:
        names = ", ".join(map(au_name, missing))
        raise UserError(
            f"no source has a label of {names}, so that no head can learn it; name others in --aus"
        )
    return replace(
        network,
        aus=taught,
        outputs=() if taught == network.aus else network.aus,
        learnt={head: tuple(au for au in taught if au in own) for head, own in learnt.items()},
    )


def _with_intensities(network: ModelConfig, config: TrainConfig, infos: Sequence[DatasetInfo]) -> ModelConfig:
    """Returns the configuration with the intensities that each head learns, where it is to learn some."""
    if config.intensities == KINDS[0]:
        return network
    learnt: dict[str, set[int]] = {}
    for source, info in zip(config.sources, infos, strict=True):
        own = {au for au in network.aus if info.intensities.get(au_name(au))}
        if own:
            learnt.setdefault(source.head, set()).update(own)
    if not learnt:
        raise UserError(
            f"intensities={config.intensities}, but no source's records have intensities: make them of "
            "labels from 0 to 5"
        )
    ordered = {head: tuple(au for au in network.aus if au in own) for head, own in learnt.items()}
    return replace(network, intensities_learnt=ordered)
