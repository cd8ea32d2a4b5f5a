import dataclasses
import json

import numpy as np
import pytest
from small_records import photo
from tensorflow import keras

from emotionet_tf.action_units import ACTION_UNITS, LEFT, RIGHT
from emotionet_tf.errors import UserError
from emotionet_tf.inference.packing.neutral_calibration import neutral_faces, neutral_offsets
from emotionet_tf.inference.packing.pack import pack
from emotionet_tf.inference.packing.settings import PackConfig
from emotionet_tf.inference.packing.varied_copies import varied
from emotionet_tf.inference.records_prediction import predict_records
from emotionet_tf.inference.thresholds.threshold_files import THRESHOLDS_FILE
from emotionet_tf.label_lists.formats.plain_csv import write_plain_csv
from emotionet_tf.label_lists.photo_ids import example_id
from emotionet_tf.label_lists.rows import LabelRow
from emotionet_tf.models import ModelConfig, build_model, load_model, save_model
from emotionet_tf.records.writing.au_records import RecordsConfig, write_records
from emotionet_tf.stream.batches import evaluation_stream

CONFIG = ModelConfig(
    "ownnet1", (1, 2, 12), "close_up", ("opt", "free"), "opt", image_size_px=32, crop_size_px=32
)
NUM_FACES = 24


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory) -> str:
    keras.utils.set_random_seed(0)
    folder = tmp_path_factory.mktemp("packed") / "model"
    save_model(build_model(CONFIG), CONFIG, folder, "last")
    return str(folder)


@pytest.fixture
def records(tmp_path, make_faces) -> str:
    """Faces that four AUs are labelled on: 12 present on each fourth, else absent; some unknown on two of them."""
    photos = [photo(number) for number in range(NUM_FACES)]
    faces = make_faces(tmp_path / "faces", photos, size_px=32)
    columns = [ACTION_UNITS.index(au) for au in (1, 2, 4, 12)]
    rows = []
    for number, name in enumerate(photos):
        labels, mask = np.zeros(23, np.float32), np.zeros(23, np.float32)
        # One of four may be unknown, two may not.
        mask[columns[{1: 2, 2: 1}.get(number, 0) :]] = 1
        labels[columns[-1]] = number % 4 == 0
        rows.append(LabelRow(example_id(name), name, labels, mask))
    write_plain_csv(faces / "labels.csv", rows)
    config = RecordsConfig(
        faces_dir=str(faces),
        dataset="free",
        output_dir=str(tmp_path / "records"),
        label_files=(str(faces / "labels.csv"),),
    )
    write_records(config)
    return str(tmp_path / "records" / "free")


def logits(folder: str, records: str, ids: list[str]) -> np.ndarray:
    scores = predict_records([folder], records, batch_size=8).scores_of(ids)[0]
    return np.log(scores / (1 - scores))


def test_neutral_faces_show_no_labelled_au_as_far_as_nearly_all_are_known(records):
    expected = [example_id(photo(n)) for n in range(NUM_FACES) if n % 4 and n != 1]
    faces = neutral_faces(records)
    assert sorted(faces.ids) == expected
    # AU 1 is unknown on one of them; AU 4 and what the list never labels is on none.
    assert (
        faces.may_show.sum(0).nonzero()[0].tolist() == [ACTION_UNITS.index(1)] and faces.may_show.sum() == 1
    )
    assert len(expected) == 17


@pytest.mark.slow
def test_half_is_where_the_wanted_share_of_neutral_faces_is_declared(model_dir, records, tmp_path):
    output = str(tmp_path / "packed")
    pack(PackConfig(model_dir=model_dir, output_dir=output, neutral_records_dir=records, neutral_share=0.25))
    ids = neutral_faces(records).ids
    before, after = logits(model_dir, records, ids), logits(output, records, ids)
    # A quarter of 16 distances between 17 faces: four faces lie above the limit, and one on it. Of AU 1, which one face
    # may show, a quarter of 15 distances between the other 16.
    limits = np.sort(before, axis=0)[12]
    known = np.sort(before[[example_id(photo(2)) != one for one in ids], 0])
    limits[0] = known[11] + 0.25 * (known[12] - known[11])
    np.testing.assert_allclose(after, before - limits, atol=5e-3)
    content = json.loads((tmp_path / "packed" / "weights.json").read_text())["provenance"]["calibration"]
    assert (content["num_neutral_faces"], content["num_copies"]) == (17, 0)
    assert content["neutral_share"] == {"AU01": 0.25, "AU02": 0.25, "AU12": 0.25}
    np.testing.assert_allclose(list(content["offsets"].values()), -limits, atol=5e-3)


@pytest.mark.slow
def test_an_au_may_have_a_share_of_its_own(model_dir, records, tmp_path):
    config = PackConfig(
        model_dir=model_dir,
        output_dir=str(tmp_path / "packed"),
        neutral_records_dir=records,
        neutral_share=0.25,
        own_shares=("12:0.5",),
    )
    pack(config)
    ids = neutral_faces(records).ids
    before = logits(model_dir, records, ids)
    after = logits(config.output_dir, records, ids)
    np.testing.assert_allclose((before - after)[:, 2], np.median(before[:, 2]), atol=5e-3)
    np.testing.assert_allclose((before - after)[:, 1], np.sort(before[:, 1])[12], atol=5e-3)


@pytest.mark.slow
def test_thresholds_are_those_of_the_looks(model_dir, records, tmp_path):
    looks = ("0.9", "1.2:1:mirrored")
    for name, share in (("plain", None), ("packed", records)):
        output = str(tmp_path / name)
        config = PackConfig(
            model_dir=model_dir, output_dir=output, looks=looks, neutral_records_dir=share, neutral_share=0.5
        )
        pack(config)
    ids = neutral_faces(records).ids
    once, before, after = (
        logits(folder, records, ids)
        for folder in (model_dir, str(tmp_path / "plain"), str(tmp_path / "packed"))
    )
    assert np.abs(once - before).max() > 1e-3
    # AU 1 is unknown on one of the 17 faces.
    np.testing.assert_allclose(
        (before - after)[:, 1:], np.tile(np.median(before[:, 1:], 0), (17, 1)), atol=5e-3
    )
    assert load_model(tmp_path / "packed").config.looks == looks


def test_unreadable_look_is_named():
    with pytest.raises(UserError, match="a look must be SCALE, .*, got '5'"):
        PackConfig(model_dir="model", output_dir="packed", looks=("0.95", "5"))


@pytest.mark.parametrize("share", ["12", "12:2", "x:0.1", "12:0"])
def test_unreadable_share_is_named(share):
    with pytest.raises(UserError, match="neutral_share_of must be AU:SHARE"):
        PackConfig(model_dir="model", output_dir="packed", own_shares=(share,))


@pytest.mark.slow
def test_copies_count_as_faces(model_dir, records, tmp_path):
    output = str(tmp_path / "packed")
    pack(PackConfig(model_dir=model_dir, output_dir=output, neutral_records_dir=records, neutral_copies=2))
    ids, model = neutral_faces(records).ids, load_model(model_dir)
    shown = [logits(model_dir, records, ids)]
    batch = next(iter(evaluation_stream(records, view="close_up", batch_size=64, image_size_px=32)))
    is_neutral = np.isin([name.decode() for name in batch["example_id"].numpy()], ids)
    assert is_neutral.sum() == len(ids) < len(is_neutral)
    for copy in (1, 2):
        images = varied(batch["image"][is_neutral], copy).numpy()
        shown.append(model.predict_logits(images))
    before, after = shown[0], logits(output, records, ids)
    wanted = np.quantile(np.concatenate(shown)[:, 1:], 0.98, axis=0)
    np.testing.assert_allclose((before - after)[:, 1:], np.broadcast_to(wanted, (17, 2)), atol=5e-3)


@pytest.mark.slow
def test_heads_and_aus_are_chosen_and_provenance_kept(model_dir, records, tmp_path):
    (tmp_path / "made.json").write_text('{"commit": "abc"}')
    config = PackConfig(
        model_dir=model_dir, output_dir=str(tmp_path / "packed"), provenance=str(tmp_path / "made.json")
    )
    pack(dataclasses.replace(config, heads=("opt", "free:1,12"), aus=(12, 1)))
    model = load_model(tmp_path / "packed")
    assert (model.config.aus, len(model.config.heads)) == ((12, 1), 1)
    content = json.loads((tmp_path / "packed" / "weights.json").read_text())
    assert content["provenance"] == {"commit": "abc"}


def test_aus_of_one_side_are_asked_for_as_facs_has_them():
    flags = dict(model_dir="model", output_dir="packed")
    assert PackConfig(**flags, heads=("a:L12,7",)).asked_heads() == {"a": (LEFT + 12, 7)}
    config = PackConfig(**flags, own_shares=("R12:0.1",))
    assert (config.share_of(RIGHT + 12), config.share_of(12)) == (0.1, 0.02)


@pytest.mark.slow
def test_an_au_that_the_neutral_records_lack_is_calibrated_on_all_neutral_faces(tmp_path, make_faces):
    """As an AU of EmotioNet's that nobody has labelled is."""
    photos = [f"{number}.jpg" for number in range(4)]
    faces_dir = make_faces(tmp_path / "faces", photos, size_px=32)
    (tmp_path / "labels.csv").write_text("id,AU07,AU12\n" + "".join(f"{number},0,0\n" for number in range(4)))
    config = RecordsConfig(
        faces_dir=str(faces_dir),
        dataset="own",
        output_dir=str(tmp_path / "records"),
        label_files=(str(tmp_path / "labels.csv"),),
    )
    write_records(config)
    keras.utils.set_random_seed(0)
    save_model(build_model(CONFIG), CONFIG, tmp_path / "model", "last")
    records_dir = str(tmp_path / "records" / "own")
    offsets = neutral_offsets(tmp_path / "model", records_dir, neutral_faces(records_dir), lambda au: 0.5)
    scores = predict_records([str(tmp_path / "model")], records_dir, batch_size=4).scores
    medians = np.median(np.log(scores / (1 - scores)), axis=0)
    # pack decodes crops as trainings do, predict_records exactly.
    np.testing.assert_allclose([offsets[au] for au in (1, 2, 12)], -medians, atol=1e-4)


@pytest.mark.parametrize("head", ["", ":1", "free:", "free:1,x"])
def test_unreadable_head_is_named(head):
    with pytest.raises(UserError, match="head must be HEAD or HEAD:AU,AU"):
        PackConfig(model_dir="model", output_dir="packed", heads=(head,))


@pytest.mark.slow
def test_wrong_input_is_named(model_dir, records, make_records, tmp_path):
    config = PackConfig(model_dir=model_dir, output_dir=str(tmp_path / "packed"))
    with pytest.raises(UserError, match="missing.json is not a readable JSON file"):
        pack(dataclasses.replace(config, provenance=str(tmp_path / "missing.json")))
    (tmp_path / "list.json").write_text("[]")
    with pytest.raises(UserError, match="list.json must hold a JSON object"):
        pack(dataclasses.replace(config, provenance=str(tmp_path / "list.json")))
    # Random labels, of all AUs: no face without any.
    with pytest.raises(UserError, match="has no face on which labelled AUs are known to be absent"):
        pack(dataclasses.replace(config, neutral_records_dir=make_records("busy", 8, size_px=32)))
    assert not (tmp_path / "packed").exists()


@pytest.mark.slow
def test_what_is_left_out_is_said(tmp_path, capsys):
    config = dataclasses.replace(CONFIG, intensities="ordinal", intensities_learnt={"opt": (12,)})
    save_model(build_model(config), config, tmp_path / "model", "last")
    settings = PackConfig(model_dir=str(tmp_path / "model"), output_dir=str(tmp_path / "packed"))
    pack(settings)
    said = capsys.readouterr().out
    assert "the model's intensities are left out" in said and "thresholds" not in said
    (tmp_path / "model" / THRESHOLDS_FILE).write_text("{}")
    pack(settings)
    assert "the model's tuned thresholds are left out" in capsys.readouterr().out
    packed = load_model(tmp_path / "packed").config
    assert packed.intensity_aus == () and packed.intensities == "none"
