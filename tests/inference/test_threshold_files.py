import functools
import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from tensorflow import keras

from emotionet_tf import models
from emotionet_tf.errors import UserError
from emotionet_tf.inference import fusion, records_prediction
from emotionet_tf.inference.fusion import fuse
from emotionet_tf.inference.prediction_files import Predictions, read_predictions, write_predictions
from emotionet_tf.inference.records_prediction import predict_dataset
from emotionet_tf.inference.shipped_detectors import detector_folders
from emotionet_tf.inference.thresholds.soft_thresholding import tune_thresholds
from emotionet_tf.inference.thresholds.threshold_files import (
    THRESHOLDS_FILE,
    load_thresholds,
    save_thresholds,
)
from emotionet_tf.inference.thresholds.training_data_check import refuse_training_data
from emotionet_tf.inference.thresholds.tune_on_prediction_files import tune_files
from emotionet_tf.inference.thresholds.tune_on_records import tune_model
from emotionet_tf.label_lists.reading import read_label_list
from emotionet_tf.models.packing import pack_model
from emotionet_tf.records.dataset_info import load_dataset_info


def write_run(folder: Path, *records_dirs: Path, checksum: str | None = None, **more: object) -> None:
    """Writes what a finished training on these records leaves."""
    settings: dict = {**more, "sources": [{"head": "opt", "records_dir": str(path)} for path in records_dirs]}
    for path in records_dirs:
        settings[f"checksum of {path}"] = checksum or load_dataset_info(path).checksum
    folder.mkdir(exist_ok=True)
    for name, content in (("run.json", {"settings": settings}), ("train.json", {})):
        (folder / name).write_text(json.dumps(content))


@pytest.fixture
def val(tmp_path):
    """Returns a prediction file of AU12, whose best threshold is 0.3, and its labels."""
    scores = np.array([[0.1], [0.2], [0.3], [0.4]])
    write_predictions(tmp_path / "val.csv", Predictions(("a", "b", "c", "d"), (12,), scores))
    (tmp_path / "labels.csv").write_text("id,AU12\na,0\nb,0\nc,1\nd,1\n")
    return str(tmp_path / "val.csv"), [str(tmp_path / "labels.csv")]


def test_thresholds_of_a_file_are_applied_to_others_of_the_same_system(val, tmp_path):
    write_predictions(tmp_path / "test.csv", Predictions(("x", "y"), (12,), np.array([[0.35], [0.25]])))
    output = str(tmp_path / "tuned.csv")
    tuning = tune_files(*val, [str(tmp_path / "test.csv")], [output], str(tmp_path / "details.json"))
    tuned = read_predictions(output)
    np.testing.assert_array_equal(tuned.thresholds, [0.3])
    np.testing.assert_array_equal(tuned.scores, [[0.35], [0.25]])
    details = json.loads((tmp_path / "details.json").read_text())
    assert details["thresholds"] == {"AU12": 0.3}
    assert details["tuned_on"]["num_photos"] == 4
    assert [entry["file"] for entry in details["tuned_on"]["labels"]] == val[1]
    assert details["scores_before"] == {"ranking_score": 0.25, "accuracy": 0.5, "f1": 0.0}
    assert details["scores_on_the_same_photos"]["ranking_score"] == 1
    assert tuning.after.scores.ranking_score == 1


def test_thresholds_applied_to_what_they_were_tuned_on_mark_its_photos(val, tmp_path, capsys):
    both = Predictions(("b", "x"), (12,), np.array([[0.35], [0.25]]))
    write_predictions(tmp_path / "both.csv", both)
    outputs = [str(tmp_path / name) for name in ("tuned.csv", "tuned_both.csv")]
    tune_files(*val, [val[0], str(tmp_path / "both.csv")], outputs)
    np.testing.assert_array_equal(read_predictions(outputs[0]).tuned_on, [True] * 4)
    np.testing.assert_array_equal(read_predictions(outputs[1]).tuned_on, [True, False])
    said = capsys.readouterr().out
    assert "tuned.csv: the thresholds were tuned on 4 of its 4 photos" in said
    assert "tuned_both.csv: the thresholds were tuned on 1 of its 2 photos" in said


def test_labels_that_are_all_unknown_are_refused_before_anything_is_written(val, tmp_path):
    (tmp_path / "labels.csv").write_text("id,AU12\na,999\nb,\nc,999\n")
    with pytest.raises(UserError, match="not one of the photos' labels is known"):
        tune_files(*val, [val[0]], [str(tmp_path / "tuned.csv")], None)
    assert not (tmp_path / "tuned.csv").exists()


def test_file_of_another_system_is_refused_before_anything_is_written(val, tmp_path):
    write_predictions(tmp_path / "test.csv", Predictions(("x",), (1, 12), np.zeros((1, 2))))
    with pytest.raises(
        UserError, match=r"test\.csv is of another system than .*val\.csv: its AUs are \(1, 12\)"
    ):
        tune_files(*val, [val[0], str(tmp_path / "test.csv")], [str(tmp_path / "a"), str(tmp_path / "b")])
    assert not (tmp_path / "a").exists()


def save(val, folder: Path, network: str = "best.keras") -> None:
    folder.mkdir(exist_ok=True)
    (folder / network).write_bytes(b"weights")
    save_thresholds(
        folder, None, tune_thresholds(read_predictions(val[0]), read_label_list(*val[1])), {"from": "x"}
    )


def test_saved_thresholds_are_those_of_the_network_they_were_tuned_for(val, tmp_path):
    folder = tmp_path / "model"
    np.testing.assert_array_equal(load_thresholds(folder, None, (1, 12)), [0.5, 0.5])
    save(val, folder)
    np.testing.assert_array_equal(load_thresholds(folder, None, (12,)), [0.3])
    np.testing.assert_array_equal(load_thresholds(folder, "best", (12,)), [0.3])
    np.testing.assert_array_equal(load_thresholds(folder, None, (12,), enabled=False), [0.5])
    assert json.loads((folder / THRESHOLDS_FILE).read_text())["tuned_on"]["from"] == "x"
    (folder / "last.keras").write_bytes(b"other weights")
    with pytest.raises(UserError, match=r"tuned for another best\.keras than this last\.keras"):
        load_thresholds(folder, "last", (12,))
    (folder / "best.keras").write_bytes(b"trained on")
    with pytest.raises(UserError, match="run tune_thresholds again"):
        load_thresholds(folder, None, (12,))


def test_thresholds_of_packed_weights_are_bound_to_them(val, tmp_path):
    folder = tmp_path / "model"
    save(val, folder, "weights.npz")
    assert json.loads((folder / THRESHOLDS_FILE).read_text())["network"] == "weights.npz"
    np.testing.assert_array_equal(load_thresholds(folder, None, (12,)), [0.3])
    (folder / "weights.npz").write_bytes(b"other weights")
    with pytest.raises(UserError, match=r"tuned for another weights\.npz than this weights\.npz"):
        load_thresholds(folder, None, (12,))


TOO_LARGE = json.dumps({"network": "n", "network_sha256": "s", "thresholds": {"AU12": 10**400}})


@pytest.mark.parametrize("text", ["{}", "junk", "[]", TOO_LARGE])
def test_damaged_thresholds_name_the_file(tmp_path, text):
    (tmp_path / THRESHOLDS_FILE).write_text(text)
    with pytest.raises(UserError, match=r"thresholds\.json is damaged"):
        load_thresholds(tmp_path, None, (12,))


def test_data_that_the_model_was_trained_on_are_refused(tiny_records, tmp_path):
    model, train, val_records = tmp_path / "model", tiny_records / "opt-train", tiny_records / "opt-val"
    write_run(model, train)
    assert refuse_training_data(str(model), str(val_records)) == ()
    with pytest.raises(UserError, match=r"model was trained on .*opt-train; tune thresholds on photos"):
        refuse_training_data(str(model), str(train))
    # Other records that hold some of the photos, as the whole opt set does those of its validation part.
    write_run(model, train, checksum="of older records")
    with pytest.raises(UserError, match=r"which has \d+ of the \d+ photos of .*opt-train, such as opt_"):
        refuse_training_data(str(model), str(train))
    write_run(model, tmp_path / "moved", checksum="of records that are away")
    assert refuse_training_data(str(model), str(val_records)) == (str(tmp_path / "moved"),)
    # What its backbone started from has seen the photos: an AU model's folder, or its network's file.
    write_run(tmp_path / "start", train)
    for start in (
        {"init_backbone": [str(tmp_path / "start")]},
        {"init_weights": str(tmp_path / "start/best.keras")},
    ):
        write_run(model, val_records, **start)
        with pytest.raises(UserError, match=r"model was trained on .*opt-train; tune"):
            refuse_training_data(str(model), str(train))
    write_run(model, train, init_backbone=[str(tmp_path / "gone")])
    assert refuse_training_data(str(model), str(val_records)) == (str(tmp_path / "gone"),)
    (model / "run.json").unlink()
    with pytest.raises(UserError, match=r"no readable run\.json, which says what the model was trained on"):
        refuse_training_data(str(model), str(val_records))
    # A packed model does not say which photos it was trained on.
    (model / "weights.json").write_text("{}")
    assert refuse_training_data(str(model), str(val_records)) == (str(model),)


@pytest.mark.slow
def test_models_thresholds_are_tuned_saved_used_and_switched_off(tiny_records, tmp_path, monkeypatch):
    # Loading a network takes longer than all else here.
    load_model = functools.cache(models.load_model)
    monkeypatch.setattr(records_prediction, "load_model", lambda folder, which: load_model(str(folder)))
    keras.utils.set_random_seed(1)
    folders = []
    for name, aus in (("a", (1, 12)), ("b", (12, 25))):
        config = models.ModelConfig("ownnet1", aus, "close_up", ("opt",), "opt", False, 32, 36)
        models.save_model(models.build_model(config, seed=len(name)), config, tmp_path / name, "last")
        write_run(tmp_path / name, tiny_records / "opt-train")
        folders.append(str(tmp_path / name))
    records = str(tiny_records / "opt-val")
    tunings = [tune_model(folder, records)[0] for folder in folders]
    provenance = json.loads((tmp_path / "a" / THRESHOLDS_FILE).read_text())
    assert provenance["network"] == "last.keras"
    assert provenance["tuned_on"]["dataset"] == "opt-val"
    assert any((tuning.thresholds != 0.5).any() for tuning in tunings)

    singles = [predict_dataset([folder], records, batch_size=16) for folder in folders]
    for single, tuning in zip(singles, tunings, strict=True):
        np.testing.assert_array_equal(single.thresholds, tuning.thresholds)
        assert single.tuned_on.all() == single.has_own_thresholds
    for mean in fusion.MEANS:
        both = predict_dataset(folders, records, batch_size=16, mean=mean)
        np.testing.assert_allclose(both.scores, fuse(singles, mean).scores, atol=1e-6)
        np.testing.assert_allclose(both.thresholds, fuse(singles, mean).thresholds)
    images = np.random.default_rng(0).uniform(0, 255, (4, 32, 32, 3))
    loaded = [(load_model(folder), column) for folder, column in zip(folders, (1, 0), strict=True)]
    logits = [model.predict_logits(images)[:, column] for model, column in loaded]
    members = [
        Predictions(tuple("abcd"), (12,), model.predict_scores(images)[:, [column]])
        for model, column in loaded
    ]
    expected = 1 / (1 + np.exp(-np.mean(logits, axis=0)))
    np.testing.assert_allclose(fuse(members, "logits").scores[:, 0], expected, atol=1e-6)
    off = predict_dataset(folders, records, batch_size=16, use_thresholds=False)
    assert not (off.has_own_thresholds or off.tuned_on.any())
    assert not predict_dataset(folders, str(tiny_records / "train"), batch_size=16).tuned_on.any()


@pytest.mark.slow
def test_packed_model_is_tuned_where_nothing_tells_what_it_learned_from(tiny_records, tmp_path, capsys):
    config = models.ModelConfig("ownnet1", (1, 12), "close_up", ("opt",), "opt", False, 32, 36)
    models.save_model(models.build_model(config, seed=0), config, tmp_path / "model", "last")
    packed = str(pack_model(models.load_model(tmp_path / "model"), tmp_path / "packed", provenance={}))
    tuning, path = tune_model(packed, str(tiny_records / "opt-val"))
    assert json.loads(path.read_text())["network"] == "weights.npz"
    assert f"is not sure, as nothing tells what {packed} holds or learned from" in capsys.readouterr().out
    single = predict_dataset([packed], str(tiny_records / "opt-val"), batch_size=16)
    np.testing.assert_array_equal(single.thresholds, tuning.thresholds)


def test_detector_in_the_package_is_copied_before_it_is_tuned(tiny_records):
    folder = detector_folders()[0]
    with pytest.raises(UserError, match="belongs to the package, and predict uses it for all photos; copy"):
        tune_model(str(folder), str(tiny_records / "opt-val"))
    assert not (folder / THRESHOLDS_FILE).exists()


@pytest.fixture
def tuned_model(tmp_path):
    """Returns a function that says which photos of some records a model's thresholds count as tuned on."""

    def marks(records, *, tuned_on: Path, checksum: str, thresholds=(0.3,)):
        model = tmp_path / "model"
        model.mkdir(exist_ok=True)
        content = {"tuned_on": {"records_dir": str(tuned_on), "checksum": checksum}}
        (model / THRESHOLDS_FILE).write_text(json.dumps(content))
        member = SimpleNamespace(model=SimpleNamespace(folder=model), thresholds=np.array(thresholds))
        return records_prediction._tuned_on(
            [member], str(records), records_prediction.photos_of(str(records))
        )

    return marks


def test_photos_of_the_tuning_records_are_marked_as_far_as_it_is_known(tuned_model, tiny_records, tmp_path):
    train, val_records = tiny_records / "opt-train", tiny_records / "opt-val"
    of_train, of_val = (load_dataset_info(folder).checksum for folder in (train, val_records))
    assert tuned_model(val_records, tuned_on=val_records, checksum=of_val).all()
    # The folder is elsewhere by now, or holds other records: its checksum still tells.
    assert tuned_model(val_records, tuned_on=tmp_path / "gone", checksum=of_val).all()
    assert not tuned_model(train, tuned_on=val_records, checksum=of_val).any()
    assert not tuned_model(train, tuned_on=tmp_path / "gone", checksum=of_val).any()
    assert not tuned_model(val_records, tuned_on=val_records, checksum=of_val, thresholds=(0.5,)).any()
    # Records that have one of the tuning's photos beside others.
    mixed = tmp_path / "mixed"
    shutil.copytree(train, mixed)
    line = (val_records / "rows.csv").read_text().splitlines()[1]
    with (mixed / "rows.csv").open("a") as rows:
        rows.write(line + "\n")
    assert tuned_model(mixed, tuned_on=val_records, checksum=of_val).sum() == 1
    assert of_train != of_val
