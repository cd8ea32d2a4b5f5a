"""What a training run is: everything that decides its result."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, replace
from typing import Any

from emotionet_tf.action_units import (
    ACTION_UNITS,
    EXPRESSION,
    FRAMINGS,
    GROUPS,
    POSE,
    VIEWS,
    AuGroup,
    facs_code,
    facs_codes,
)
from emotionet_tf.errors import UserError
from emotionet_tf.models.backbones.names import parse_backbone, split_backbones
from emotionet_tf.models.config import NECKS, ModelConfig
from emotionet_tf.models.intensity_kinds import KINDS
from emotionet_tf.settings import setting
from emotionet_tf.stream.sources import Source, parse_source
from emotionet_tf.training.run_config import RunConfig
from emotionet_tf.training.values_by_au import parse_au_weights, parse_aus

_ALL = AuGroup("all", ACTION_UNITS, EXPRESSION.view, EXPRESSION.damping, False)
TRAINABLE_GROUPS: Mapping[str, AuGroup] = {**GROUPS, _ALL.name: _ALL}
"""What one network can learn: a group of AUs, or all 23 (the paper's comparison of views)."""

_LEARNING_RATES = {EXPRESSION.name: 0.1, POSE.name: 0.01, _ALL.name: 0.1}


@dataclass(frozen=True, kw_only=True)
class TrainConfig(RunConfig):
    """A training run; the defaults are the paper's (Werner et al. 2020, sec. 2) for OwnNet8.

    What each setting is, its declaration says, here and in `RunConfig`.

    Attributes:
      sources: The datasets, in equal shares of every batch, each with the head that it trains.
      view: The crop; None is the group's own.
      prediction_head: None is the first source's head.
      learning_rate: None is 0.1 for expression and 0.01 for pose.
      damping: None is 0.5 for expression and 0.7 for pose.
      au_weights: lambda by AU number, 1 where not given; normalised to mean 1.
      balance_sampling: See `stream.balanced_sampling`.
      selective_target: Share of positives by AU number that each batch is brought to: `selective_learning`. An AU that
        is not named keeps all its labels; None is no selective learning.
    Raises:
      UserError: If a value is not valid.
    """

    sources: tuple[Source, ...] = setting(
        MISSING,
        "A dataset to train on, as HEAD=RECORDS_DIR or HEAD=RECORDS_DIR@LABELS_DIR (labels by pseudo_label); repeat "
        "for more. Each has an equal share of every batch. Two sources with one HEAD share their outputs (no "
        "multi-task).",
        flag="source",
        is_repeated=True,
        from_flag=lambda texts: tuple(map(parse_source, texts)),
    )
    group: str = setting(MISSING, "AUs to learn.", choices=tuple(TRAINABLE_GROUPS))
    aus: tuple[int, ...] = setting(
        (),
        "AUs to learn instead of the group's, such as 6,7,12 or, of one side, L12; view, rates and damping stay the "
        "group's. Default: the group's.",
        from_flag=parse_aus,
    )
    backbone: str = setting(
        "ownnet8",
        "Network; an unknown name lists the known ones. Several, as in resnet18+resnet18, all see the image, and their "
        "features are concatenated.",
    )
    freeze_backbone: bool = setting(
        False,
        "Train only the layers behind the backbone, which stays as it starts, its batch normalisations' statistics "
        "too. Needs --init_backbone or --init_weights.",
    )
    backbone_lr_factor: float = setting(
        1.0,
        "The backbone's learning rate over that of the layers behind it; weight decay goes along. Default: our choice, "
        "no difference.",
        at_least=0,
        at_most=1,
    )
    neck: str = setting(
        "none",
        "Layers in front of the heads: none but the dropout, Magdeburg's, or SIAT-NTU's batch normalisation, dropout, "
        "dense layer, batch normalisation.",
        choices=NECKS,
    )
    intensities: str = setting(
        "none",
        "Learn intensities from 0 to 5 beside presence, of sources whose records have some: as a regression (squared "
        "error), or ordinal (Niu et al. 2016: a binary output for each of 1 to 5).",
        choices=KINDS,
    )
    intensity_weight: float = setting(
        0.2, "Weight of the intensities' loss beside that of presence; ours.", above=0, at_most=100
    )
    view: str | None = setting(
        None, "Crop that the network sees. Default: the group's own, as in the paper.", choices=VIEWS
    )
    prediction_head: str | None = setting(None, "HEAD that predicts. Default: the first source's.")
    learning_rate: float | None = setting(
        None,
        "Rate before the first of --lr_decay_points. Default: the paper's, 0.1 for expression and 0.01 for pose AUs.",
        at_least=0,
        at_most=1000,
    )
    label_smoothing: float = setting(
        0.2, "Share of a target moved to 1/2; the paper's.", at_least=0, at_most=0.99
    )
    damping: float | None = setting(
        None,
        "Exponent alpha of the imbalance damping, 0 (none) to 1 (balanced). Default: the paper's, 0.5 for expression "
        "and 0.7 for pose AUs.",
        at_least=0,
        at_most=1,
    )
    au_weights: Mapping[int, float] = setting(
        dict,
        "lambda by AU, such as 1=1.5,20=0.5; the others are 1, and all are scaled to mean 1. The paper does not print "
        "its own; propose_au_weights proposes some from a run's curves.",
        from_flag=parse_au_weights,
    )
    balance_sampling: bool = setting(
        False,
        "Show the examples of rare AUs more often, by repeat factors, in each source. SIAT-NTU balances its sampling, "
        "by rules that are not published. Damping then goes by the shares that are shown.",
    )
    selective_target: Mapping[int, float] | None = setting(
        None,
        "Share of positives, 0 to 1, that selective learning brings each batch to by dropping and weighting labels: "
        "one for all AUs, such as 0.5; by AU, such as 1=0.3,20=0.2, with all labels of the others; or both, such as "
        "0.5,10=0.6. Default: no selective learning; SIAT-NTU's shares are not published.",
        flag_default=(),
        from_flag=tuple,  # read by `parse_selective_target`, once the group is known
    )

    def __post_init__(self) -> None:
        if not self.sources:
            raise UserError("a training run needs at least one source")
        super().__post_init__()
        for name in split_backbones(self.backbone):
            parse_backbone(name)
        self._check_frozen()
        self._check_aus()

    @property
    def training_dirs(self) -> tuple[str, ...]:
        """The sources' folders of records."""
        return tuple(source.records_dir for source in self.sources)

    @property
    def au_group(self) -> AuGroup:
        """The AUs and their paper's settings."""
        group = TRAINABLE_GROUPS[self.group]
        return replace(group, aus=self.aus) if self.aus else group

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
            intensities=self.intensities,
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
            unknown = [au for au in aus if au not in self.au_group.aus]
            if unknown:
                raise UserError(
                    f"AU {facs_code(unknown[0])} has a {what} but the AUs to learn are only "
                    f"{facs_codes(self.au_group.aus)}"
                )
        if not all(0 < share < 1 for share in (self.selective_target or {}).values()):
            raise UserError(
                f"selective_target's shares lie between 0 and 1, got {dict(self.selective_target or {})}"
            )
        if not all(0 < weight < math.inf for weight in self.au_weights.values()):
            raise UserError(f"weights of AUs are positive numbers, got {dict(self.au_weights)}")
