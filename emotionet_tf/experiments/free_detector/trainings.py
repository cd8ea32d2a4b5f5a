"""The commands that train, adapt, refit and ask the networks of the detector and of its ablation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emotionet_tf.experiments.free_detector.scales import Scale
from emotionet_tf.experiments.run_layout import CONFIGS_DIR
from emotionet_tf.experiments.runner.nodes import Node
from emotionet_tf.experiments.runner.placeholders import RUN

_STEP_SECONDS = 0.2

ModelFiles = tuple[Path, Path]
"""A network's folder, and the file in it that is there once it is made."""

SourceFiles = tuple[str, Path]
"""The flag of a training's source, and a file that it depends on."""


def records_of(name: str) -> Path:
    """Returns the folder of a dataset's records."""
    return RUN / "records" / name


def model_of(name: str) -> Path:
    """Returns the folder of a network."""
    return RUN / "models" / name


def trained(name: str) -> ModelFiles:
    """Returns the network of a training or of its adaptation."""
    return model_of(name), model_of(name) / "last.keras"


def packed(folder: Path) -> ModelFiles:
    """Returns a packed network."""
    return folder, folder / "weights.npz"


def source(head: str, records: Path, labels: Path | None = None) -> SourceFiles:
    """Returns a training's source: a head, a dataset's records, and labels in place of their own."""
    if labels is None:
        return f"--source={head}={records}", records / "dataset.json"
    return f"--source={head}={records}@{labels}", labels / "labels.json"


@dataclass(frozen=True)
class Trainings:
    """Trainings of one scale and seed.

    Attributes:
      scale: The sizes.
      seed: Of weights, order and changes to images.
    """

    scale: Scale
    seed: int

    def train(
        self,
        name: str,
        recipe: str,
        sources: Sequence[SourceFiles],
        *,
        group: str = "expression",
        aus: Sequence[int] = (),
        start: str | None = None,
    ) -> Node:
        """Returns a training.

        Args:
          name: Of the network.
          recipe: "teacher", "student" or "pose": its flagfile and number of steps.
          sources: What it learns from.
          group: Its AUs, or what they belong to.
          aus: Its AUs, where they are not the group's.
          start: The network whose weights it starts with.
        """
        flagfile = CONFIGS_DIR / f"free_detector_{recipe}.flags"
        inputs = [flagfile, records_of("opt-val") / "dataset.json", *(path for _, path in sources)]
        starting: tuple[str, ...] = ()
        if start is not None:
            starting = (f"--init_weights={model_of(start) / 'last.keras'}",)
            inputs.append(model_of(start) / "last.keras")
        num_steps = self.scale.num_steps[recipe]
        return Node(
            f"train/{name}",
            f"Training {name}",
            "emotionet_tf.bin.train",
            (
                f"--flagfile={flagfile}",
                f"--output_dir={model_of(name)}",
                *(flag for flag, _ in sources),
                *starting,
                f"--val_records_dir={records_of('opt-val')}",
                f"--group={group}",
                *([f"--aus={','.join(map(str, aus))}"] if aus else []),
                f"--backbone={self.scale.backbones[group]}",
                f"--image_size_px={self.scale.image_size_px}",
                f"--num_steps={num_steps}",
                f"--validation_interval_steps={self.scale.interval_steps}",
                f"--checkpoint_interval_steps={self.scale.interval_steps}",
                f"--seed={self.seed}",
            ),
            inputs=tuple(inputs),
            outputs=(model_of(name) / "last.keras", model_of(name) / "train.json"),
            cost=num_steps * _STEP_SECONDS,
            owned=(model_of(name),),
        )


def adapt(name: str) -> Node:
    """Returns the adaptation of a network to the free faces, as NAME_adapted."""
    folder = model_of(f"{name}_adapted")
    return Node(
        f"adapt/{name}",
        f"Adapting {name} to the free faces",
        "emotionet_tf.bin.adapt_norms",
        (
            "--which=last",
            f"--model_dir={model_of(name)}",
            f"--records_dir={records_of('free')}",
            f"--output_dir={folder}",
        ),
        inputs=(model_of(name) / "last.keras", records_of("free") / "dataset.json"),
        outputs=(folder / "last.keras",),
        cost=15,
        owned=(folder,),
    )


def refit(
    name: str, sources: Sequence[SourceFiles], settings: Sequence[str] = (), ending: str = "refitted"
) -> Node:
    """Returns the refit of an adapted network's heads for the free faces, as NAME_ENDING.

    Args:
      name: The network, as `adapt` takes it.
      sources: The labelled faces of each head.
      settings: Further flags of `refit_heads`.
      ending: Of the refitted network's name.
    """
    adapted, folder = model_of(f"{name}_adapted"), model_of(f"{name}_{ending}")
    flagfile = CONFIGS_DIR / "free_detector_refit.flags"
    return Node(
        f"refit/{name}" if ending == "refitted" else f"refit/{name}_{ending}",
        f"Fitting the heads of {name} anew",
        "emotionet_tf.bin.refit_heads",
        (
            f"--flagfile={flagfile}",
            "--which=last",
            f"--model_dir={adapted}",
            *(flag for flag, _ in sources),
            *settings,
            f"--records_dir={records_of('free')}",
            f"--output_dir={folder}",
        ),
        inputs=(
            flagfile,
            adapted / "last.keras",
            records_of("free") / "dataset.json",
            *(path for _, path in sources),
        ),
        outputs=(folder / "last.keras",),
        cost=40,
        owned=(folder,),
    )


def pseudo_label(name: str, teachers: Sequence[ModelFiles], records: Path, labels: Path) -> Node:
    """Returns the labelling of a dataset by networks, their mean where there are several, into a folder of labels."""
    return Node(
        name,
        f"Letting {' and '.join(folder.name for folder, _ in teachers)} label the faces of {records.name}",
        "emotionet_tf.bin.pseudo_label",
        (
            "--kind=soft",
            *(f"--model_dir={folder}" for folder, _ in teachers),
            f"--records_dir={records}",
            f"--output_dir={labels}",
        ),
        inputs=(*(file for _, file in teachers), records / "dataset.json"),
        outputs=(labels / "labels.json",),
        cost=15,
        owned=(labels,),
    )


def pack(
    name: str,
    model: str,
    folder: Path,
    *,
    asked: Mapping[str, Sequence[int]],
    aus: Sequence[int],
    settings: Sequence[str] = (),
    inputs: Sequence[Path] = (),
) -> Node:
    """Returns the packing of a model's last network.

    Args:
      name: Of the node.
      model: The network.
      folder: The packed model's.
      asked: The AUs that each head is asked for; empty for a network with one head.
      aus: The AUs that it declares.
      settings: Further flags of `pack`.
      inputs: What these read.
    """
    return Node(
        name,
        f"Packing {model}",
        "emotionet_tf.bin.pack",
        (
            "--which=last",
            f"--model_dir={model_of(model)}",
            f"--output_dir={folder}",
            *(f"--head={head}:{','.join(map(str, own))}" for head, own in asked.items()),
            f"--aus={','.join(map(str, aus))}",
            *settings,
        ),
        inputs=(model_of(model) / "last.keras", *inputs),
        outputs=tuple(folder / file for file in ("model.json", "weights.npz", "weights.json")),
        cost=15,
        owned=(folder,),
    )
