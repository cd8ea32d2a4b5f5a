"""What each step of the shipped detector's recipe gives, on real photos.

    python -m benchmarks.free_detector_ablation --free_photos_dir=FACES --output_dir=ablation

Renders faces, trains the networks of `emotionet_tf.experiments.free_detector.ablation` with several seeds (resumed by
the same call), and prints for each arm the mean AUC of the model card's proxies, and differences between arms with 95 %
intervals: of seeds' means, over resampled persons. The networks are smaller than the shipped one, so the figures are
to be compared with each other only. The photos are `benchmarks.real_photos --all`'s.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags

from benchmarks.photo_bar import NEUTRAL, NEWS_PROXIES, PORTRAIT_PROXIES
from benchmarks.photo_conditions import auc, photos_of_csv
from emotionet_tf.cli import entry_point
from emotionet_tf.errors import UserError
from emotionet_tf.experiments.runner.nodes import Node
from emotionet_tf.experiments.runner.placeholders import RUN
from emotionet_tf.storage.paths import refuse_remote

if TYPE_CHECKING:
    import numpy as np

    from emotionet_tf.faces.table import FaceRow

_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Folder for everything that is made.", required=True)
_FREE_PHOTOS_DIR = flags.DEFINE_string(
    "free_photos_dir", None, "Photos of faces that may be used freely, without labels.", required=True
)
_DATA_DIR = flags.DEFINE_string(
    "data_dir",
    os.environ.get("EMOTIONET_TF_DATA", "../shared/data"),
    "Folder of photos_expressions and openpeople. Default: $EMOTIONET_TF_DATA, or ../shared/data.",
)
_SCALE = flags.DEFINE_enum("scale", "ablation", ["small", "ablation", "full"], "Sizes of data and networks.")
_SEEDS = flags.DEFINE_list("seeds", ["0", "1", "2"], "Seeds of the trainings.")
_NUM_RESAMPLES = flags.DEFINE_integer(
    "num_resamples", 500, "Bootstrap resamples for the intervals; our choice.", lower_bound=100
)

COMPARED: Sequence[tuple[str, str, str]] = (
    ("everyday mixture over EmotioNet's frequencies", "teacher_adapted", "frequencies"),
    ("adaptation to the free faces", "teacher_adapted", "teacher"),
    ("self-training: student over its teacher", "self_trained", "teacher_adapted"),
    ("self-training: free faces over further renders", "self_trained", "control"),
    ("blendshapes' labels", "blendshapes", "teacher_adapted"),
    ("the teacher's labels beside the blendshapes'", "student", "blendshapes"),
    ("a head for each dataset over one", "student", "one_head"),
    ("fusion of the seeds' students over a student", "fusion", "student"),
)
"""The comparisons: what is asked, and two arms, the second of which lacks it."""

MOUTH_WIDTH = "mouth width"

COLLECTIONS: Mapping[str, Mapping[str, tuple[int, ...]]] = {
    "photos_expressions/labels.csv": NEWS_PROXIES,
    "openpeople/expressions.csv": PORTRAIT_PROXIES,
}
"""Tables of real photos, and what each expression should show more than a neutral face."""


@dataclass(frozen=True, eq=False)
class Collection:
    """Aligned real photos of a collection.

    Attributes:
      conditions: [N] expression of each.
      groups: [N] person of each.
      crops: [N, side, side, 3] uint8.
      mouth_widths: [N] over the eyes' distance.
      proxies: The AUs that an expression should show more than a neutral face.
    """

    conditions: np.ndarray
    groups: np.ndarray
    crops: np.ndarray
    mouth_widths: np.ndarray
    proxies: Mapping[str, tuple[int, ...]]


def main(arguments: list[str]) -> None:
    """Trains what is missing and prints the tables."""
    entry_point.refuse_arguments(arguments)
    refuse_remote(output_dir=_OUTPUT_DIR.value, free_photos_dir=_FREE_PHOTOS_DIR.value)
    from emotionet_tf.experiments.free_detector.ablation import ARMS, Ablation, network_of
    from emotionet_tf.experiments.free_detector.scales import SCALES
    from emotionet_tf.experiments.runner.placeholders import PACKAGE_DIR, filled
    from emotionet_tf.experiments.runner.run import run_nodes

    root, scale, seeds = Path(_OUTPUT_DIR.value), SCALES[_SCALE.value], [int(seed) for seed in _SEEDS.value]
    free_photos, tables = Path(_FREE_PHOTOS_DIR.value), [Path(_DATA_DIR.value, name) for name in COLLECTIONS]
    for folder in (free_photos, *(table.parent for table in tables)):
        if not folder.is_dir():
            raise UserError(f"{folder} is missing or not a folder")
    nodes = [_align(table.parent, scale.crop_size_px) for table in tables]
    run_nodes([*nodes, *Ablation(scale, free_photos, seeds).nodes()], root / "state", show_output=True)
    folders = {
        arm.name: [Path(filled(str(network_of(arm.name, seed)), root, PACKAGE_DIR)) for seed in seeds]
        for arm in ARMS
    }
    for table, proxies in zip(tables, COLLECTIONS.values(), strict=True):
        collection = read_collection(table, root / "real" / table.parent.name, proxies)
        print(f"\n{table.parent.name}: {len(collection.crops)} faces, {len(seeds)} seeds")
        scores, aus = scores_by_arm(folders, collection.crops)
        aucs = proxy_aucs(collection, scores, aus, _NUM_RESAMPLES.value)
        print_arms(aucs, {arm.name: arm.title for arm in ARMS})
        print_comparisons(aucs)
    print(
        "An expression is not an AU: these are proxies, neither accuracies of AUs nor the EmotioNet Challenge's scores."
    )


def _align(folder: Path, crop_size_px: int) -> Node:
    faces = RUN / "real" / folder.name
    return Node(
        f"real/{folder.name}",
        f"Finding and aligning the faces of {folder.name}",
        "tfrecords_tools.align_faces",
        (f"--photos_dir={folder}", f"--output_dir={faces}", f"--crop_size_px={crop_size_px}"),
        inputs=(),
        outputs=(faces / "faces.csv",),
        cost=60,
        owned=(faces,),
    )


def read_collection(table: Path, faces_dir: Path, proxies: Mapping[str, tuple[int, ...]]) -> Collection:
    """Returns the photos of a collection in which a face was found, each with its largest one."""
    import numpy as np

    from emotionet_tf.faces.table import FACE_TABLE_NAME, read_face_table
    from emotionet_tf.photos.reading import read_photo

    photos = {
        photo.path.relative_to(table.parent).as_posix(): photo
        for photo in photos_of_csv(table, [NEUTRAL, *proxies], "expression", "person")
    }
    rows = [row for row in read_face_table(faces_dir / FACE_TABLE_NAME) if row.found and row.photo in photos]
    return Collection(
        conditions=np.array([photos[row.photo].condition for row in rows]),
        groups=np.unique([photos[row.photo].group for row in rows], return_inverse=True)[1],
        crops=np.stack([read_photo(faces_dir / row.close_up) for row in rows]),
        mouth_widths=np.array([_mouth_width(row) for row in rows]),
        proxies=proxies,
    )


def _mouth_width(row: FaceRow) -> float:
    left_eye, right_eye, _, mouth_left, mouth_right = row.landmarks
    return math.dist(mouth_left, mouth_right) / math.dist(left_eye, right_eye)


def scores_by_arm(
    folders: Mapping[str, Sequence[Path]], crops: np.ndarray
) -> tuple[dict[str, np.ndarray], tuple[int, ...]]:
    """Returns the logits of each arm, [seeds, N, AUs], and their AUs; "fusion" is the mean of the students' logits.

    Args:
      folders: Packed networks by arm, of each seed one.
      crops: [N, side, side, 3] uint8.
    """
    import numpy as np

    from emotionet_tf.models import load_model
    from emotionet_tf.records.reading.crop_decoding import centre_offset

    def logits(folder: Path) -> np.ndarray:
        model = load_model(folder)
        size = model.config.image_size_px
        first = centre_offset(crops.shape[1], size)
        cut = crops[:, first : first + size, first : first + size].astype(np.float32)
        parts = [model.predict_logits(cut[start : start + 64]) for start in range(0, len(cut), 64)]
        aus.append(model.config.aus)
        return np.concatenate(parts)

    aus: list[tuple[int, ...]] = []
    scores = {arm: np.stack([logits(folder) for folder in own]) for arm, own in folders.items()}
    scores["fusion"] = scores["student"].mean(0, keepdims=True)
    return scores, aus[0]


def proxy_aucs(
    collection: Collection, scores: Mapping[str, np.ndarray], aus: Sequence[int], num_resamples: int
) -> dict[str, np.ndarray]:
    """Returns by arm the proxies' mean AUC, [1 + resamples]: of all photos, then of resampled persons, the same for
    each arm; the mean over the arm's seeds."""
    import numpy as np

    pairs = [(expression, au) for expression, own in collection.proxies.items() for au in own]
    rows = {name: np.flatnonzero(collection.conditions == name) for name in (NEUTRAL, *collection.proxies)}
    random = np.random.default_rng(0)
    num_groups = collection.groups.max() + 1

    def mean_auc(columns: Mapping[int, np.ndarray], weights: np.ndarray) -> float:
        values = []
        for expression, au in pairs:
            low, high = rows[NEUTRAL], rows[expression]
            values.append(auc(columns[au][low], columns[au][high], weights[low], weights[high]))
        # A resample of few persons may lack all photos of a condition.
        known = [value for value in values if not math.isnan(value)]
        return float(np.mean(known)) if known else math.nan

    one_network = {MOUTH_WIDTH: [dict.fromkeys(aus, collection.mouth_widths)]}
    networks = {
        **one_network,
        **{arm: [dict(zip(aus, of_seed.T, strict=True)) for of_seed in own] for arm, own in scores.items()},
    }
    weights = [np.ones(len(collection.groups))]
    for _ in range(num_resamples):
        drawn = np.bincount(random.integers(num_groups, size=num_groups), minlength=num_groups)
        weights.append(drawn[collection.groups].astype(float))
    return {
        arm: np.array([np.mean([mean_auc(columns, drawn) for columns in own]) for drawn in weights])
        for arm, own in networks.items()
    }


def print_arms(aucs: Mapping[str, np.ndarray], titles: Mapping[str, str]) -> None:
    """Prints each arm's mean AUC with its interval."""
    print(f"{'arm':16} mean AUC (95 %)          what it is")
    for arm, values in aucs.items():
        low, high = _interval(values)
        print(f"{arm:16} {values[0]:.3f} ({low:.3f} to {high:.3f})   {titles.get(arm, '')}")


def print_comparisons(aucs: Mapping[str, np.ndarray]) -> None:
    """Prints the differences of `COMPARED`, over the same resamples."""
    print("difference (95 %)           of what")
    for title, arm, other in COMPARED:
        difference = aucs[arm] - aucs[other]
        low, high = _interval(difference)
        print(f"{difference[0]:+.3f} ({low:+.3f} to {high:+.3f})   {title}: {arm} - {other}")


def _interval(values: np.ndarray) -> tuple[float, float]:
    import numpy as np

    low, high = np.nanquantile(values[1:], [0.025, 0.975])
    return float(low), float(high)


if __name__ == "__main__":
    entry_point.run(main)
