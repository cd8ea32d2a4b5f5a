"""How well a model's scores tell two conditions of your own photos apart, such as neutral and smiling faces.

    python -m benchmarks.real_photos --model_dir=DIR --condition=neutral=FOLDER --condition=smiling=FOLDER --au=12
    python -m benchmarks.real_photos --model_dir=DIR --csv=photos.csv --label_column=expression --group_column=person \
        --condition=neutral --condition=smiling
    python -m benchmarks.real_photos --all

For every AU it prints the chance that a photo of the second condition scores higher than one of the first (the AUC; a
tie counts one half) with a 95 % bootstrap interval, and the mean scores. Beside them stand measures that take five
landmarks and no network, such as the mouth's width. A condition is not a FACS code: these figures say how scores move
with what you asked people to do, not how well AUs are recognized; for that, `evaluate` takes your own codes.

With --all it prints the table of the model card, from the project's collections of real photos (`photo_bar`), which are
not in the package.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags

from benchmarks.photo_conditions import (
    faces_of,
    mouth_width,
    photos_of_csv,
    photos_of_folders,
    report,
    score_of,
)
from emotionet_tf.cli import detector_flags, entry_point
from emotionet_tf.errors import UserError

if TYPE_CHECKING:
    from emotionet_tf.inference.au_detector import ActionUnitDetector
    from emotionet_tf.inference.face_result import FaceResult

flags.adopt_module_key_flags(detector_flags)

_MODEL_DIRS = flags.DEFINE_multi_string(
    "model_dir", [], "A model's folder; repeat for more. Default: the detector that comes with the package."
)
_MODEL = flags.DEFINE_string("model", None, "The name of a detector that comes with the package.")
_MIRROR = flags.DEFINE_boolean("mirror", False, "Scores are the mean over each face and its mirror image.")
_THRESHOLD = flags.DEFINE_float(
    "threshold", None, "Declare every AU from this score on. Default: the models' thresholds.", 0, 1
)
_ALL = flags.DEFINE_boolean("all", False, "Print the model card's table instead of comparing two conditions.")
_DATA_DIR = flags.DEFINE_string(
    "data_dir",
    os.environ.get("EMOTIONET_TF_DATA", "../shared/data"),
    "With --all: folder of photos_expressions, openpeople and photos_dev. Default: $EMOTIONET_TF_DATA, or "
    "../shared/data.",
)
_BLENDSHAPES = flags.DEFINE_boolean(
    "blendshapes", False, "With --all: also MediaPipe's blendshapes, mapped to AUs by name (extra mesh)."
)
_CONDITIONS = flags.DEFINE_multi_string(
    "condition",
    [],
    "Two of them: NAME=FOLDER, a folder of photos; with --csv, a NAME in its --label_column. The AUC is the chance "
    "that the second one scores higher.",
)
_CSV = flags.DEFINE_string(
    "csv", None, "A table of photos with a column 'file' or 'path', relative to its folder; none by default."
)
_LABEL_COLUMN = flags.DEFINE_string("label_column", "expression", "The column of --csv with the conditions.")
_GROUP_COLUMN = flags.DEFINE_string(
    "group_column",
    None,
    "A column of --csv, such as the person, whose photos are drawn together for the intervals; by default each photo "
    "is drawn by itself, which makes intervals too narrow where persons have several photos.",
)
_AUS = flags.DEFINE_multi_integer("au", [], "An AU to print; repeat for more. Default: all of the model's.")
_NUM_RESAMPLES = flags.DEFINE_integer(
    "num_resamples", 2000, "Bootstrap resamples for the intervals; our choice.", lower_bound=100
)
_SEED = flags.DEFINE_integer("seed", 0, "Seed of the resamples; our choice.")


def main(arguments: list[str]) -> None:
    """Prints how well each AU's score tells the two conditions apart, or the model card's table."""
    entry_point.refuse_arguments(arguments)
    if _ALL.value:
        _print_all()
    else:
        _compare_conditions()


def _detector() -> ActionUnitDetector:
    from emotionet_tf.faces.detectors.choice import build_detector
    from emotionet_tf.inference.au_detector import ActionUnitDetector

    face_detector = build_detector(detector_flags.detector_choice())
    return ActionUnitDetector(
        _MODEL_DIRS.value or None,
        model=_MODEL.value,
        threshold=_THRESHOLD.value,
        detector=face_detector,
        mirror=_MIRROR.value,
    )


def _print_all() -> None:
    from benchmarks.photo_bar import Interval, blendshape_scores, news_photos, portraits, studio_photos

    if _CONDITIONS.value or _CSV.value:
        raise UserError("--all has conditions of its own; leave out --condition and --csv")
    folders = [Path(_DATA_DIR.value, name) for name in ("photos_expressions", "openpeople", "photos_dev")]
    for folder in folders:
        if not folder.is_dir():
            raise UserError(f"{folder} is missing; --data_dir names the folder of the project's real photos")
    detector = _detector()
    interval = Interval(_NUM_RESAMPLES.value, _SEED.value)
    rival = blendshape_scores() if _BLENDSHAPES.value else {}
    news_photos(folders[0], detector, interval, rival)
    portraits(folders[1], detector, interval)
    studio_photos(folders[2], detector)
    print(
        "An expression is not an AU: these are proxies, neither accuracies of AUs nor the EmotioNet Challenge's scores."
    )


def _compare_conditions() -> None:
    conditions = _CONDITIONS.value
    if len(conditions) != 2:
        raise UserError(
            f"two conditions are compared, got {len(conditions)}: give --condition=NAME=FOLDER twice, or --csv=FILE "
            "and --condition=NAME twice"
        )
    photos = (
        photos_of_csv(Path(_CSV.value), conditions, _LABEL_COLUMN.value, _GROUP_COLUMN.value)
        if _CSV.value
        else photos_of_folders(conditions)
    )
    first, second = (name if _CSV.value else name.partition("=")[0] for name in conditions)
    if first == second:
        raise UserError(f"the two conditions have one name, {first}")

    from emotionet_tf.action_units import au_name

    detector = _detector()
    aus = _AUS.value or detector.aus
    for au in aus:
        if au not in detector.aus:
            raise UserError(f"--au={au} must be one of the model's: {', '.join(map(str, detector.aus))}")
    measures: dict[str, Callable[[FaceResult], float]] = {au_name(au): score_of(au) for au in aus}
    measures["mouth width, no network"] = mouth_width
    faces = list(faces_of(photos, detector))
    print(report(faces, (first, second), measures, num_resamples=_NUM_RESAMPLES.value, seed=_SEED.value))
    print(
        "These figures compare two conditions of these photos. A condition is not a FACS code: they are neither "
        "accuracies of AUs nor the EmotioNet Challenge's scores."
    )


if __name__ == "__main__":
    entry_point.run(main)
