import json
import os
import signal
import socket
import time
from pathlib import Path

import numpy as np
import pytest
import warm_commands

from emotionet_tf import models
from emotionet_tf.cli.entry_point import EXIT_OF_STOPPED_RUN

pytestmark = pytest.mark.slow

PATIENCE_SECONDS = 400


def start_workers(records: Path, folder: Path) -> list[warm_commands.WarmProcess]:
    """Starts two workers on this machine, at ports that were free a moment ago."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    addresses = [f"127.0.0.1:{one.getsockname()[1]}" for one in sockets]
    for one in sockets:
        one.close()
    return [start(records, folder, addresses, index) for index in range(2)]


def start(records: Path, folder: Path, addresses: list[str], index: int | None) -> warm_commands.WarmProcess:
    environment = dict(os.environ)
    if index is not None:
        task = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        environment["TF_CONFIG"] = json.dumps(task)
    # A low learning rate: at 0.01 rounding doubles every three steps on photos that are noise.
    flags = [
        f"--source=opt={records / 'opt-train'}",
        f"--source=train={records / 'train'}",
        f"--output_dir={folder}",
        *("--group=pose", "--backbone=ownnet1", "--image_size_px=32", "--num_steps=60", "--batch_size=8"),
        *("--checkpoint_interval_steps=5", "--validation_interval_steps=5", "--learning_rate=0.0005"),
        *("--momentum=0.9", "--sync_batch_norm"),
    ]
    return warm_commands.start(["-m", "emotionet_tf.bin.train", *flags], env=environment)


def outputs_of(processes: list[warm_commands.WarmProcess], codes: list[int]) -> list[str]:
    try:
        outputs = ["".join(process.communicate(timeout=PATIENCE_SECONDS)) for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == codes, outputs
    return outputs


def test_two_workers_of_which_one_is_killed_end_with_one_processes_weights(tiny_records, tmp_path):
    workers = start_workers(tiny_records, tmp_path / "two")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (tmp_path / "two" / "checkpoints" / "ckpt-10.index").exists():
        assert time.monotonic() < deadline and workers[0].poll() is None
        time.sleep(0.02)
    workers[1].kill()
    survivor, _ = outputs_of(workers, [EXIT_OF_STOPPED_RUN, -signal.SIGKILL])
    assert "worker 0 lost another one" in survivor.splitlines()[-1]
    for output in outputs_of(start_workers(tiny_records, tmp_path / "two"), [0, 0]):
        assert "2 replicas in 2 workers" in output and "resuming from step" in output
    outputs_of([start(tiny_records, tmp_path / "one", [], None)], [0])
    networks = [models.load_model(tmp_path / name, "last").network for name in ("one", "two")]
    for expected, got in zip(*(network.get_weights() for network in networks), strict=True):
        np.testing.assert_allclose(got, expected, atol=1e-5)
