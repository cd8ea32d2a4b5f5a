"""What TensorBoard reads of a run."""

import json
import signal
from pathlib import Path

import cv2
import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorflow import keras

from emotionet_tf.errors import StoppedError
from emotionet_tf.stream import batch_sheet
from emotionet_tf.stream.batches import training_stream
from emotionet_tf.stream.sources import Source
from emotionet_tf.training import run
from emotionet_tf.training.lifecycle.stopping import SaveWithinPeriods
from emotionet_tf.training.monitoring.event_files import EventFile
from emotionet_tf.training.monitoring.step_measures import ClassMeasures, HeadMeasures
from emotionet_tf.training.objectives.au_loss import HeadLoss
from emotionet_tf.training.optimization.training_network import TrainingNetwork
from emotionet_tf.training.train import train
from emotionet_tf.training.train_config import TrainConfig

NOT_REPEATED = ("run/images_per_second", "run/input_wait_share")


def read(folder: Path) -> dict[tuple[str, str], list[tuple[int, float]]]:
    """Returns steps and values by run of the logs and tag."""
    points = {}
    for run_name in ("train", "validation"):
        events = EventAccumulator(str(folder / "logs" / run_name)).Reload()
        for tag in events.Tags()["scalars"]:
            points[run_name, tag] = [(event.step, event.value) for event in events.Scalars(tag)]
    return points


def config_of(records: Path, output_dir: Path) -> TrainConfig:
    return TrainConfig(
        output_dir=str(output_dir),
        sources=(Source("opt", str(records / "opt-train")), Source("train", str(records / "train"))),
        group="pose",
        val_records_dir=str(records / "opt-val"),
        backbone="ownnet1",
        image_size_px=32,
        num_steps=11,
        batch_size=8,
        learning_rate=0.05,
        momentum=0.9,
        checkpoint_interval_steps=4,
        validation_interval_steps=8,
        seed=3,
    )


@pytest.fixture(scope="module")
def undisturbed(tiny_records, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    train(config_of(tiny_records, folder))
    return folder


@pytest.mark.slow
def test_logs_hold_losses_scores_and_rates_of_each_period(undisturbed):
    points = read(undisturbed)
    steps = {key: [step for step, _ in values] for key, values in points.items()}
    assert steps["train", "loss/all"] == steps["train", "cross_entropy_opt/AU51"] == [4, 8, 11]
    for tag in ("score/all", "score/AU51", "f1/AU51", "accuracy/AU51", "cross_entropy_opt/AU51", "loss/opt"):
        assert steps["validation", tag] == [8, 11], tag
    # x0.33 after five and again after eight of the eleven steps; the rate of the step that comes next.
    rates = [value for _, value in points["train", "run/learning_rate"]]
    np.testing.assert_allclose(rates, [0.05, 0.05 * 0.33**2, 0.05 * 0.33**2], rtol=1e-5)
    of_heads = np.array([points["train", f"loss/{head}"] for head in ("opt", "train")])[..., 1]
    whole = np.array(points["train", "loss/all"])[:, 1]
    np.testing.assert_allclose(of_heads.sum(axis=0), whole, rtol=1e-5)
    per_au = np.array([points["validation", f"score/AU{au}"] for au in (51, 52, 53, 54, 55, 56)])[..., 1]
    np.testing.assert_allclose(
        per_au.mean(axis=0), [value for _, value in points["validation", "score/all"]], rtol=1e-5
    )
    assert all(0 <= share <= 1 for _, share in points["train", "run/input_wait_share"])


@pytest.mark.slow
def test_resumed_run_has_the_same_points_once(tiny_records, undisturbed, tmp_path, monkeypatch):
    class Asked(SaveWithinPeriods):
        def on_train_batch_end(self, batch, logs=None):
            if self._state.step == 6:
                signal.raise_signal(signal.SIGTERM)
            super().on_train_batch_end(batch, logs)

    config = config_of(tiny_records, tmp_path / "run")
    with monkeypatch.context() as patched:
        patched.setattr(run, "SaveWithinPeriods", Asked)
        with pytest.raises(StoppedError):
            train(config)
    # As if it had been killed after step 8, before the checkpoint.
    file = EventFile(tmp_path / "run" / "logs" / "train", 5)
    file.add(8, {"loss/all": 99.0})
    file.close()
    train(config)
    expected, got = read(undisturbed), read(tmp_path / "run")
    assert expected.keys() == got.keys()
    for key in expected:
        if key[1] not in NOT_REPEATED:
            assert got[key] == expected[key], key
    summaries = [
        json.loads((folder / "train.json").read_text()) for folder in (undisturbed, tmp_path / "run")
    ]
    calls = json.loads((tmp_path / "run" / "calls.json").read_text())
    assert [(call["first_step"], call["last_step"]) for call in calls] == [(0, 6), (6, 11)]
    assert [summary["num_interruptions"] for summary in summaries] == [0, 1]
    assert summaries[1]["seconds"] == pytest.approx(sum(call["seconds"] for call in calls), abs=0.2)
    assert summaries[0]["best_step"] == summaries[1]["best_step"] in (8, 11)
    assert (
        len(EventAccumulator(str(tmp_path / "run" / "logs" / "train")).Reload().Images("input/first_batch"))
        == 1
    )


@pytest.mark.slow
def test_first_batch_shows_the_images_and_labels_of_the_stream(tiny_records, undisturbed, monkeypatch):
    config = config_of(tiny_records, undisturbed)
    batch = next(iter(training_stream(
        config.sources, view="context", batch_size=8, image_size_px=32, seed=3, augmentation=config.augmentation
    )))  # fmt: skip
    drawn = {}
    monkeypatch.setattr(batch_sheet, "draw_images", lambda *arguments: drawn.update(enumerate(arguments)))
    batch_sheet.draw_batch(batch, config.source_heads, config.au_group.aus)
    _, images, photos, names, learned, _ = drawn.values()
    assert names == ["opt", "train"] * 4
    np.testing.assert_array_equal(images, batch["image"])
    np.testing.assert_array_equal([photo.labels for photo in photos], batch["labels"])
    np.testing.assert_array_equal([photo.mask for photo in photos], batch["mask"] * learned)
    assert [photo.example_id.encode() for photo in photos] == list(batch["example_id"].numpy())
    monkeypatch.undo()
    expected = batch_sheet.draw_batch(batch, config.source_heads, config.au_group.aus)
    events = EventAccumulator(str(undisturbed / "logs" / "train")).Reload()
    (event,) = events.Images("input/first_batch")
    logged = cv2.imdecode(np.frombuffer(event.encoded_image_string, np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1]
    assert event.step == 0
    np.testing.assert_array_equal(logged, expected)


def measured_network(accumulation_steps: int) -> TrainingNetwork:
    """Returns a linear network of two heads, with three AUs, on a learning rate of 0."""
    image = keras.Input((5,), name="image")
    outputs = {head: keras.layers.Dense(3, name=f"head_{head}")(image) for head in ("a", "b")}
    weights = np.array([2.0, 1.0, 0.5], np.float32)
    losses = {head: HeadLoss(weights, 1 / weights, 0.2, name=f"loss_{head}") for head in ("a", "b")}
    model = TrainingNetwork(
        keras.Model({"image": image}, outputs),
        accumulation_steps=accumulation_steps,
        measures=HeadMeasures(losses, (1, 2, 51)),
    )
    model.compile(keras.optimizers.SGD(0.0), losses)
    return model


@pytest.mark.slow
@pytest.mark.parametrize("accumulation_steps", [1, 2])
def test_measures_are_the_mean_cross_entropies_of_known_labels_of_all_steps(accumulation_steps):
    model = measured_network(accumulation_steps)
    generator = np.random.default_rng(0)
    step, steps = tf.function(model.train_step), []
    for _ in range(3):
        inputs = {"image": generator.normal(size=(4, 5)).astype(np.float32)}
        # Labels, mask and weights; AU 2 of head b is never known.
        targets = {head: generator.integers(0, 2, (4, 3, 3)).astype(np.float32) for head in ("a", "b")}
        targets["b"][:, 1, 1] = 0
        steps.append((inputs, targets))
        step((inputs, targets))
    tags = model.measures.named(model.sums.mean_measures)
    for head in ("a", "b"):
        kernel, bias = model.get_layer(f"head_{head}").get_weights()
        logits = np.concatenate([inputs["image"] @ kernel + bias for inputs, _ in steps]).astype(np.float64)
        labels, mask, _ = np.moveaxis(np.concatenate([targets[head] for _, targets in steps]), -1, 0)
        losses = np.log1p(np.exp(np.where(labels == 1, -logits, logits)))
        with np.errstate(invalid="ignore"):
            expected = (losses * mask).sum(axis=0) / mask.sum(axis=0)
        got = [tags.get(f"cross_entropy_{head}/{au}", np.nan) for au in ("AU01", "AU02", "AU51")]
        np.testing.assert_allclose(got, expected, rtol=1e-5)
    assert "cross_entropy_b/AU02" not in tags
    assert tags["loss/a"] + tags["loss/b"] == pytest.approx(model.sums.mean_loss, rel=1e-5)


def test_share_of_recognised_classes_is_measured():
    logits = tf.constant([[0.0, 1.0], [2.0, 1.0], [0.0, 3.0], [5.0, 0.0]])
    measured = ClassMeasures().of_batch(tf.constant([1, 0, 0, 0], tf.int64), logits)
    assert ClassMeasures().named(measured.numpy()) == {"accuracy/all": 0.75}
