"""AU labels from MediaPipe's blendshapes: an automatic labeller that anyone may use.

A blendshape is a movement of a graphics model, not an AU: the names are near, the thresholds are ours, and what the two
have in common is to be measured on one's own photos. Between the two limits of an AU, a label is unknown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emotionet_tf.action_units import ACTION_UNITS
from emotionet_tf.faces.detectors.mediapipe.blendshapes import BlendshapeScorer
from emotionet_tf.faces.table import FaceRow
from emotionet_tf.label_lists.rows import LabelRow
from emotionet_tf.photos.limits import UnreadablePhotoError
from emotionet_tf.photos.reading import photo_place, read_photo
from emotionet_tf.photos.versions import PhotoVersion, unchanged_version
from emotionet_tf.storage.rows_so_far import RowsSoFar, stamp_of


@dataclass(frozen=True)
class BlendshapeRule:
    """What blendshapes say of an AU.

    Attributes:
      shapes: Their names; the strongest counts, or of a rule for `both` sides the weaker.
      absent_to: Up to this score the AU is absent.
      present_from: From this score on it is present.
      both: Whether it takes all of the shapes.
      unclear_with: Shapes beside which the others say nothing.
    """

    shapes: tuple[str, ...]
    absent_to: float
    present_from: float
    both: bool = False
    unclear_with: tuple[str, ...] = ()

    def label(self, scores: Mapping[str, float]) -> bool | None:
        """Returns whether the AU is present, None where that is unknown."""
        score = self.score(scores)
        if max((scores[name] for name in self.unclear_with), default=0.0) > _UNCLEAR_ABOVE:
            return None
        if self.absent_to < score < self.present_from:
            return None
        return score >= self.present_from

    def score(self, scores: Mapping[str, float]) -> float:
        """Returns the AU's score."""
        values = [scores[name] for name in self.shapes]
        return min(values) if self.both else max(values)


_SMILE = ("mouthSmileLeft", "mouthSmileRight")
_UNCLEAR_ABOVE = 0.3

RULES: Mapping[int, BlendshapeRule] = {
    1: BlendshapeRule(("browInnerUp",), 0.05, 0.3),
    2: BlendshapeRule(("browOuterUpLeft", "browOuterUpRight"), 0.05, 0.3),
    4: BlendshapeRule(("browDownLeft", "browDownRight"), 0.08, 0.5),
    5: BlendshapeRule(("eyeWideLeft", "eyeWideRight"), 0.02, 0.1),
    # These two never exceed some millionths, and rank raised cheeks all the same.
    6: BlendshapeRule(("cheekSquintLeft", "cheekSquintRight"), 6e-7, 2e-6),
    10: BlendshapeRule(("mouthUpperUpLeft", "mouthUpperUpRight"), 0.01, 0.3),
    12: BlendshapeRule(_SMILE, 0.1, 0.4),
    # A smile hides what the mouth's corners and the chin do.
    15: BlendshapeRule(("mouthFrownLeft", "mouthFrownRight"), 0.004, 0.05, unclear_with=_SMILE),
    17: BlendshapeRule(("mouthShrugLower",), 0.02, 0.15, unclear_with=_SMILE),
    20: BlendshapeRule(("mouthStretchLeft", "mouthStretchRight"), 0.02, 0.15),
    25: BlendshapeRule(
        ("jawOpen", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight"),
        0.03,
        0.15,
    ),
    26: BlendshapeRule(("jawOpen",), 0.03, 0.1),
    43: BlendshapeRule(("eyeBlinkLeft", "eyeBlinkRight"), 0.3, 0.5, both=True),
}
"""The AUs that blendshapes can label, and the limits; our choice. They cannot tell AU 9: the shapes of the nose are
as small as those of the cheeks, and rank nothing."""

TRUSTED = (1, 2, 5, 12, 25, 26, 43)
"""The AUs that they label well enough to be taken without a further look."""


def labels_of(scores: Mapping[str, float], aus: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Returns labels and mask, [23] float32 each in the order of `ACTION_UNITS`.

    Args:
      scores: Of each blendshape, by its name.
      aus: Those to label, keys of `RULES`; all others are unknown.
    """
    labels, mask = np.zeros(len(ACTION_UNITS), np.float32), np.zeros(len(ACTION_UNITS), np.float32)
    for column, au in enumerate(ACTION_UNITS):
        label = RULES[au].label(scores) if au in aus else None
        labels[column], mask[column] = bool(label), label is not None
    return labels, mask


CHANGED = "the photo has changed since its face was found: run align_faces again"
"""Why a face of a table has no labels whose box is another photo's."""


def label_faces(
    rows: Sequence[FaceRow],
    photos_dir: Path,
    scorer: BlendshapeScorer,
    aus: Sequence[int],
    versions: Mapping[str, PhotoVersion] | None = None,
    so_far: RowsSoFar | None = None,
) -> Iterator[tuple[FaceRow, LabelRow | None, str]]:
    """Yields each face with its labels, or with None and the reason why it has none.

    Args:
      rows: Of a face table; those without a face are passed over.
      photos_dir: What the table's photos are relative to.
      scorer: Scores a face.
      aus: As `labels_of` takes them.
      versions: Of the photos in which the faces were found; of others nothing is known.
      so_far: Keeps what is done; a photo that has changed since, or could not be read, is read again.
    """
    so_far = so_far or RowsSoFar()
    known = {(face_id, json.dumps(stamp)): label for face_id, stamp, label in so_far.entries}
    for row in rows:
        if not row.found:
            continue
        if row.box is None:
            yield row, None, "the face table has no box"
            continue
        try:
            place = photo_place(photos_dir, row.photo)
            if unchanged_version(place, (versions or {}).get(row.photo)) is None:
                yield row, None, CHANGED
                continue
            stamp = stamp_of(place)
            key = (row.example_id, json.dumps(stamp))
            if key not in known:
                scores = scorer.scores(read_photo(place), row.box)
                label = None if scores is None else [array.tolist() for array in labels_of(scores, aus)]
                known[key] = so_far.add([row.example_id, stamp, label])[2]
        except UnreadablePhotoError as error:
            yield row, None, str(error)
            continue
        so_far.num_kept += 1
        if known[key] is None:
            yield row, None, "mediapipe finds no face in the face's box"
        else:
            labels, mask = (np.array(values, np.float32) for values in known[key])
            yield row, LabelRow(row.example_id, row.photo, labels, mask), ""
