"""What the configurations of training and of pre-training have in common."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import MISSING, dataclass
from typing import Any

from emotionet_tf.errors import UserError
from emotionet_tf.settings import check_settings, setting
from emotionet_tf.storage.paths import as_path
from emotionet_tf.stream.augmentation_ranges import NO_AUGMENTATION, Augmentation

OPTIMIZERS = ("sgd", "adam")
FLOAT32, BFLOAT16, FLOAT16 = "float32", "bfloat16", "float16"
PRECISIONS = (FLOAT32, BFLOAT16, FLOAT16)
"""What a network can compute in while it trains."""


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """What decides the result of a run, whatever it learns; what each setting is, its declaration says.

    Attributes:
      learning_rate: Rate before the first decay; None is the default of what is learned.
      label_smoothing: Share of a target that is taken from it.
      damping: Exponent of the imbalance damping; None is the default of what is learned.
    Raises:
      UserError: If a value is not valid.
    """

    output_dir: str = setting(MISSING, "Folder of the model.")
    val_records_dir: str | None = setting(None, "Records that choose the best model; none by default.")
    backbone: str = "ownnet8"
    init_weights: str | None = setting(
        None,
        "What the backbone starts from: none (random weights), imagenet (downloaded, for mobilenet_v3_large, "
        "efficientnet_b0 and resnet50; Magdeburg's), or a file: .h5 or .weights.h5 of these three without the "
        "classifier, as keras.applications or keras-cv publish it, or a .keras file of the same backbone, such as "
        "another model's best.keras.",
        flag_default="none",
        from_flag=lambda text: None if text == "none" else text,
    )
    init_backbone: tuple[str, ...] = setting(
        (),
        "Folder of a pre-trained backbone, by pretrain, or of a model, by train or pack, that it starts from; repeat "
        "for each of several, in their order. The layers behind start fresh. Excludes --init_weights.",
        is_repeated=True,
    )
    neck_units: int = setting(512, "Width of the neck's dense layer; SIAT-NTU's.", at_least=1)
    image_size_px: int = setting(224, "Side of the input image in pixels; Magdeburg's.")
    num_steps: int = setting(
        500_000,
        "Batches to train on; Magdeburg's for OwnNet. A finished run takes more, where its rate would have been the "
        "same so far.",
        at_least=1,
    )
    batch_size: int = setting(16, "Examples a batch, of all sources together; Magdeburg's.", at_least=1)
    learning_rate: float | None = None
    lr_decay_factor: float = setting(
        0.33,
        "What the learning rate is multiplied by at each point; Magdeburg's. SIAT-NTU's: 0.1.",
        at_least=0,
        at_most=1,
    )
    lr_decay_points: tuple[float, ...] = setting(
        (0.5, 0.75),
        "Shares of the run after which the learning rate falls, ascending; Magdeburg's. SIAT-NTU's: 0.3,0.5,0.8.",
        above=0,
        below=1,
    )
    optimizer: str = setting(
        "sgd", "sgd is Magdeburg's; adam leaves the start sooner where steps are few.", choices=OPTIMIZERS
    )
    momentum: float = setting(
        0.0, "Of gradient descent; their paper names none. Adam's beta_1.", at_least=0, at_most=1
    )
    weight_decay: float = setting(
        4e-6, "Per step and unit of learning rate, on kernels; Magdeburg's.", at_least=0, at_most=1
    )
    dropout: float = setting(
        0.5,
        "Rate in front of the output layer, or of the neck's dense layer; Magdeburg's.",
        at_least=0,
        below=1,
    )
    label_smoothing: float = 0.0
    norm_momentum: float | None = setting(
        None,
        "Of the batch normalisations' running statistics; runs of a few thousand steps need less than the 0.99 or "
        "0.999 of the published networks. Default: the network's own.",
        at_least=0,
        at_most=0.9999,
    )
    damping: float | None = None
    augmentation: Augmentation = setting(
        Augmentation,
        "Change images at random, as Magdeburg's paper does; --noaugment leaves them, whatever the ranges say.",
        flag="augment",
        off_value=NO_AUGMENTATION,
    )
    precision: str = setting(
        FLOAT32,
        "What the network computes in while it trains; weights, outputs and loss are float32, and so is the saved "
        "network. bfloat16 is for TPUs and new GPUs, float16, with a scaled loss, for older ones. Default: the papers "
        "name none.",
        choices=PRECISIONS,
    )
    clip_norm: float | None = setting(
        None,
        "Largest norm of all gradients together; longer ones are scaled down to it. Default, or 0: no clipping, the "
        "papers name none.",
        above=0,
        from_flag=lambda norm: norm or None,
    )
    ema_decay: float | None = setting(
        None,
        "Average the weights over the steps, with this decay, such as 0.9998; the averages are validated and saved. "
        "Default, or 0: no averages, the papers name none.",
        above=0,
        below=1,
        from_flag=lambda decay: decay or None,
    )
    accumulation_steps: int = setting(
        1,
        "Micro-batches of a batch that are computed one after another, so that memory holds one; the gradient is the "
        "whole batch's, but batch normalisation sees the micro-batch. Default: the batch in one.",
        at_least=1,
    )
    sync_batch_norm: bool = setting(
        False,
        "Normalise by the whole batch where several devices share it, not by each device's slice: gradients then equal "
        "one device's, for more exchange between them. Default: our choice.",
    )
    checkpoint_interval_steps: int = setting(
        1000, "Batches between checkpoints; a killed run loses at most this. Default: our choice.", at_least=1
    )
    validation_interval_steps: int = setting(
        5000, "Batches between validations, a multiple of --checkpoint_interval_steps.", at_least=1
    )
    fast_stream: bool = setting(
        False,
        "Change images a batch at a time, by OpenCV, which computes less than TensorFlow image by image and rounds "
        "otherwise: by at most two of 255 levels, but at the edges of 4:2:0 crops. Never on a TPU. Default: no, so "
        "that runs keep their bits.",
    )
    seed: int = setting(
        0, "Of initial weights, order, augmentation and dropout.", at_least=0, at_most=2**31 - 1
    )

    def __post_init__(self) -> None:
        check_settings(self)
        if self.init_backbone and self.init_weights:
            raise UserError("a backbone starts from init_backbone or from init_weights, not from both")
        self._check_held_out()
        self._check_output()
        self._check_periods()
        if list(self.lr_decay_points) != sorted(set(self.lr_decay_points)):
            raise UserError(
                f"lr_decay_points must be ascending shares of the run, got {list(self.lr_decay_points)}"
            )
        self._check_micro_batches()

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

    def _check_output(self) -> None:
        records = [*self.training_dirs, *filter(None, [self.val_records_dir])]
        if as_path(self.output_dir).resolve() in [as_path(path).resolve() for path in records]:
            raise UserError(
                f"output_dir {self.output_dir} is a folder of records; give the model a folder of its own"
            )

    def _check_periods(self) -> None:
        if self.val_records_dir and self.validation_interval_steps % self.checkpoint_interval_steps:
            raise UserError(
                f"validation_interval_steps {self.validation_interval_steps} is not a multiple of "
                f"checkpoint_interval_steps {self.checkpoint_interval_steps}"
            )

    def _check_micro_batches(self) -> None:
        number, num_sources = self.accumulation_steps, len(self.training_dirs)
        if number > 1 and self.batch_size % (number * num_sources):
            shares = f" with equal shares of {num_sources} sources" if num_sources > 1 else ""
            raise UserError(
                f"batch_size {self.batch_size} cannot be cut into accumulation_steps {number} equal "
                f"micro-batches{shares}: it must be a multiple of {number * num_sources}"
            )
