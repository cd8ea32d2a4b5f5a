import hashlib
import json
from types import SimpleNamespace

from emotionet_tf import __version__
from emotionet_tf.inference import shipped_detectors
from emotionet_tf.inference.scoring import about_models as module
from emotionet_tf.inference.scoring.about_models import about_models
from emotionet_tf.inference.tables.about import about_path, training_remark


def model(folder) -> SimpleNamespace:
    return SimpleNamespace(folder=folder, config=SimpleNamespace(aus=(1, 12)))


def test_trained_model_is_named_with_its_checksum_data_and_thresholds(tmp_path):
    folder = tmp_path / "student"
    folder.mkdir()
    (folder / "best.keras").write_bytes(b"weights")
    (folder / "train.json").write_text(
        json.dumps({"settings": {"sources": [{"head": "opt", "records_dir": "/home/me/records/opt-train"}]}})
    )
    tuned = {
        "records_dir": "/home/me/records/opt-val",
        "predictions": {"file": "/home/me/p.csv", "sha256": "12"},
    }
    (folder / "thresholds.json").write_text(json.dumps({"tuned_on": tuned}))
    checksum = hashlib.sha256(b"weights").hexdigest()
    found = about_models([model(folder)], None, True)
    assert found["model"] == f"student@{checksum[:8]}" and found["emotionet_tf"] == __version__
    assert found["score_is_probability"] is False
    (one,) = found["models"]
    assert one["weights_sha256"] == checksum and one["weights"] == "best.keras"
    assert one["aus"] == ["AU01", "AU12"] and one["trained_on"] == ["opt-train"]
    assert one["tuned_on"] == {"records_dir": "opt-val", "predictions": {"file": "p.csv", "sha256": "12"}}
    assert "/home" not in json.dumps(found)
    (plain,) = about_models([model(folder)], None, False)["models"]
    assert plain["decides_at"] == "0.5" and "tuned_on" not in plain


def test_packages_detector_is_named_by_its_own_name_with_provenance(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "WEIGHTS_DIR", tmp_path)
    assert tmp_path != shipped_detectors.WEIGHTS_DIR
    folder = tmp_path / "fast" / "pose"
    folder.mkdir(parents=True)
    (folder / "weights.npz").write_bytes(b"")
    calibration = {"offsets": {"AU01": 0.5}, "num_neutral_faces": 195}
    provenance = {
        "records": {"opt-train": {"num_faces": 9}, "free": {"num_faces": 3}},
        "calibration": calibration,
    }
    (folder / "weights.json").write_text(
        json.dumps({"weights_sha256": "a1b2c3d4e5", "provenance": provenance})
    )
    found = about_models([model(folder)], None, True)
    assert found["model"] == "fast/pose@a1b2c3d4"
    (one,) = found["models"]
    assert one["made_from"] == {"opt-train": 9, "free": 3} and one["calibration"] == {
        "num_neutral_faces": 195
    }


def test_it_lies_beside_the_table():
    assert about_path("out/faces.csv") == "out/faces.csv.about.json"
    assert about_path("faces") == "faces.about.json"


def test_table_says_what_its_models_were_trained_on(tmp_path):
    table = str(tmp_path / "faces.csv")
    assert training_remark(table) == ""
    models = [{"trained_on": ["mine-train", "train"]}, {"trained_on": ["train"]}, {"made_from": {"x": 3}}]
    (tmp_path / "faces.csv.about.json").write_text(json.dumps({"models": models}))
    assert "of a model that was trained on mine-train, train: where these photos" in training_remark(table)
    (tmp_path / "faces.csv.about.json").write_text(json.dumps({"models": models[2:]}))
    assert training_remark(table) == ""
