"""Records of small photos, for the tests of what reads them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emotionet_tf.label_lists.formats.plain_csv import write_plain_csv
from emotionet_tf.label_lists.photo_ids import example_id
from emotionet_tf.label_lists.rows import LabelRow
from emotionet_tf.records.writing.au_records import RecordsConfig, write_records


def photo(number: int) -> str:
    return f"N_{number // 4:010d}/N_{number // 4:010d}_{number:05d}.jpg"


def label_rows(photos: list[str], seed: int = 0) -> list[LabelRow]:
    """Rows with unknowns; no two photos have the same labels."""
    random = np.random.default_rng(seed)
    masks = (random.random((len(photos), 23)) < 0.8).astype(np.float32)
    labels = (random.random((len(photos), 23)) < 0.4).astype(np.float32) * masks
    return [
        LabelRow(example_id(name), name, *values) for name, *values in zip(photos, labels, masks, strict=True)
    ]


@pytest.fixture
def make_records(tmp_path: Path, make_faces: Callable[..., Path]) -> Callable[..., str]:
    """Returns a function that writes records of so many photos and returns their folder."""

    def make(name: str, num_photos: int, *, first: int = 0, num_shards: int = 3, size_px: int = 24) -> str:
        photos = [photo(number) for number in range(first, first + num_photos)]
        faces = make_faces(tmp_path / f"{name}-faces", photos, size_px=size_px)
        write_plain_csv(faces / "labels.csv", label_rows(photos, seed=first))
        labels = (str(faces / "labels.csv"),)
        write_records(
            RecordsConfig(
                faces_dir=str(faces),
                dataset=name,
                output_dir=str(tmp_path / "records"),
                num_shards=num_shards,
                label_files=labels,
            )
        )
        return str(tmp_path / "records" / name)

    return make
