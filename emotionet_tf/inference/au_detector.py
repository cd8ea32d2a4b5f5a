"""From photos to the AUs of the faces in them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np

from emotionet_tf.errors import UserError
from emotionet_tf.faces.box_crops import crop_face
from emotionet_tf.faces.detectors.interface import Detector, Face, tell_places
from emotionet_tf.faces.detectors.mtcnn import MtcnnDetector
from emotionet_tf.faces.detectors.mtcnn_settings import MtcnnSettings
from emotionet_tf.faces.detectors.turned_faces import with_turned_faces
from emotionet_tf.faces.head_pose import head_angles_of
from emotionet_tf.inference.decisions import decide
from emotionet_tf.inference.face_result import FaceResult
from emotionet_tf.inference.photo_rows import find_photos, photo_rows
from emotionet_tf.inference.prediction_settings import DetectorUse
from emotionet_tf.inference.scoring.choice import build_scorer
from emotionet_tf.inference.scoring.mirror import MirroredScorer
from emotionet_tf.inference.tables.face_rows import TableHead, table_of_rows
from emotionet_tf.inference.videos.frame_results import FrameResult, results_of_frames
from emotionet_tf.photos.given_photos import photos_as_arrays
from emotionet_tf.videos.frames import Video
from emotionet_tf.videos.tracking import FaceTracker

if TYPE_CHECKING:
    import pandas as pd

_FACES_AT_A_TIME = 64
"""Faces that a network sees together, our choice: all of a crowd at once would take memory without a limit."""


class ActionUnitDetector:
    """Finds faces in photos and predicts their AUs, with one or more models; models may predict different AUs.

        from emotionet_tf import ActionUnitDetector, read_photo

        detector = ActionUnitDetector(["models/expression", "models/pose"])
        (faces,) = detector.detect([read_photo("photo.jpg")], all_faces=True)
        for face in faces:
            print(face.face.box, face.scores["AU12"], face[12].present)

    `ActionUnitDetector()` takes the models that come with the package. Loading takes seconds with TensorFlow, so make
    one and use it for all photos; threads may share it.

    What calls cost on two cores, by TensorFlow and by ONNX Runtime (`benchmarks.runtimes`, `benchmarks.video`):
    `detect` 12 and 6 ms for a photo of 350 px, most of it to find the face, and more for larger ones; `align` as much
    but for the networks; `detect_video` 7 ms by ONNX Runtime for a frame of 640 x 480 with a face that is followed;
    `warm_up` as much as a photo. `predict_table` reads the photos on top.

    Args:
      model_dirs: Model folders, as `train` writes them; one path in a list for a single model; or one .onnx file that
        `export` wrote. None takes a detector that comes with the package.
      model: That detector's name; None is "fast".
      which: "best" (by validation) or "last" of each folder; None takes the best, or the last where there is no best.
      mean: Of what several models' predictions of an AU are the mean: "scores" or "logits".
      use_thresholds: Whether the models' tuned thresholds decide; 0.5 otherwise.
      threshold: Above 0 and at most 1: from this score on every AU is declared, whatever the models say.
      detector: Finds the faces; None is MTCNN, which looks at turned copies of photos in which it needs them.
        `emotionet_tf.faces.detectors.choice.build_detector` makes others.
      mirror: Whether scores are the mean over each face and its mirror image, in which the sides' AUs are swapped.
      runtime: What runs the networks: "tensorflow", or "onnx", which starts at once and takes exported files and the
        package's detectors. None is TensorFlow where it is installed.
    Raises:
      UserError: If there is no folder, one does not hold a model, no detector of that name comes with the package,
        folders and a name are given, or the threshold is out of range.
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
        threshold: float | None = None,
        detector: Detector | None = None,
        mirror: bool = False,
        runtime: str | None = None,
    ) -> None:
        if threshold is not None and not 0 < threshold <= 1:
            raise UserError(f"threshold must be above 0 and at most 1, got {threshold:g}")
        self._scorer = build_scorer(
            model_dirs, model, runtime, which=which, mean=mean, use_thresholds=use_thresholds
        )
        self._mirror, self._threshold = mirror, threshold
        if mirror:
            self._scorer = MirroredScorer(self._scorer)
        self.face_detector = detector or with_turned_faces(MtcnnDetector(MtcnnSettings(runtime=runtime)))
        self.aus = self._scorer.aus
        self.thresholds = (
            self._scorer.thresholds if threshold is None else np.full(len(self.aus), float(threshold))
        )

    @classmethod
    def of(
        cls, models: DetectorUse, runtime: str | None, detector: Detector | None = None
    ) -> ActionUnitDetector:
        """Returns the detector that settings choose; the other arguments are those of the class."""
        return cls(
            models.model_dirs,
            model=models.model,
            which=models.which,
            mean=models.mean,
            use_thresholds=models.use_thresholds,
            threshold=models.threshold,
            detector=detector,
            mirror=models.mirror,
            runtime=runtime,
        )

    @property
    def about(self) -> dict[str, Any]:
        """What the scores come from; made where it is asked for, as the weights' checksums take a moment."""
        about = {**self._scorer.about, "mirror": self._mirror}
        if self._threshold is not None:
            decides_at = {"decides_at": f"{self._threshold:g}"}
            about["models"] = [{**model, **decides_at} for model in about.get("models", [])]
            about["threshold"] = self._threshold
        return about

    @property
    def table_head(self) -> TableHead:
        """What all rows of its tables have in common."""
        return TableHead(self.aus, self.thresholds, self.about["model"], self._scorer.intensity_aus)

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
        tell_places(self.face_detector, photos.__getitem__, photos)
        rows: list[dict[str, Any]] = [row for own in photo_rows(photos, detect, batch_size) for row in own]
        return table_of_rows(rows, self.table_head)

    def _found(
        self, photos: Sequence[np.ndarray], all_faces: bool, names: Sequence[str]
    ) -> list[list[tuple[np.ndarray, Face]]]:
        """Returns each photo's faces, each with its photo."""
        found = self.face_detector.detect(photos, largest_only=not all_faces, names=names)
        name = self.face_detector.name
        return [
            [(photo, face.signed(name)) for face in faces] for photo, faces in zip(photos, found, strict=True)
        ]

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
            with closing(results_of_frames(video.frames(), tracker, self.results)) as batches:
                for batch in batches:
                    yield from batch.results
        finally:
            video.close()

    def results(self, places: Sequence[tuple[np.ndarray, Face]]) -> list[FaceResult]:
        """Returns the results of faces that were found before.

        Args:
          places: Each face with its photo, [height, width, 3] uint8 RGB.
        """
        if not places:
            return []
        angles = head_angles_of([face.landmarks for _, face in places])
        chunks = [slice(start, start + _FACES_AT_A_TIME) for start in range(0, len(places), _FACES_AT_A_TIME)]
        found = [self._scorer.scores_and_intensities(places[chunk], angles[chunk]) for chunk in chunks]
        scores, intensities = (np.concatenate(one) for one in zip(*found, strict=True))
        decisions = decide(scores, self.thresholds)
        return [
            FaceResult(
                face,
                angles[row],
                self.aus,
                scores[row],
                decisions[row],
                dict(zip(self._scorer.intensity_aus, intensities[row].tolist(), strict=True)),
            )
            for row, (_, face) in enumerate(places)
        ]
