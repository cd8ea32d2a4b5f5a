"""Datasets with different AU sets: their records, the stream's columns, heads with AUs of their own, predictions."""

import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from emotionet_tf import models
from emotionet_tf.action_units import ACTION_UNITS, LEFT, RIGHT, au_name
from emotionet_tf.errors import UserError
from emotionet_tf.inference.pseudo_labels import write_pseudo_labels
from emotionet_tf.inference.records_prediction import predict_dataset
from emotionet_tf.models import ModelConfig
from emotionet_tf.models.multi_head import build_model, prediction_logits
from emotionet_tf.models.packing import pack_model
from emotionet_tf.records.dataset_info import load_dataset_info, load_label_info
from emotionet_tf.records.fields import EXAMPLE_FIELDS, INTENSITY_FIELDS
from emotionet_tf.records.writing.au_records import RecordsConfig, write_records
from emotionet_tf.records.writing.label_shards import LabelShard, write_label_shards
from emotionet_tf.stream.augmentation import flip_example
from emotionet_tf.stream.batches import evaluation_stream
from emotionet_tf.stream.source_labels import load_label_table
from emotionet_tf.stream.sources import Source
from emotionet_tf.training.train import train
from emotionet_tf.training.train_config import TrainConfig

OWN = (6, 7, 12, LEFT + 14, RIGHT + 14)


@pytest.fixture(scope="module")
def records(tmp_path_factory, make_labelled_faces) -> Path:
    """Two records folders: `challenge` with EmotioNet's AUs but AU25, and `lab` with AU7, sides of AU14, and AU25."""
    root = tmp_path_factory.mktemp("sets")
    for dataset, aus, seed in (("challenge", (1, 6, 12), 1), ("lab", (*OWN, 25), 2)):
        faces, labels = make_labelled_faces(root / dataset, 24, seed=seed)
        names = [path.name for path in sorted((faces / "close_up").iterdir())]
        random = np.random.default_rng(seed)
        lines = [",".join(["path", *map(au_name, aus)])]
        lines += [",".join([name, *map(str, random.choice([0, 1, 999], len(aus)))]) for name in names]
        labels.write_text("\n".join(lines) + "\n")
        write_records(
            RecordsConfig(
                faces_dir=str(faces),
                dataset=dataset,
                output_dir=str(root / "records"),
                label_files=(str(labels),),
                num_shards=2,
            )
        )
    return root / "records"


def run(records: Path, output_dir: Path, **changes: object) -> TrainConfig:
    values = dict(
        sources=(Source("challenge", str(records / "challenge")), Source("lab", str(records / "lab"))),
        group="expression",
        aus=(6, 7, 12, LEFT + 14, RIGHT + 14),
        backbone="ownnet1",
        image_size_px=32,
        num_steps=4,
        batch_size=8,
        output_dir=str(output_dir),
    )
    return TrainConfig(**{**values, **changes})


def test_records_name_their_set_and_keep_its_columns(records):
    info = load_dataset_info(records / "lab")
    assert (info.au_set, info.aus) == ("own", (6, 7, 12, LEFT + 14, RIGHT + 14, 25))
    assert list(info.known) == ["AU06", "AU07", "AU12", "AU14L", "AU14R", "AU25"]
    assert (
        (records / "lab" / "rows.csv").read_text().startswith("id,path,AU06,AU07,AU12,AU14L,AU14R,AU25,found")
    )
    challenge = load_dataset_info(records / "challenge")
    assert (challenge.au_set, challenge.aus) == ("emotionet", ACTION_UNITS)


def test_records_from_before_there_were_sets_have_emotionets(records, tmp_path):
    content = json.loads((records / "challenge" / "dataset.json").read_text())
    del content["au_set"], content["aus"]
    (tmp_path / "dataset.json").write_text(json.dumps(content))
    assert load_dataset_info(tmp_path, check_shards=False) == load_dataset_info(records / "challenge")


def test_the_stream_moves_columns_by_au_and_leaves_unknown_what_a_set_lacks(records):
    own, _ = load_label_table(Source("lab", str(records / "lab")), (6, 7, 12, LEFT + 14, RIGHT + 14, 25))
    (batch,) = evaluation_stream(
        str(records / "lab"), view="close_up", batch_size=64, image_size_px=32, aus=(1, 25, LEFT + 14)
    )
    assert np.array_equal(batch["labels"][:, 1:], own[:, [5, 3]])
    assert not batch["mask"][:, 0].numpy().any() and batch["mask"][:, 1:].numpy().any(axis=0).all()


def test_a_flip_swaps_the_sides():
    example = {name: tf.constant([1.0, 2.0, 3.0]) for name in ("labels", "mask", "angles")}
    example["image"] = tf.zeros((2, 2, 3), tf.uint8)
    flipped = flip_example(example, tf.constant(True), (7, LEFT + 14, RIGHT + 14))
    assert flipped["labels"].numpy().tolist() == flipped["mask"].numpy().tolist() == [1, 3, 2]


@pytest.mark.slow
def test_each_head_learns_its_own_aus_and_the_most_trusted_one_that_has_an_au_predicts_it(
    records, tmp_path, capsys
):
    train(run(records, tmp_path / "model"))
    said = capsys.readouterr().out
    assert "head challenge learns AU06 AU12\n" in said
    assert "head challenge predicts what it has learnt; AU07 by lab, AU14L by lab, AU14R by lab" in said
    model = models.load_model(tmp_path / "model")
    config = model.config
    assert config.learnt == {"challenge": (6, 12), "lab": OWN} and config.aus == OWN
    assert config.deciding_heads == ("challenge", "lab", "challenge", "lab", "lab")
    images = np.random.default_rng(0).uniform(0, 255, (3, 32, 32, 3)).astype(np.float32)
    heads = {head: logits.numpy() for head, logits in model.network({"image": images}).items()}
    expected = np.stack([heads[head][:, i] for i, head in enumerate(config.deciding_heads)], axis=1)
    np.testing.assert_allclose(model.predict_logits(images), expected, atol=1e-6)
    predictions = predict_dataset([str(tmp_path / "model")], str(records / "lab"), batch_size=8)
    assert predictions.aus == OWN and len(predictions.ids) == 24

    packed = pack_model(model, tmp_path / "packed", provenance={})
    np.testing.assert_allclose(models.load_model(packed).predict_logits(images), expected, atol=0.02)


def test_heads_are_packed_for_what_they_have_learnt_only(tmp_path):
    config = ModelConfig(
        backbone="ownnet1",
        aus=(7, 12, LEFT + 14),
        view="close_up",
        heads=("a", "b"),
        prediction_head="a",
        image_size_px=32,
        crop_size_px=36,
        learnt={"a": (12,), "b": (7, 12, LEFT + 14)},
    )
    models.save_model(build_model(config, seed=0), config, tmp_path / "model", "last")
    model = models.load_model(tmp_path / "model")
    images = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype(np.float32)
    heads = {head: logits.numpy() for head, logits in model.network({"image": images}).items()}
    # Both have learnt AU12, b alone the others.
    mean = (heads["a"][:, 1] + heads["b"][:, 1]) / 2
    expected = np.stack([heads["b"][:, 0], mean, heads["b"][:, 2]], axis=1)
    both = pack_model(model, tmp_path / "both", heads={"a": None, "b": None}, provenance={})
    np.testing.assert_allclose(models.load_model(both).predict_logits(images), expected, atol=0.02)
    a_alone = models.load_model(pack_model(model, tmp_path / "a", heads={"a": None}, provenance={}))
    assert a_alone.config.aus == (12,)
    np.testing.assert_allclose(a_alone.predict_logits(images), heads["a"][:, 1:2], atol=0.02)
    with pytest.raises(UserError, match="no head is asked for AU 7 that has learnt it"):
        pack_model(model, tmp_path / "a", heads={"a": None}, aus=(7, 12), provenance={})
    with pytest.raises(UserError, match="head a is asked for AU L14, which it has not learnt"):
        pack_model(model, tmp_path / "a", heads={"a": (LEFT + 14,)}, aus=(LEFT + 14,), provenance={})


@pytest.mark.slow
def test_what_a_head_has_no_labels_of_stays_as_it_was_initialized(records, tmp_path):
    train(run(records, tmp_path / "model"))
    network = models.load_model(tmp_path / "model").network
    fresh = build_model(models.load_model(tmp_path / "model").config, seed=0)
    bias = network.get_layer("head_challenge").get_weights()[1]
    assert bias[[1, 3, 4]].tolist() == fresh.get_layer("head_challenge").get_weights()[1][[1, 3, 4]].tolist()
    assert (bias[[0, 2]] != 0).all()


@pytest.mark.slow
def test_an_au_of_the_group_that_nobody_labels_is_not_predicted(records, tmp_path, capsys):
    train(run(records, tmp_path / "model", aus=()))
    assert "not learnt and not predicted, as no source has a label: AU02 AU04" in capsys.readouterr().out
    model = models.load_model(tmp_path / "model")
    assert model.config.aus == (1, 6, 12, 25)
    images = np.zeros((1, 32, 32, 3), np.float32)
    assert model.predict_scores(images).shape == (1, 4)
    heads = {head: logits.numpy()[0] for head, logits in model.network({"image": images}).items()}
    # AU1, 6 and 12 are columns 0, 4 and 7 of the group's; only the lab knows AU25, column 13.
    expected = [*heads["challenge"][[0, 4, 7]], heads["lab"][13]]
    np.testing.assert_allclose(model.predict_logits(images)[0], expected, atol=1e-6)


def test_an_au_that_is_asked_for_and_that_nobody_labels_is_refused(records, tmp_path):
    with pytest.raises(UserError, match="no source has a label of AU45, so that no head can learn it"):
        train(run(records, tmp_path / "model", aus=(6, 45)))


def test_validation_on_what_the_predicting_head_does_not_learn_is_refused(records, tmp_path):
    """Its score would be 0 throughout, and any step the best."""
    changes = dict(aus=(7, 25), val_records_dir=str(records / "challenge"))
    with pytest.raises(
        UserError, match="has no label of an AU that the head lab, which predicts, learns: 7, 25"
    ):
        train(run(records, tmp_path / "model", sources=(Source("lab", str(records / "lab")),), **changes))


@pytest.mark.slow
def test_pseudo_labels_have_the_columns_of_their_teacher(records, tmp_path):
    train(run(records, tmp_path / "model"))
    write_pseudo_labels([str(tmp_path / "model")], str(records / "challenge"), str(tmp_path / "labels"))
    info = load_label_info(tmp_path / "labels")
    assert info.aus == OWN and set(info.known.values()) == {24.0}
    source = Source("a", str(records / "challenge"), str(tmp_path / "labels"))
    _, mask = load_label_table(source, (1, 7))
    assert mask.tolist() == [[0, 1]] * 24


@pytest.mark.slow
def test_intensities_keep_their_aus_beside_label_shards_of_other_columns(make_labelled_faces, tmp_path):
    faces, labels = make_labelled_faces(tmp_path / "strong", 4)
    names = [path.name for path in sorted((faces / "close_up").iterdir())]
    # AU1 is always at 1, AU7 at 2, AU12 at 3 and AU45 at 4.
    header = "path,AU01,AU07,AU12,AU45,AU01_intensity,AU07_intensity,AU12_intensity,AU45_intensity"
    labels.write_text("\n".join([header, *(f"{name},1,1,1,1,1,2,3,4" for name in names)]) + "\n")
    config = RecordsConfig(
        faces_dir=str(faces),
        dataset="strong",
        output_dir=str(tmp_path / "records"),
        label_files=(str(labels),),
        num_shards=1,
    )
    (info,) = write_records(config)
    records = tmp_path / "records" / "strong"
    (own,) = evaluation_stream(str(records), view="close_up", batch_size=8, image_size_px=32)
    ids = [example_id.decode() for example_id in own["example_id"].numpy()]
    shard = LabelShard(ids, np.zeros((4, 2), np.float32), np.ones((4, 2), np.float32))
    write_label_shards(tmp_path / "labels", info, [shard], teacher="t", is_soft=False, aus=(6, 12))
    (batch,) = evaluation_stream(
        str(records),
        view="close_up",
        batch_size=8,
        image_size_px=32,
        labels_dir=str(tmp_path / "labels"),
        fields={**EXAMPLE_FIELDS, **INTENSITY_FIELDS},
        aus=(7, 12),
    )
    assert batch["intensities"].numpy().tolist() == [[2, 3]] * 4
    assert batch["intensities_mask"].numpy().tolist() == [[1, 1]] * 4
    assert batch["mask"].numpy().tolist() == [[0, 1]] * 4


def test_a_head_that_decides_nothing_it_has_not_learnt():
    config = ModelConfig(
        backbone="ownnet1",
        aus=(7, 12),
        outputs=(7, 9, 12),
        view="close_up",
        heads=("a", "b"),
        prediction_head="a",
        learnt={"a": (12,)},
    )
    logits = {"a": tf.constant([[1.0, 2, 3]]), "b": tf.constant([[4.0, 5, 6]])}
    assert prediction_logits(config, logits).numpy().tolist() == [[4, 3]]
    assert ModelConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    with pytest.raises(UserError, match="no head has learnt AU07"):
        ModelConfig("ownnet1", (7,), "close_up", ("a",), "a", learnt={"a": (12,)})
