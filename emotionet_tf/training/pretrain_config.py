"""What a pre-training run is: everything that decides its result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import MISSING, dataclass

from emotionet_tf.action_units import VIEWS
from emotionet_tf.errors import UserError
from emotionet_tf.models.backbones.names import parse_backbone
from emotionet_tf.models.config import NECKS
from emotionet_tf.settings import check_settings, setting
from emotionet_tf.training.run_config import RunConfig

IDENTITY = "identity"
EXPRESSION = "expression"
TASKS = (IDENTITY, EXPRESSION)

_NECKS = {IDENTITY: "bn_dropout_fc_bn", EXPRESSION: "none"}
_DAMPING = {IDENTITY: 0.0, EXPRESSION: 1.0}


@dataclass(frozen=True, kw_only=True)
class PretrainConfig(RunConfig):
    """A pre-training run. What it shares with `TrainConfig` has the same defaults, but the smoothing; the others are
    ours. What each setting is, its declaration says, here and in `RunConfig`.

    Attributes:
      neck: What makes the embedding of the features; None is the task's own.
      damping: Exponent of the classes' weights; None is the task's own.
    Raises:
      UserError: If a value is not valid.
    """

    task: str = setting(
        MISSING,
        "What is learned: identity (persons, by an additive-margin softmax) or expression (categories, by a softmax "
        "with weighted classes).",
        choices=TASKS,
    )
    records_dir: str = setting(
        MISSING, "Class records to train on, as tfrecords_tools.write_class_records made them."
    )
    backbone: str = setting("ownnet8", "Network, without '+'; an unknown name lists the known ones.")
    view: str = setting(
        "close_up",
        "Crop that the network sees. Default: our choice, that of the expression AUs.",
        choices=VIEWS,
    )
    learning_rate: float = setting(
        0.1, "Rate before the first of --lr_decay_points; our choice.", at_least=0, at_most=1000
    )
    label_smoothing: float = setting(
        0.0, "Share of a target that is spread evenly over all classes; our choice.", at_least=0, at_most=0.99
    )
    neck: str | None = setting(
        None,
        "What makes the embedding of the backbone's features: none, or bn_dropout_fc_bn, the layers that face "
        "recognition uses and SIAT-NTU's head. Default: our choice, bn_dropout_fc_bn for identity, none for "
        "expression.",
        choices=NECKS,
    )
    scale: float = setting(
        30.0,
        "s of the additive-margin softmax, what cosines are multiplied by; identity only. Default: Wang et al. 2018.",
        at_least=1,
        at_most=1000,
    )
    margin: float = setting(
        0.35,
        "m of the additive-margin softmax, by which the cosine of the own person has to lead; identity only. Default: "
        "Wang et al. 2018.",
        at_least=0,
        at_most=1,
    )
    damping: float | None = setting(
        None,
        "Exponent alpha of the weights that rare classes get in the loss, 0 (none) to 1 (balanced). Default: our "
        "choice, 0 for identity and 1 for expression, whose sets are skewed.",
        at_least=0,
        at_most=1,
    )

    def __post_init__(self) -> None:
        check_settings(self)
        parse_backbone(self.backbone)
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
