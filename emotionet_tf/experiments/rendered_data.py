"""The commands that render photos and turn them into records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from emotionet_tf.action_units import FRAMINGS
from emotionet_tf.experiments.runner.nodes import Node
from emotionet_tf.faces.table import FACE_TABLE_NAME
from emotionet_tf.synthetic.dataset.file_names import CLASS_FILES, LABEL_FILES, TRUTH_FILE

REGISTERED, BOX = FRAMINGS
AS_PUBLISHED = ("--jpeg_chroma=4:2:0", "--turned_faces=false")
"""How faces were found and stored when the published figures were made, so that runs repeat them."""
_SYNTHESIZE_SECONDS = 0.045
_ALIGN_SECONDS = 0.02
_HELD_OUT = {"identity": ("--val_fraction=0.1",), "expression": ("--val_fraction=0.1", "--split_by=folder")}
"""How class sets are divided: of each person some photos, or all photos of some persons."""


def boxes_of(dataset: str) -> str:
    """Returns what `RunLayout.records` takes for a dataset's twin of detector boxes instead of registered crops."""
    return f"{BOX}/{dataset}"


def rendered_data_nodes(
    root: Path,
    *,
    num_photos: Mapping[str, int],
    crop_size_px: int,
    seed: int,
    photo_side_px: tuple[int, int] | None = None,
    with_whole_opt_set: bool = False,
    with_boxes: bool = False,
    mixture: str | None = None,
    opt_val_fraction: float = 0.2,
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
      with_boxes: Whether every records folder has a twin of detector boxes, where `boxes_of` says.
      mixture: Which expressions the photos show; None is `synthesize`'s default.
      opt_val_fraction: Share of the opt set's persons whose photos validate.
      prefix: First word of the nodes' names.
    """
    files = _Files(root, root / "records")
    framings = FRAMINGS if with_boxes else (REGISTERED,)
    nodes = [_synthesize(files, num_photos, photo_side_px, seed, prefix, mixture)]
    for framing in framings:
        nodes.append(_align(files, crop_size_px, sum(num_photos.values()), prefix, framing))
    for framing in framings:
        nodes += _au_records(files, num_photos, with_whole_opt_set, prefix, framing, opt_val_fraction)
    return nodes


def class_set_nodes(
    root: Path,
    records_dir: Path,
    *,
    num_photos: Mapping[str, int],
    crop_size_px: int,
    seed: int,
    photo_side_px: tuple[int, int] | None = None,
    prefix: str,
) -> list[Node]:
    """Returns the commands from nothing to class records to pre-train on, `identity-train` and so on.

    Args:
      root: Folder of everything that is made but the records; not that of other rendered data.
      records_dir: Folder of the records folders: of each set a training and a validation split.
      num_photos: By set: "identity", "expression".
      crop_size_px: Side of the registered crops.
      seed: Of the faces; with the seed of `rendered_data_nodes`' data, their persons are others.
      photo_side_px: As `rendered_data_nodes` has it.
      prefix: First word of the nodes' names.
    """
    files = _Files(root, records_dir)
    return [
        _synthesize(files, {**dict.fromkeys(LABEL_FILES, 0), **num_photos}, photo_side_px, seed, prefix),
        _align(files, crop_size_px, sum(num_photos.values()), prefix, REGISTERED),
        *(_class_records(files, prefix, name) for name in num_photos),
    ]


def _au_records(
    files: _Files,
    num_photos: Mapping[str, int],
    with_whole_opt_set: bool,
    prefix: str,
    framing: str,
    opt_val_fraction: float,
) -> list[Node]:
    nodes = []
    if num_photos["opt"]:
        split = (f"--val_fraction={opt_val_fraction}", "--split_by=folder")
        nodes.append(_records(files, prefix, framing, "opt", "opt", ("opt-train", "opt-val"), *split))
        if with_whole_opt_set:
            nodes.append(_records(files, prefix, framing, "opt", "whole opt", ("opt",)))
    others = [name for name in ("train", "val", "test") if num_photos[name]]
    return nodes + [_records(files, prefix, framing, name, name, (name,)) for name in others]


@dataclass(frozen=True)
class _Files:
    root: Path
    records_dir: Path

    @property
    def photos_dir(self) -> Path:
        return self.root / "stand_in"

    def faces_dir(self, framing: str) -> Path:
        return self.root / ("faces" if framing == REGISTERED else f"faces_{framing}")

    @property
    def truth(self) -> Path:
        return self.photos_dir / TRUTH_FILE

    def face_table(self, framing: str) -> Path:
        return self.faces_dir(framing) / FACE_TABLE_NAME

    def labels(self, dataset: str) -> Path:
        return self.photos_dir / {**LABEL_FILES, **CLASS_FILES}[dataset]


def _synthesize(
    files: _Files,
    num_photos: Mapping[str, int],
    photo_side_px: tuple[int, int] | None,
    seed: int,
    prefix: str,
    mixture: str | None = None,
) -> Node:
    more = [] if mixture is None else [f"--mixture={mixture}"]
    if photo_side_px is not None:
        more += [f"--size_px_min={photo_side_px[0]}", f"--size_px_max={photo_side_px[1]}"]
    return Node(
        f"{prefix}/synthesize",
        "Rendering faces with known AUs",
        "emotionet_tf.bin.synthesize",
        (
            f"--output_dir={files.photos_dir}",
            *(f"--num_{name}={count}" for name, count in num_photos.items()),
            *more,
            f"--seed={seed}",
        ),
        inputs=(),
        outputs=(files.truth, *(files.labels(dataset) for dataset in {**LABEL_FILES, **num_photos})),
        cost=sum(num_photos.values()) * _SYNTHESIZE_SECONDS,
        owned=(files.photos_dir,),
    )


def _align(files: _Files, crop_size_px: int, num_photos: int, prefix: str, framing: str) -> Node:
    is_box = framing == BOX
    return Node(
        f"{prefix}/align{'_box' * is_box}",
        "Finding the faces, as the detector's boxes" if is_box else "Finding and aligning the faces",
        "tfrecords_tools.align_faces",
        (
            f"--photos_dir={files.photos_dir / 'photos'}",
            f"--output_dir={files.faces_dir(framing)}",
            f"--crop_size_px={crop_size_px}",
            *AS_PUBLISHED,
            *(("--framing=box",) if is_box else ()),
        ),
        inputs=(files.truth,),
        outputs=(files.face_table(framing),),
        cost=num_photos * _ALIGN_SECONDS,
        owned=(files.faces_dir(framing),),
    )


def _records(
    files: _Files, prefix: str, framing: str, dataset: str, title: str, written: tuple[str, ...], *more: str
) -> Node:
    is_box = framing == BOX
    records_dir = files.records_dir / BOX if is_box else files.records_dir
    return Node(
        f"{prefix}/records_{title.replace(' ', '_')}{'_box' * is_box}",
        f"Writing the records of the {title} set{', boxes' * is_box}",
        "tfrecords_tools.write_records",
        (
            f"--faces_dir={files.faces_dir(framing)}",
            f"--labels={files.labels(dataset)}",
            f"--dataset={dataset}",
            f"--output_dir={records_dir}",
            *more,
        ),
        inputs=(files.face_table(framing), files.labels(dataset)),
        outputs=tuple(records_dir / name / file for name in written for file in ("dataset.json", "rows.csv")),
        cost=5,
        owned=tuple(records_dir / name for name in written),
    )


def _class_records(files: _Files, prefix: str, dataset: str) -> Node:
    splits = [files.records_dir / f"{dataset}-{split}" for split in ("train", "val")]
    return Node(
        f"{prefix}/records_{dataset}",
        f"Writing the records of the {dataset} set",
        "tfrecords_tools.write_class_records",
        (
            f"--faces_dir={files.faces_dir(REGISTERED)}",
            f"--classes={files.labels(dataset)}",
            f"--dataset={dataset}",
            f"--output_dir={files.records_dir}",
            *_HELD_OUT[dataset],
        ),
        inputs=(files.face_table(REGISTERED), files.labels(dataset)),
        outputs=tuple(split / "dataset.json" for split in splits),
        cost=5,
        owned=tuple(splits),
    )
