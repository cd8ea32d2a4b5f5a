from itertools import islice

import numpy as np
import pytest

from emotionet_tf.action_units import POSE
from emotionet_tf.models import load_model
from emotionet_tf.stream.balanced_sampling import balance_source
from emotionet_tf.stream.batches import training_stream
from emotionet_tf.stream.sources import Source
from emotionet_tf.training import au_batches, run, train
from emotionet_tf.training.lifecycle.checkpoints import RunState
from emotionet_tf.training.objectives.damping import damping_weights
from emotionet_tf.training.train_config import TrainConfig


@pytest.mark.slow
def test_flags_reach_the_batches_from_any_step_and_damping_goes_by_the_shown_shares(
    tiny_records, tmp_path, monkeypatch, capsys
):
    config = TrainConfig(
        output_dir=str(tmp_path / "run"),
        sources=(
            Source("opt", str(tiny_records / "opt-train")),
            Source("train", str(tiny_records / "train")),
        ),
        group="pose",
        backbone="ownnet1",
        image_size_px=32,
        batch_size=16,
        balance_sampling=True,
        selective_target={51: 0.5, 54: 0.3},
    )
    streams, prepared = [], []

    def stream_of(*args, **options):
        streams.append(options)
        return training_stream(*args, **options)

    def stop_before_the_first_step(model, periods, batches_from, **options):
        prepared.extend([model, batches_from])
        raise KeyboardInterrupt

    monkeypatch.setattr(au_batches, "training_stream", stream_of)
    monkeypatch.setattr(run, "fit_in_periods", stop_before_the_first_step)
    with pytest.raises(KeyboardInterrupt):
        train.train(config)
    model, batches_from = prepared
    output = capsys.readouterr().out
    assert "balance sampling, positives of" in output
    assert "selective learning, target share of positives in each batch: 0.5 for AU51; 0.3 for AU54" in output

    samplings = [balance_source(source, POSE.aus) for source in config.sources]
    for got, sampling in zip(streams[0]["rates"], samplings, strict=True):
        np.testing.assert_array_equal(got, sampling.rates)

    whole, resumed = list(islice(batches_from(0), 6)), next(iter(batches_from(5)))
    mask, weights = (whole[5][1]["opt"][..., channel].numpy() for channel in (1, 2))
    assert (weights[:, 0] != mask[:, 0]).any()
    np.testing.assert_array_equal(weights[:, 1], mask[:, 1])
    for expected, got in zip(whole[5], resumed, strict=True):
        for name in expected:
            np.testing.assert_array_equal(got[name], expected[name])

    present, absent = damping_weights(samplings[0].positives, samplings[0].known, 0.7)
    np.testing.assert_allclose(model.loss["opt"].positive_weights, present, rtol=1e-6)
    np.testing.assert_allclose(model.loss["opt"].negative_weights, absent, rtol=1e-6)


@pytest.mark.slow
def test_stopped_and_resumed_run_with_both_strategies_ends_with_the_same_weights(
    tiny_records, tmp_path, monkeypatch, capsys
):
    def config_of(name: str) -> TrainConfig:
        return TrainConfig(
            output_dir=str(tmp_path / name),
            sources=(Source("opt", str(tiny_records / "opt-train")),),
            group="pose",
            backbone="ownnet1",
            image_size_px=32,
            batch_size=8,
            num_steps=4,
            checkpoint_interval_steps=2,
            validation_interval_steps=2,
            balance_sampling=True,
            selective_target={au: 0.4 for au in POSE.aus},
        )

    def save_and_stop(state: RunState) -> None:
        save(state)
        if state.step == 2:
            raise KeyboardInterrupt

    save = RunState.save
    train.train(config_of("undisturbed"))
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(RunState, "save", save_and_stop)
        train.train(config_of("stopped"))
    capsys.readouterr()
    train.train(config_of("stopped"))
    assert "resuming from step 2" in capsys.readouterr().out
    undisturbed, resumed = (
        load_model(tmp_path / name, "last").network.get_weights() for name in ("undisturbed", "stopped")
    )
    for expected, got in zip(undisturbed, resumed, strict=True):
        np.testing.assert_array_equal(got, expected)
