"""What an ablation's networks do on real photos: mean AUCs of proxies, and differences with intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.photo_bar import NEUTRAL
from benchmarks.photo_conditions import auc, mouth_width_of, photos_of_csv

if TYPE_CHECKING:
    import numpy as np

MOUTH_WIDTH, FUSION = "mouth width", "fusion"
OTHER_ARMS = {
    MOUTH_WIDTH: "over the distance of the eyes, no network",
    FUSION: "mean of the refitted students of all seeds",
}
"""What no training makes, with what a reader should know of it."""

COMPARED: Sequence[tuple[str, str, str]] = (
    ("everyday mixture over EmotioNet's frequencies", "teacher_adapted", "frequencies"),
    ("adaptation to the free faces", "teacher_adapted", "teacher"),
    ("self-training: student over its teacher", "self_trained", "teacher_adapted"),
    ("self-training: free faces over further renders", "self_trained", "control"),
    ("blendshapes' labels", "blendshapes", "teacher_adapted"),
    ("the teacher's labels beside the blendshapes'", "without_mesh", "blendshapes"),
    ("the mesh's labels beside both", "student", "without_mesh"),
    ("a head for each dataset over one", "student", "one_head"),
    ("its heads fitted anew over those as trained", "refitted", "student"),
    ("fusion of the seeds' refitted students over one", FUSION, "refitted"),
    ("a student of the fusion over a refitted student", "distilled", "refitted"),
    ("a student of the fusion over the fusion", "distilled", FUSION),
    ("furrows' labels of AU 4 beside the others", "furrowed", "distilled"),
    ("an earlier layer in sight over features alone", "levelled", "furrowed"),
    ("that student looking twice over looking once", "looking", "levelled"),
)
"""The comparisons: what is asked, and two arms, the second of which lacks it."""


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
        mouth_widths=np.array([mouth_width_of(row.landmarks) for row in rows]),
        proxies=proxies,
    )


def scores_by_arm(
    folders: Mapping[str, Sequence[Path]], crops: np.ndarray
) -> tuple[dict[str, np.ndarray], tuple[int, ...]]:
    """Returns the logits of each arm, [seeds, N, AUs], and their AUs; "fusion" is the mean of the refitted students'.

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
    scores[FUSION] = scores["refitted"].mean(0, keepdims=True)
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
