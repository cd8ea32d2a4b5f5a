import dataclasses
import signal

import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from emotionet_tf.action_units import POSE
from emotionet_tf.errors import StoppedError, UserError
from emotionet_tf.keras_versions import SumBeforeClipping, tensorflow_variable
from emotionet_tf.models import ModelConfig, build_model, load_model
from emotionet_tf.stream.sources import Source
from emotionet_tf.training.lifecycle.stopping import SaveWithinPeriods
from emotionet_tf.training.objectives.au_loss import HeadLoss
from emotionet_tf.training.optimization.accumulation import accumulate_gradients
from emotionet_tf.training.optimization.optimizer_and_schedule import build_optimizer, stepwise_schedule
from emotionet_tf.training.optimization.training_network import TrainingNetwork
from emotionet_tf.training.pretrain_config import PretrainConfig
from emotionet_tf.training.run import make_reproducible
from emotionet_tf.training.run_options import RunOptions
from emotionet_tf.training.train import train
from emotionet_tf.training.train_config import TrainConfig

SIZE = 32
NUM_AUS = len(POSE.aus)


def trained_network(
    *, precision="float32", accumulation_steps=1, jit_compile=False, ema_decay=None, dropout=0.5
):
    make_reproducible(1, is_compiled=jit_compile)
    config = ModelConfig(
        "ownnet1", POSE.aus, "context", ("a",), "a", image_size_px=SIZE, crop_size_px=SIZE, dropout=dropout
    )
    network = build_model(config)
    model = TrainingNetwork(network, precision=precision, accumulation_steps=accumulation_steps)
    ones = np.ones(NUM_AUS, np.float32)
    optimizer = build_optimizer(
        "sgd",
        stepwise_schedule(0.05, 100),
        momentum=0.9,
        weight_decay=0.0,
        precision=precision,
        ema_decay=ema_decay,
    )
    model.compile(optimizer, {"a": HeadLoss(ones, ones, 0.1, name="a")}, jit_compile=jit_compile)
    return network, model


def some_batch():
    generator = np.random.default_rng(0)
    images = generator.uniform(0, 255, (4, SIZE, SIZE, 3)).astype(np.float32)
    targets = np.ones((4, NUM_AUS, 3), np.float32)
    targets[..., 0] = generator.integers(0, 2, (4, NUM_AUS))
    return {"image": images}, {"a": targets}


def losses_of(model, num_steps=2):
    step = model.make_train_function()
    batches = iter(tf.data.Dataset.from_tensors(some_batch()).repeat())
    return [float(step(batches)["loss"]) for _ in range(num_steps)]


@pytest.mark.slow
def test_compiled_step_has_the_plain_ones_losses():
    # Without dropout: XLA makes other random numbers of a seed.
    losses = [losses_of(trained_network(dropout=0, jit_compile=compiled)[1]) for compiled in (False, True)]
    np.testing.assert_allclose(*losses, rtol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(("precision", "tolerance"), [("bfloat16", 0.02), ("float16", 0.004)])
def test_half_precision_has_nearly_the_loss_of_float32_and_leaves_a_float32_network(precision, tolerance):
    network, model = trained_network(precision=precision)
    np.testing.assert_allclose(losses_of(model, 1), losses_of(trained_network()[1], 1), rtol=tolerance)
    assert model.get_layer("backbone").get_layer("conv1").compute_dtype == precision
    assert model.get_layer("head_a").compute_dtype == "float32"
    assert {tf.as_dtype(weight.dtype) for weight in model.weights} == {tf.float32, tf.int32}
    assert {layer.compute_dtype for layer in network.get_layer("backbone").layers} == {"float32"}
    assert keras.mixed_precision.global_policy().name == "float32"
    # The step has moved the network's own weights and running statistics, and its dropout's counter.
    assert all(np.any(a != 0) for a in network.get_layer("backbone").get_layer("norm1").get_weights()[2:3])
    assert network.get_layer("dropout").num_steps.numpy() == 1


def test_parts_of_a_batch_add_up_to_the_whole_ones_gradient():
    kernel = tf.Variable(np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32))
    unused = tf.Variable(1.0)
    batch = np.random.default_rng(1).normal(size=(2, 12, 5)).astype(np.float32)
    num_calls = tf.Variable(0)

    def of_micro_batch(micro_batch):
        num_calls.assign_add(1)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((tf.tanh(micro_batch["x"] @ kernel) - micro_batch["y"][:, :3]) ** 2)
        return loss, tape.gradient(loss, [kernel, unused])

    examples = {"x": tf.constant(batch[0]), "y": tf.constant(batch[1])}
    loss, (expected, _) = of_micro_batch(examples)
    accumulated = tf.function(lambda: accumulate_gradients(of_micro_batch, examples, 4, [kernel, unused]))
    got_loss, (got, got_unused) = accumulated()
    np.testing.assert_allclose(got_loss, loss, rtol=1e-6)
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-7)
    assert got_unused.numpy() == 0
    assert num_calls.numpy() == 1 + 4


@pytest.mark.slow
def test_parts_count_dropouts_steps_and_keep_the_batchs_loss():
    network, model = trained_network(accumulation_steps=2)
    (loss,) = losses_of(model, 1)
    assert network.get_layer("dropout").num_steps.numpy() == 2
    assert loss == pytest.approx(np.log(2), rel=0.5)
    with pytest.raises(
        UserError, match="a batch of 3 on one device cannot be divided into 2 equal micro-batches"
    ):
        accumulate_gradients(lambda micro_batch: (micro_batch, []), tf.zeros(3), 2, [])


def test_long_gradients_are_scaled_to_the_norm_before_momentum_and_factor():
    slow, fast = (tf.Variable([1.0], name=f"{name}/kernel") for name in ("slow", "fast"))
    optimizer = build_optimizer(
        "sgd",
        stepwise_schedule(0.1, 100),
        momentum=0.5,
        weight_decay=0.0,
        slow_variables=[slow],
        slow_factor=0.1,
        clip_norm=1.0,
    )
    for _ in range(2):
        optimizer.apply_gradients([(tf.constant([3.0]), slow), (tf.constant([4.0]), fast)])
    # Of norm 5, so (0.6, 0.8); the second step adds half of the first.
    np.testing.assert_allclose(
        [slow.numpy(), fast.numpy()], [[1 - 0.01 * 0.6 * 2.5], [1 - 0.1 * 0.8 * 2.5]], rtol=1e-6
    )


def test_gradients_are_clipped_once_the_replicas_are_added_up():
    calls = []

    class Watched(keras.optimizers.SGD):
        def _clip_gradients(self, gradients):
            calls.append("clipped")
            return super()._clip_gradients(gradients)

        def aggregate_gradients(self, pairs):  # Keras 2
            calls.append("added up")
            return super().aggregate_gradients(pairs)

        def _all_reduce_sum_gradients(self, pairs):  # Keras 3
            calls.append("added up")
            return super()._all_reduce_sum_gradients(pairs)

    class AsInRuns(SumBeforeClipping, Watched):
        pass

    variable = tf.Variable([1.0])
    AsInRuns(0.1, global_clipnorm=1.0).apply_gradients([(tf.constant([3.0]), variable)])
    assert calls == ["added up", "clipped"]


def test_averages_follow_the_weights_with_a_rising_decay_and_replace_none():
    variable = tf.Variable([0.0], name="kernel")
    optimizer = build_optimizer(
        "sgd", stepwise_schedule(1.0, 100), momentum=0.0, weight_decay=0.0, ema_decay=0.15
    )
    for _ in range(3):
        optimizer.apply_gradients([(tf.constant([-1.0]), variable)])
    optimizer.finalize_variable_values([variable])
    # d is 1/10, then 0.15 instead of 2/11 and 3/12.
    average = 0.0
    for decay, weight in ((0.1, 1), (0.15, 2), (0.15, 3)):
        average = decay * average + (1 - decay) * weight
    np.testing.assert_allclose(optimizer.average_of(variable), [average], rtol=1e-6)
    assert variable.numpy() == [3]


@pytest.mark.slow
def test_result_of_averaging_predicts_with_averages_and_shares_running_statistics():
    network, model = trained_network(ema_decay=0.999)
    losses_of(model, 3)
    result = model.result
    assert [tuple(w.shape) for w in result.get_layer("head_a").weights] == [
        tuple(w.shape) for w in network.get_layer("head_a").weights
    ]
    trained, averaged = (each.get_layer("backbone").get_layer("norm1") for each in (network, result))
    assert tensorflow_variable(averaged.moving_mean) is tensorflow_variable(trained.moving_mean)
    assert np.any(averaged.gamma.numpy() != trained.gamma.numpy())
    assert len(model.trainable_variables) == len(network.trainable_variables)


SETTINGS = [
    dict(precision="bfloat16", accumulation_steps=2, ema_decay=0.9, clip_norm=1.0),
    dict(precision="float16"),
]


def run_config(records, output_dir, **changes):
    values = dict(
        output_dir=str(output_dir),
        sources=(Source("opt", str(records / "opt-train")), Source("train", str(records / "train"))),
        group="pose",
        val_records_dir=str(records / "opt-val"),
        backbone="ownnet1",
        image_size_px=SIZE,
        num_steps=7,
        batch_size=8,
        momentum=0.9,
        checkpoint_interval_steps=4,
        validation_interval_steps=4,
    )
    return TrainConfig(**{**values, **changes})


def ask_to_stop(watch, batch, logs=None):
    signal.raise_signal(signal.SIGTERM)
    watch.stop_if_asked()


@pytest.mark.slow
@pytest.mark.parametrize("settings", SETTINGS)
def test_run_that_is_stopped_resumes_to_the_same_bits(settings, tiny_records, tmp_path, monkeypatch):
    whole, stopped = (run_config(tiny_records, tmp_path / name, **settings) for name in ("whole", "stopped"))
    train(whole, RunOptions(steps_per_execution=3))
    # Asked to stop within the first validation, where the averages are in use.
    with monkeypatch.context() as patch:
        patch.setattr(SaveWithinPeriods, "on_test_batch_end", ask_to_stop)
        with pytest.raises(StoppedError, match="step 4"):
            train(stopped)
    train(stopped)
    for which in ("best", "last"):
        paths = [tmp_path / name / f"{which}.keras" for name in ("whole", "stopped")]
        assert paths[0].read_bytes() == paths[1].read_bytes()
    assert len({(tmp_path / name / "curves.csv").read_bytes() for name in ("whole", "stopped")}) == 1
    model = load_model(tmp_path / "whole")
    assert {layer.compute_dtype for layer in model.network.get_layer("backbone").layers} == {"float32"}
    scores = model.predict_scores(
        np.full((1, SIZE, SIZE, 3), 128, np.float32), np.zeros((1, 3)), np.zeros((1, 3))
    )
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(precision="float64"), "precision must be one of float32, bfloat16, float16, got 'float64'"),
        (dict(clip_norm=-1.0), "clip_norm must be above 0, got -1.0"),
        (dict(ema_decay=1.0), "ema_decay must be above 0 and below 1, got 1.0"),
        (dict(accumulation_steps=0), "accumulation_steps must be at least 1, got 0"),
        (dict(accumulation_steps=3), "must be a multiple of"),
    ],
)
def test_impossible_settings_of_a_step_are_refused(change, message, tmp_path):
    pretraining = PretrainConfig(
        task="identity", records_dir="records", output_dir=str(tmp_path), batch_size=8
    )
    for config in (run_config(tmp_path, tmp_path / "run"), pretraining):
        with pytest.raises(UserError, match=message):
            dataclasses.replace(config, **change)


def test_impossible_ways_of_carrying_out_a_run_are_refused():
    with pytest.raises(UserError, match="jit_compile must be one of auto, true, false, got 'yes'"):
        RunOptions(jit_compile="yes")
    with pytest.raises(UserError, match="steps_per_execution must be at least 1, got 0"):
        RunOptions(steps_per_execution=0)
