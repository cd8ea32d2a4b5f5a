import signal

import pytest

from emotionet_tf.errors import StoppedError, UserError
from emotionet_tf.storage.files import sha256_of
from emotionet_tf.stream.sources import Source
from emotionet_tf.training import run
from emotionet_tf.training.lifecycle.checkpoint_periods import CheckpointPeriods, Segment
from emotionet_tf.training.lifecycle.stopping import SaveWithinPeriods
from emotionet_tf.training.run_options import RunOptions
from emotionet_tf.training.train import train
from emotionet_tf.training.train_config import TrainConfig


def config_of(records, output_dir) -> TrainConfig:
    return TrainConfig(
        output_dir=str(output_dir),
        sources=(Source("opt", str(records / "opt-train")),),
        group="pose",
        val_records_dir=str(records / "opt-val"),
        backbone="ownnet1",
        image_size_px=32,
        num_steps=11,
        batch_size=4,
        momentum=0.9,
        checkpoint_interval_steps=4,
        validation_interval_steps=4,
    )


@pytest.fixture(scope="module")
def undisturbed(tiny_records, tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    train(config_of(tiny_records, folder))
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    ("moment", "step"),
    [("after a step within a period", 6), ("after a period's last step", 8), ("in validation", 8)],
)
def test_run_that_is_asked_to_end_saves_and_resumes_to_the_same_bits(
    tiny_records, undisturbed, tmp_path, monkeypatch, capsys, moment, step
):
    config = config_of(tiny_records, tmp_path / "run")

    class Asked(SaveWithinPeriods):
        def on_train_batch_end(self, batch, logs=None):
            if moment != "in validation" and self._state.step == step:
                signal.raise_signal(signal.SIGTERM)
            super().on_train_batch_end(batch, logs)

        def on_test_batch_end(self, batch, logs=None):
            if self._state.step == step:
                signal.raise_signal(signal.SIGTERM)
            super().on_test_batch_end(batch, logs)

    before = signal.getsignal(signal.SIGTERM)
    with monkeypatch.context() as patched:
        patched.setattr(run, "SaveWithinPeriods", Asked)
        with pytest.raises(StoppedError, match=f"stopped at step {step}, all saved"):
            train(config)
    assert signal.getsignal(signal.SIGTERM) is before
    assert not (tmp_path / "run" / "train.json").exists()
    train(config)
    assert f"resuming from step {step} of 11" in capsys.readouterr().out
    for name in ("best.keras", "last.keras", "curves.csv"):
        assert sha256_of(undisturbed / name) == sha256_of(tmp_path / "run" / name), name


@pytest.mark.slow
def test_checkpoints_are_written_when_time_is_up_and_the_newest_are_kept(tiny_records, tmp_path):
    train(config_of(tiny_records, tmp_path / "run"), RunOptions(1e-6, num_checkpoints=5))
    kept = (tmp_path / "run" / "checkpoints").glob("*.index")
    assert sorted(int(path.stem.removeprefix("ckpt-")) for path in kept) == [7, 8, 9, 10, 11]


@pytest.mark.slow
def test_damaged_checkpoint_is_reported_and_the_one_before_is_used(
    tiny_records, undisturbed, tmp_path, monkeypatch, capsys
):
    config = config_of(tiny_records, tmp_path / "run")

    class Asked(SaveWithinPeriods):
        def on_train_batch_end(self, batch, logs=None):
            if self._state.step == 10:
                signal.raise_signal(signal.SIGTERM)
            super().on_train_batch_end(batch, logs)

    with monkeypatch.context() as patched:
        patched.setattr(run, "SaveWithinPeriods", Asked)
        with pytest.raises(StoppedError):
            train(config)
    (data,) = (tmp_path / "run" / "checkpoints").glob("ckpt-10.data*")
    data.write_bytes(data.read_bytes()[: data.stat().st_size // 2])
    train(config)
    output = capsys.readouterr().out
    assert "ckpt-10 cannot be used: " in output
    assert "resuming from step 8 of 11" in output
    for name in ("best.keras", "last.keras", "curves.csv"):
        assert sha256_of(undisturbed / name) == sha256_of(tmp_path / "run" / name), name


def test_run_is_divided_into_its_begun_period_whole_ones_and_the_rest():
    periods = CheckpointPeriods(num_steps=23, checkpoint_steps=5, validation_steps=10)
    assert list(periods.segments(0)) == [Segment(0, 4, 5), Segment(4, 5, 3)]
    assert list(periods.segments(7)) == [Segment(1, 2, 3), Segment(2, 4, 5), Segment(4, 5, 3)]
    assert list(periods.segments(21)) == [Segment(4, 5, 2)]
    assert list(periods.segments(23)) == []
    assert [step for step in range(24) if periods.is_end(step)] == [5, 10, 15, 20, 23]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"checkpoint_interval_minutes": 0.0}, "checkpoint_interval_minutes must be above 0, got 0"),
        ({"num_checkpoints": 0}, "num_checkpoints must be at least 1, got 0"),
    ],
)
def test_invalid_options_are_refused(options, message):
    with pytest.raises(UserError, match=message):
        RunOptions(**options)
