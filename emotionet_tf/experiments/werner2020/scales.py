"""How large a reproduction is: the paper's own sizes, or what fits two cores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from emotionet_tf.experiments.run_layout import CONFIGS_DIR
from emotionet_tf.experiments.werner2020.lineage import EFFICIENTNET, MOBILENET, OWNNET3, OWNNET8

_START_SECONDS = 15.0


@dataclass(frozen=True)
class Network:
    """What stands for one of the paper's architectures.

    Attributes:
      backbone: Its name for `--backbone`.
      num_steps: Batches of an expression and of a pose training.
      seconds_a_step: Of training, roughly, on one core of the reference machine; for the time left only.
      pretraining_steps: Batches of a pre-training that stands for ImageNet's; 0 where there is none, or the flagfile
        names weights.
      learning_rates: By group; empty where the flagfile has them.
      flags: Further ones of `train`.
    """

    backbone: str
    num_steps: Mapping[str, int]
    seconds_a_step: float
    pretraining_steps: int = 0
    learning_rates: Mapping[str, float] = field(default_factory=dict)
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scale:
    """Sizes of a reproduction.

    Attributes:
      name: "demo", "small" or "paper".
      num_photos: Of the rendered sets "train", "opt", "val" and "test"; empty where only real data make sense.
      photo_side_px: Smallest and largest side of the rendered photos.
      crop_size_px: Side of the rendered photos' aligned crops.
      networks: What stands for each of the paper's architectures.
      flagfile: Settings of every training, in `configs`; None where each network has the paper's own flagfile.
      num_seeds: Trainings of the rows that decide a claim; the others are trained once.
      num_pretraining_photos: Of a further rendered set, of other persons, for the pre-training.
    """

    name: str
    num_photos: Mapping[str, int]
    photo_side_px: tuple[int, int]
    crop_size_px: int
    networks: Mapping[str, Network]
    flagfile: str | None
    num_seeds: int
    num_pretraining_photos: int = 0

    def training_flags(self, architecture: str, group: str, num_steps: int | None = None) -> tuple[str, ...]:
        """Returns the flags of `train` that say which network learns how, for one of the groups or "all" AUs.

        Args:
          architecture: As the paper writes it.
          group: "expression", "pose" or "all".
          num_steps: Batches; None is what the scale has for the group.
        """
        network = self.networks[architecture]
        flags = (f"--flagfile={self.flagfile_path(architecture, group)}", f"--group={group}")
        if self.flagfile is None:
            return flags
        return (
            *flags,
            f"--backbone={network.backbone}",
            f"--num_steps={num_steps or network.num_steps[group]}",
            f"--learning_rate={network.learning_rates[group]}",
            *network.flags,
        )

    def flagfile_path(self, architecture: str, group: str) -> Path:
        """Returns the flagfile of a training; one network for all AUs follows the expression network's."""
        paper_group = "pose" if group == "pose" else "expression"
        name = self.flagfile or f"werner2020_{self.networks[architecture].backbone}_{paper_group}.flags"
        return CONFIGS_DIR / name

    def training_seconds(self, architecture: str, num_steps: int) -> float:
        """Returns roughly how long a training takes on one core."""
        return _START_SECONDS + num_steps * self.networks[architecture].seconds_a_step


def _steps(expression: int, pose: int | None = None) -> dict[str, int]:
    return {"expression": expression, "all": expression, "pose": pose or expression}


_SGD_RATES = {"expression": 0.03, "all": 0.03, "pose": 0.01}
# With gradient descent the two depthwise networks stay at the majority baseline for thousands of steps.
_ADAM_RATES = {"expression": 0.001, "all": 0.001, "pose": 0.001}
_ADAM = ("--optimizer=adam",)


def _plain(backbone: str, expression_steps: int, pose_steps: int, seconds_a_step: float) -> Network:
    return Network(backbone, _steps(expression_steps, pose_steps), seconds_a_step, 0, _SGD_RATES)


def _depthwise(
    backbone: str, expression_steps: int, pose_steps: int, seconds_a_step: float, pretraining_steps: int
) -> Network:
    steps = _steps(expression_steps, pose_steps)
    return Network(backbone, steps, seconds_a_step, pretraining_steps, _ADAM_RATES, _ADAM)


_PAPER = Scale(
    name="paper",
    num_photos={},
    photo_side_px=(0, 0),
    crop_size_px=240,
    # Hours on a GPU were not measured: the seconds are a guess, the same for all, and so only order the nodes.
    networks={
        OWNNET3: Network("ownnet3", _steps(500_000), 0.05),
        OWNNET8: Network("ownnet8", _steps(500_000), 0.05),
        MOBILENET: Network("mobilenet_v3_large", _steps(150_000), 0.05),
        EFFICIENTNET: Network("efficientnet_b0", _steps(300_000), 0.05),
    },
    flagfile=None,
    num_seeds=1,
)

_SMALL = Scale(
    name="small",
    num_photos={"train": 8000, "opt": 2500, "val": 1000, "test": 3000},
    photo_side_px=(160, 256),
    crop_size_px=72,
    networks={
        OWNNET3: _plain("ownnet1", 2500, 750, 0.012),
        OWNNET8: _plain("ownnet2", 2500, 750, 0.024),
        MOBILENET: _depthwise("mobilenet_v3_large_x0.5", 1200, 500, 0.042, pretraining_steps=8000),
        EFFICIENTNET: _depthwise("efficientnet_b0_x0.5_d0.3", 1200, 500, 0.042, pretraining_steps=8000),
    },
    flagfile="werner2020_small.flags",
    num_seeds=3,
    num_pretraining_photos=5000,
)

_DEMO = Scale(
    name="demo",
    num_photos={"train": 60, "opt": 80, "val": 24, "test": 40},
    photo_side_px=(128, 160),
    crop_size_px=40,
    networks={
        OWNNET3: _plain("ownnet1", 4, 4, 0.3),
        OWNNET8: _plain("ownnet2", 4, 4, 0.3),
        MOBILENET: _depthwise("mobilenet_v3_large_x0.25", 4, 4, 0.5, pretraining_steps=2),
        EFFICIENTNET: _depthwise("efficientnet_b0_x0.25_d0.3", 4, 4, 0.5, pretraining_steps=2),
    },
    flagfile="werner2020_demo.flags",
    num_seeds=1,
    num_pretraining_photos=24,
)

SCALES: Mapping[str, Scale] = {scale.name: scale for scale in (_DEMO, _SMALL, _PAPER)}
