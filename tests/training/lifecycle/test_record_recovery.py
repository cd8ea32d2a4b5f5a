import json
import shutil
from pathlib import Path

import pytest
from damaged_shards import cut_before, cut_picture, flip_data, offsets_of

from emotionet_tf.errors import StoppedError, UserError
from emotionet_tf.records.checking.broken_records import find_broken_records
from emotionet_tf.records.checking.repair import REPAIRED_FOLDER, Repairs
from emotionet_tf.storage.files import sha256_of
from emotionet_tf.stream.augmentation_ranges import NO_AUGMENTATION
from emotionet_tf.stream.sources import Source
from emotionet_tf.training.lifecycle.checkpoints import RunState
from emotionet_tf.training.lifecycle.record_recovery import record_folders
from emotionet_tf.training.run_options import RunOptions
from emotionet_tf.training.train import train
from emotionet_tf.training.train_config import TrainConfig

pytestmark = pytest.mark.slow
VAL_SHARD = "close_up-00000-of-00003.tfrecord"
SHARD = "close_up-00001-of-00003.tfrecord"


@pytest.fixture
def records(tiny_records, tmp_path) -> Path:
    return Path(shutil.copytree(tiny_records, tmp_path / "records"))


def config_of(records: Path, output_dir: Path) -> TrainConfig:
    return TrainConfig(
        output_dir=str(output_dir),
        sources=(Source("opt", str(records / "opt-train")),),
        group="expression",
        val_records_dir=str(records / "opt-val"),
        backbone="ownnet1",
        image_size_px=32,
        num_steps=10,
        batch_size=4,
        augmentation=NO_AUGMENTATION,
        checkpoint_interval_steps=2,
        validation_interval_steps=4,
        seed=1,
    )


def replaced_in(model_dir: Path) -> int:
    return json.loads((model_dir / "train.json").read_text())["replaced_records"]


def test_broken_records_end_a_run_that_resumes_once_they_are_repaired(records, tmp_path):
    """They are met in validation, after the checkpoint of step 2, from which the run resumes."""
    shard = records / "opt-val" / VAL_SHARD
    whole, offset = shard.read_bytes(), offsets_of(shard)[1]
    flip_data(shard, 1)
    config = config_of(records, tmp_path / "model")
    with pytest.raises(
        UserError, match=f"1 broken record in 1 shard: {shard}, record 2, byte {offset}: "
    ) as caught:
        train(config)
    assert "--max_bad_records=1" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert (tmp_path / "model" / "checkpoints" / "ckpt-2.index").is_file()
    assert not (tmp_path / "model" / "repaired_records").exists()
    shard.write_bytes(whole)
    train(config)
    assert replaced_in(tmp_path / "model") == 0


def test_run_that_meets_broken_records_ends_as_one_that_knew_of_them(records, tmp_path, monkeypatch, capsys):
    shards = [records / "opt-train" / SHARD, records / "opt-val" / VAL_SHARD]
    # Met where it is decoded, or in the validation behind step 4.
    cut_picture(shards[0], 3)
    flip_data(shards[1], 1)
    options = RunOptions(max_bad_records=2)
    known, met = tmp_path / "known", tmp_path / "met"
    folders = record_folders(config_of(records, known))
    for folder, broken in find_broken_records(folders).items():
        Repairs(known / REPAIRED_FOLDER).write(folder, broken)
    train(config_of(records, known), options)
    assert "looking for broken records" not in capsys.readouterr().out

    finish = RunState.finish_period

    def stop_behind_step_6(state: RunState) -> None:
        finish(state)
        if state.step == 6:
            raise StoppedError("asked to")

    monkeypatch.setattr(RunState, "finish_period", stop_behind_step_6)
    with pytest.raises(StoppedError):
        train(config_of(records, met), options)
    monkeypatch.undo()
    output = capsys.readouterr().out
    assert "looking for broken records" in output
    assert "resuming from step" in output
    assert "2 broken records of 2 shards replaced by their neighbours" in output
    with pytest.raises(UserError, match="2 broken records in 2 shards"):
        train(config_of(records, met), RunOptions(max_bad_records=1))
    train(config_of(records, met), options)
    assert replaced_in(known) == replaced_in(met) == 2
    for name in ("last.keras", "best.keras", "curves.csv"):
        assert sha256_of(known / name) == sha256_of(met / name)


def test_more_broken_records_than_allowed_end_the_run_before_it_starts(records, tmp_path):
    shard = records / "opt-train" / SHARD
    num_lost = len(offsets_of(shard)) - 5
    cut_before(shard, 5)
    with pytest.raises(
        UserError, match=f"{num_lost} broken records in 1 shard: the first: {shard}, record 6"
    ):
        train(config_of(records, tmp_path / "model"), RunOptions(max_bad_records=num_lost - 1))
    assert not (tmp_path / "model").exists()
