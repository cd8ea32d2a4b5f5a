"""How alike frowns are on rendered and on real faces: what lines between the brows say of AU 4.

    python -m benchmarks.rendered_furrows --rendered_dir=made/stand_in --csv=photos_expressions/labels.csv

`--rendered_dir` is what `synthesize` made; AU 4 is known exactly there. `--csv` has the columns file and expression;
angry photos against neutral ones are a proxy for AU 4. For both kinds of faces it prints how well
`furrow_rules.frown_lines` tells them apart (the AUC) and its medians: where these differ, the renderer draws furrows
unlike real ones. Needs the extra `mesh`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags

from emotionet_tf.cli import entry_point
from emotionet_tf.errors import UserError

if TYPE_CHECKING:
    import numpy as np

_RENDERED_DIR = flags.DEFINE_string("rendered_dir", None, "Output folder of synthesize.", required=True)
_NUM_PHOTOS = flags.DEFINE_integer("num_photos", 1500, "Rendered photos to look at.", lower_bound=1)
_CSV = flags.DEFINE_string("csv", None, "Real photos: a CSV with the columns file and expression.")

Seen = tuple["np.ndarray", tuple[float, float, float, float], bool]
"""A photo, the face's box (left, top, width, height), and whether it shows AU 4."""


def main(arguments: list[str]) -> None:
    """Prints a line for rendered faces and one for real ones."""
    entry_point.refuse_arguments(arguments)
    print(_line("rendered", lines_of(_rendered(Path(_RENDERED_DIR.value), _NUM_PHOTOS.value))))
    if _CSV.value:
        print(_line("angry, neutral", lines_of(_real(Path(_CSV.value)))))


def lines_of(faces: Iterable[Seen]) -> tuple[list[float], list[float]]:
    """Returns `frown_lines` of the faces without AU 4, and of those with it; turned ones are left out."""
    from emotionet_tf.faces.detectors.mediapipe.landmarker import FaceLandmarker
    from emotionet_tf.inference.landmarker_labels.furrow_rules import Skin, frown_lines, is_turned

    found: tuple[list[float], list[float]] = ([], [])
    landmarker = FaceLandmarker()
    for photo, box, has_au in faces:
        seen = landmarker.look(photo, box)
        if seen is not None and not is_turned(seen.mesh):
            found[has_au].append(frown_lines(Skin(seen.square, seen.mesh)))
    landmarker.close()
    return found


def _rendered(folder: Path, num_photos: int) -> Iterable[Seen]:
    from emotionet_tf.photos.reading import read_photo
    from emotionet_tf.synthetic.dataset.file_names import TRUTH_FILE

    truth = folder / TRUTH_FILE
    if not truth.is_file():
        raise UserError(f"{truth} is missing; --rendered_dir is the output folder of synthesize")
    with truth.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows[:num_photos]:
        left, top, right, bottom = (float(row[f"box_{side}"]) for side in ("left", "top", "right", "bottom"))
        # The nose wrinkler folds the same skin.
        if row["AU04"] == "1" or row["AU09"] == "0":
            photo = read_photo(folder / "photos" / row["path"])
            yield photo, (left, top, right - left, bottom - top), row["AU04"] == "1"


def _real(path: Path) -> Iterable[Seen]:
    from benchmarks.photo_conditions import faces_of, photos_of_csv
    from emotionet_tf.inference.au_detector import ActionUnitDetector
    from emotionet_tf.photos.reading import read_photo

    photos = photos_of_csv(path, ("neutral", "anger"), "expression", None)
    for photo, result in faces_of(photos, ActionUnitDetector()):
        if not isinstance(result, str):
            yield read_photo(photo.path), result.face.box, photo.condition == "anger"


def _line(name: str, lines: tuple[list[float], list[float]]) -> str:
    import numpy as np

    from benchmarks.photo_conditions import auc

    without, with_au = (np.array(one) for one in lines)
    if not (len(without) and len(with_au)):
        raise UserError(f"{name}: no face that looks ahead {'without' if len(with_au) else 'with'} AU 4")
    told = auc(without, with_au, np.ones(len(without)), np.ones(len(with_au)))
    return (
        f"{name:16} {len(without):4} faces without, {len(with_au):4} with AU 4; AUC {told:.2f}; "
        f"medians {np.median(without):.2f} and {np.median(with_au):.2f}"
    )


if __name__ == "__main__":
    entry_point.run(main)
