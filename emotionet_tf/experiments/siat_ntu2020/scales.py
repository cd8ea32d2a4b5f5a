"""How large a reproduction is: the published sizes, or what fits two cores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from emotionet_tf.experiments.run_layout import CONFIGS_DIR
from emotionet_tf.experiments.siat_ntu2020.lineage import RESNET18, RESNET50, RESNET152, SELECTED, Task

_START_SECONDS = 30.0


@dataclass(frozen=True)
class Network:
    """What stands for one of the slides' backbones.

    Attributes:
      backbone: Its name for `--backbone`.
      seconds_a_step: Of training, roughly, on one core of the reference machine; for the time left only.
      num_steps: Batches of an AU training; None leaves them to the flagfile.
      pretraining_steps: Batches of a pre-training by task; None leaves them to the flagfile.
    """

    backbone: str
    seconds_a_step: float
    num_steps: int | None = None
    pretraining_steps: int | None = None


@dataclass(frozen=True)
class Scale:
    """Sizes of a reproduction.

    Attributes:
      name: "demo", "small" or "paper".
      num_photos: Of the rendered sets "opt", "val" and "test"; empty where only real data make sense.
      num_class_photos: Of the rendered sets to pre-train on, by their names.
      photo_side_px: Smallest and largest side of the rendered photos.
      crop_size_px: Side of the crops.
      networks: What stands for each of the slides' backbones.
      selected: The backbone of Table 2.
      num_seeds: Trainings of the rows that decide a claim or are strategies; the others are trained once.
      selective_target: Share of positives that selective learning selects towards, for `--selective_target`.
      has_own_flagfiles: Whether one flagfile serves all trainings, and one all pre-trainings; otherwise each backbone
        and each task has its published one.
    """

    name: str
    num_photos: Mapping[str, int]
    num_class_photos: Mapping[str, int]
    photo_side_px: tuple[int, int]
    crop_size_px: int
    networks: Mapping[str, Network]
    selected: str
    num_seeds: int
    selective_target: float
    has_own_flagfiles: bool = True

    def architecture(self, name: str) -> str:
        """Returns one of the slides' backbones for a row's, which may be the selected one."""
        return self.selected if name == SELECTED else name

    def training_flags(self, architecture: str, num_backbones: int = 1) -> tuple[str, ...]:
        """Returns the flags of `train` that say which network learns how.

        Args:
          architecture: One of the slides' backbones.
          num_backbones: How many of it stand side by side.
        """
        network = self.networks[architecture]
        steps = () if network.num_steps is None else (f"--num_steps={network.num_steps}",)
        backbone = "+".join([network.backbone] * num_backbones)
        return (f"--flagfile={self.training_flagfile(architecture)}", f"--backbone={backbone}", *steps)

    def pretraining_flags(self, architecture: str, task: Task) -> tuple[str, ...]:
        """Returns the flags of `pretrain` that say which backbone learns a task how."""
        network = self.networks[architecture]
        steps = () if network.pretraining_steps is None else (f"--num_steps={network.pretraining_steps}",)
        return (
            f"--flagfile={self.pretraining_flagfile(task)}",
            f"--task={task.value}",
            f"--backbone={network.backbone}",
            *steps,
        )

    def training_flagfile(self, architecture: str) -> Path:
        """Returns the flagfile of a training."""
        name = self.name if self.has_own_flagfiles else self.networks[architecture].backbone
        return CONFIGS_DIR / f"siat_ntu2020_{name}.flags"

    def pretraining_flagfile(self, task: Task) -> Path:
        """Returns the flagfile of a pre-training."""
        name = self.name if self.has_own_flagfiles else task.value
        return CONFIGS_DIR / f"siat_ntu2020_pretrain_{name}.flags"

    def training_seconds(self, architecture: str, num_backbones: int = 1) -> float:
        """Returns roughly how long a training takes on one core."""
        network = self.networks[architecture]
        return _START_SECONDS + (network.num_steps or 0) * network.seconds_a_step * num_backbones

    def pretraining_seconds(self, architecture: str) -> float:
        """Returns roughly how long a pre-training takes on one core."""
        network = self.networks[architecture]
        return _START_SECONDS + (network.pretraining_steps or 0) * network.seconds_a_step


_BALANCED_SHARE = 0.5
"""Selective learning's target: as many positives as negatives. Ours; the slides name no share."""

_PAPER = Scale(
    name="paper",
    num_photos={},
    num_class_photos={},
    photo_side_px=(0, 0),
    crop_size_px=240,
    # Hours on a GPU were not measured; without steps of their own all nodes count the same.
    networks={
        RESNET18: Network("resnet18", 0.0),
        RESNET50: Network("resnet50", 0.0),
        RESNET152: Network("resnet152", 0.0),
    },
    selected=RESNET152,
    num_seeds=1,
    selective_target=_BALANCED_SHARE,
    has_own_flagfiles=False,
)

_SMALL = Scale(
    name="small",
    num_photos={"train": 0, "opt": 2500, "val": 1000, "test": 3000},
    num_class_photos={"identity": 3000, "expression": 3000},
    photo_side_px=(160, 256),
    crop_size_px=72,
    networks={
        RESNET18: Network("resnet18_x0.25", 0.06, 1000, 2500),
        RESNET50: Network("resnet50_x0.25", 0.18, 1000, 2000),
        # Narrower, and pre-trained for less long, for the time that its many small layers take.
        RESNET152: Network("resnet152_x0.125", 0.25, 1000, 1500),
    },
    selected=RESNET18,
    num_seeds=3,
    selective_target=_BALANCED_SHARE,
)

_DEMO = Scale(
    name="demo",
    num_photos={"train": 0, "opt": 80, "val": 24, "test": 40},
    num_class_photos={"identity": 64, "expression": 160},
    photo_side_px=(128, 160),
    crop_size_px=40,
    networks={
        RESNET18: Network("resnet18_x0.125", 0.5, 4, 2),
        RESNET50: Network("resnet50_x0.125", 0.5, 4, 2),
        RESNET152: Network("resnet152_x0.125", 1.0, 4, 2),
    },
    selected=RESNET18,
    num_seeds=1,
    selective_target=_BALANCED_SHARE,
)

SCALES: Mapping[str, Scale] = {scale.name: scale for scale in (_DEMO, _SMALL, _PAPER)}
