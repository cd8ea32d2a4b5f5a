"""What placed the faces in their crops goes from the face table through records into the model."""

import json
from pathlib import Path

import pytest

from emotionet_tf import models
from emotionet_tf.errors import UserError
from emotionet_tf.inference.records_prediction import predict_records
from emotionet_tf.records.dataset_info import load_dataset_info
from emotionet_tf.records.writing.au_records import RecordsConfig, write_records
from emotionet_tf.stream.sources import Source
from emotionet_tf.training.train import train
from emotionet_tf.training.train_config import TrainConfig


@pytest.fixture(scope="module")
def box_records(make_labelled_faces, tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("boxes")
    faces, labels = make_labelled_faces(root / "boxed", 12)
    settings = {"crop_size_px": 36, "framing": "box"}
    (faces / "align.json").write_text(json.dumps({"settings": settings}))
    write_records(
        RecordsConfig(
            faces_dir=str(faces),
            dataset="boxed",
            output_dir=str(root / "records"),
            num_shards=1,
            label_files=(str(labels),),
        )
    )
    return root / "records" / "boxed"


def config(tmp_path: Path, *records: Path, val: Path | None = None) -> TrainConfig:
    return TrainConfig(
        output_dir=str(tmp_path / "model"),
        sources=tuple(Source("opt", str(path)) for path in records),
        group="expression",
        val_records_dir=str(val) if val else None,
        backbone="ownnet1",
        image_size_px=32,
        num_steps=1,
        batch_size=4,
    )


def test_records_say_what_placed_the_faces(box_records, tiny_records):
    assert load_dataset_info(box_records).framing == "box"
    assert load_dataset_info(tiny_records / "train").framing == "registered"


def test_older_records_and_models_are_of_registered_crops(tiny_records):
    path = tiny_records / "train" / "dataset.json"
    text = path.read_text()
    content = json.loads(text)
    del content["framing"]
    path.write_text(json.dumps(content))
    try:
        assert load_dataset_info(path.parent).framing == "registered"
    finally:
        path.write_text(text)
    older = models.ModelConfig("ownnet1", (1,), "close_up", ("opt",), "opt").to_dict()
    del older["framing"]
    assert models.ModelConfig.from_dict(older).framing == "registered"


def test_mixed_framings_are_refused_with_each_sources_own(box_records, tiny_records, tmp_path):
    mixed = config(tmp_path, box_records, tiny_records / "train")
    with pytest.raises(
        UserError, match=r"crops differ in framing: {.*boxed': 'box', .*train': 'registered'}"
    ):
        train(mixed)
    assert not (tmp_path / "model").exists()


@pytest.mark.slow
def test_validation_and_prediction_want_the_models_framing(box_records, tiny_records, tmp_path):
    with pytest.raises(UserError, match="opt-val holds crops of framing registered, the sources of box"):
        train(config(tmp_path, box_records, val=tiny_records / "opt-val"))
    model_config = config(tmp_path, box_records).model_config(36, "box")
    models.save_model(models.build_model(model_config), model_config, tmp_path / "model", "last")
    model_dirs = [str(tmp_path / "model")]
    assert len(predict_records(model_dirs, str(box_records), batch_size=8).ids) == 12
    with pytest.raises(
        UserError, match="holds crops of framing registered, but the model in .* on framing box"
    ):
        predict_records(model_dirs, str(tiny_records / "train"), batch_size=8)
