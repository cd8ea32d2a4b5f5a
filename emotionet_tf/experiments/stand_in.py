"""The commands that render the stand-in and turn it into records."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from emotionet_tf.experiments.runner.nodes import Node

_SYNTHESIZE_SECONDS = 0.045
_ALIGN_SECONDS = 0.02
LABEL_LISTS = {
    "train": "dataFile_0001.txt",
    "opt": "EmotioNet_FACS_opt.csv",
    "val": "EmotioNet_FACS_val.csv",
    "test": "EmotioNet_FACS_test.csv",
}


def stand_in_nodes(
    root: Path,
    *,
    num_photos: Mapping[str, int],
    crop_size_px: int,
    seed: int,
    photo_side_px: tuple[int, int] | None = None,
    with_whole_opt_set: bool = False,
    prefix: str = "data",
) -> list[Node]:
    """Returns the commands from nothing to `<root>/records`.

    Args:
      root: Folder of everything that is made.
      num_photos: By set: "train", "opt", "val", "test"; a set of 0 photos gets no records.
      crop_size_px: Side of the registered crops.
      seed: Of the faces.
      photo_side_px: Smallest and largest side of a photo; None is `synthesize`'s default.
      with_whole_opt_set: Whether the opt set is also written undivided, as `records/opt`.
      prefix: First part of the nodes' names.
    """
    photos_dir, faces_dir = root / "stand_in", root / "faces"
    sides: list[str] = []
    if photo_side_px is not None:
        sides = [f"--size_px_min={photo_side_px[0]}", f"--size_px_max={photo_side_px[1]}"]
    total = sum(num_photos.values())
    label_files = {name: photos_dir / "labels" / file for name, file in LABEL_LISTS.items()}
    face_table = faces_dir / "faces.csv"
    synthesize = Node(
        f"{prefix}/synthesize",
        "Rendering faces with known AUs",
        "emotionet_tf.bin.synthesize",
        (
            f"--output_dir={photos_dir}",
            *(f"--num_{name}={count}" for name, count in num_photos.items()),
            *sides,
            f"--seed={seed}",
        ),
        inputs=(),
        outputs=(photos_dir / "truth.csv", *label_files.values()),
        cost=total * _SYNTHESIZE_SECONDS,
        owned=(photos_dir,),
    )
    align = Node(
        f"{prefix}/align",
        "Finding and aligning the faces",
        "tfrecords_tools.align_faces",
        (
            f"--photos_dir={photos_dir / 'photos'}",
            f"--output_dir={faces_dir}",
            f"--crop_size_px={crop_size_px}",
        ),
        inputs=(photos_dir / "truth.csv",),
        outputs=(face_table,),
        cost=total * _ALIGN_SECONDS,
        owned=(faces_dir,),
    )

    def records(dataset: str, title: str, written: tuple[str, ...], *more: str) -> Node:
        return Node(
            f"{prefix}/records_{title.replace(' ', '_')}",
            f"Writing the records of the {title} set",
            "tfrecords_tools.write_records",
            (
                f"--faces_dir={faces_dir}",
                f"--labels={label_files[dataset]}",
                f"--dataset={dataset}",
                f"--output_dir={root / 'records'}",
                *more,
            ),
            inputs=(face_table, label_files[dataset]),
            outputs=tuple(
                root / "records" / name / file for name in written for file in ("dataset.json", "rows.csv")
            ),
            cost=5,
            owned=tuple(root / "records" / name for name in written),
        )

    nodes = [synthesize, align]
    if num_photos["opt"]:
        nodes.append(
            records("opt", "opt", ("opt-train", "opt-val"), "--val_fraction=0.2", "--split_by=folder")
        )
        if with_whole_opt_set:
            nodes.append(records("opt", "whole opt", ("opt",)))
    return nodes + [records(name, name, (name,)) for name in ("train", "val", "test") if num_photos[name]]
