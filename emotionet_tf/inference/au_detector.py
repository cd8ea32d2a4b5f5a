"""From photos to the AUs of the faces in them."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from emotionet_tf.errors import UserError
from emotionet_tf.faces.box_crops import crop_face
from emotionet_tf.faces.detectors.interface import Detector, Face
from emotionet_tf.faces.detectors.mtcnn import MtcnnDetector
from emotionet_tf.faces.head_pose import head_angles
from emotionet_tf.inference.face_result import FaceResult
from emotionet_tf.inference.fusion import decide, fuse
from emotionet_tf.inference.photo_rows import find_photos, photo_rows
from emotionet_tf.inference.prediction_files import Predictions
from emotionet_tf.inference.shipped_detectors import DEFAULT_DETECTOR, detector_folders
from emotionet_tf.inference.tables.about import about_models
from emotionet_tf.inference.tables.face_rows import table_of_rows
from emotionet_tf.inference.thresholds.threshold_files import load_thresholds
from emotionet_tf.inference.videos.frame_results import FrameResult, results_of_frames
from emotionet_tf.models import LoadedModel, load_model
from emotionet_tf.photos.given_photos import photos_as_arrays
from emotionet_tf.records.reading.crop_decoding import crop_batch
from emotionet_tf.videos.frames import Video
from emotionet_tf.videos.tracking import FaceTracker

_FACES_AT_A_TIME = 64
"""Faces that a network sees together, our choice: all of a crowd at once would take memory without a limit."""


class ActionUnitDetector:
    """Finds faces in photos and predicts their AUs, with one or more models; models may predict different AUs.

        from emotionet_tf import ActionUnitDetector, read_photo

        detector = ActionUnitDetector(["models/expression", "models/pose"])
        (faces,) = detector.detect([read_photo("photo.jpg")], all_faces=True)
        for face in faces:
            print(face.face.box, face.scores["AU12"], face[12].present)

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
      face_detector: What finds the faces.
      about: What the scores come from, as tables name it: models, checksums, what these were trained and tuned on.
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
        self._which, self._use_thresholds = which, use_thresholds
        self._mean = mean
        self.face_detector = detector or MtcnnDetector()
        self.aus, self.thresholds = self._fused_thresholds()

    @functools.cached_property
    def about(self) -> dict[str, Any]:
        """What the scores come from; made where it is asked for, as the weights' checksums take a moment."""
        return about_models(self._models, self._which, self._use_thresholds)

    def detect(
        self, photos: Any, *, all_faces: bool = False, names: Sequence[str] = ()
    ) -> list[list[FaceResult]]:
        """Returns the faces of each photo with their AUs.

        Threads may call it at the same time. Finding faces takes most of the time; MTCNN searches photos side by
        side.

        Args:
          photos: One photo or several: arrays [height, width, 3] uint8 RGB, upright, of any size, as `read_photo`
            returns them; paths; or Pillow's images.
          all_faces: Whether every face counts, not the largest only.
          names: The photos' relative paths, for a face detector that reads its faces from files (OpenFace's).
        Returns:
          A list for each photo, in their order: its faces, the largest first; an empty list where no face was found.
        Raises:
          UserError: If a photo is none of these, or cannot be read.
        """
        pixels = photos_as_arrays(photos)
        places = self._found(pixels, all_faces, names)
        results = iter(self.results([place for of_photo in places for place in of_photo]))
        return [[next(results) for _ in of_photo] for of_photo in places]

    def align(
        self,
        photos: Any,
        *,
        view: str = "close_up",
        crop_size_px: int = 112,
        framing: str = "registered",
        all_faces: bool = False,
    ) -> list[list[np.ndarray]]:
        """Returns crops of each photo's faces, [crop_size_px, crop_size_px, 3] uint8, as networks are shown them.

        Args:
          photos: As `detect` takes them.
          view: "close_up" or "context".
          crop_size_px: Side of the crops.
          framing: "registered", upright by the landmarks, or "box", by the face's box alone.
          all_faces: Whether every face counts, not the largest only.
        Raises:
          UserError: As `detect`.
        """
        places = self._found(photos_as_arrays(photos), all_faces, ())
        return [
            [crop_face(pixels, face, view, crop_size_px, framing) for pixels, face in of_photo]
            for of_photo in places
        ]

    def warm_up(self) -> None:
        """Does once what only the first call has to do, so that the first photo takes no longer than the next."""
        grey = np.full((96, 96, 3), 127, np.uint8)
        self._found([grey], True, ())
        points = np.array([[34.0, 40], [62, 40], [48, 55], [38, 68], [58, 68]])
        self.results([(grey, Face((24.0, 20.0, 48.0, 60.0), 1.0, points))])

    def predict_table(
        self, paths: Sequence[str | os.PathLike[str]], *, all_faces: bool = False, batch_size: int = 16
    ) -> pd.DataFrame:
        """Returns the table of photos' faces that `predict` writes: a row for each, blank where nothing was seen.

        Args:
          paths: Photos, and folders that are searched for photos.
          all_faces: Whether every face gets a row, not the largest only.
          batch_size: Photos at a time; decides speed and memory only.
        Raises:
          UserError: If a path does not exist, a folder has no photo, or two photos have one name.
        """

        def detect(pixels: list[np.ndarray], names: list[str]) -> list[list[FaceResult]]:
            return self.detect(pixels, all_faces=all_faces, names=names)

        if isinstance(paths, (str, os.PathLike)):
            paths = [paths]
        photos = find_photos([os.fspath(path) for path in paths])
        rows: list[dict[str, Any]] = [row for own in photo_rows(photos, detect, batch_size) for row in own]
        return table_of_rows(rows, self.aus, self.thresholds, self.about["model"])

    def _found(
        self, photos: Sequence[np.ndarray], all_faces: bool, names: Sequence[str]
    ) -> list[list[tuple[np.ndarray, Face]]]:
        """Returns each photo's faces, each with its photo."""
        found = self.face_detector.detect(photos, largest_only=not all_faces, names=names)
        name = self.face_detector.name
        return [
            [(photo, face.signed(name)) for face in faces] for photo, faces in zip(photos, found, strict=True)
        ]

    def _fused_thresholds(self) -> tuple[tuple[int, ...], np.ndarray]:
        """Returns the AUs of all models, and what they are decided at."""
        nothing = [
            Predictions((), model.config.aus, np.zeros((0, len(model.config.aus))), thresholds)
            for model, thresholds in zip(self._models, self._model_thresholds, strict=True)
        ]
        fused = fuse(nothing, self._mean)
        return fused.aus, fused.thresholds

    def detect_video(
        self,
        path: str | os.PathLike[str],
        *,
        every: int = 1,
        start: float = 0.0,
        end: float | None = None,
        search_every: int = 10,
    ) -> Iterator[FrameResult]:
        """Yields a video's frames with their faces and AUs; a face's number stays with the person. Needs PyAV.

        Args:
          path: A video file, or a stream's URL.
          every: Each which frame.
          start: Frames before are left out, in seconds.
          end: Frames from here on are left out, in seconds; None for the video's end.
          search_every: Frames from one search for faces to the next; between them faces are followed.
        Raises:
          UserError: If it cannot be read as a video, or PyAV is missing.
        """
        video = Video(os.fspath(path), every, start, end)
        try:
            tracker = FaceTracker(self.face_detector, search_every)
            for frames in results_of_frames(video.frames(), tracker, self.results):
                yield from frames
        finally:
            video.close()

    def results(self, places: Sequence[tuple[np.ndarray, Face]]) -> list[FaceResult]:
        """Returns the results of faces that were found before.

        Args:
          places: Each face with its photo, [height, width, 3] uint8 RGB.
        """
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
