"""Photos of two conditions, and how well measures of the faces in them tell the conditions apart."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from emotionet_tf.errors import UserError

if TYPE_CHECKING:
    import numpy as np

    from emotionet_tf.inference.au_detector import ActionUnitDetector
    from emotionet_tf.inference.face_result import FaceResult


@dataclass(frozen=True)
class Photo:
    """A photo: its path, its condition, and the group whose photos are drawn together."""

    path: Path
    condition: str
    group: str


def photos_of_folders(conditions: Sequence[str]) -> list[Photo]:
    """Returns the photos of conditions given as NAME=FOLDER; each photo is a group of its own."""
    from emotionet_tf.photos.reading import list_photos

    photos = []
    for condition in conditions:
        name, _, folder = condition.partition("=")
        if not (name and folder):
            raise UserError(
                f"--condition={condition}: expected NAME=FOLDER, or --csv with a NAME in its column"
            )
        photos += [Photo(Path(folder, file), name, f"{folder}/{file}") for file in list_photos(folder)]
    return photos


def photos_of_csv(
    path: Path, conditions: Sequence[str], label_column: str, group_column: str | None
) -> list[Photo]:
    """Returns the photos of a CSV that are of one of the conditions."""
    if not path.is_file():
        raise UserError(f"--csv {path} is missing")
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        header = list(reader.fieldnames or ())
        rows = list(reader)
    file_column = next((name for name in ("file", "path") if name in header), "file")
    for column in (file_column, label_column, *([group_column] if group_column else [])):
        if column not in header:
            raise UserError(f"{path} has no column {column!r}; its columns are {', '.join(header)}")
    found = sorted({row[label_column] for row in rows})
    for condition in conditions:
        if condition not in found:
            raise UserError(f"{path}: {label_column} {condition!r} must be one of {', '.join(found)[:500]}")
    return [
        Photo(path.parent / row[file_column], row[label_column], row[group_column or file_column])
        for row in rows
        if row[label_column] in conditions
    ]


def auc(low: np.ndarray, high: np.ndarray, low_weights: np.ndarray, high_weights: np.ndarray) -> float:
    """Returns the chance that one of `high` is larger than one of `low`; a tie counts one half; NaN without weight.

    Args:
      low: [n] scores of the first condition.
      high: [m] scores of the second one.
      low_weights: [n], how often each counts.
      high_weights: [m], likewise.
    """
    import numpy as np

    order = np.argsort(low)
    below = np.concatenate([[0.0], np.cumsum(low_weights[order])])
    smaller, not_larger = (np.searchsorted(low[order], high, side=side) for side in ("left", "right"))
    wins = high_weights * (below[smaller] + below[not_larger]) / 2
    pairs = low_weights.sum() * high_weights.sum()
    return float(wins.sum() / pairs) if pairs else float("nan")


def auc_with_interval(
    scores: np.ndarray, is_second: np.ndarray, groups: Sequence[str], *, num_resamples: int, seed: int
) -> tuple[float, float, float]:
    """Returns the AUC and its 95 % interval: the AUC plus and minus Student's t times the bootstrap's standard error.

    Groups with photos of both conditions, such as persons, are drawn among themselves, and so are those of one only, so
    that a resample has both conditions. Percentiles of the resamples would not do: a person who is drawn twice brings
    four pairs of the person's own photos, which moves the resamples off the AUC where persons are few. An AUC of 0 or 1
    has an interval without width, which is too narrow: no resample knows of what was not seen.
    """
    import numpy as np

    from emotionet_tf.intervals import t_quantile

    group_of = np.unique(groups, return_inverse=True)[1]
    num_groups = group_of.max() + 1
    in_first = np.bincount(group_of[~is_second], minlength=num_groups) > 0
    in_second = np.bincount(group_of[is_second], minlength=num_groups) > 0
    strata = [
        members for kind in range(1, 4) if len(members := np.flatnonzero(in_first + 2 * in_second == kind))
    ]
    random = np.random.default_rng(seed)

    def resampled_auc(weights: np.ndarray) -> float:
        return auc(scores[~is_second], scores[is_second], weights[~is_second], weights[is_second])

    resamples = []
    for _ in range(num_resamples):
        drawn = np.concatenate([random.choice(members, len(members)) for members in strata])
        resamples.append(resampled_auc(np.bincount(drawn, minlength=num_groups)[group_of].astype(float)))
    estimate = resampled_auc(np.ones(len(scores)))
    half = t_quantile(num_groups - len(strata)) * float(np.std(resamples))
    return estimate, max(0.0, estimate - half), min(1.0, estimate + half)


def faces_of(
    photos: Sequence[Photo], detector: ActionUnitDetector
) -> Iterator[tuple[Photo, FaceResult | str]]:
    """Yields each photo with its largest face, or with why it has none."""
    from emotionet_tf.faces.photo_groups import detect_in_groups

    places = {str(photo.path): photo.path for photo in photos}

    def detect(pixels: list[np.ndarray], names: list[str]) -> list[list[FaceResult]]:
        return detector.detect(pixels, names=names)

    results: dict[str, FaceResult | str] = {}
    with ThreadPoolExecutor() as threads:
        for group in detect_in_groups(places, detect, threads, 16):
            for name, seen in group.items():
                if isinstance(seen, str):
                    results[name] = f"cannot be read: {seen}"
                else:
                    results[name] = seen.faces[0] if seen.faces else "no face"
    for photo in photos:
        yield photo, results[str(photo.path)]


def score_of(au: int) -> Callable[[FaceResult], float]:
    """Returns what gives an AU's score of a face."""
    return lambda result: float(result.scores[result.aus.index(au)])


def mouth_width(result: FaceResult) -> float:
    """Returns the mouth's width of a face, as `mouth_width_of` has it."""
    return mouth_width_of(result.face.landmarks)


def mouth_width_of(landmarks: np.ndarray) -> float:
    """Returns the mouth's width over the eyes' distance, which takes five landmarks [5, 2] and no network."""
    left_eye, right_eye, _, mouth_left, mouth_right = landmarks
    return math.dist(mouth_left, mouth_right) / math.dist(left_eye, right_eye)


def report(
    faces: Sequence[tuple[Photo, FaceResult | str]],
    conditions: tuple[str, str],
    measures: Mapping[str, Callable[[FaceResult], float]],
    *,
    num_resamples: int,
    seed: int,
) -> str:
    """Returns the counts of photos and a line for each measure.

    Raises:
      UserError: If a condition has no photo with a face.
    """
    import numpy as np

    found = [(photo, result) for photo, result in faces if not isinstance(result, str)]
    lines = []
    for condition in conditions:
        num_photos = sum(photo.condition == condition for photo, _ in faces)
        num_found = sum(photo.condition == condition for photo, _ in found)
        lines.append(f"{condition}: {num_photos} photos, {num_found} with a face")
        if not num_found:
            raise UserError(f"no face in any of the {num_photos} photos of {condition}")
    lines += [f"  left out: {photo.path}: {result}" for photo, result in faces if isinstance(result, str)][
        :10
    ]
    groups = [photo.group for photo, _ in found]
    is_second = np.array([photo.condition == conditions[1] for photo, _ in found])
    lines += [
        f"AUC: the chance that a photo of {conditions[1]} scores higher than one of {conditions[0]}",
        f"95 %: bootstrap interval, {num_resamples} resamples of {len(set(groups))} groups of photos",
        f"{'':24}  AUC  95 %          mean {conditions[0]}, mean {conditions[1]}",
    ]
    for name, measure in measures.items():
        scores = np.array([measure(result) for _, result in found])
        value, low, high = auc_with_interval(
            scores, is_second, groups, num_resamples=num_resamples, seed=seed
        )
        means = f"{scores[~is_second].mean():.2f}, {scores[is_second].mean():.2f}"
        lines.append(f"{name:24}  {value:.2f}  {low:.2f} to {high:.2f}  {means}")
    return "\n".join(lines)
