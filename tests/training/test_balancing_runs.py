import numpy as np
import pytest

from emotionet_tf import models
from emotionet_tf.data.sources import Source
from emotionet_tf.training import loop
from emotionet_tf.training.config import TrainConfig
from emotionet_tf.training.progress import ProgressLine

pytestmark = pytest.mark.slow


def config_of(records, output_dir, **changes):
    values = dict(
        output_dir=str(output_dir),
        sources=(Source("opt", str(records / "opt-train")), Source("train", str(records / "train"))),
        group="pose",
        backbone="ownnet1",
        image_size_px=32,
        num_steps=8,
        batch_size=16,
        checkpoint_interval_steps=4,
        validation_interval_steps=8,
        balance_sampling=True,
        selective_target={51: 0.5, 54: 0.3},
        seed=3,
    )
    return TrainConfig(**{**values, **changes})


def stop_after(num_batches):
    batches = iter(range(num_batches))

    def on_train_batch_end(self, batch, logs=None):
        if next(batches, None) is None:
            raise KeyboardInterrupt

    return on_train_batch_end


def test_interrupted_balanced_run_ends_with_the_same_bits(tiny_records, tmp_path, monkeypatch, capsys):
    loop.train(config_of(tiny_records, tmp_path / "whole"))
    output = capsys.readouterr().out
    assert "balance sampling, positives of" in output and "AU51" in output
    assert "selective learning, target share of positives in each batch: AU51 50%, AU54 30%" in output

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(ProgressLine, "on_train_batch_end", stop_after(6))
        loop.train(config_of(tiny_records, tmp_path / "stopped"))
    loop.train(config_of(tiny_records, tmp_path / "stopped"))
    assert "going on from step 4" in capsys.readouterr().out
    weights = [
        models.load_model(tmp_path / name, "last").network.get_weights() for name in ("whole", "stopped")
    ]
    for expected, got in zip(*weights, strict=True):
        np.testing.assert_array_equal(got, expected)
