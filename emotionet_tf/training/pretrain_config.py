"""What a pre-training run is: everything that decides its result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from emotionet_tf.action_units import VIEWS
from emotionet_tf.errors import UserError
from emotionet_tf.models.backbones.names import parse_backbone
from emotionet_tf.models.config import NECKS
from emotionet_tf.training.run_config import RunConfig, check_choice

IDENTITY = "identity"
EXPRESSION = "expression"
TASKS = (IDENTITY, EXPRESSION)

_NECKS = {IDENTITY: "bn_dropout_fc_bn", EXPRESSION: "none"}
_DAMPING = {IDENTITY: 0.0, EXPRESSION: 1.0}


@dataclass(frozen=True, kw_only=True)
class PretrainConfig(RunConfig):
    """A pre-training run. What it shares with `TrainConfig` has the same defaults, but the smoothing; the others are
    ours.

    Attributes:
      task: "identity" (persons, by an additive-margin softmax) or "expression" (categories, by a softmax).
      records_dir: Class records to train on.
      val_records_dir: Class records that choose the best network; None keeps only the last.
      init_backbone: The folder of a pre-trained backbone that it starts from, or none; excludes `init_weights`.
      view: The crop, "close_up" or "context".
      learning_rate: Rate before the first decay.
      label_smoothing: Share of a target that is spread evenly over all classes.
      neck: What makes the embedding of the features, one of `models.config.NECKS`; None is batch normalisation,
        dropout, dense layer, batch normalisation for identity, and no more than a dropout for expression.
      scale: s of the additive-margin softmax; identity only.
      margin: m of it; identity only.
      damping: Exponent of the classes' weights, 0 (none) to 1 (balanced); None is 0 for identity and 1 for expression.
    Raises:
      UserError: If a value is none of the valid ones.
    """

    task: str
    records_dir: str
    view: str = "close_up"
    learning_rate: float = 0.1
    neck: str | None = None
    scale: float = 30.0
    margin: float = 0.35

    ranges: ClassVar[Mapping[str, tuple[float, float]]] = {
        **RunConfig.ranges,
        "dropout": (0, 0.99),
        "scale": (1, 1000),
        "margin": (0, 1),
        "neck_units": (1, 65536),
    }

    def __post_init__(self) -> None:
        check_choice("task", self.task, TASKS)
        check_choice("view", self.view, VIEWS)
        parse_backbone(self.backbone)
        check_choice("neck", self.neck_name, NECKS)
        if len(self.init_backbone) > 1:
            raise UserError(f"one backbone starts from one init_backbone, got {list(self.init_backbone)}")
        refuse_margin(
            self.task,
            [name for name in ("scale", "margin") if getattr(self, name) != getattr(type(self), name)],
        )
        super().__post_init__()

    @property
    def training_dirs(self) -> tuple[str, ...]:
        """The folder of records that is trained on."""
        return (self.records_dir,)

    @property
    def neck_name(self) -> str:
        """The neck, after the task's default."""
        return _NECKS[self.task] if self.neck is None else self.neck

    @property
    def initial_learning_rate(self) -> float:
        """Rate before the first decay."""
        return self.learning_rate

    @property
    def damping_exponent(self) -> float:
        """Alpha, after the task's default."""
        return _DAMPING[self.task] if self.damping is None else self.damping

    @property
    def scale_and_margin(self) -> tuple[float, float] | None:
        """s and m of the additive-margin softmax; None for a plain softmax."""
        return (self.scale, self.margin) if self.task == IDENTITY else None


def refuse_margin(task: str, names: Sequence[str]) -> None:
    """Raises UserError if a task without an additive-margin softmax is given what only that has.

    Args:
      task: One of `TASKS`.
      names: Which of "scale" and "margin" are given.
    """
    if names and task != IDENTITY:
        raise UserError(
            f"{' and '.join(names)} would change nothing: only the task {IDENTITY} has an additive-margin softmax, got "
            f"{task}"
        )
