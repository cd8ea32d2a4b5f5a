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
from emotionet_tf.inference.shipped_detectors import DEFAULT_DETECTOR, detector_folders
from emotionet_tf.inference.thresholds.threshold_files import load_thresholds
from emotionet_tf.models import LoadedModel, load_model
from emotionet_tf.records.reading.crop_decoding import crop_batch

_FACES_AT_A_TIME = 64
"""Faces that a network sees together, our choice: all of a crowd at once would take memory without a limit."""


@dataclass(frozen=True, eq=False)
class FaceResult:
    """A face and its AUs.

        result.scores[result.aus.index(12)]  # the score of AU12, not of the twelfth AU
        [au for au, decision in zip(result.aus, result.decisions) if decision]  # the AUs that are present

    Attributes:
      face: Box, confidence and landmarks, in pixels of the photo, and the name of the face detector that found it.
      angles: Pitch, yaw and roll of the head in radians (prediction tables have degrees). Positive pitch
        is down, positive yaw to the image's right, positive roll clockwise (`emotionet_tf.faces.head_pose`). None where
        unknown.
      aus: The AUs' numbers in the order of `scores` and `decisions`.
      scores: [AUs] float64 in [0, 1]: how sure the models are that the AU occurs, the mean over those that predict it.
        A score is not an intensity.
      decisions: [AUs] int8: 1 where the score reaches the AU's threshold (present), else 0 (absent).
    """

    face: Face
    angles: tuple[float, float, float] | None
    aus: tuple[int, ...]
    scores: np.ndarray
    decisions: np.ndarray


class ActionUnitDetector:
    """Finds faces in photos and predicts their AUs, with one or more models; models may predict different AUs.

        from emotionet_tf import ActionUnitDetector, read_photo

        detector = ActionUnitDetector(["models/expression", "models/pose"])
        (faces,) = detector.detect([read_photo("photo.jpg")], all_faces=True)
        for face in faces:
            print(face.face.box, dict(zip(face.aus, face.scores)))

    `ActionUnitDetector()` takes the models that come with the package. Loading takes seconds, so make one and use it
    for all photos.

    Args:
      model_dirs: Model folders, as `train` writes them; one path in a list for a single model. None takes a detector
        that comes with the package.
      model: That detector's name; None is "fast".
      which: "best" (by validation) or "last" of each folder; None takes the best, or the last where there is no best.
      mean: Of what several models' predictions of an AU are the mean: "scores" or "logits".
      use_thresholds: Whether the models' tuned thresholds decide; 0.5 otherwise.
      detector: Finds the faces; None is MTCNN. `emotionet_tf.faces.detectors.choice.build_detector` makes others.
    Raises:
      UserError: If there is no folder, one does not hold a model, no detector of that name comes with the package, or
        folders and a name are given.
    Attributes:
      aus: The AUs' numbers in the order of every result's `scores`.
      thresholds: [AUs] float64; from its threshold upward a score means that the AU is present.
    """

    def __init__(
        self,
        model_dirs: Sequence[str | os.PathLike[str]] | None = None,
        *,
        model: str | None = None,
        which: str | None = None,
        mean: str = "scores",
        use_thresholds: bool = True,
        detector: Detector | None = None,
    ) -> None:
        self._models = [load_model(folder, which) for folder in _folders(model_dirs, model)]
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
        """Returns the faces of each photo with their AUs.

        Args:
          photos: Each [height, width, 3] uint8 RGB, upright, of any size, as `read_photo` returns it.
          all_faces: Whether every face counts, not the largest only.
          names: The photos' relative paths, for a face detector that reads its faces from files (OpenFace's).
        Returns:
          A list for each photo, in their order: its faces, the largest first; an empty list where no face was found.
        Raises:
          UserError: If a photo is not such an array, as where a path was given.
        """
        for photo in photos:
            if np.ndim(photo) != 3 or np.shape(photo)[2] != 3 or np.asarray(photo).dtype != np.uint8:
                what = (
                    f"an array {np.shape(photo)} of {np.asarray(photo).dtype}"
                    if np.ndim(photo)
                    else repr(photo)
                )
                raise UserError(
                    f"detect takes photos as arrays [height, width, 3] of uint8, got {what}; read_photo reads a file"
                )
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


def _folders(
    model_dirs: Sequence[str | os.PathLike[str]] | None, name: str | None
) -> Sequence[str | os.PathLike[str]]:
    """Returns the folders of the models that predict; raises UserError unless folders or a detector are given."""
    if model_dirs is None:
        return detector_folders(name or DEFAULT_DETECTOR)
    if name is not None:
        raise UserError(f"give either model folders or the name of a detector, not both: got model={name!r}")
    if isinstance(model_dirs, (str, os.PathLike)):
        raise UserError(
            f"model folders are a list, got {os.fspath(model_dirs)!r}; [{os.fspath(model_dirs)!r}] is one folder, "
            "model=... names a detector that comes with the package"
        )
    if not model_dirs:
        raise UserError("a prediction needs at least one model folder")
    return model_dirs


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
