"""What the configurations of training and of pre-training have in common."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from emotionet_tf.errors import UserError
from emotionet_tf.storage.paths import as_path
from emotionet_tf.stream.augmentation_ranges import Augmentation

OPTIMIZERS = ("sgd", "adam")
FLOAT32, BFLOAT16, FLOAT16 = "float32", "bfloat16", "float16"
PRECISIONS = (FLOAT32, BFLOAT16, FLOAT16)
"""What a network can compute in while it trains."""


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """What decides the result of a run, whatever it learns.

    Attributes:
      output_dir: The model's folder.
      val_records_dir: Records that choose the best model; None keeps only the last.
      backbone: A name that `models.build_backbones` knows.
      init_weights: What the backbone starts from: "imagenet", a file of weights, or None for random ones.
      init_backbone: Folders of pre-trained backbones or of AU models that the backbones start from, in the order of the
        "+" parts; excludes `init_weights`.
      neck_units: Width of the neck's dense layer.
      image_size_px: Side of the input image.
      num_steps: Length of the run, in batches.
      batch_size: Examples of a batch, of all sources together.
      learning_rate: Rate before the first decay; None is the default of what is learned.
      lr_decay_factor: What the learning rate is multiplied by at each of the points.
      lr_decay_points: Shares of the run, ascending, between 0 and 1.
      optimizer: "sgd", the paper's, or "adam".
      momentum: Of gradient descent, where the paper names none; Adam's beta_1.
      weight_decay: Per step and unit of learning rate, on kernels.
      dropout: Rate in front of the output layer, or of the neck's dense layer.
      norm_momentum: Of the batch normalisations' running statistics; None is each network's own.
      damping: Exponent of the imbalance damping, 0 (none) to 1 (balanced); None is the default of what is learned.
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

    output_dir: str
    val_records_dir: str | None = None
    backbone: str = "ownnet8"
    init_weights: str | None = None
    init_backbone: tuple[str, ...] = ()
    neck_units: int = 512
    image_size_px: int = 224
    num_steps: int = 500_000
    batch_size: int = 16
    learning_rate: float | None = None
    lr_decay_factor: float = 0.33
    lr_decay_points: tuple[float, ...] = (0.5, 0.75)
    optimizer: str = "sgd"
    momentum: float = 0.0
    weight_decay: float = 4e-6
    dropout: float = 0.5
    label_smoothing: float = 0.0
    norm_momentum: float | None = None
    damping: float | None = None
    augmentation: Augmentation = field(default_factory=Augmentation)
    precision: str = FLOAT32
    clip_norm: float | None = None
    ema_decay: float | None = None
    accumulation_steps: int = 1
    sync_batch_norm: bool = False
    checkpoint_interval_steps: int = 1000
    validation_interval_steps: int = 5000
    seed: int = 0

    ranges: ClassVar[Mapping[str, tuple[float, float]]] = {
        "learning_rate": (0, 1000),
        "lr_decay_factor": (0, 1),
        "momentum": (0, 1),
        "weight_decay": (0, 1),
        "label_smoothing": (0, 0.99),
        "damping": (0, 1),
        "norm_momentum": (0, 0.9999),
        "seed": (0, 2**31 - 1),
    }
    """Smallest and largest values."""

    def __post_init__(self) -> None:
        check_choice("optimizer", self.optimizer, OPTIMIZERS)
        if self.init_backbone and self.init_weights:
            raise UserError("a backbone starts from init_backbone or from init_weights, not from both")
        self._check_held_out()
        self._check_intervals()
        points = list(self.lr_decay_points)
        if points != sorted(set(points)) or not all(0 < point < 1 for point in points):
            raise UserError(f"lr_decay_points are ascending shares of the run between 0 and 1, got {points}")
        for name, (low, high) in self.ranges.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise UserError(f"{name} lies between {low} and {high}, got {value}")
        self._check_step()

    @property
    def training_dirs(self) -> Sequence[str]:
        """The folders of records that are trained on, with equal shares of each batch."""
        raise NotImplementedError

    @property
    def initial_learning_rate(self) -> float:
        """Rate before the first decay, after the default of what is learned."""
        raise NotImplementedError

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """Returns the default of each field that has one: what runs had that are older than the field."""
        fields = [field for field in dataclasses.fields(cls) if field.default is not dataclasses.MISSING]
        return {field.name: field.default for field in fields}

    def to_dict(self) -> dict[str, Any]:
        """Returns the configuration as JSON can hold it."""
        return dataclasses.asdict(self)

    def _check_held_out(self) -> None:
        if self.val_records_dir and as_path(self.val_records_dir).resolve() in [
            as_path(path).resolve() for path in self.training_dirs
        ]:
            raise UserError(
                f"val_records_dir {self.val_records_dir} is trained on, and would choose the model that knows it by "
                "heart: give records of other photos, such as those that write_records --val_fraction sets apart, or "
                "none"
            )

    def _check_intervals(self) -> None:
        for name in ("num_steps", "batch_size", "checkpoint_interval_steps", "validation_interval_steps"):
            if getattr(self, name) < 1:
                raise UserError(f"{name} is at least 1, got {getattr(self, name)}")
        if self.validation_interval_steps % self.checkpoint_interval_steps:
            raise UserError(
                f"validation_interval_steps {self.validation_interval_steps} is not a multiple of "
                f"checkpoint_interval_steps {self.checkpoint_interval_steps}"
            )

    def _check_step(self) -> None:
        """Checks what says how a step is computed."""
        check_choice("precision", self.precision, PRECISIONS)
        if self.clip_norm is not None and not 0 < self.clip_norm < math.inf:
            raise UserError(f"clip_norm is above 0, or None for no clipping, got {self.clip_norm}")
        if self.ema_decay is not None and not 0 < self.ema_decay < 1:
            raise UserError(
                f"ema_decay lies between 0 and 1, or is None for no averages, got {self.ema_decay}"
            )
        parts, num_sources = self.accumulation_steps, len(self.training_dirs)
        if parts < 1:
            raise UserError(f"accumulation_steps is at least 1, got {parts}")
        if parts > 1 and self.batch_size % (parts * num_sources):
            shares = f" with equal shares of {num_sources} sources" if num_sources > 1 else ""
            raise UserError(
                f"batch_size {self.batch_size} cannot be cut into accumulation_steps {parts} equal parts{shares}: it "
                f"has to be a multiple of {parts * num_sources}"
            )


def check_choice(name: str, value: str, choices: Sequence[str]) -> None:
    """Raises UserError unless a value is one of the choices."""
    if value not in choices:
        raise UserError(f"{name} {value!r} is none of {', '.join(choices)}")
