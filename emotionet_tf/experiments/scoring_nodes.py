"""The commands that make what is scored, the same for every paper: predictions of networks, and fusions of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from emotionet_tf.experiments.runner.nodes import Node

PREDICT_SECONDS = 25.0
_FUSE_SECONDS = 2.0


def predict_node(name: str, title: str, models: Sequence[Path], pairs: Sequence[tuple[Path, Path]]) -> Node:
    """Returns the command that predicts records with a system's networks.

    Args:
      name: The node's.
      title: What it does.
      models: The networks' folders, one for each group of AUs.
      pairs: Records folders, each with the CSV of its predictions.
    """
    return Node(
        name,
        title,
        "emotionet_tf.bin.predict_records",
        (
            # Papers train for a fixed number of steps, or do not say which model they kept; the best model by opt-val
            # would be scored on what chose it.
            "--which=last",
            *(f"--model_dir={folder}" for folder in models),
            *pair_flags(pairs),
        ),
        inputs=(*(folder / "last.keras" for folder in models), *scored_files(pairs)),
        outputs=tuple(csv for _, csv in pairs),
        cost=PREDICT_SECONDS,
    )


def pair_flags(pairs: Sequence[tuple[Path, Path]]) -> tuple[str, ...]:
    """Returns the flags that name records folders, each with the CSV of its predictions."""
    return tuple(flag for records, csv in pairs for flag in (f"--records_dir={records}", f"--output={csv}"))


def scored_files(pairs: Sequence[tuple[Path, Path]]) -> tuple[Path, ...]:
    """Returns the files of the records folders that predictions depend on."""
    return tuple(records / file for records, _ in pairs for file in ("dataset.json", "rows.csv"))


def fuse_node(name: str, title: str, members: Sequence[Path], output: Path, *flags: str) -> Node:
    """Returns the command that fuses prediction files into one."""
    return Node(
        name,
        title,
        "emotionet_tf.bin.fuse",
        (*flags, f"--output={output}", *map(str, members)),
        inputs=tuple(members),
        outputs=(output,),
        cost=_FUSE_SECONDS,
    )
