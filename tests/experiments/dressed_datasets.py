"""Little pictures with invented codes in the layouts of DISFA and BP4D, under the persons' published names.

AU12 is to be seen: pictures in which it is present are bright. Of some frames no face is found.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from emotionet_tf.action_units import VIEWS
from emotionet_tf.au_sets import AU_SETS
from emotionet_tf.faces.table import FACE_TABLE_NAME, FaceRow, write_face_table
from emotionet_tf.records.protocols.published_parts import BP4D_PERSONS, DISFA_PERSONS

SIZE_PX = 36
_NOT_CODED = 9
_BP4D_COLUMNS = (*range(1, 100),)


def dress_as_disfa(
    folder: Path, num_frames: int = 6, persons: Sequence[str] = DISFA_PERSONS
) -> tuple[Path, Path]:
    """Writes `faces` and `ActionUnit_Labels`; returns both. Pictures count from 0, as many people make them."""
    generator = np.random.default_rng(1)
    photos = {}
    labels = folder / "ActionUnit_Labels"
    for person in persons:
        codes = {au: generator.integers(0, 6, num_frames) for au in AU_SETS["disfa"]}
        (labels / person).mkdir(parents=True)
        for au, intensities in codes.items():
            lines = [f"{frame},{value}\n" for frame, value in enumerate(intensities.tolist(), start=1)]
            (labels / person / f"{person}_au{au}.txt").write_text("".join(lines))
        photos |= {f"{person}/{frame}.jpg": codes[12][frame] >= 2 for frame in range(num_frames)}
    return write_faces(folder / "faces", photos), labels


def dress_as_bp4d(
    folder: Path, num_frames: int = 4, persons: Sequence[str] = BP4D_PERSONS
) -> tuple[Path, Path]:
    """Writes `faces` and `AUCoding`; returns both. A sequence's coded frames begin somewhere."""
    generator = np.random.default_rng(2)
    photos = {}
    labels = folder / "AUCoding"
    (labels / "AU_OCC").mkdir(parents=True)
    for person in persons:
        for task in ("T1", "T6"):
            first = int(generator.integers(1, 900))
            codes = np.full((num_frames, len(_BP4D_COLUMNS)), _NOT_CODED)
            for au in AU_SETS["bp4d"]:
                codes[:, au - 1] = generator.integers(0, 2, num_frames)
            lines = [",".join(map(str, (0, *_BP4D_COLUMNS)))]
            lines += [",".join(map(str, (first + index, *row))) for index, row in enumerate(codes.tolist())]
            (labels / "AU_OCC" / f"{person}_{task}.csv").write_text("\n".join(lines) + "\n")
            photos |= {
                f"{person}/{task}/{first + index:04d}.jpg": bool(codes[index, 11])
                for index in range(num_frames)
            }
    return write_faces(folder / "faces", photos), labels


def write_faces(folder: Path, photos: Mapping[str, bool]) -> Path:
    """Writes what `align_faces` would of photos, bright or dark; of each 13th no face is found."""
    generator = np.random.default_rng(0)
    rows = []
    for number, (photo, is_bright) in enumerate(photos.items()):
        if number % 13 == 5:
            rows.append(FaceRow(photo, photo, 0, False, "mtcnn", reason="no face"))
            continue
        pixels = (
            generator.normal(80 + 90 * is_bright, 20, (SIZE_PX, SIZE_PX, 3)).clip(0, 255).astype(np.uint8)
        )
        crops = {view: f"{view}/{photo}" for view in VIEWS}
        for crop in crops.values():
            (folder / crop).parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(folder / crop), pixels)
        angles = dict.fromkeys(("pitch_radians", "yaw_radians", "roll_radians"), 0.1)
        rows.append(FaceRow(photo, photo, 0, True, "mtcnn", **angles, **crops))
    folder.mkdir(parents=True, exist_ok=True)
    write_face_table(folder / FACE_TABLE_NAME, rows)
    return folder
