"""What the page does with a file or a webcam's picture. Needs no Gradio."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from emotionet_tf.action_units import au_name, describe
from emotionet_tf.errors import UserError
from emotionet_tf.faces.head_pose import lies, lying_remark
from emotionet_tf.faces.photo_groups import SeenPhoto
from emotionet_tf.inference.annotated_pictures import annotate, write_picture
from emotionet_tf.inference.au_detector import ActionUnitDetector
from emotionet_tf.inference.face_result import FaceResult
from emotionet_tf.inference.tables.csv_table import CsvTable
from emotionet_tf.inference.tables.face_rows import rows_of_photo
from emotionet_tf.inference.videos.frame_results import FrameResult
from emotionet_tf.inference.videos.streaming import written_frames
from emotionet_tf.photos.reading import UnreadablePhotoError, read_photo
from emotionet_tf.videos.frames import Video, is_video
from emotionet_tf.videos.tracking import FaceTracker

_MOST_FACES = 20
"""So many faces get a column in the page's table; the file has them all."""


@dataclass(frozen=True)
class View:
    """What the page shows of a file.

    Attributes:
      summary: What was found, in a line or two.
      aus: A row for each AU.
      table: The file with the table, as `predict` writes it.
      picture: The annotated picture; None for a video.
      video: The annotated video; None for a photo.
    """

    summary: str
    aus: pd.DataFrame
    table: Path
    picture: Path | None = None
    video: Path | None = None


@dataclass(frozen=True)
class Views:
    """Predicts what people give to a page; people's files of one call do not meet those of another.

    Attributes:
      detector: Finds faces and AUs; threads share it.
      folder: Of the files that are shown and downloaded.
      uploads: The folder of the files that people have given; no other file is read.
      max_video_seconds: So much of a video is predicted.
    """

    detector: ActionUnitDetector
    folder: Path
    uploads: Path
    max_video_seconds: float

    def of_file(
        self, path: str, *, all_faces: bool = True, on_progress: Callable[[float], None] = lambda share: None
    ) -> View:
        """Returns what is seen in a photo or video.

        Args:
          path: Of the uploaded file.
          all_faces: Of a photo: whether every face counts, not the largest only.
          on_progress: Called with the share of a video that is done.
        Raises:
          UserError: If the file is not one that was uploaded, or cannot be read.
        """
        place = Path(path).resolve()
        if not place.is_relative_to(self.uploads.resolve()):
            raise UserError("only files that were uploaded to this page are read")
        if is_video(place.name):
            try:
                return self._of_video(place, on_progress)
            except UserError as error:
                # Where the file lies is nobody's business.
                raise UserError(str(error).replace(str(place), place.name)) from error
        return self._of_photo(place, all_faces)

    def of_picture(self, pixels: np.ndarray) -> tuple[np.ndarray, pd.DataFrame]:
        """Returns a webcam's picture, annotated, and its AUs.

        Args:
          pixels: [height, width, 3] uint8 RGB.
        """
        (faces,) = self.detector.detect(pixels, all_faces=True)
        return annotate(pixels, faces), au_rows(faces)

    def _of_photo(self, place: Path, all_faces: bool) -> View:
        try:
            pixels = read_photo(place)
        except UnreadablePhotoError as error:
            raise UserError(f"{place.name} cannot be read: {error}") from error
        (faces,) = self.detector.detect(pixels, all_faces=all_faces)
        folder = self._new_folder()
        picture = folder / f"{place.stem}_annotated.jpg"
        write_picture(picture, annotate(pixels, faces))
        table = folder / f"{place.stem}_aus.csv"
        with self._opened(table, is_of_videos=False) as rows:
            rows.write(rows_of_photo(place.name, SeenPhoto(pixels, faces)))
        lying = lying_remark(sum(lies(face.angles and face.angles[2]) for face in faces))
        summary = ". ".join(filter(None, [_counted(len(faces), "face"), lying]))
        return View(summary, au_rows(faces), table, picture=picture)

    @contextmanager
    def _opened(self, path: Path, *, is_of_videos: bool) -> Iterator[CsvTable]:
        with path.open("w", newline="", encoding="utf-8") as file:
            yield CsvTable(file, self.detector.table_head, is_of_videos=is_of_videos)

    def _of_video(self, place: Path, on_progress: Callable[[float], None]) -> View:
        folder = self._new_folder()
        shown, table = folder / f"{place.stem}_annotated.mp4", folder / f"{place.stem}_aus.csv"
        detector = self.detector
        tracker = FaceTracker(detector.face_detector)
        seen = _SeenInVideo(detector.aus)
        with (
            closing(Video(str(place), end=self.max_video_seconds)) as video,
            self._opened(table, is_of_videos=True) as rows,
            closing(written_frames(video, place.name, detector, tracker, rows, shown)) as batches,
        ):
            total = min(video.num_frames or 10**9, round(video.rate * self.max_video_seconds) or 1)
            for results in batches:
                seen.add(results)
                on_progress(min(1.0, seen.num_frames / total))
        if not seen.num_frames:
            raise UserError(f"{place.name}: no frame could be decoded")
        notes = [f"damaged: {video.damage[0]}"] if video.damage else []
        people = _counted(tracker.num_people, "person", "people")
        summary = ". ".join([f"{seen.num_frames} frames, {seen.num_with_face} with a face; {people}", *notes])
        return View(summary, seen.rows(), table, video=shown)

    def _new_folder(self) -> Path:
        return Path(tempfile.mkdtemp(dir=self.folder))


class _SeenInVideo:
    """Counts over a video what its table on the page says."""

    def __init__(self, aus: Sequence[int]) -> None:
        self._aus = aus
        self.num_frames = self.num_with_face = self._num_faces = 0
        self._present = np.zeros(len(aus))
        self._scores = np.zeros(len(aus))

    def add(self, results: Sequence[FrameResult]) -> None:
        """Counts some frames."""
        self.num_frames += len(results)
        for one in results:
            self.num_with_face += bool(one.faces)
            for face in one.faces:
                self._num_faces += 1
                self._present += face.decisions
                self._scores += face.scores

    def rows(self) -> pd.DataFrame:
        """Returns a row for each AU: its share of the faces, and its mean score."""
        faces = max(1, self._num_faces)
        return pd.DataFrame(
            {
                "AU": [au_name(au) for au in self._aus],
                "what": [describe(au) for au in self._aus],
                "present in": [f"{100 * value / faces:.0f} %" for value in self._present],
                "mean score": [round(float(value / faces), 3) for value in self._scores],
            }
        )


def au_rows(faces: Sequence[FaceResult]) -> pd.DataFrame:
    """Returns a row for each AU: each face's score, with a tick where it is present, and intensity, if there is one."""
    if not faces:
        return pd.DataFrame({"AU": [], "what": []})
    columns: dict[str, Any] = {
        "AU": [au_name(au) for au in faces[0].aus],
        "what": [describe(au) for au in faces[0].aus],
    }
    for number, face in enumerate(faces[:_MOST_FACES], start=1):
        name = "score" if len(faces) == 1 else f"face {number}"
        columns[name] = [
            f"{score:.2f}{' ✓' if decision else ''}"
            for score, decision in zip(face.scores, face.decisions, strict=True)
        ]
        if face.intensities:
            strengths = [face.intensities.get(au) for au in face.aus]
            name = "intensity" if len(faces) == 1 else f"intensity {number}"
            columns[name] = ["" if strength is None else f"{strength:.1f}" for strength in strengths]
    return pd.DataFrame(columns)


def _counted(number: int, one: str, more: str = "") -> str:
    return f"{number} {one if number == 1 else more or one + 's'}"
