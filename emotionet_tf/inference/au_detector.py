"""From photos to the AUs of the faces in them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emotionet_tf.errors import UserError
from emotionet_tf.faces.box_crops import crop_face
from emotionet_tf.faces.detectors.interface import Detector, Face
from emotionet_tf.faces.detectors.mtcnn import MtcnnDetector
from emotionet_tf.faces.head_pose import head_angles
from emotionet_tf.inference.fusion import decide, fuse
from emotionet_tf.inference.prediction_files import Predictions
from emotionet_tf.inference.thresholds.threshold_files import load_thresholds
from emotionet_tf.models import LoadedModel, load_model
from emotionet_tf.records.reading.crop_decoding import crop_batch

_FACES_AT_A_TIME = 64
"""Faces that a network sees together, our choice: all of a crowd at once would take memory without a limit."""


@dataclass(frozen=True, eq=False)
class FaceResult:
    """A face and what it does.

    Attributes:
      face: Box and landmarks, in pixels of the photo, and its finder's name.
      angles: Pitch, yaw, roll in radians, signed as in `emotionet_tf.faces.head_pose`; None where unknown.
      aus: The AUs that were looked for, in column order.
      scores: [AUs] float64 in [0, 1], the mean over the models that predict the AU.
      decisions: [AUs] int8, 1 = present: from the AU's threshold upward.
    """

    face: Face
    angles: tuple[float, float, float] | None
    aus: tuple[int, ...]
    scores: np.ndarray
    decisions: np.ndarray


class ActionUnitDetector:
    """Finds faces and predicts their AUs with one or more models; models may predict different AUs.

    Args:
      model_dirs: Model folders, as `train` writes them.
      which: "best" or "last" of each folder; None is the best there is.
      mean: Of what several models' predictions of an AU are the mean: "scores" or "logits".
      use_thresholds: Whether the models' tuned thresholds decide; 0.5 otherwise.
      detector: Finds the faces; None is MTCNN.
    Raises:
      UserError: If there is no folder, or one is not a model's.
    Attributes:
      aus: The AUs that are looked for, in column order.
      thresholds: [AUs], from which scores on they are present.
    """

    def __init__(
        self,
        model_dirs: Sequence[str | os.PathLike[str]],
        *,
        which: str | None = None,
        mean: str = "scores",
        use_thresholds: bool = True,
        detector: Detector | None = None,
    ) -> None:
        if not model_dirs:
            raise UserError("a prediction needs at least one model folder")
        self._models = [load_model(folder, which) for folder in model_dirs]
        self._model_thresholds = [
            load_thresholds(model.folder, which, model.config.aus, enabled=use_thresholds)
            for model in self._models
        ]
        self._mean = mean
        self._detector = detector or MtcnnDetector()
        self.aus, self.thresholds = self._fused_thresholds()

    def detect(
        self, photos: Sequence[np.ndarray], *, all_faces: bool = False, names: Sequence[str] = ()
    ) -> list[list[FaceResult]]:
        """Returns the faces of each photo with their AUs, the largest first; empty where there is no face.

        Args:
          photos: Each [height, width, 3] uint8 RGB, upright, of any size.
          all_faces: Whether every face counts, not the largest only.
          names: The photos' relative paths, for a face detector that reads its faces from files.
        """
        found = self._detector.detect(photos, largest_only=not all_faces, names=names)
        name = self._detector.name
        places = [
            (photo, face.signed(name)) for photo, faces in zip(photos, found, strict=True) for face in faces
        ]
        results = iter(self._results(places))
        return [[next(results) for _ in faces] for faces in found]

    def _fused_thresholds(self) -> tuple[tuple[int, ...], np.ndarray]:
        """Returns the AUs of all models, and what they are decided at."""
        nothing = [
            Predictions((), model.config.aus, np.zeros((0, len(model.config.aus))), thresholds)
            for model, thresholds in zip(self._models, self._model_thresholds, strict=True)
        ]
        fused = fuse(nothing, self._mean)
        return fused.aus, fused.thresholds

    def _results(self, places: Sequence[tuple[np.ndarray, Face]]) -> list[FaceResult]:
        """Returns the results of faces, each given with its photo."""
        if not places:
            return []
        angles = [head_angles(face.landmarks) for _, face in places]
        ids = tuple(map(str, range(len(places))))
        scores = [
            _all_scores(self._models, places[start : start + _FACES_AT_A_TIME], angles[start:])
            for start in range(0, len(places), _FACES_AT_A_TIME)
        ]
        members = [
            Predictions(ids, model.config.aus, np.concatenate(own), thresholds)
            for model, own, thresholds in zip(
                self._models, zip(*scores, strict=True), self._model_thresholds, strict=True
            )
        ]
        fused = fuse(members, self._mean)
        decisions = decide(fused.scores, fused.thresholds)
        return [
            FaceResult(face, angles[row], self.aus, fused.scores[row], decisions[row])
            for row, (_, face) in enumerate(places)
        ]


def _all_scores(
    models: Sequence[LoadedModel],
    places: Sequence[tuple[np.ndarray, Face]],
    angles: Sequence[tuple[float, float, float] | None],
) -> list[np.ndarray]:
    """Returns each model's scores of faces, [faces, AUs]; models that see the same share its crops.

    Args:
      models: The models.
      places: The faces, each with its photo.
      angles: Of these faces, and perhaps of more behind them.
    """
    known = np.array([[float(value is not None)] * 3 for value in angles[: len(places)]], np.float32)
    filled = np.array([value or (0.0, 0.0, 0.0) for value in angles[: len(places)]], np.float32)
    crops: dict[tuple[str, int, str], np.ndarray] = {}
    images: dict[tuple[str, int, str, int], np.ndarray] = {}
    scores = []
    for model in models:
        seen = model.config.view, model.config.crop_size_px, model.config.framing
        if seen not in crops:
            crops[seen] = np.stack([crop_face(photo, face, *seen) for photo, face in places])
        key = *seen, model.config.image_size_px
        if key not in images:
            images[key] = crop_batch(crops[seen], model.config.image_size_px).astype(np.float32)
        scores.append(model.predict_scores(images[key], filled, known))
    return scores
