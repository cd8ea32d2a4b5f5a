"""What a pre-training run is: everything that decides its result."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from emotionet_tf.action_units import VIEWS
from emotionet_tf.data.augmentation_ranges import Augmentation
from emotionet_tf.errors import UserError
from emotionet_tf.models.backbone_names import parse_backbone
from emotionet_tf.models.config import NECKS
from emotionet_tf.training.config import OPTIMIZERS
from emotionet_tf.training.config_checks import (
    SHARED_RANGES,
    check_choice,
    check_held_out,
    check_intervals,
    check_lr_decay_points,
    check_ranges,
    check_step,
    field_defaults,
)
from emotionet_tf.training.precision import FLOAT32

IDENTITY = "identity"
EXPRESSION = "expression"
TASKS = (IDENTITY, EXPRESSION)

_NECKS = {IDENTITY: "bn_dropout_fc_bn", EXPRESSION: "none"}
_DAMPING = {IDENTITY: 0.0, EXPRESSION: 1.0}

_RANGES = {
    **SHARED_RANGES,
    "dropout": (0, 0.99),
    "scale": (1, 1000),
    "margin": (0, 1),
    "neck_units": (1, 65536),
}


@dataclass(frozen=True)
class PretrainConfig:
    """A pre-training run. What it shares with `TrainConfig` has the same names and defaults; the others are ours.

    Attributes:
      task: "identity" (persons, by an additive-margin softmax) or "expression" (categories, by a softmax).
      records_dir: Class records to train on.
      output_dir: The backbone's folder.
      val_records_dir: Class records that choose the best network; None keeps only the last.
      backbone: One name that `models.build_backbone` knows.
      init_weights: What the backbone starts from: "imagenet", a file of weights, or None for random ones.
      init_backbone: The folder of a pre-trained backbone that it starts from, or none; excludes `init_weights`.
      view: The crop, "close_up" or "context".
      image_size_px: Side of the input image.
      num_steps: Length of the run, in batches.
      batch_size: Examples of a batch.
      learning_rate: Rate before the first decay.
      lr_decay_factor: What the learning rate is multiplied by at each of the points.
      lr_decay_points: Shares of the run, ascending, between 0 and 1.
      optimizer: "sgd" or "adam".
      momentum: Of gradient descent; Adam's beta_1.
      weight_decay: Per step and unit of learning rate, on kernels.
      label_smoothing: Share of a target that is spread evenly over all classes.
      dropout: Rate in front of the output layer, or of the neck's dense layer.
      neck: What makes the embedding of the features, one of `models.config.NECKS`; None is batch normalisation,
        dropout, dense layer, batch normalisation for identity, and no more than a dropout for expression.
      neck_units: Width of the neck's dense layer.
      scale: s of the additive-margin softmax; identity only.
      margin: m of it; identity only.
      damping: Exponent of the classes' weights, 0 (none) to 1 (balanced); None is 0 for identity and 1 for expression.
      norm_momentum: Of the batch normalisations' running statistics; None is each network's own.
      augmentation: Ranges of the random changes to images.
      precision: What the network computes in while it trains: "float32", "bfloat16" or "float16"; its weights, outputs
        and loss are float32 in all of them.
      clip_norm: Largest norm of the gradients of all variables together, to which longer ones are scaled down; None for
        none.
      ema_decay: Of the averages of the weights, which then are what is validated and saved; None for none.
      accumulation_steps: Parts of a batch that are computed one after another, so that memory holds one; batch
        normalisation sees the part.
      sync_batch_norm: Whether batch normalisations see the whole batch where several replicas share it, not each its
        share; needed for gradients that equal one device's.
      checkpoint_interval_steps: A killed run loses at most this many steps.
      validation_interval_steps: A multiple of the checkpoint interval.
      seed: Of initial weights, order, augmentation and dropout.
    Raises:
      UserError: If a value is none of the valid ones.
    """

    task: str
    records_dir: str
    output_dir: str
    val_records_dir: str | None = None
    backbone: str = "ownnet8"
    init_weights: str | None = None
    init_backbone: tuple[str, ...] = ()
    view: str = "close_up"
    image_size_px: int = 224
    num_steps: int = 500_000
    batch_size: int = 16
    learning_rate: float = 0.1
    lr_decay_factor: float = 0.33
    lr_decay_points: tuple[float, ...] = (0.5, 0.75)
    optimizer: str = "sgd"
    momentum: float = 0.0
    weight_decay: float = 4e-6
    label_smoothing: float = 0.0
    dropout: float = 0.5
    neck: str | None = None
    neck_units: int = 512
    scale: float = 30.0
    margin: float = 0.35
    damping: float | None = None
    norm_momentum: float | None = None
    augmentation: Augmentation = field(default_factory=Augmentation)
    precision: str = FLOAT32
    clip_norm: float | None = None
    ema_decay: float | None = None
    accumulation_steps: int = 1
    sync_batch_norm: bool = False
    checkpoint_interval_steps: int = 1000
    validation_interval_steps: int = 5000
    seed: int = 0

    def __post_init__(self) -> None:
        check_choice("task", self.task, TASKS)
        check_choice("view", self.view, VIEWS)
        check_choice("optimizer", self.optimizer, OPTIMIZERS)
        parse_backbone(self.backbone)
        check_choice("neck", self.neck_name, NECKS)
        if len(self.init_backbone) > 1:
            raise UserError(f"one backbone starts from one init_backbone, got {list(self.init_backbone)}")
        if self.init_backbone and self.init_weights:
            raise UserError("a backbone starts from init_backbone or from init_weights, not from both")
        check_held_out(self.val_records_dir, [self.records_dir])
        refuse_margin(
            self.task,
            [name for name in ("scale", "margin") if getattr(self, name) != getattr(type(self), name)],
        )
        check_intervals(self)
        check_lr_decay_points(self.lr_decay_points)
        check_ranges(self, _RANGES)
        check_step(self)

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

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """Returns the default of each field that has one: what runs had that are older than the field."""
        return field_defaults(cls)

    def to_dict(self) -> dict[str, Any]:
        """Returns the configuration as JSON can hold it."""
        return dataclasses.asdict(self)


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
