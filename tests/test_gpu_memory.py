"""Memory of GPUs, as TensorFlow's own context keeps and checks it: there are none here, so one is made up."""

import os

import pytest
import tensorflow as tf
from tensorflow.python.eager import context

from emotionet_tf.cli import entry_point
from emotionet_tf.errors import UserError
from emotionet_tf.gpu_memory import GROWTH_VARIABLE, take_gpu_memory
from emotionet_tf.training.device_choice import choose_devices
from emotionet_tf.training.run_options import RunOptions

GPUS = [tf.config.PhysicalDevice(f"/physical_device:GPU:{number}", "GPU") for number in range(2)]


@pytest.fixture
def two_gpus(monkeypatch):
    """Returns a context of TensorFlow that has two GPUs and is not initialised."""
    made = context.Context()
    made._physical_devices = GPUS
    made._visible_device_list = list(GPUS)
    made._memory_growth_map = dict.fromkeys(GPUS)
    monkeypatch.setattr(context, "context", lambda: made)
    monkeypatch.delenv(GROWTH_VARIABLE, raising=False)
    yield made
    made._context_handle = None


def growing() -> list[bool | None]:
    return [tf.config.experimental.get_memory_growth(gpu) for gpu in GPUS]


@pytest.mark.parametrize(("wanted", "grows"), [(None, True), ("growth", True), ("all", False)])
def test_memory_grows_unless_all_is_asked_for(two_gpus, wanted, grows):
    take_gpu_memory(wanted)
    assert growing() == [grows, grows]


def test_limit_is_one_logical_device_of_so_many_megabytes_a_gpu(two_gpus):
    take_gpu_memory("3000")
    for gpu in GPUS:
        (device,) = tf.config.get_logical_device_configuration(gpu)
        assert device.memory_limit == 3000


def test_what_is_asked_for_goes_before_the_environment_and_nothing_after_it(two_gpus, monkeypatch):
    monkeypatch.setenv(GROWTH_VARIABLE, "true")
    take_gpu_memory(None)
    assert growing() == [None, None]
    take_gpu_memory("all")
    assert os.environ[GROWTH_VARIABLE] == "false"


def test_gpus_in_use_are_left_as_they_are_unless_something_is_asked_for(two_gpus):
    two_gpus._context_handle = object()
    take_gpu_memory(None)
    for wanted in ("growth", "all", "3000"):
        with pytest.raises(UserError, match=f"gpu_memory {wanted} comes too late: .* before anything"):
            take_gpu_memory(wanted)
    assert GROWTH_VARIABLE not in os.environ


@pytest.mark.parametrize("wanted", ["growth", "all", "3000"])
def test_second_run_of_a_process_asks_for_the_same_again(two_gpus, wanted):
    take_gpu_memory(wanted)
    two_gpus._context_handle = object()
    take_gpu_memory(wanted)


def test_training_on_one_gpu_leaves_the_other_alone(two_gpus):
    assert choose_devices("gpu", {}, gpu_memory="3000").kind == "gpu"
    assert two_gpus.get_visible_devices() == GPUS[:1]
    limits = [tf.config.get_logical_device_configuration(gpu) for gpu in GPUS]
    assert [limit and limit[0].memory_limit for limit in limits] == [3000, None]


@pytest.mark.parametrize("wanted", ["", "half", "0", "-5", "4GB", "3.5"])
def test_other_words_are_refused_with_the_valid_ones(wanted):
    with pytest.raises(
        UserError, match="gpu_memory must be growth, all or a number of megabytes such as 4000"
    ):
        RunOptions(gpu_memory=wanted)


def test_commands_let_memory_grow_unless_the_environment_says_otherwise(monkeypatch):
    monkeypatch.setattr(entry_point, "import_quietly", lambda name: None)
    monkeypatch.delenv(GROWTH_VARIABLE, raising=False)
    entry_point.set_up_process()
    assert os.environ[GROWTH_VARIABLE] == "true"
    monkeypatch.setenv(GROWTH_VARIABLE, "false")
    entry_point.set_up_process()
    assert os.environ[GROWTH_VARIABLE] == "false"
