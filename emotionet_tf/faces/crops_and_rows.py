"""From detected faces to rows of the face table and crops in files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from emotionet_tf.action_units import FRAMINGS, VIEWS
from emotionet_tf.faces.aligned_crops import CROP_SIZE_PX, registered_by
from emotionet_tf.faces.box_crops import crop_face
from emotionet_tf.faces.detectors.choice import TURNED_FACES
from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.faces.head_pose import head_angles
from emotionet_tf.faces.photo_groups import SeenPhoto
from emotionet_tf.faces.table import ANGLE_COLUMNS, BOX_COLUMNS, LANDMARK_COLUMNS, FaceRow
from emotionet_tf.label_lists.photo_ids import example_id
from emotionet_tf.label_lists.photo_places import PHOTO_SUFFIXES
from emotionet_tf.label_lists.rejection_reasons import NO_FACE, unreadable
from emotionet_tf.settings import check_settings, setting
from emotionet_tf.storage import files

_PHOTO_OR_FACE = re.compile(rf"({'|'.join(map(re.escape, PHOTO_SUFFIXES))})(#\d+)?\Z", re.IGNORECASE)
_ANGLE_DECIMALS = 6
CHROMAS = ("4:4:4", "4:2:0")
"""How finely colours are stored beside brightness: as it is, or at half its resolution."""
SETTINGS_BEFORE: Mapping[str, Any] = {"jpeg_chroma": CHROMAS[1], TURNED_FACES: False}
"""What folders have whose settings do not say it: they are of versions without these settings."""


@dataclass(frozen=True)
class CropStyle:
    """How crops are cut and stored; what each setting is, its declaration says.

    Raises:
      UserError: If a value is not valid.
    """

    crop_size_px: int = setting(
        CROP_SIZE_PX,
        "Side of the crops in pixels; default from Werner et al. 2020, sec. 2.",
        at_least=16,
        at_most=4096,
    )
    jpeg_quality: int = setting(
        95,
        "JPEG quality of the crops; our default: hardly any artefact, about 20 kB.",
        at_least=1,
        at_most=100,
    )
    jpeg_chroma: str | None = setting(
        None,
        "Resolution of the colours in the crops. Default: 4:4:4, that of the photo, but for a folder that an earlier "
        "version has begun with 4:2:0, the half.",
        choices=CHROMAS,
    )
    framing: str = setting(
        FRAMINGS[0],
        "What places a face in its crops: registered, its landmarks on the reference shape, turned upright, as in both "
        "papers; or box, a square about the detector's box as it is: the same size and place on average, no alignment.",
        choices=FRAMINGS,
    )

    def __post_init__(self) -> None:
        check_settings(self)

    @property
    def chroma(self) -> str:
        """One of `CHROMAS`."""
        return self.jpeg_chroma or CHROMAS[0]

    def as_begun(self, settings: Mapping[str, Any]) -> CropStyle:
        """Returns the style for a folder that was begun with these settings: what it leaves open is as there."""
        return (
            self if self.jpeg_chroma else replace(self, jpeg_chroma=settings.get("jpeg_chroma", CHROMAS[1]))
        )

    def recorded(self) -> dict[str, Any]:
        """Returns what folders say of their crops, in JSON's types."""
        return {
            "crop_size_px": self.crop_size_px,
            "jpeg_quality": self.jpeg_quality,
            "jpeg_chroma": self.chroma,
            "framing": self.framing,
        }


def photos_dir_setting() -> Any:
    """Returns the setting of the folder whose photos are looked at."""
    return setting(MISSING, "Folder of photos; its subfolders are searched too.")


def batch_size_setting() -> Any:
    """Returns the setting of how many photos are looked at together; as many a kill loses at most."""
    return setting(
        32,
        "Photos that a process holds in memory at once; decides no result. Our default.",
        at_least=1,
        at_most=1 << 20,
    )


def reason_without_face(seen: SeenPhoto[Any] | str) -> str:
    """Returns the reason, in a table's words, of a photo that shows no face or, as `seen` says, cannot be read."""
    return unreadable(seen) if isinstance(seen, str) else NO_FACE


def rows_of(
    photo: str, seen: SeenPhoto[Face] | str, detector: str, *, crops: bool = False, framing: str = FRAMINGS[0]
) -> list[FaceRow]:
    """Returns the rows of a photo: one a face, or a single one that says why there is none.

    Args:
      photo: Relative path of the photo.
      seen: As `detect_in_groups` gives it.
      detector: The name of the detector that was asked.
      crops: As `row_of_face` takes it; so `framing`.
    """
    faces = [] if isinstance(seen, str) else seen.faces
    rows = [
        row_of_face(photo, index, face, detector, crops=crops, framing=framing)
        for index, face in enumerate(faces)
    ]
    return rows or [FaceRow(example_id(photo), photo, 0, False, detector, reason=reason_without_face(seen))]


def row_of_face(
    photo: str,
    face_index: int,
    face: Face,
    detector: str,
    *,
    crops: bool = False,
    framing: str = FRAMINGS[0],
) -> FaceRow:
    """Returns the row of a face, with its head angles.

    Args:
      photo: Relative path of the photo.
      face_index: 0 for the largest face; the others get ids that end in "#1", "#2", ...
      face: What the detector found.
      detector: The name of the detector that was asked.
      crops: Whether crops of the face are in files, so that the row says where.
      framing: How the face's crops are cut, one of `FRAMINGS`.
    """
    angles = head_angles(face.landmarks) or (None, None, None)
    cells: dict[str, Any] = dict(zip(BOX_COLUMNS, face.box, strict=True))
    cells |= zip(LANDMARK_COLUMNS, face.landmarks.ravel().tolist(), strict=True)
    cells |= zip(ANGLE_COLUMNS, map(_rounded, angles), strict=True)
    cells["registered_by"] = "" if framing == "box" else registered_by(face)
    if crops:
        cells |= {view: crop_path(view, photo, face_index) for view in VIEWS}
    face_id = example_id(photo) + (f"#{face_index}" if face_index else "")
    return FaceRow(face_id, photo, face_index, True, face.detector or detector, face.confidence, **cells)


def _rounded(angle: float | None) -> float | None:
    # An angle near 0 would keep digits that are the noise of sums, which differs from call to call.
    return None if angle is None else round(angle, _ANGLE_DECIMALS) + 0.0


def crop_path(view: str, photo: str, face_index: int) -> str:
    """Returns where a crop lies, relative to the face table; no two faces share a place."""
    name = photo + (f"#{face_index}" if face_index else "")
    # Beside a.png a photo a.png.jpg may lie, and beside the second face of a.jpg a photo a.jpg#1.jpg.
    keeps_name = name.endswith(".jpg") and not _PHOTO_OR_FACE.search(name.removesuffix(".jpg"))
    return f"{view}/{name}" + ("" if keeps_name else ".jpg")


def crop_jpeg(photo: np.ndarray, face: Face, view: str, style: CropStyle) -> bytes:
    """Returns a face's crop of one view as a JPEG file's bytes."""
    crop = crop_face(photo, face, view, style.crop_size_px, style.framing)
    options = [cv2.IMWRITE_JPEG_QUALITY, style.jpeg_quality]
    if style.chroma == CHROMAS[0]:
        options += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    return cv2.imencode(".jpg", cv2.cvtColor(crop, cv2.COLOR_RGB2BGR), options)[1].tobytes()


def write_crops(folder: Path, photo: np.ndarray, face: Face, row: FaceRow, style: CropStyle) -> None:
    """Cuts a face's two views out of its photo and writes them where its row says.

    Args:
      folder: The face table's folder.
      photo: [height, width, 3] uint8 RGB.
      face: What the detector found.
      row: The face's row.
      style: Size, quality and framing.
    """
    for view in VIEWS:
        jpeg = crop_jpeg(photo, face, view, style)
        with files.written_aside(folder / getattr(row, view)) as aside:
            aside.write_bytes(jpeg)


def write_rows(
    photo: str, seen: SeenPhoto[Face] | str, detector: str, folder: Path, style: CropStyle
) -> list[FaceRow]:
    """Writes the crops of a photo's faces and returns its rows, as `rows_of`."""
    rows = rows_of(photo, seen, detector, crops=True, framing=style.framing)
    if not isinstance(seen, str):
        for face, row in zip(seen.faces, rows):  # noqa: B905 - without a face there is a row all the same
            write_crops(folder, seen.pixels, face, row, style)
    return rows
