"""Prepares photos by Beam's local runner and on two workers on loopback, one of which is killed on the way.

    python -m benchmarks.beam_workers --photos_dir=DIR --labels=LIST --engine=dask

Prints what each run says, when the worker is killed, and whether both wrote the same bytes. `dask` is a scheduler and
two workers, by Beam's own DaskRunner (`pip install dask distributed`); `spark` is a Spark master and two workers, by
`benchmarks.beam_on_spark` (`pip install --no-deps 'pyspark<4' py4j==0.10.9.7 beam-pyspark-runner`, and Java 17).
"""

from __future__ import annotations

import filecmp
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from absl import flags

from emotionet_tf.cli import entry_point

_PHOTOS_DIR = flags.DEFINE_string(
    "photos_dir", None, "Photos, at least several hundred: a chunk is 128 of them.", required=True
)
_LABELS = flags.DEFINE_string("labels", None, "Their label list.", required=True)
_ENGINE = flags.DEFINE_enum("engine", "dask", ["dask", "spark"], "Who has the two workers.")
_KILL_AFTER = flags.DEFINE_integer(
    "kill_after", 1, "Chunks that are done when a worker is killed; 0: none is.", lower_bound=0
)
_FOLDER = flags.DEFINE_string(
    "folder", None, "Where records and logs go, and what is there already stays. Default: temporary."
)
_HOST = "127.0.0.1"
_START_SECONDS = 60.0
_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Cluster:
    """An engine's processes.

    Attributes:
      head: The command that takes orders at a port.
      port: That port.
      worker: The command of a worker; "{number}" is its number.
      prepare: What `prepare` gets to use it.
      env: Environment variables of all of them.
    """

    head: Sequence[str]
    port: int
    worker: Sequence[str]
    prepare: Sequence[str]
    env: dict[str, str] = field(default_factory=dict)


def main(arguments: list[str]) -> None:
    """Prints both runs and whether they wrote the same."""
    entry_point.refuse_arguments(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(_FOLDER.value or temporary)
        local, elsewhere = folder / "local", folder / _ENGINE.value
        _print_lines(_prepare(local, [], dict(os.environ)))
        port = _free_port()
        cluster = dask_cluster(port) if _ENGINE.value == "dask" else spark_cluster(port)
        with running(cluster, folder / "logs") as workers:
            process = _prepare(elsewhere, cluster.prepare, {**os.environ, **cluster.env})
            if _KILL_AFTER.value:
                _kill_when(workers[0], process, elsewhere / ".set.work")
            _print_lines(process)
        different = different_files(local, elsewhere)
        print(f"different files: {', '.join(different)}" if different else "the same bytes in all files")


def dask_cluster(port: int) -> Cluster:
    """Returns a Dask scheduler and its workers, of one thread each."""
    module = [sys.executable, "-m"]
    quiet = ["--host", _HOST, "--no-dashboard"]
    address = f"tcp://{_HOST}:{port}"
    return Cluster(
        [*module, "distributed.cli.dask_scheduler", *quiet, "--port", str(port)],
        port,
        [*module, "distributed.cli.dask_worker", address, *quiet, "--nthreads=1", "--no-nanny", "--name={number}"],
        ["--runner=DaskRunner", "--", f"--dask_client_address={address}"],
    )  # fmt: skip


def spark_cluster(port: int) -> Cluster:
    """Returns a Spark master and its workers, of one core each."""
    import pyspark

    home = Path(pyspark.__file__).parent
    spark_class = [str(home / "bin" / "spark-class")]
    address = f"spark://{_HOST}:{port}"
    settings = {
        "spark.default.parallelism": "4",  # the tasks that chunks are dealt to; each loads the detectors
        "spark.executor.memory": "1g",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.executorEnv.PYTHONPATH": os.getcwd(),
    }
    options = " ".join(f"--conf {name}={value}" for name, value in settings.items())
    server = ["--host", _HOST, "--webui-port", "0"]
    return Cluster(
        [*spark_class, "org.apache.spark.deploy.master.Master", *server, "--port", str(port)],
        port,
        [
            *spark_class,
            "org.apache.spark.deploy.worker.Worker",
            *server,
            *["--cores", "1", "--memory", "2g"],
            address,
        ],
        ["--runner=benchmarks.beam_on_spark.SparkRunner"],
        {
            "SPARK_HOME": str(home),
            "SPARK_LOCAL_IP": _HOST,
            "PYSPARK_PYTHON": sys.executable,
            "PYSPARK_SUBMIT_ARGS": f"--master {address} {options} pyspark-shell",
        },
    )


@contextmanager
def running(cluster: Cluster, logs: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Starts a cluster's head and two workers; yields the workers, and ends what is left at the end."""
    logs.mkdir(parents=True, exist_ok=True)

    def start(command: Sequence[str], name: str) -> subprocess.Popen[bytes]:
        command = [word.format(number=name) for word in command]
        env = {**os.environ, "PYTHONPATH": os.getcwd(), **cluster.env}
        with open(logs / f"{name}.log", "wb") as log:
            return subprocess.Popen(
                command, stdout=log, stderr=log, cwd=logs, env=env, start_new_session=True
            )

    started = [start(cluster.head, "head")]
    try:
        _wait_for_port(cluster.port)
        started += [start(cluster.worker, f"worker{number}") for number in (1, 2)]
        yield started[1:]
    finally:
        for process in started:
            _kill(process)


def different_files(left: Path, right: Path) -> list[str]:
    """Returns the files, by their paths below the folders, that are in one only or have other bytes in the other."""
    names = {str(path.relative_to(top)) for top in (left, right) for path in top.rglob("*") if path.is_file()}
    _, mismatches, errors = filecmp.cmpfiles(left, right, names, shallow=False)
    return sorted(mismatches + errors)


def _prepare(output_dir: Path, options: Sequence[str], env: dict[str, str]) -> subprocess.Popen[str]:
    command = [
        sys.executable, "-m", "tfrecords_tools.prepare", f"--photos_dir={_PHOTOS_DIR.value}",
        f"--labels={_LABELS.value}", "--dataset=set", f"--output_dir={output_dir}", *options,
    ]  # fmt: skip
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**env, "PYTHONPATH": os.getcwd()},
        start_new_session=True,
    )


def _print_lines(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    print(*process.args[1:], sep=" ", flush=True)  # type: ignore[misc, union-attr]
    for line in process.stdout:
        print(f"  {line.rstrip()}", flush=True)
    if process.wait():
        raise SystemExit(f"error: prepare ended with {process.returncode}")


def _kill_when(worker: subprocess.Popen[bytes], prepare: subprocess.Popen[str], work_dir: Path) -> None:
    """Kills a worker once so many chunks are done.

    Raises:
      SystemExit: If `prepare` ends before.
    """
    while (done := len(list(work_dir.glob("*/chunks/*.json")))) < _KILL_AFTER.value:
        if worker.poll() is not None:
            _kill(prepare)
            raise SystemExit(f"error: a worker ended with {worker.returncode}; see its log")
        if prepare.poll() is not None:
            _print_lines(prepare)
            raise SystemExit(
                f"error: prepare ended when {done} chunk(s) were done, before a worker was killed"
            )
        time.sleep(_POLL_SECONDS)
    _kill(worker)
    print(f"killed worker 1 of 2 with SIGKILL when {done} chunk(s) were done", flush=True)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kills a process and those that it has started in its session."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return probe.getsockname()[1]


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection((_HOST, port), timeout=1).close()
            return
        except OSError:
            time.sleep(_POLL_SECONDS)
    raise SystemExit(f"error: nothing listens on port {port} after {_START_SECONDS:.0f} s; see the logs")


if __name__ == "__main__":
    entry_point.run(main)
