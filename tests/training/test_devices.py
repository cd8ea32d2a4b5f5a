import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import warm_commands

from emotionet_tf.errors import StoppedError, UserError
from emotionet_tf.stream.batches import ReplicaSlice, evaluation_stream, training_stream
from emotionet_tf.stream.sources import Source
from emotionet_tf.training import devices as devices_module
from emotionet_tf.training.au_batches import AuBatches
from emotionet_tf.training.au_validation import validation_batches
from emotionet_tf.training.device_choice import choose_devices, find_tpu, read_cluster
from emotionet_tf.training.devices import Cluster, Devices
from emotionet_tf.training.train_config import TrainConfig

WORKERS = {"worker": ["a:1", "b:1"]}


def tf_config(cluster: dict, kind: str, index: int) -> dict[str, str]:
    return {"TF_CONFIG": json.dumps({"cluster": cluster, "task": {"type": kind, "index": index}})}


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, Cluster()),
        ({"TF_CONFIG": "{}"}, Cluster()),
        (tf_config(WORKERS, "worker", 1), Cluster(2, 1)),
        (tf_config({"chief": ["c:1"], **WORKERS}, "chief", 0), Cluster(3, 0)),
        (tf_config({"chief": ["c:1"], **WORKERS}, "worker", 0), Cluster(3, 1)),
    ],
)
def test_tf_config_says_how_many_workers_there_are_and_which_is_this_one(environment, expected):
    assert read_cluster(environment) == expected


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"TF_CONFIG": "{"}, "TF_CONFIG takes a form such as"),
        (tf_config(WORKERS, "worker", 2), "TF_CONFIG takes a form such as"),
        (tf_config({"ps": ["p:1"], **WORKERS}, "worker", 0), "only a chief and workers train"),
    ],
)
def test_damaged_tf_config_is_refused(environment, message):
    with pytest.raises(UserError, match=message):
        read_cluster(environment)


def test_tpu_is_found_by_its_name():
    assert find_tpu({"TPU_NAME": "node-1"}) == "node-1"
    assert find_tpu({}) is None


@pytest.mark.parametrize("strategy", ["gpu", "mirrored", "multi_worker", "tpu"])
def test_strategy_that_is_not_possible_says_what_there_is(strategy):
    with pytest.raises(UserError, match=rf"--strategy={strategy}.*; there is the CPU"):
        choose_devices(strategy, {})


@pytest.mark.parametrize("strategy", ["auto", "cpu"])
def test_one_cpu_needs_no_strategy(strategy):
    devices = choose_devices(strategy, {})
    assert (devices.kind, devices.strategy, devices.num_replicas, devices.is_chief) == ("cpu", None, 1, True)


@pytest.mark.parametrize(
    ("answers", "is_lost"), [((True, True), False), ((True, False), False), ((False,), True)]
)
def test_worker_is_lost_before_all_have_arrived_and_gone_after(monkeypatch, answers, is_lost):
    """Who has arrived may end while another is still told so: only what goes wrong at the first wait is a loss."""
    left = list(answers)

    def any_worker(devices, flags):
        if not left.pop(0):
            raise tf.errors.UnavailableError(None, None, "Connection reset by peer")
        return flags

    monkeypatch.setattr(Devices, "any_worker", any_worker)
    devices = Devices("multi_worker", None, Cluster(2, 0))
    if is_lost:
        with pytest.raises(StoppedError, match="worker 0 lost another one"), devices.peers_watched():
            pass
    else:
        with devices.peers_watched():
            pass
    assert not left


def test_error_that_is_nobodys_loss_is_not_hidden_by_the_wait(monkeypatch):
    monkeypatch.setattr(
        Devices, "any_worker", lambda devices, flags: pytest.fail("nobody waits after an error")
    )
    with (
        pytest.raises(UserError, match="a wrong flag"),
        Devices("multi_worker", None, Cluster(2, 1)).peers_watched(),
    ):
        raise UserError("a wrong flag")


def test_batch_without_equal_shares_is_refused_with_sizes_that_have(monkeypatch):
    monkeypatch.setattr(devices_module.Devices, "num_replicas", 4)
    devices = Devices("mirrored", strategy=object())
    devices.check_batch(16, num_sources=2)
    with pytest.raises(
        UserError, match="a batch of 20 .* 2 sources for 4 replicas: .* of 8, such as 16 or 24"
    ):
        devices.check_batch(20, num_sources=2)


@pytest.mark.slow
def test_workers_rows_together_are_one_devices_batches(tiny_records):
    sources = [Source("opt", str(tiny_records / "opt-train")), Source("train", str(tiny_records / "train"))]
    arguments = dict(view="context", batch_size=8, image_size_px=32, seed=5, start_step=9)
    whole = training_stream(sources, **arguments).take(3).as_numpy_iterator()
    shares = [
        training_stream(sources, **arguments, replica_slice=ReplicaSlice(i, 2)).take(3).as_numpy_iterator()
        for i in range(2)
    ]
    for expected, *slices in zip(whole, *shares, strict=True):
        for name, values in expected.items():
            np.testing.assert_array_equal(np.concatenate([one[name] for one in slices]), values)


def test_workers_rows_of_an_evaluation_are_every_record_once(tiny_records):
    arguments = dict(view="context", batch_size=8, image_size_px=32)
    folder = str(tiny_records / "opt-train")
    (whole,) = evaluation_stream(folder, **{**arguments, "batch_size": 500}).as_numpy_iterator()
    rows = {}
    for index in range(2):
        for step, batch in enumerate(
            evaluation_stream(folder, **arguments, replica_slice=ReplicaSlice(index, 2))
        ):
            rows |= {8 * step + 4 * index + row: one for row, one in enumerate(batch["example_id"].numpy())}
    assert [rows[place] for place in sorted(rows)] == whole["example_id"].tolist()


@pytest.mark.slow
def test_what_goes_to_devices_is_numbers_of_known_shapes(tiny_records):
    config = TrainConfig(
        output_dir="unused",
        sources=(Source("opt", str(tiny_records / "opt-train")),),
        val_records_dir=str(tiny_records / "opt-val"),
        group="pose",
        image_size_px=32,
        batch_size=8,
    )
    model_config = config.model_config(crop_size_px=36)
    training = AuBatches(config, model_config).training(0, ReplicaSlice(1, 2)).rebatch(2, drop_remainder=True)
    validation = devices_module._padded(
        validation_batches(config, model_config, config.val_records_dir, ReplicaSlice(0, 2)), 4, 9
    )
    for batches, num_rows in ((training, 2), (validation, 4)):
        for spec in tf.nest.flatten(batches.element_spec):
            assert spec.dtype != tf.string and spec.shape.is_fully_defined() and spec.shape[0] == num_rows
    # What is filled up is masked.
    *_, (_, targets) = validation
    assert not targets["opt"].numpy().any()


TWO_CPUS = """
import ast, sys
from emotionet_tf.cli import entry_point
entry_point.set_up_process()
import numpy as np
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from emotionet_tf import models
from emotionet_tf.stream.sources import Source
from emotionet_tf.training.train_config import TrainConfig
from emotionet_tf.training.train import train
from emotionet_tf.training.run_options import RunOptions
records, folder, runs = sys.argv[1:]
for name, (strategy, changes) in ast.literal_eval(runs).items():
    values = dict(
        output_dir=f"{folder}/{name}", group="pose", val_records_dir=f"{records}/opt-val",
        sources=(Source("opt", f"{records}/opt-train"), Source("train", f"{records}/train")),
        backbone="ownnet1", image_size_px=32, num_steps=3, batch_size=8, learning_rate=0.05, momentum=0.9,
        checkpoint_interval_steps=2, validation_interval_steps=2,
    )
    train(TrainConfig(**values | changes), RunOptions(strategy=strategy))
"""


@pytest.fixture(scope="module")
def two_cpu_runs(tiny_records, tmp_path_factory) -> tuple[Path, str]:
    """Returns the folder of several runs of one process that has two devices, and what the process printed."""
    folder = tmp_path_factory.mktemp("two_cpus")
    # Unknown labels are spread unevenly, the last validation batch is not whole, half of the features are dropped.
    changes = dict(ema_decay=0.9, clip_norm=1.0, sync_batch_norm=True, selective_target={51: 0.3})
    # Batch normalisation and dropout, for which a micro-batch differs from the batch, stand still.
    head_only = dict(dropout=0.0, freeze_backbone=True, init_backbone=(str(folder / "start"),))
    runs = {
        "cpu": ("cpu", changes),
        "mirrored": ("mirrored", changes),
        "start": ("cpu", {"num_steps": 2}),
        "whole": ("cpu", head_only),
        "micro_batches": ("mirrored", {**head_only, "accumulation_steps": 2}),
        # The second that synchronizes exchanges other shapes, which must not come under the first one's numbers.
        "ownnet2": ("mirrored", {"sync_batch_norm": True, "backbone": "ownnet2"}),
    }
    run = warm_commands.run(["-c", TWO_CPUS, tiny_records, folder, repr(runs)])
    assert run.returncode == 0, run.stderr
    return folder, run.stdout


@pytest.mark.slow
def test_two_devices_learn_what_one_learns_of_the_same_batches(two_cpu_runs):
    folder, printed = two_cpu_runs
    assert "strategy mirrored, 2 replicas" in printed
    assert "batch 8, 4 a replica, learning rate 0.05 for the whole batch" in printed
    one, two = (folder / name for name in ("cpu", "mirrored"))
    rows = [np.genfromtxt(folder / "curves.csv", delimiter=",", names=True) for folder in (one, two)]
    for name in rows[0].dtype.names:
        np.testing.assert_allclose(rows[1][name], rows[0][name], atol=1e-5, err_msg=name)
    for expected, got in zip(weights_of(one), weights_of(two), strict=True):
        np.testing.assert_allclose(got, expected, atol=2e-6)


@pytest.mark.slow
def test_two_devices_that_cut_their_share_learn_what_one_learns_of_the_whole(two_cpu_runs):
    folder, _ = two_cpu_runs
    whole, micro_batches, start = (weights_of(folder / name) for name in ("whole", "micro_batches", "start"))
    for expected, got in zip(whole, micro_batches, strict=True):
        np.testing.assert_allclose(got, expected, atol=2e-6)
    assert any(np.abs(now - before).max() > 1e-3 for now, before in zip(whole, start, strict=True))


@pytest.mark.slow
def test_two_networks_of_one_process_synchronize_their_norms(two_cpu_runs):
    folder, _ = two_cpu_runs
    for name in ("mirrored", "ownnet2"):
        assert all(np.isfinite(weight).all() for weight in weights_of(folder / name))


def weights_of(folder: Path) -> list[np.ndarray]:
    from emotionet_tf import models

    return models.load_model(folder, "last").network.get_weights()
