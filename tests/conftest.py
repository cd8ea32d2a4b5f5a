"""Small inputs in place of the files that stages hand to each other."""

import gc
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from small_records import make_records  # noqa: F401 (a fixture)
from warm_commands import leave_graphs_as_traced

from emotionet_tf.action_units import ACTION_UNITS, NUM_AUS, VIEWS
from emotionet_tf.faces.table import FACE_TABLE_NAME, FaceRow, write_face_table
from emotionet_tf.label_lists.formats.plain_csv import write_plain_csv
from emotionet_tf.label_lists.rows import LabelRow
from emotionet_tf.records.splits import Split
from emotionet_tf.records.writing.au_records import RecordsConfig, write_records
from emotionet_tf.storage.paths import as_path, remove_tree

# The mesh extra brings jax, which TensorFlow imports and which sets this to 1; tested commands would inherit that.
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"


def pytest_collection_finish() -> None:
    """Spares garbage collections, of which tracing causes many, the sight of all that was imported."""
    if "tensorflow" in sys.modules:
        leave_graphs_as_traced()
    gc.collect()
    gc.freeze()


def _crop(seed: int, size_px: int) -> np.ndarray:
    """A smooth picture of its own for each seed: JPEG keeps it nearly exactly."""
    small = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), np.uint8)
    return cv2.resize(small, (size_px, size_px), interpolation=cv2.INTER_CUBIC)


@pytest.fixture
def make_faces() -> Callable[..., Path]:
    """Returns a function that writes an `align_faces` folder: its path, photos and which of them have no face."""

    def make(
        folder: Path,
        photos: list[str],
        *,
        faceless: tuple[str, ...] = (),
        size_px: int = 24,
        id_of: Callable[[str], str] = lambda photo: Path(photo).stem,
    ) -> Path:
        rows = []
        for number, photo in enumerate(photos):
            photo_id = id_of(photo)
            if photo in faceless:
                rows.append(FaceRow(photo_id, photo, 0, False, "mtcnn", reason="no face"))
                continue
            crops = {view: f"{view}/{photo_id}.jpg" for view in VIEWS}
            for index, crop in enumerate(crops.values()):
                (folder / crop).parent.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(
                    str(folder / crop), _crop(2 * number + index, size_px), [cv2.IMWRITE_JPEG_QUALITY, 95]
                )
            angles = {"pitch_radians": 0.01 * number, "yaw_radians": 0.2, "roll_radians": -0.1}
            rows.append(FaceRow(photo_id, photo, 0, True, "mtcnn", **angles, **crops))
        folder.mkdir(parents=True, exist_ok=True)
        write_face_table(folder / FACE_TABLE_NAME, rows)
        return folder

    return make


@pytest.fixture(scope="session")
def make_labelled_faces() -> Callable[..., tuple[Path, Path]]:
    """Returns a function that writes an `align_faces` folder and a label list, with random labels.

    AU12 is to be seen: the crops where it is present are bright, the others dark.
    """

    def make(folder: Path, num_photos: int, *, size_px: int = 36, seed: int = 0) -> tuple[Path, Path]:
        generator = np.random.default_rng(seed)
        labels = generator.integers(0, 2, (num_photos, NUM_AUS)).astype(np.float32)
        mask = (generator.random((num_photos, NUM_AUS)) < 0.9).astype(np.float32)
        faces, rows = [], []
        for index in range(num_photos):
            name = f"{folder.name}_{index:04d}.jpg"
            is_bright = labels[index, ACTION_UNITS.index(12)]
            pixels = generator.normal(80 + 90 * is_bright, 20, (size_px, size_px, 3)).clip(0, 255)
            crops = {view: f"{view}/{name}" for view in VIEWS}
            for crop in crops.values():
                (folder / "faces" / crop).parent.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(folder / "faces" / crop), pixels.astype(np.uint8))
            names = ("pitch_radians", "yaw_radians", "roll_radians")
            angles = dict(zip(names, generator.normal(0, 0.3, 3).tolist(), strict=True))
            faces.append(FaceRow(name, name, 0, True, "mtcnn", **angles, **crops))
            rows.append(LabelRow(name, name, labels[index] * mask[index], mask[index]))
        write_face_table(folder / "faces" / FACE_TABLE_NAME, faces)
        write_plain_csv(folder / "labels.csv", rows)
        return folder / "faces", folder / "labels.csv"

    return make


@pytest.fixture(scope="session")
def tiny_records(make_labelled_faces, tmp_path_factory) -> Path:
    """Returns a folder with the records folders `opt-train` (about 48 examples), `opt-val` and `train` (40)."""
    root = tmp_path_factory.mktemp("tiny")
    for dataset, num_photos, split, seed in (("opt", 60, Split(0.2), 1), ("train", 40, Split(), 2)):
        faces_dir, labels = make_labelled_faces(root / dataset, num_photos, seed=seed)
        write_records(
            RecordsConfig(
                faces_dir=str(faces_dir),
                dataset=dataset,
                output_dir=str(root / "records"),
                split=split,
                num_shards=3,
                label_files=(str(labels),),
            )
        )
    return root / "records"


@pytest.fixture(scope="module")
def bucket(request, tiny_records) -> Iterator[Path]:
    """Yields a folder of TensorFlow's in-memory file system, in gs://'s place, with `tiny_records` in `records`."""
    root = as_path(f"ram://{request.module.__name__}")
    for path in tiny_records.rglob("*"):
        if path.is_file():
            (root / "records" / path.relative_to(tiny_records)).copy_from(path)
    yield root
    remove_tree(root)
