"""Whether a run makes its images batch by batch: what its folder, its flags and its device say."""

import json

import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.models.model_folders import RUN_FILE
from emotionet_tf.storage.files import sha256_of, write_json
from emotionet_tf.storage.folder_settings import OtherSettingsError
from emotionet_tf.stream.sources import Source
from emotionet_tf.training.lifecycle.stream_choice import kept_crops
from emotionet_tf.training.run_options import RunOptions
from emotionet_tf.training.train import train
from emotionet_tf.training.train_config import TrainConfig


def config_of(folder, records="records", **changes) -> TrainConfig:
    values = dict(
        sources=(Source("opt", str(records)),),
        group="pose",
        backbone="ownnet1",
        image_size_px=32,
        num_steps=4,
        batch_size=4,
        checkpoint_interval_steps=2,
    )
    return TrainConfig(output_dir=str(folder), **values | changes)


def test_memory_for_crops_is_given_in_gigabytes(tmp_path):
    crops = kept_crops(config_of(tmp_path, fast_stream=True), RunOptions(decoded_crops_gb=0.5), "cpu")
    assert crops.most_bytes == 500_000_000


def test_without_the_fast_stream_no_crops_are_kept(tmp_path, capsys):
    assert kept_crops(config_of(tmp_path, fast_stream=False), RunOptions(), "cpu") is None
    assert not capsys.readouterr().out


def test_on_a_tpu_images_are_made_one_by_one_and_it_is_said(tmp_path, capsys):
    assert kept_crops(config_of(tmp_path, fast_stream=True), RunOptions(), "tpu") is None
    assert capsys.readouterr().out.count("\n") == 1


def test_crops_that_are_to_stay_want_the_fast_stream(tmp_path):
    with pytest.raises(UserError, match="add --fast_stream"):
        kept_crops(config_of(tmp_path), RunOptions(decoded_crops_gb=1), "cpu")


@pytest.mark.slow
def test_run_keeps_to_its_stream_and_an_earlier_versions_has_none(tiny_records, tmp_path):
    def run(name, num_steps, **changes):
        # Of a constant rate, so that it may be made longer.
        config = config_of(
            tmp_path / name, tiny_records / "train", num_steps=num_steps, lr_decay_points=(), **changes
        )
        train(config)
        return sha256_of(tmp_path / name / "last.keras")

    run("earlier", 4)
    path = tmp_path / "earlier" / RUN_FILE
    content = json.loads(path.read_text())
    assert content["settings"].pop("fast_stream") is False
    write_json(path, content)
    with pytest.raises(OtherSettingsError, match="fast_stream was False and is now True"):
        run("earlier", 8, fast_stream=True)
    assert run("earlier", 8) == run("undisturbed", 8)
    run("fast", 4, fast_stream=True)
    assert run("fast", 8, fast_stream=True) == run("fast_undisturbed", 8, fast_stream=True)


@pytest.mark.slow
def test_crops_that_stay_decoded_change_no_result(tiny_records, tmp_path):
    for name, memory in (("decoded", 0.0), ("kept", 0.0001), ("some", 0.00001)):
        # 40 crops of 36 px, 12 steps of four: two epochs begin.
        config = config_of(tmp_path / name, tiny_records / "train", num_steps=12, fast_stream=True)
        train(config, RunOptions(decoded_crops_gb=memory))
    networks = {sha256_of(tmp_path / name / "last.keras") for name in ("decoded", "kept", "some")}
    assert len(networks) == 1
