import pytest

from benchmarks.scale_model import Machine
from benchmarks.scale_trees import Command, commands_of, limit_of


def test_paper_has_its_trainings_with_the_images_of_its_flagfiles():
    commands = commands_of("werner2020", num_photos=950_000, num_labelled=24_600)
    trainings = [command for command in commands.values() if command.is_training]
    assert len(trainings) == 53
    # OwnNets: 500,000 batches of 16; EfficientNet: 300,000; MobileNetV3: 150,000.
    images = {command.backbones: command.num_images for command in trainings}
    assert images[("ownnet8",)] == 8_000_000
    assert images[("efficientnet_b0",)] == 4_800_000
    assert images[("mobilenet_v3_large",)] == 2_400_000
    labelling = commands["pseudo_label/T.0/seed0"]
    assert (labelling.num_images, len(labelling.backbones)) == (950_000, 2)
    assert set(labelling.parents) == {"train/T.0/seed0/expression", "train/T.0/seed0/pose"}


def test_command_computes_with_the_sum_of_its_networks():
    costs = {"step_a": 20, "step_b": 5, "stream_image": 0.01, "forward_share": 0.3}
    machine = Machine(cores=10, gpu_speedup=0, disk_bytes_a_second=1e12)
    # On two cores 20 and 5 a second: 0.1 + 0.4 core seconds an image, and 0.01 of the stream; 1,000 images, 10 cores.
    assert limit_of(
        Command((), ("a", "b"), 1000, is_training=True), costs, machine, 1
    ).seconds == pytest.approx(51)
    # 0.3 * 0.5 + 0.01.
    assert limit_of(Command((), ("a", "b"), 1000), costs, machine, 1).seconds == pytest.approx(16)
