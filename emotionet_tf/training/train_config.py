"""What a training run is: everything that decides its result."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from emotionet_tf.action_units import ACTION_UNITS, EXPRESSION, FRAMINGS, GROUPS, POSE, VIEWS, AuGroup
from emotionet_tf.errors import UserError
from emotionet_tf.models.backbones.names import parse_backbone, split_backbones
from emotionet_tf.models.config import ModelConfig
from emotionet_tf.stream.sources import Source
from emotionet_tf.training.run_config import RunConfig, check_choice

_ALL = AuGroup("all", ACTION_UNITS, EXPRESSION.view, EXPRESSION.damping, False)
TRAINABLE_GROUPS: Mapping[str, AuGroup] = {**GROUPS, _ALL.name: _ALL}
"""What one network can learn: a group of AUs, or all 23 (the paper's comparison of views)."""

_LEARNING_RATES = {EXPRESSION.name: 0.1, POSE.name: 0.01, _ALL.name: 0.1}


@dataclass(frozen=True, kw_only=True)
class TrainConfig(RunConfig):
    """A training run; the defaults are the paper's (Werner et al. 2020, sec. 2) for OwnNet8.

    What it shares with pre-training is described in `RunConfig`.

    Attributes:
      sources: The datasets, in equal shares of every batch, each with the head that it trains.
      group: "expression", "pose" or "all".
      backbone: With "+", several backbones whose features are concatenated.
      freeze_backbone: Whether the backbones stay as they start, their batch normalisations' statistics too.
      backbone_lr_factor: The backbones' learning rate over that of the rest.
      neck: What stands between features and heads, one of `models.config.NECKS`.
      view: The crop; None is the group's own.
      prediction_head: None is the first source's head.
      learning_rate: None is 0.1 for expression and 0.01 for pose.
      label_smoothing: Share of a target that is moved to 1/2.
      damping: None is 0.5 for expression and 0.7 for pose.
      au_weights: lambda by AU number, 1 where not given; normalised to mean 1.
      balance_sampling: Whether examples of rare AUs are shown more often: `stream.balanced_sampling`.
      selective_target: Share of positives by AU number that each batch is brought to: `selective_learning`. An AU that
        is not named keeps all its labels; None is no selective learning.
    Raises:
      UserError: If a value is none of the valid ones.
    """

    sources: tuple[Source, ...]
    group: str
    freeze_backbone: bool = False
    backbone_lr_factor: float = 1.0
    neck: str = "none"
    view: str | None = None
    prediction_head: str | None = None
    label_smoothing: float = 0.2
    au_weights: Mapping[int, float] = field(default_factory=dict)
    balance_sampling: bool = False
    selective_target: Mapping[int, float] | None = None

    ranges: ClassVar[Mapping[str, tuple[float, float]]] = {**RunConfig.ranges, "backbone_lr_factor": (0, 1)}

    def __post_init__(self) -> None:
        check_choice("group", self.group, tuple(TRAINABLE_GROUPS))
        if self.view is not None:
            check_choice("view", self.view, VIEWS)
        if not self.sources:
            raise UserError("a training run needs at least one source")
        for part in split_backbones(self.backbone):
            parse_backbone(part)
        super().__post_init__()
        self._check_frozen()
        self._check_aus()

    @property
    def training_dirs(self) -> tuple[str, ...]:
        """The sources' folders of records."""
        return tuple(source.records_dir for source in self.sources)

    @property
    def au_group(self) -> AuGroup:
        """The AUs and their paper's settings."""
        return TRAINABLE_GROUPS[self.group]

    @property
    def source_heads(self) -> tuple[str, ...]:
        """The head that each source trains."""
        return tuple(source.head for source in self.sources)

    @property
    def initial_learning_rate(self) -> float:
        """The learning rate, after the group's default."""
        return _LEARNING_RATES[self.group] if self.learning_rate is None else self.learning_rate

    @property
    def damping_exponent(self) -> float:
        """Alpha, after the group's default."""
        return self.au_group.damping if self.damping is None else self.damping

    def model_config(self, crop_size_px: int, framing: str = FRAMINGS[0]) -> ModelConfig:
        """Returns the network to train on crops of this size and framing."""
        return ModelConfig(
            backbone=self.backbone,
            aus=self.au_group.aus,
            view=self.view or self.au_group.view,
            heads=tuple(dict.fromkeys(self.source_heads)),
            prediction_head=self.prediction_head or self.sources[0].head,
            uses_angles=self.au_group.uses_angles,
            image_size_px=self.image_size_px,
            crop_size_px=crop_size_px,
            dropout=self.dropout,
            neck=self.neck,
            neck_units=self.neck_units,
            framing=framing,
        )

    def to_dict(self) -> dict[str, Any]:
        """Returns the configuration as JSON can hold it."""
        content = super().to_dict()
        content["au_weights"] = {str(au): weight for au, weight in self.au_weights.items()}
        if self.selective_target is not None:
            content["selective_target"] = {str(au): share for au, share in self.selective_target.items()}
        content["sources"] = list(content["sources"])
        return content

    def _check_frozen(self) -> None:
        if self.freeze_backbone and not (self.init_backbone or self.init_weights):
            raise UserError(
                "freeze_backbone needs init_backbone or init_weights: random weights would never learn"
            )
        if self.freeze_backbone and self.backbone_lr_factor != 1:
            raise UserError(
                f"backbone_lr_factor {self.backbone_lr_factor} and freeze_backbone exclude each other: a frozen "
                "backbone does not learn"
            )

    def _check_aus(self) -> None:
        for what, aus in (("weight", self.au_weights), ("target share", self.selective_target or {})):
            strangers = [au for au in aus if au not in self.au_group.aus]
            if strangers:
                raise UserError(
                    f"AU {strangers[0]} has a {what} but the group {self.group} has only {self.au_group.aus}"
                )
        if not all(0 < share < 1 for share in (self.selective_target or {}).values()):
            raise UserError(
                f"selective_target's shares lie between 0 and 1, got {dict(self.selective_target or {})}"
            )
        if not all(0 < weight < math.inf for weight in self.au_weights.values()):
            raise UserError(f"weights of AUs are positive numbers, got {dict(self.au_weights)}")
