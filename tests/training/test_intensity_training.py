"""Intensity outputs: their loss by hand, a training that learns them, and tables with them."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import warm_commands

from emotionet_tf import models
from emotionet_tf.action_units import ACTION_UNITS
from emotionet_tf.errors import UserError
from emotionet_tf.inference.prediction_files import Predictions, read_predictions, write_predictions
from emotionet_tf.inference.records_prediction import predict_dataset
from emotionet_tf.models.intensities import intensities_of
from emotionet_tf.records.splits import Split
from emotionet_tf.records.writing.au_records import RecordsConfig, write_records
from emotionet_tf.stream.sources import Source
from emotionet_tf.training.objectives.intensity_loss import IntensityLoss
from emotionet_tf.training.train import train
from emotionet_tf.training.train_config import TrainConfig


def test_squared_error_by_hand():
    # sigmoid(0) is 1/2: an intensity of 2.5; one AU is 2 away, one unknown.
    targets = tf.constant([[[4.5, 1.0], [5.0, 0.0]]])
    loss = IntensityLoss("regression", 0.5, "loss").call(targets, tf.zeros((1, 2)))
    np.testing.assert_allclose(loss, [0.5 * 2.0**2 / 2])


def test_cross_entropy_of_ranks_by_hand():
    # An intensity of 2 has reached the ranks 1 and 2. Every logit is 0 but that of rank 5, which is sure it is not.
    logits = np.zeros((1, 1, 5), np.float32)
    logits[0, 0, 4] = -100
    loss = IntensityLoss("ordinal", 1.0, "loss").call(tf.constant([[[2.0, 1.0]]]), logits)
    np.testing.assert_allclose(loss, [4 * np.log(2) / 5], rtol=1e-6)
    np.testing.assert_allclose(intensities_of(tf.constant(logits), "ordinal"), [[2.0]], atol=1e-6)


@pytest.mark.parametrize("kind", ["regression", "ordinal"])
def test_an_unknown_intensity_has_no_gradient(kind):
    shape = (1, 2, 5) if kind == "ordinal" else (1, 2)
    logits = tf.Variable(tf.random.stateless_normal(shape, [1, 2]))
    with tf.GradientTape() as tape:
        loss = IntensityLoss(kind, 1.0, "loss").call(tf.constant([[[3.0, 0.0], [3.0, 1.0]]]), logits)
    gradient = tape.gradient(loss, logits).numpy()
    assert not gradient[0, 0].any() and gradient[0, 1].all()


@pytest.fixture(scope="module")
def records(tmp_path_factory, make_labelled_faces):
    """Records in which AU12 is 4.5 on bright faces and 0.5 on dark ones, and unknown on each tenth; no other AU."""
    root = tmp_path_factory.mktemp("intensities")
    faces, labels = make_labelled_faces(root, 80, seed=3)
    lines = labels.read_text().splitlines()
    column = 2 + ACTION_UNITS.index(12)
    rows = [line.split(",") for line in lines[1:]]
    text = ["path,AU12,AU12_intensity,person"]
    for number, row in enumerate(rows):
        strength = "" if number % 10 == 0 else "4.5" if row[column] == "1" else "0.5"
        text.append(f"{row[1]},{row[column]},{strength},P{number % 4}")
    labels.write_text("\n".join(text) + "\n")
    write_records(
        RecordsConfig(
            faces_dir=str(faces),
            dataset="lab",
            output_dir=str(root / "records"),
            label_files=(str(labels),),
            num_shards=2,
            split=Split(0.25),
        )
    )
    return root / "records" / "lab-train"


def config(records, output_dir, **changes) -> TrainConfig:
    values = dict(
        sources=(Source("lab", str(records)),),
        group="expression",
        aus=(12,),
        backbone="ownnet1",
        image_size_px=32,
        num_steps=120,
        batch_size=16,
        learning_rate=0.01,
        optimizer="adam",
        output_dir=str(output_dir),
        val_records_dir=str(Path(records).parent / "lab-val"),
        validation_interval_steps=30,
        checkpoint_interval_steps=30,
    )
    return TrainConfig(**{**values, **changes})


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["regression", "ordinal"])
def test_a_network_learns_intensities_and_predicts_them_for_records(records, tmp_path, kind, capsys):
    train(config(records, tmp_path / "model", intensities=kind, intensity_weight=1.0))
    assert f"head lab learns the intensity of AU12 ({kind})" in capsys.readouterr().out
    model = models.load_model(tmp_path / "model", "last")
    bright, dark = (np.full((1, 32, 32, 3), level, np.float32) for level in (170, 80))
    _, strong = model.predict_scores_and_intensities(bright)
    _, weak = model.predict_scores_and_intensities(dark)
    assert strong.shape == (1, 1) and 0 <= weak[0, 0] < 2 < 3 < strong[0, 0] <= 5

    predictions = predict_dataset([str(tmp_path / "model")], str(records), batch_size=16)
    write_predictions(tmp_path / "p.csv", predictions)
    read = read_predictions(tmp_path / "p.csv")
    np.testing.assert_allclose(read.intensities[12], predictions.intensities[12], atol=1e-6)


@pytest.mark.slow
def test_presence_is_learnt_as_without_intensities_where_nothing_is_shared(records, tmp_path):
    """The heads share the trunk only: before the first step, and without a weight, both trainings are the same."""
    train(config(records, tmp_path / "without", num_steps=1, val_records_dir=None))
    changes = dict(intensities="regression", intensity_weight=1e-30)
    train(config(records, tmp_path / "with", num_steps=1, val_records_dir=None, **changes))
    without, with_ = (models.load_model(tmp_path / name) for name in ("without", "with"))
    weights = [model.network.get_layer("head_lab").get_weights() for model in (without, with_)]
    for one, other in zip(*weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_intensities_need_records_with_some(records, tmp_path, make_records):
    plain = make_records("plain", 8, size_px=36)
    with pytest.raises(UserError, match="intensities=ordinal, but no source's records have intensities"):
        train(config(plain, tmp_path / "model", aus=(), intensities="ordinal", val_records_dir=None))


def test_a_table_with_intensities_comes_back_and_a_wrong_one_is_refused(tmp_path):
    predictions = Predictions(
        ("a", "b"), (6, 12), np.full((2, 2), 0.5), intensities={12: np.array([1.25, np.nan])}
    )
    write_predictions(tmp_path / "p.csv", predictions)
    assert (tmp_path / "p.csv").read_text().splitlines()[:2] == [
        "id,AU06,AU12,AU12_intensity",
        "a,0.5,0.5,1.25",
    ]
    read = read_predictions(tmp_path / "p.csv").intensities
    np.testing.assert_array_equal(read[12], [1.25, np.nan])
    (tmp_path / "p.csv").write_text("id,AU12,AU12_intensity\na,0.5,5.1\n")
    with pytest.raises(UserError, match="id a: AU12_intensity is 5.1, no number from 0 to 5"):
        read_predictions(tmp_path / "p.csv")


def test_help_of_train_names_the_kinds():
    assert "<none|regression|ordinal>" in warm_commands.run(["-m", "emotionet_tf.bin.train", "--help"]).stdout
