"""The commands that render the stand-in and turn it into records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from emotionet_tf.experiments.runner.nodes import Node
from emotionet_tf.faces.face_table import FACE_TABLE_NAME
from emotionet_tf.synthetic.set_files import LABEL_FILES, TRUTH_FILE

_SYNTHESIZE_SECONDS = 0.045
_ALIGN_SECONDS = 0.02


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
    files = _Files(root)
    nodes = [
        _synthesize(files, num_photos, photo_side_px, seed, prefix),
        _align(files, crop_size_px, sum(num_photos.values()), prefix),
    ]
    if num_photos["opt"]:
        split = ("--val_fraction=0.2", "--split_by=folder")
        nodes.append(_records(files, prefix, "opt", "opt", ("opt-train", "opt-val"), *split))
        if with_whole_opt_set:
            nodes.append(_records(files, prefix, "opt", "whole opt", ("opt",)))
    others = [name for name in ("train", "val", "test") if num_photos[name]]
    return nodes + [_records(files, prefix, name, name, (name,)) for name in others]


@dataclass(frozen=True)
class _Files:
    root: Path

    @property
    def photos_dir(self) -> Path:
        return self.root / "stand_in"

    @property
    def faces_dir(self) -> Path:
        return self.root / "faces"

    @property
    def truth(self) -> Path:
        return self.photos_dir / TRUTH_FILE

    @property
    def face_table(self) -> Path:
        return self.faces_dir / FACE_TABLE_NAME

    def labels(self, dataset: str) -> Path:
        return self.photos_dir / LABEL_FILES[dataset]


def _synthesize(
    files: _Files,
    num_photos: Mapping[str, int],
    photo_side_px: tuple[int, int] | None,
    seed: int,
    prefix: str,
) -> Node:
    sides: list[str] = []
    if photo_side_px is not None:
        sides = [f"--size_px_min={photo_side_px[0]}", f"--size_px_max={photo_side_px[1]}"]
    return Node(
        f"{prefix}/synthesize",
        "Rendering faces with known AUs",
        "emotionet_tf.bin.synthesize",
        (
            f"--output_dir={files.photos_dir}",
            *(f"--num_{name}={count}" for name, count in num_photos.items()),
            *sides,
            f"--seed={seed}",
        ),
        inputs=(),
        outputs=(files.truth, *(files.labels(dataset) for dataset in LABEL_FILES)),
        cost=sum(num_photos.values()) * _SYNTHESIZE_SECONDS,
        owned=(files.photos_dir,),
    )


def _align(files: _Files, crop_size_px: int, num_photos: int, prefix: str) -> Node:
    return Node(
        f"{prefix}/align",
        "Finding and aligning the faces",
        "tfrecords_tools.align_faces",
        (
            f"--photos_dir={files.photos_dir / 'photos'}",
            f"--output_dir={files.faces_dir}",
            f"--crop_size_px={crop_size_px}",
        ),
        inputs=(files.truth,),
        outputs=(files.face_table,),
        cost=num_photos * _ALIGN_SECONDS,
        owned=(files.faces_dir,),
    )


def _records(
    files: _Files, prefix: str, dataset: str, title: str, written: tuple[str, ...], *more: str
) -> Node:
    records_dir = files.root / "records"
    return Node(
        f"{prefix}/records_{title.replace(' ', '_')}",
        f"Writing the records of the {title} set",
        "tfrecords_tools.write_records",
        (
            f"--faces_dir={files.faces_dir}",
            f"--labels={files.labels(dataset)}",
            f"--dataset={dataset}",
            f"--output_dir={records_dir}",
            *more,
        ),
        inputs=(files.face_table, files.labels(dataset)),
        outputs=tuple(records_dir / name / file for name in written for file in ("dataset.json", "rows.csv")),
        cost=5,
        owned=tuple(records_dir / name for name in written),
    )
