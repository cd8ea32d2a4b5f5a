"""A finished run that is to have more steps, and one that is to have fewer."""

import dataclasses
import json

import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.models.model_folders import RUN_FILE, SUMMARY_FILE
from emotionet_tf.storage.files import sha256_of, write_json
from emotionet_tf.storage.folder_settings import OtherSettingsError
from emotionet_tf.stream.sources import Source
from emotionet_tf.training.lifecycle.changed_length import changed_length, points_of_falls
from emotionet_tf.training.run_options import RunOptions
from emotionet_tf.training.train import train
from emotionet_tf.training.train_config import TrainConfig


def config_of(folder, num_steps=100, **changes) -> TrainConfig:
    values = dict(
        output_dir=str(folder), sources=(Source("a", "records"),), group="pose", num_steps=num_steps
    )
    return TrainConfig(**values | changes)


def trained(folder, *steps, is_finished=True, **changes):
    """Writes what is left of a run of 100 steps, with checkpoints at these."""
    write_json(folder / RUN_FILE, {"settings": config_of(folder, **changes).to_dict(), "commit": "c"})
    for step in steps:
        (folder / "checkpoints").mkdir(exist_ok=True)
        (folder / "checkpoints" / f"ckpt-{step}.index").touch()
    if is_finished:
        write_json(folder / SUMMARY_FILE, {"num_steps": 100})


def change(folder, **changes):
    config = config_of(folder, **changes)
    return changed_length(config, config.to_dict())


def test_folder_without_a_run_or_of_this_length_has_no_change(tmp_path):
    assert change(tmp_path) is None
    trained(tmp_path, 90, 100)
    assert change(tmp_path) is None


@pytest.mark.parametrize("rates", [{"lr_decay_points": ()}, {"lr_decay_factor": 1.0}])
def test_run_of_constant_rate_is_made_longer(tmp_path, rates, capsys):
    trained(tmp_path, 90, 100, **rates)
    found = change(tmp_path, num_steps=150, **rates)
    found.accept(tmp_path)
    assert "has 100 of now 150 steps (before, of 100)" in capsys.readouterr().out
    content = json.loads((tmp_path / RUN_FILE).read_text())
    assert (content["settings"]["num_steps"], content["commit"]) == (150, "c")
    assert [earlier["num_steps"] for earlier in content["earlier_lengths"]] == [100]
    # A run that is at work again: a kill from now on resumes the longer one.
    assert not (tmp_path / SUMMARY_FILE).exists()
    assert change(tmp_path, num_steps=150, **rates) is None


def test_falling_rate_is_refused_with_the_points_that_keep_it(tmp_path):
    trained(tmp_path, 100)
    # 50 and 75 of 100 steps are 0.25 and 0.375 of 200.
    with pytest.raises(
        OtherSettingsError,
        match=r"num_steps was 100 and is now 200; its learning rate fell after steps 50, 75, and would have fallen "
        r"after steps 100, 150: --lr_decay_points=0\.25,0\.375 lets it fall where it fell; or choose another output "
        r"folder, which can start from this one by --init_backbone=",
    ):
        change(tmp_path, num_steps=200)
    assert change(tmp_path, num_steps=200, lr_decay_points=(0.25, 0.375)).num_done == 100
    assert change(tmp_path, num_steps=200, lr_decay_points=(0.25, 0.375, 0.6)).num_done == 100
    with pytest.raises(OtherSettingsError, match="after steps 50, 75, 90"):
        change(tmp_path, num_steps=200, lr_decay_points=(0.25, 0.375, 0.45))


def test_interrupted_run_counts_the_steps_that_are_done(tmp_path):
    trained(tmp_path, 40, is_finished=False)
    assert change(tmp_path, num_steps=200).num_done == 40
    # Half of 60 is 30, where ten steps were made at the first rate.
    with pytest.raises(
        OtherSettingsError, match=r"would have fallen after steps 30, 45: --lr_decay_points=0\.84 "
    ):
        change(tmp_path, num_steps=60)
    assert change(tmp_path, num_steps=60, lr_decay_points=(0.84,)).num_done == 40


@pytest.mark.parametrize(
    ("interval_steps", "is_off_grid"), [(20, False), (50, False), (30, True), (1000, True)]
)
def test_end_between_regular_checkpoints_is_told(tmp_path, interval_steps, is_off_grid, capsys):
    settings = dict(lr_decay_points=(), checkpoint_interval_steps=interval_steps)
    trained(tmp_path, 100, **settings)
    change(tmp_path, num_steps=200, **settings).accept(tmp_path)
    assert ("the row of step 100 in its curves" in capsys.readouterr().out) == is_off_grid


@pytest.mark.parametrize("num_steps", [60, 100])
def test_steps_that_are_done_are_not_taken_back(tmp_path, num_steps):
    trained(tmp_path, 100, num_steps=120, lr_decay_points=(), is_finished=False)
    with pytest.raises(OtherSettingsError, match="it has 100 steps already, which are not taken back"):
        change(tmp_path, num_steps=num_steps, lr_decay_points=())


def test_finished_run_whose_checkpoint_was_removed_does_not_start_over(tmp_path):
    trained(tmp_path, lr_decay_points=())
    with pytest.raises(OtherSettingsError, match="no checkpoint of its last step to continue from"):
        change(tmp_path, num_steps=200, lr_decay_points=())


def test_other_changes_are_refused_as_ever(tmp_path):
    trained(tmp_path, 100, lr_decay_points=())
    with pytest.raises(OtherSettingsError, match="other settings: seed was 0 and is now 1; choose another"):
        change(tmp_path, num_steps=200, lr_decay_points=(), seed=1)


@pytest.mark.parametrize(
    ("falls", "num_steps", "points"),
    [
        ([50, 75], 200, [0.25, 0.375]),
        # 50 / 150 is a third: .34 * 150 = 51 is a step late, .334 * 150 = 50.1 is not.
        ([50], 150, [0.334]),
        # .1 of 20 is 2.
        ([0], 20, [0.01]),
        ([3, 3], 20, []),
        ([], 20, []),
    ],
)
def test_points_of_falls_are_the_shortest(falls, num_steps, points):
    assert points_of_falls(falls, num_steps) == points


@pytest.mark.slow
def test_run_with_steps_added_has_the_bytes_of_one_that_had_them_from_the_start(
    tiny_records, tmp_path, capsys
):
    config = TrainConfig(
        output_dir=str(tmp_path / "whole"),
        sources=(Source("opt", str(tiny_records / "opt-train")),),
        val_records_dir=str(tiny_records / "opt-val"),
        group="pose",
        backbone="ownnet1",
        image_size_px=32,
        num_steps=12,
        batch_size=4,
        lr_decay_points=(0.25,),
        ema_decay=0.9,
        momentum=0.9,
        checkpoint_interval_steps=3,
        validation_interval_steps=6,
    )
    train(config)
    more = dataclasses.replace(config, output_dir=str(tmp_path / "more"))
    # After half of 6 steps the rate falls, as after a quarter of 12.
    train(dataclasses.replace(more, num_steps=6, lr_decay_points=(0.5,)))
    with pytest.raises(UserError, match=r"fell after steps 3, and would have fallen after steps 9"):
        train(dataclasses.replace(more, lr_decay_points=(0.75,)))
    train(more, RunOptions(num_checkpoints=1))
    assert "has 6 of now 12 steps" in capsys.readouterr().out
    names = ("best.keras", "last.keras", "curves.csv", "model.json")
    for name in names:
        assert sha256_of(tmp_path / "more" / name) == sha256_of(tmp_path / "whole" / name), name
    train(more)
    assert "already trained: nothing to do" in capsys.readouterr().out
