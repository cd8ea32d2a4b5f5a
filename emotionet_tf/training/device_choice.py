"""Which devices a run gets: what `--strategy` asks for, of what is there."""

from __future__ import annotations

import functools
import glob
import importlib.util
import json
import os
from collections.abc import Mapping

import tensorflow as tf

from emotionet_tf.errors import UserError
from emotionet_tf.gpu_memory import take_gpu_memory
from emotionet_tf.training.devices import Cluster, Devices
from emotionet_tf.training.run_options import CPU, GPU, MIRRORED, MULTI_WORKER, TPU

_TPU_NAME = "TPU_NAME"
_TF_CONFIG = "TF_CONFIG"
_TPU_DRIVER = "TPU_LIBRARY_PATH"
_LOCAL_TPU = "local"
_TPU_FILES = ("/dev/accel[0-9]*", "/dev/vfio/[0-9]*")
"""How a machine shows its TPU chips: those up to v4, and later ones."""


def choose_devices(
    strategy: str, environment: Mapping[str, str] | None = None, *, gpu_memory: str | None = None
) -> Devices:
    """Returns what a run computes on; to be called before TensorFlow has computed anything.

    "auto" is a TPU where the environment has one (`TPU_NAME`, or chips of this machine), several workers where
    `TF_CONFIG` names more than one, all GPUs where there are several, else the one, else the CPU.

    Args:
      strategy: One of `run_options.STRATEGIES`.
      environment: Variables; by default the process's.
      gpu_memory: As `take_gpu_memory` takes it.
    Raises:
      UserError: If it is not possible here, the message says what there is; or if the memory can no longer be set.
    """
    environment = os.environ if environment is None else environment
    cluster, tpu = read_cluster(environment), find_tpu(environment)
    gpus = tf.config.list_physical_devices(GPU.upper())
    kind = strategy
    if strategy == "auto":
        kind = _best(cluster, tpu, len(gpus))
    there = f"there is {_describe(cluster, tpu, len(gpus))}"
    if kind == CPU:
        _show_gpus(gpus, 0)
        return Devices(CPU)
    take_gpu_memory(gpu_memory, gpus[:1] if kind == GPU else gpus)
    if kind == GPU:
        if not gpus:
            raise UserError(f"--strategy=gpu: no GPU that TensorFlow can use; {there}")
        _show_gpus(gpus, 1)
        return Devices(GPU)
    if kind == MIRRORED:
        names = [device.name for device in tf.config.list_logical_devices(GPU.upper())]
        # Logical CPUs are for tests, which have no other devices.
        names = names or [device.name for device in tf.config.list_logical_devices(CPU.upper())]
        if len(names) < 2:
            raise UserError(f"--strategy=mirrored needs several devices of one kind; {there}")
        return Devices(MIRRORED, _mirrored_strategy(tuple(names)))
    if kind == MULTI_WORKER:
        if cluster.num_workers < 2:
            raise UserError(f"--strategy=multi_worker needs TF_CONFIG with several workers; {there}")
        # Else TensorFlow writes a line for each exchange that it sets up.
        tf.get_logger().setLevel("WARNING")
        return Devices(MULTI_WORKER, tf.distribute.MultiWorkerMirroredStrategy(), cluster)
    if tpu is None:
        raise UserError(f"--strategy=tpu: no TPU; {there}")
    return Devices(TPU, _tpu_strategy(tpu))


def read_cluster(environment: Mapping[str, str]) -> Cluster:
    """Returns the processes that train together, by `TF_CONFIG`; one where it is not set.

    Raises:
      UserError: If it is damaged, or names tasks that do not train.
    """
    text = environment.get(_TF_CONFIG)
    if not text:
        return Cluster()
    form = (
        "TF_CONFIG takes a form such as "
        '{"cluster": {"worker": ["host1:5000", "host2:5000"]}, "task": {"type": "worker", "index": 0}}'
    )
    try:
        content = json.loads(text)
        jobs = {job: list(addresses) for job, addresses in content.get("cluster", {}).items()}
        if not jobs:
            return Cluster()
        kind, index = content["task"]["type"], int(content["task"]["index"])
        if not set(jobs) <= {"chief", "worker"} or len(jobs.get("chief", [])) > 1:
            raise UserError(f"{form}; got the jobs {', '.join(jobs)}: only a chief and workers train")
        jobs[kind][index]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"{form}; got {text}") from error
    chiefs = len(jobs.get("chief", []))
    return Cluster(chiefs + len(jobs.get("worker", [])), index if kind == "chief" else chiefs + index)


def find_tpu(environment: Mapping[str, str]) -> str | None:
    """Returns the name of the TPU to use, "local" for this machine's own chips, or None."""
    if environment.get(_TPU_NAME):
        return environment[_TPU_NAME]
    has_chips = any(glob.glob(pattern) for pattern in _TPU_FILES)
    has_driver = environment.get(_TPU_DRIVER) or importlib.util.find_spec("libtpu")
    return _LOCAL_TPU if has_chips and has_driver else None


def _best(cluster: Cluster, tpu: str | None, num_gpus: int) -> str:
    if tpu:
        return TPU
    if cluster.num_workers > 1:
        return MULTI_WORKER
    return MIRRORED if num_gpus > 1 else GPU if num_gpus else CPU


def _describe(cluster: Cluster, tpu: str | None, num_gpus: int) -> str:
    found = [f"TPU {tpu}"] if tpu else []
    if cluster.num_workers > 1:
        found.append(f"a cluster of {cluster.num_workers} workers")
    found += [f"{num_gpus} GPU{'s' * (num_gpus > 1)}"] if num_gpus else []
    return ", ".join([*found, "the CPU"])


def _show_gpus(gpus: list, number: int) -> None:
    """Hides all GPUs except the first `number` from this process, so that nothing is placed on the others."""
    if len(gpus) == number:
        return
    try:
        tf.config.set_visible_devices(gpus[:number], GPU.upper())
    except RuntimeError as error:
        raise UserError(
            f"the devices of this process are in use already: train before anything else, or with auto ({error})"
        ) from error


@functools.cache
def _mirrored_strategy(devices: tuple[str, ...]) -> tf.distribute.MirroredStrategy:
    """Returns the process's only one for these devices: a second one would number its exchanges as the first did, and
    TensorFlow refuses a number that comes with another shape.
    """
    return tf.distribute.MirroredStrategy(devices)


def _tpu_strategy(name: str) -> tf.distribute.Strategy:
    try:
        resolver = tf.distribute.cluster_resolver.TPUClusterResolver(tpu=name)
        if name != _LOCAL_TPU:
            tf.config.experimental_connect_to_cluster(resolver)
        tf.tpu.experimental.initialize_tpu_system(resolver)
        return tf.distribute.TPUStrategy(resolver)
    # Of a TPU that is gone, being restarted, or that this build of TensorFlow cannot use.
    except (tf.errors.OpError, ValueError, RuntimeError) as error:
        raise UserError(f"TPU {name} cannot be used: {str(error).splitlines()[0]}") from error
