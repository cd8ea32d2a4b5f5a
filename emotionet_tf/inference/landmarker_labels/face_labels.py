"""Faces of a table labelled by what MediaPipe's landmarker sees of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from emotionet_tf.action_units import ACTION_UNITS
from emotionet_tf.faces.detectors.mediapipe.landmarker import Landmarked
from emotionet_tf.faces.detectors.mediapipe.upright_mesh import upright
from emotionet_tf.faces.table import FaceRow
from emotionet_tf.inference.landmarker_labels import blendshape_rules, furrow_rules, mesh_rules
from emotionet_tf.label_lists.rows import LabelRow
from emotionet_tf.photos.limits import UnreadablePhotoError
from emotionet_tf.photos.reading import photo_place, read_photo
from emotionet_tf.photos.versions import PhotoVersion, unchanged_version
from emotionet_tf.storage.rows_so_far import RowsSoFar, stamp_of


class _Rule(Protocol):
    def label(self, seen: Any, /) -> bool | None: ...


class _Landmarker(Protocol):
    def look(self, photo: np.ndarray, box: tuple[float, float, float, float]) -> Landmarked | None: ...


@dataclass(frozen=True)
class Labeller:
    """What labels a face.

    Attributes:
      rules: Of each AU that it knows.
      trusted: The AUs that it knows well enough to be taken without a further look.
      seen: What of a face the rules look at.
    """

    rules: Mapping[int, _Rule]
    trusted: Sequence[int]
    seen: Callable[[Landmarked], Any]

    def labels(self, face: Landmarked, aus: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """Returns labels and mask, [23] float32 each in the order of `ACTION_UNITS`.

        Args:
          face: What the landmarker sees.
          aus: Those to label, keys of `rules`; all others are unknown.
        """
        seen = self.seen(face)
        labels, mask = np.zeros(len(ACTION_UNITS), np.float32), np.zeros(len(ACTION_UNITS), np.float32)
        for column, au in enumerate(ACTION_UNITS):
            label = self.rules[au].label(seen) if au in aus else None
            labels[column], mask[column] = bool(label), label is not None
        return labels, mask


LABELLERS: Mapping[str, Labeller] = {
    "blendshapes": Labeller(blendshape_rules.RULES, blendshape_rules.TRUSTED, lambda face: face.blendshapes),
    "mesh": Labeller(mesh_rules.RULES, tuple(mesh_rules.RULES), lambda face: upright(face.mesh)),
    "furrows": Labeller(
        furrow_rules.RULES,
        tuple(furrow_rules.RULES),
        lambda face: furrow_rules.Skin(face.square, face.mesh),
    ),
}
"""By name, as `--by` takes them."""

CHANGED = "the photo has changed since its face was found: run align_faces again"
"""Why a face of a table has no labels whose box is another photo's."""


def label_faces(
    rows: Sequence[FaceRow],
    photos_dir: Path,
    landmarker: _Landmarker,
    labeller: Labeller,
    aus: Sequence[int],
    versions: Mapping[str, PhotoVersion] | None = None,
    so_far: RowsSoFar | None = None,
) -> Iterator[tuple[FaceRow, LabelRow | None, str]]:
    """Yields each face with its labels, or with None and the reason why it has none.

    Args:
      rows: Of a face table; those without a face are passed over.
      photos_dir: What the table's photos are relative to.
      landmarker: Looks at a face.
      labeller: Labels it.
      aus: As `Labeller.labels` takes them.
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
                face = landmarker.look(read_photo(place), row.box)
                label = None if face is None else [array.tolist() for array in labeller.labels(face, aus)]
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
