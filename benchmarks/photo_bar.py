"""The real photos that the shipped detector is measured on, and what each of them should show.

None of these photos has AU codes. An expression is a proxy: most smiles have AU 12, and some do not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.photo_conditions import (
    Photo,
    auc_with_interval,
    faces_of,
    mouth_width,
    photos_of_csv,
    score_of,
)
from emotionet_tf.action_units import POSE, au_name

if TYPE_CHECKING:
    from emotionet_tf.inference.au_detector import ActionUnitDetector
    from emotionet_tf.inference.face_result import FaceResult

NEUTRAL = "neutral"

NEWS_PROXIES: Mapping[str, tuple[int, ...]] = {
    "happiness": (12, 6, 25),
    "surprise": (1, 2, 5, 25, 26),
    "anger": (4,),
    "sadness": (15, 1, 17),
}
"""What news photos of an expression should show more than neutral ones: twelve proxies."""

PORTRAIT_PROXIES: Mapping[str, tuple[int, ...]] = {
    "happy": (6, 12, 25),
    "surprised": (1, 2, 5, 25, 26),
    "shocked": (1, 2, 5, 25, 26),
    "angry": (4,),
    "determined": (4,),
    "confused": (4,),
    "sad": (1, 4, 15, 17),
    "scared": (1, 2, 5, 20, 25),
    "disgusted": (4, 9, 10),
    "playful": (25,),
}
"""What portraits of an expression should show more than the same person's neutral one: 29 pairs."""

Faces = Sequence[tuple[Photo, "FaceResult"]]
Measure = Callable[[Photo, "FaceResult"], float]


@dataclass(frozen=True)
class Interval:
    """How many resamples an interval takes, and their seed."""

    num_resamples: int
    seed: int


def found_faces(table: Path, conditions: Sequence[str], detector: ActionUnitDetector, group: str) -> Faces:
    """Returns the photos of a table's conditions that have a face, each with its largest face."""
    photos = photos_of_csv(table, conditions, "expression", group)
    seen = [(photo, result) for photo, result in faces_of(photos, detector) if not isinstance(result, str)]
    print(f"{table.parent.name}: {len(photos)} photos, {len(seen)} with a face")
    return seen


def news_photos(
    folder: Path, detector: ActionUnitDetector, interval: Interval, rival: Mapping[str, Measure]
) -> None:
    """Prints how the detector ranks news photos of an expression above neutral ones, and what it declares on these.

    Args:
      folder: `photos_expressions`, with `labels.csv`.
      detector: The detector.
      interval: Of the 95 % intervals, by person.
      rival: Another program's scores by AU's name, printed beside the detector's; may be empty.
    """
    faces = found_faces(folder / "labels.csv", [NEUTRAL, *NEWS_PROXIES], detector, "person")
    own, others = [], []
    for expression, aus in NEWS_PROXIES.items():
        chosen = [(photo, result) for photo, result in faces if photo.condition in (NEUTRAL, expression)]
        width, *_ = _auc(chosen, expression, lambda _, result: mouth_width(result), interval, bounds=False)
        for au in aus:
            value, low, high = _auc(chosen, expression, _score(au), interval)
            own.append(value)
            line = f"  {expression:10} {au_name(au)}  {value:.3f} ({low:.2f} to {high:.2f})  mouth width {width:.3f}"
            if rival:
                other, *_ = _auc(chosen, expression, rival[au_name(au)], interval, bounds=False)
                others.append(other)
                line += f"  blendshapes {other:.3f}"
            shown, on_neutral = (_share_declared(faces, one, au) for one in (expression, NEUTRAL))
            print(f"{line}  declared on {shown:.2f} ({on_neutral:.2f} of neutral)")
    print(f"  mean AUC of {len(own)} proxies: {sum(own) / len(own):.3f}")
    if others:
        num_ahead = sum(mine > other for mine, other in zip(own, others, strict=True))
        mean = sum(others) / len(others)
        print(f"  blendshapes: {mean:.3f}; the detector is ahead on {num_ahead} of {len(own)}")
    declared = [_num_declared(result) for photo, result in faces if photo.condition == NEUTRAL]
    print(
        f"  expression AUs declared on a neutral face: {sum(declared) / len(declared):.2f} ({len(declared)} faces)"
    )


def portraits(folder: Path, detector: ActionUnitDetector, interval: Interval) -> None:
    """Prints how the detector ranks portraits of an expression above the same persons' neutral ones.

    Args:
      folder: `openpeople`, with `expressions.csv`.
      detector: The detector.
      interval: Of the 95 % intervals, by person.
    """
    faces = found_faces(folder / "expressions.csv", [NEUTRAL, *PORTRAIT_PROXIES], detector, "person")
    by_person = {(photo.group, photo.condition): result for photo, result in faces}
    aucs, rises = [], []
    for expression, aus in PORTRAIT_PROXIES.items():
        persons = [
            person
            for person in sorted({photo.group for photo, _ in faces})
            if {(person, NEUTRAL), (person, expression)} <= set(by_person)
        ]
        chosen = [
            (photo, result)
            for photo, result in faces
            if photo.group in persons and photo.condition in (NEUTRAL, expression)
        ]
        for au in (au for au in aus if au in detector.aus):
            value, low, high = _auc(chosen, expression, _score(au), interval)
            score = score_of(au)
            share = sum(
                score(by_person[person, expression]) > score(by_person[person, NEUTRAL]) for person in persons
            ) / len(persons)
            aucs.append(value)
            rises.append(share)
            print(
                f"  {expression:10} {au_name(au)}  {value:.3f} ({low:.2f} to {high:.2f})  rises in {share:.2f} of "
                f"{len(persons)} persons  declared on {_share_declared(chosen, expression, au):.2f}"
            )
    print(
        f"  mean of {len(aucs)} pairs: AUC {sum(aucs) / len(aucs):.3f}, rises in {sum(rises) / len(rises):.3f}"
    )


def studio_photos(folder: Path, detector: ActionUnitDetector) -> None:
    """Prints on how many smiling and neutral studio photos the detector declares AU 12.

    Args:
      folder: `photos_dev`, with `images.csv`.
      detector: The detector.
    """
    faces = found_faces(folder / "images.csv", [NEUTRAL, "smiling"], detector, "subject")
    for condition in ("smiling", NEUTRAL):
        decisions = _decisions(faces, condition, 12)
        print(f"  AU12 declared on {sum(decisions)} of {len(decisions)} {condition} faces")


def blendshape_scores() -> dict[str, Measure]:
    """Returns what scores a face by the strongest of MediaPipe's blendshapes for an AU, by the AU's name.

    A face that it does not find has 0.
    """
    from emotionet_tf.faces.detectors.mediapipe.landmarker import FaceLandmarker
    from emotionet_tf.inference.landmarker_labels.blendshape_rules import RULES
    from emotionet_tf.photos.reading import read_photo

    shapes_of = {au: rule.shapes for au, rule in RULES.items()}
    landmarker = FaceLandmarker()
    known: dict[Path, Mapping[str, float]] = {}

    def measure(shapes: Sequence[str]) -> Measure:
        def score(photo: Photo, result: FaceResult) -> float:
            if photo.path not in known:
                face = landmarker.look(read_photo(photo.path), result.face.box)
                known[photo.path] = face.blendshapes if face else {}
            return max(known[photo.path].get(shape, 0.0) for shape in shapes)

        return score

    return {au_name(au): measure(shapes) for au, shapes in shapes_of.items()}


def _score(au: int) -> Measure:
    return lambda _, result: score_of(au)(result)


def _num_declared(result: FaceResult) -> int:
    return sum(
        int(decision) for au, decision in zip(result.aus, result.decisions, strict=True) if au not in POSE.aus
    )


def _share_declared(faces: Faces, condition: str, au: int) -> float:
    """Returns on which share of a condition's faces an AU is declared."""
    decisions = _decisions(faces, condition, au)
    return sum(decisions) / len(decisions)


def _decisions(faces: Faces, condition: str, au: int) -> list[int]:
    return [
        int(result.decisions[result.aus.index(au)]) for photo, result in faces if photo.condition == condition
    ]


def _auc(
    faces: Faces, expression: str, measure: Measure, interval: Interval, *, bounds: bool = True
) -> tuple[float, float, float]:
    import numpy as np

    return auc_with_interval(
        np.array([measure(photo, result) for photo, result in faces]),
        np.array([photo.condition == expression for photo, _ in faces]),
        [photo.group for photo, _ in faces],
        num_resamples=interval.num_resamples if bounds else 2,
        seed=interval.seed,
    )
