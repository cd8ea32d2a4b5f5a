"""Inference on records, models and prediction files of TensorFlow's in-memory file system, in gs://'s place."""

import json
from pathlib import Path

import numpy as np
import pytest

from emotionet_tf import models
from emotionet_tf.action_units import EXPRESSION
from emotionet_tf.cli.entry_point import check_outputs
from emotionet_tf.errors import UserError
from emotionet_tf.inference.baselines.openface import OpenFaceBaselineConfig, predict_openface_baseline
from emotionet_tf.inference.evaluation import evaluate
from emotionet_tf.inference.prediction_files import read_predictions, write_predictions
from emotionet_tf.inference.pseudo_labels import write_pseudo_labels
from emotionet_tf.inference.records_prediction import predict_dataset
from emotionet_tf.inference.thresholds.training_data_check import refuse_training_data
from emotionet_tf.inference.thresholds.tune_on_prediction_files import tune_files
from emotionet_tf.inference.thresholds.tune_on_records import tune_model
from emotionet_tf.label_lists.label_file_arguments import expand_label_files
from emotionet_tf.label_lists.reading import read_label_lists
from emotionet_tf.models.model_folders import RUN_FILE, SUMMARY_FILE
from emotionet_tf.stream.source_labels import load_label_table
from emotionet_tf.stream.sources import Source


@pytest.fixture(scope="module")
def model_dir(bucket) -> str:
    config = models.ModelConfig("ownnet1", EXPRESSION.aus, EXPRESSION.view, ("opt",), "opt", False, 32, 36)
    models.save_model(models.build_model(config), config, bucket / "model", "last")
    return str(bucket / "model")


@pytest.fixture(scope="module")
def prediction_file(bucket, model_dir) -> Path:
    check_outputs([str(bucket / "opt-train.csv")], ["records"])
    predictions = predict_dataset([model_dir], str(bucket / "records/opt-train"), batch_size=16)
    write_predictions(bucket / "opt-train.csv", predictions)
    return bucket / "opt-train.csv"


def test_predictions_are_those_of_local_copies(bucket, model_dir, prediction_file, tiny_records, tmp_path):
    (tmp_path / "model").mkdir()
    for path in (bucket / "model").iterdir():
        path.copy_to(tmp_path / "model" / path.name)
    local = predict_dataset([str(tmp_path / "model")], str(tiny_records / "opt-train"), batch_size=16)
    write_predictions(tmp_path / "local.csv", local)
    assert prediction_file.read_bytes() == (tmp_path / "local.csv").read_bytes()


@pytest.mark.slow
def test_pseudo_labels_are_written_read_and_replaced(bucket, model_dir, capsys):
    records, labels = str(bucket / "records/train"), str(bucket / "labels")
    for kind in ("hard", "soft"):
        write_pseudo_labels([model_dir], records, labels, kind=kind)
    assert f"soft labels for 40 examples in {labels}" in capsys.readouterr().out
    values, mask = load_label_table(Source("train", records, labels), EXPRESSION.aus)
    assert values.shape == (40, len(EXPRESSION.aus)) and mask.all() and ((values > 0) & (values < 1)).all()
    with pytest.raises(UserError, match="is not a folder of label shards: it has no labels.json"):
        write_pseudo_labels([model_dir], records, records)


def test_label_lists_and_predictions_are_read_where_patterns_and_folders_name_them(bucket, prediction_file):
    assert expand_label_files([f"{bucket}/records/opt-*/rows.csv"]) == [
        f"{bucket}/records/opt-train/rows.csv",
        f"{bucket}/records/opt-val/rows.csv",
    ]
    lists = expand_label_files([f"{bucket}/records/opt-train/rows.csv,{bucket}/records/train/rows.csv"])
    assert len(lists) == 2
    scores = evaluate(read_predictions(str(prediction_file)), read_label_lists(lists))
    assert scores.num_photos == 96 and scores.num_without_prediction == 40
    with pytest.raises(UserError, match=f"{bucket}/none.csv: no such label list"):
        expand_label_files([f"{bucket}/none.csv"])
    with pytest.raises(UserError, match=f"prediction file {bucket}/none.csv cannot be read: No such file"):
        read_predictions(f"{bucket}/none.csv")


@pytest.mark.slow
def test_thresholds_are_tuned_into_files_and_model_folders(bucket, model_dir, prediction_file):
    rows = str(bucket / "records/opt-train/rows.csv")
    tuned, details = bucket / "tuned.csv", bucket / "details.json"
    tune_files(str(prediction_file), [rows], [str(prediction_file)], [str(tuned)], str(details))
    assert read_predictions(tuned).tuned_on.all()
    assert json.loads(details.read_text())["tuned_on"]["predictions"]["file"] == str(prediction_file)
    settings = {"records_dir": str(bucket / "records/train"), f"checksum of {bucket}/records/train": "1"}
    (bucket / "model" / RUN_FILE).write_text(json.dumps({"settings": settings}))
    (bucket / "model" / SUMMARY_FILE).write_text("{}")
    assert refuse_training_data(model_dir, str(bucket / "records/opt-train")) == ()
    tuning, path = tune_model(model_dir, str(bucket / "records/opt-train"), batch_size=16)
    assert str(path) == f"{model_dir}/thresholds.json"
    again = predict_dataset([model_dir], str(bucket / "records/opt-train"), batch_size=16)
    np.testing.assert_allclose(again.thresholds, tuning.thresholds)


def test_baseline_learns_and_predicts(bucket):
    pytest.importorskip("sklearn", reason="needs the extra `baselines`")
    records = str(bucket / "records/opt-train")
    (predictions,) = predict_openface_baseline(OpenFaceBaselineConfig(records, (records,)))
    assert len(predictions.ids) == 56
