"""A whole training step of this library: the network, loss and optimiser of a run, without its input stream."""

from __future__ import annotations

from benchmarks.step_processes import Step

NUM_AUS = 17
"""Outputs: the expression AUs."""
HEADS = ("opt", "train")


def training_step(
    backbone: str,
    batch_size: int,
    image_size_px: int,
    *,
    jit_compile: bool = False,
    is_deterministic: bool = True,
    precision: str = "float32",
) -> Step:
    """Returns a step of Werner et al.'s student, as `train` takes it: two heads, gradient descent, weight decay.

    Args:
      backbone: As `--backbone`.
      batch_size: Images a step.
      image_size_px: Their side.
      jit_compile: Whether XLA compiles the step.
      is_deterministic: Whether ops are to give the same bits always, as in a run.
      precision: As `--precision`.
    """
    from emotionet_tf.cli.entry_point import set_up_process

    set_up_process()
    import numpy as np
    import tensorflow as tf

    from emotionet_tf.models import build_model
    from emotionet_tf.stream.sources import Source
    from emotionet_tf.training.monitoring.step_measures import HeadMeasures
    from emotionet_tf.training.objectives.au_loss import HeadLoss
    from emotionet_tf.training.optimization.optimizer_and_schedule import configured_optimizer
    from emotionet_tf.training.optimization.training_network import training_network
    from emotionet_tf.training.run import make_reproducible
    from emotionet_tf.training.train_config import TrainConfig

    make_reproducible(0, is_compiled=jit_compile or not is_deterministic)
    config = TrainConfig(
        output_dir="nowhere",
        sources=tuple(Source(head, "unused") for head in HEADS),
        group="expression",
        backbone=backbone,
        image_size_px=image_size_px,
        precision=precision,
    )
    aus = config.au_group.aus
    ones = np.ones(len(aus), np.float32)
    losses = {head: HeadLoss(ones, ones, 0.2, name=f"loss_{head}") for head in HEADS}
    model = training_network(
        build_model(config.model_config(image_size_px)), config, HeadMeasures(losses, aus)
    )
    model.compile(configured_optimizer(config), losses, jit_compile=jit_compile)
    random = np.random.default_rng(0)
    images = random.uniform(0, 255, (batch_size, image_size_px, image_size_px, 3)).astype(np.float32)
    targets = np.ones((batch_size, len(aus), 3), np.float32)
    batch = ({"image": images}, {head: targets for head in HEADS})
    batches = iter(tf.data.Dataset.from_tensors(batch).repeat())
    train = model.make_train_function()

    def step() -> None:
        float(train(batches)["loss"])

    return step


def forward_pass(backbone: str, batch_size: int, image_size_px: int) -> Step:
    """Returns a prediction of one batch by the network of `training_step`."""
    from emotionet_tf.cli.entry_point import set_up_process

    set_up_process()
    import tensorflow as tf

    from emotionet_tf.action_units import EXPRESSION
    from emotionet_tf.models import ModelConfig, build_model

    model = build_model(
        ModelConfig(backbone, EXPRESSION.aus, "close_up", HEADS, HEADS[0], image_size_px=image_size_px)
    )
    images = tf.random.uniform((batch_size, image_size_px, image_size_px, 3), 0, 255, seed=0)
    predict = tf.function(lambda batch: model({"image": batch}, training=False))

    def step() -> None:
        predict(images)

    return step


def matrix_product(size: int) -> Step:
    """Returns a product of two float32 matrices of this size."""
    from emotionet_tf.cli.entry_point import set_up_process

    set_up_process()
    import tensorflow as tf

    left, right = tf.random.uniform((size, size)), tf.random.uniform((size, size))
    product = tf.function(tf.matmul)

    def step() -> None:
        product(left, right)

    return step
