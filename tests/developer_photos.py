"""Where the tests find real photos; they are not part of the repository."""

import csv
import os
from pathlib import Path

import pytest

FOLDER = Path(
    os.environ.get("EMOTIONET_TF_PHOTOS")
    or Path(__file__).resolve().parents[2] / "shared" / "data" / "photos_dev"
)

needs_photos = pytest.mark.skipif(
    not (FOLDER / "images.csv").is_file(),
    reason=f"no photos in {FOLDER}; set EMOTIONET_TF_PHOTOS to a folder with images.csv",
)


def photo_rows() -> list[dict[str, str]]:
    """The rows of images.csv: file, n_faces, width, height, pupils (image-left first; blank where
    unmarked)."""
    with (FOLDER / "images.csv").open(newline="") as file:
        return list(csv.DictReader(file))
