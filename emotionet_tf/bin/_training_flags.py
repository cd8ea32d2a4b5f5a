"""The flags that `train` and `pretrain` share.

A command takes them over by `flags.adopt_module_key_flags`, so that its `--help` shows them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from absl import flags

from emotionet_tf.errors import UserError
from emotionet_tf.stream.augmentation_ranges import NO_AUGMENTATION, Augmentation

if TYPE_CHECKING:
    from emotionet_tf.training.run_options import RunOptions

_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Folder of the model.", required=True)
_VAL_RECORDS = flags.DEFINE_string(
    "val_records_dir", None, "Records that choose the best model; none by default."
)
_INIT_WEIGHTS = flags.DEFINE_string(
    "init_weights", "none", "What the backbone starts from: none (random weights), imagenet (downloaded, for "
    "mobilenet_v3_large, efficientnet_b0 and resnet50; Magdeburg's), or a file: .h5 or .weights.h5 of these three "
    "without the classifier, as keras.applications or keras-cv publish it, or a .keras file of the same backbone, such "
    "as another model's best.keras.",
)  # fmt: skip
_INIT_BACKBONE = flags.DEFINE_multi_string(
    "init_backbone", [], "Folder of a pre-trained backbone, by pretrain, or of a model, by train, that the backbone "
    "starts from; repeat for each of several, in their order. The layers behind start fresh. Excludes --init_weights.",
)  # fmt: skip
_NECK_UNITS = flags.DEFINE_integer("neck_units", 512, "Width of the neck's dense layer; SIAT-NTU's.")
_IMAGE_SIZE = flags.DEFINE_integer("image_size_px", 224, "Side of the input image in pixels; Magdeburg's.")
_NUM_STEPS = flags.DEFINE_integer("num_steps", 500_000, "Batches to train on; Magdeburg's for OwnNet.")
_BATCH_SIZE = flags.DEFINE_integer(
    "batch_size", 16, "Examples a batch, of all sources together; Magdeburg's."
)
_LR_DECAY_FACTOR = flags.DEFINE_float(
    "lr_decay_factor",
    0.33,
    "What the learning rate is multiplied by at each point; Magdeburg's. SIAT-NTU's: 0.1.",
)
_LR_DECAY_POINTS = flags.DEFINE_list(
    "lr_decay_points", ["0.5", "0.75"], "Shares of the run after which the learning rate falls, 0 to 1; Magdeburg's. "
    "SIAT-NTU's: 0.3,0.5,0.8.",
)  # fmt: skip
_OPTIMIZER = flags.DEFINE_enum(
    "optimizer",
    "sgd",
    ["sgd", "adam"],
    "sgd is Magdeburg's; adam leaves the start sooner where steps are few.",
)
_MOMENTUM = flags.DEFINE_float(
    "momentum", 0.0, "Of gradient descent, 0 to 1; their paper names none. Adam's beta_1."
)
_WEIGHT_DECAY = flags.DEFINE_float("weight_decay", 4e-6, "Per step and unit of learning rate; Magdeburg's.")
_DROPOUT = flags.DEFINE_float("dropout", 0.5, "Rate in front of the output layer; Magdeburg's.")
_NORM_MOMENTUM = flags.DEFINE_float(
    "norm_momentum", None, "Of the batch normalisations' running statistics, 0 to 1; runs of a few thousand steps need "
    "less than the 0.99 or 0.999 of the published networks. Default: the network's own.",
)  # fmt: skip
_AUGMENT = flags.DEFINE_boolean(
    "augment", True, "Change images at random, as Magdeburg's paper does; --noaugment leaves them, whatever the ranges "
    "say.",
)  # fmt: skip
_RANGES = Augmentation()
_OUR_CHOICE = "Default: our choice, Magdeburg's paper gives none."
_RANDOM_CROP = flags.DEFINE_boolean(
    "augment_random_crop", _RANGES.random_crop, "Cut the image anywhere from the crop, not from its centre. The "
    "margin is the crop's size less --image_size_px.",
)  # fmt: skip
_FLIP = flags.DEFINE_float(
    "augment_flip", _RANGES.flip, f"Probability of a horizontal flip, 0 to 1. {_OUR_CHOICE}"
)
_BRIGHTNESS = flags.DEFINE_float(
    "augment_brightness", _RANGES.brightness, "Largest shift of all pixels, up or down, as a share of 255. "
    f"{_OUR_CHOICE}",
)  # fmt: skip
_CONTRAST = flags.DEFINE_float(
    "augment_contrast", _RANGES.contrast, "Largest change, up or down from 1, of the factor on the distances from the "
    f"image's mean. {_OUR_CHOICE}",
)  # fmt: skip
_CUTOUT = flags.DEFINE_float(
    "augment_cutout", _RANGES.cutout, f"Probability that a grey square covers a part, 0 to 1. {_OUR_CHOICE}"
)
_CUTOUT_SIZE_MIN = flags.DEFINE_float(
    "augment_cutout_size_min", _RANGES.cutout_size[0], "Least side of that square, as a share of the image's. "
    f"{_OUR_CHOICE}",
)  # fmt: skip
_CUTOUT_SIZE_MAX = flags.DEFINE_float(
    "augment_cutout_size_max", _RANGES.cutout_size[1], "Largest side of that square, as a share of the image's. "
    f"{_OUR_CHOICE}",
)  # fmt: skip
_DOWNSCALE = flags.DEFINE_float(
    "augment_downscale", _RANGES.downscale, "Probability that the image is scaled down and up again, 0 to 1. "
    f"{_OUR_CHOICE}",
)  # fmt: skip
_DOWNSCALE_FACTOR = flags.DEFINE_float(
    "augment_downscale_factor", _RANGES.downscale_factor, "Least factor of scaling down, above 0 and at most 1; the "
    f"largest is 1. {_OUR_CHOICE}",
)  # fmt: skip
_GREYSCALE = flags.DEFINE_float(
    "augment_greyscale",
    _RANGES.greyscale,
    f"Probability that the image loses its colours, 0 to 1. {_OUR_CHOICE}",
)
_PRECISION = flags.DEFINE_enum(
    "precision", "float32", ["float32", "bfloat16", "float16"], "What the network computes in while it trains; "
    "weights, outputs and loss are float32, and so is the saved network. bfloat16 is for TPUs and new "
    "GPUs, float16, with a scaled loss, for older ones. Default: the papers name none.",
)  # fmt: skip
_CLIP_NORM = flags.DEFINE_float(
    "clip_norm", None, "Largest norm of all gradients together, above 0; longer ones are scaled down to it. Default, "
    "or 0: no clipping, the papers name none.",
)  # fmt: skip
_EMA_DECAY = flags.DEFINE_float(
    "ema_decay", None, "Average the weights over the steps, with this decay, 0 to 1, such as 0.9998; the averages are "
    "validated and saved. Default, or 0: no averages, the papers name none.",
)  # fmt: skip
_ACCUMULATION_STEPS = flags.DEFINE_integer(
    "accumulation_steps", 1, "Parts of a batch that are computed one after another, so that memory holds one; the "
    "gradient is the whole batch's, but batch normalisation sees the part. Default: the batch in one.",
)  # fmt: skip
_JIT_COMPILE = flags.DEFINE_enum(
    "jit_compile", "auto", ["auto", "true", "false"], "Compile the training step by XLA. Default: our choice, not, as "
    "measured on CPUs; a TPU always does.",
)  # fmt: skip
_STEPS_PER_EXECUTION = flags.DEFINE_integer(
    "steps_per_execution", 1, "Batches trained on between two looks of Python at the run, which saves time where a "
    "step is short, as on a TPU. Changes no result. Default: our choice.",
)  # fmt: skip
_STRATEGY = flags.DEFINE_enum(
    "strategy", "auto", ["auto", "cpu", "gpu", "mirrored", "multi_worker", "tpu"], "What to train on: the CPU, one "
    "GPU, all GPUs of this machine, the workers that TF_CONFIG names, a TPU (TPU_NAME, or this machine's), or the best "
    "of them that is there. Several devices share every batch; but for --nosync_batch_norm's statistics this changes "
    "rounding only. Default: our choice.",
)  # fmt: skip
_SYNC_BATCH_NORM = flags.DEFINE_boolean(
    "sync_batch_norm", False, "Normalise by the whole batch where several devices share it, not by each device's "
    "share: gradients then equal one device's, for more exchange between them. Default: our choice.",
)  # fmt: skip
_CHECKPOINT_INTERVAL = flags.DEFINE_integer(
    "checkpoint_interval_steps", 1000, "Batches between checkpoints; a killed run loses at most this. Default: our "
    "choice.",
)  # fmt: skip
_CHECKPOINT_MINUTES = flags.DEFINE_float(
    "checkpoint_interval_minutes", None, "Minutes between checkpoints, above 0, where --checkpoint_interval_steps take "
    "longer. Changes no result. Default: no checkpoints by time.",
)  # fmt: skip
_NUM_CHECKPOINTS = flags.DEFINE_integer(
    "num_checkpoints", 2, "How many of the newest checkpoints are kept, at least 1; the one before serves should the "
    "newest be damaged. Default: our choice.",
)  # fmt: skip
_VALIDATION_INTERVAL = flags.DEFINE_integer(
    "validation_interval_steps", 5000, "A multiple of the checkpoints' one."
)
_MAX_BAD_RECORDS = flags.DEFINE_integer(
    "max_bad_records", 0, "So many broken records may be replaced by good ones of their shard; more end the run. They "
    "are listed below the model's repaired_records. Default: our choice.",
)  # fmt: skip
_SEED = flags.DEFINE_integer("seed", 0, "Of initial weights, order, augmentation and dropout.")


def settings() -> dict[str, Any]:
    """Returns the values of these flags by the fields of `TrainConfig` and `PretrainConfig` that they set."""
    return dict(
        output_dir=_OUTPUT_DIR.value,
        val_records_dir=_VAL_RECORDS.value,
        init_weights=None if _INIT_WEIGHTS.value == "none" else _INIT_WEIGHTS.value,
        init_backbone=tuple(_INIT_BACKBONE.value),
        neck_units=_NECK_UNITS.value,
        image_size_px=_IMAGE_SIZE.value,
        num_steps=_NUM_STEPS.value,
        batch_size=_BATCH_SIZE.value,
        lr_decay_factor=_LR_DECAY_FACTOR.value,
        lr_decay_points=_parse_points(_LR_DECAY_POINTS.value),
        optimizer=_OPTIMIZER.value,
        momentum=_MOMENTUM.value,
        weight_decay=_WEIGHT_DECAY.value,
        dropout=_DROPOUT.value,
        norm_momentum=_NORM_MOMENTUM.value,
        augmentation=_augmentation(),
        precision=_PRECISION.value,
        clip_norm=_CLIP_NORM.value or None,
        ema_decay=_EMA_DECAY.value or None,
        accumulation_steps=_ACCUMULATION_STEPS.value,
        sync_batch_norm=_SYNC_BATCH_NORM.value,
        checkpoint_interval_steps=_CHECKPOINT_INTERVAL.value,
        validation_interval_steps=_VALIDATION_INTERVAL.value,
        seed=_SEED.value,
    )


def options() -> RunOptions:
    """Returns how the run is to be carried out; raises UserError for values that are none."""
    from emotionet_tf.training.run_options import RunOptions

    return RunOptions(
        checkpoint_interval_minutes=_CHECKPOINT_MINUTES.value,
        num_checkpoints=_NUM_CHECKPOINTS.value,
        jit_compile=_JIT_COMPILE.value,
        max_bad_records=_MAX_BAD_RECORDS.value,
        steps_per_execution=_STEPS_PER_EXECUTION.value,
        strategy=_STRATEGY.value,
    )


def _parse_points(entries: list[str]) -> tuple[float, ...]:
    try:
        return tuple(float(entry) for entry in entries)
    except ValueError as error:
        raise UserError(
            f"--lr_decay_points takes numbers such as 0.5,0.75, got {','.join(entries)!r}"
        ) from error


def _augmentation() -> Augmentation:
    if not _AUGMENT.value:
        return NO_AUGMENTATION
    return Augmentation(
        random_crop=_RANDOM_CROP.value,
        flip=_FLIP.value,
        brightness=_BRIGHTNESS.value,
        contrast=_CONTRAST.value,
        cutout=_CUTOUT.value,
        cutout_size=(_CUTOUT_SIZE_MIN.value, _CUTOUT_SIZE_MAX.value),
        downscale=_DOWNSCALE.value,
        downscale_factor=_DOWNSCALE_FACTOR.value,
        greyscale=_GREYSCALE.value,
    )
