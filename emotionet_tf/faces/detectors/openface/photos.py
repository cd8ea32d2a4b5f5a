"""What OpenFace's CSV files say of photos: found by the photos' names, read when a photo is asked for.

Where a photo's faces are sought, below each of the folders that are given:

1. The photo's own CSV, as FaceLandmarkImg writes it: `anna/smile.csv` for the photo `anna/smile.jpg`. EmotioNet's ids
   are unique, so the CSV of `N_0000000201/N_0000000201_00001.jpg` may also lie in the folder itself.
2. The CSV of its sequence, as FeatureExtraction writes it: `clip.csv` for the photo `clip/frame_000123.jpg`. Which
   frame it is, `frames` says, once it is known where the photos are; else the last number in the photo's name is it.

Where the photos are known to lie in a folder `clip`, its photo `frame_000123.jpg` is that of `clip/frame_000123.jpg`.

CSV files that are named one by one are the same files without a folder before them. All versions' headers are read.
"""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from emotionet_tf.errors import UserError
from emotionet_tf.faces.detectors.openface.csv_files import (
    OpenFaceFile,
    OpenFaceRow,
    UnusableCsvError,
    check_openface_csv,
    format_rejected,
    photo_key,
    read_openface_csv,
)
from emotionet_tf.faces.detectors.openface.frames import AUTO, frames_of_pictures, number_of
from emotionet_tf.label_lists.photo_places import PHOTO_SUFFIXES
from emotionet_tf.label_lists.rejection_reasons import RejectedRow
from emotionet_tf.storage.paths import RemotePath, as_path

NO_CSV = "none"
"""Stands for the checksum where no CSV speaks of a photo."""

PlaceOf = Callable[[str], Path]
"""Returns where a photo lies, given its name."""


class OpenFacePhotos:
    """Tells what OpenFace found in photos, and counts what was missing or damaged.

    No folder is listed and next to nothing kept: there may be a million files.

    Args:
      paths: CSV files of OpenFace, and folders of them.
      min_confidence: Faces of a lower one do not count.
      way: How frames are joined with pictures, as `frames_of_pictures` takes it.
    Raises:
      UserError: If a path is missing, a folder holds no CSV, a file is not a CSV of OpenFace, or two are of one photo.
    """

    def __init__(
        self, paths: Sequence[str | os.PathLike[str]], min_confidence: float = 0.0, way: str = AUTO
    ) -> None:
        self._folders: list[Path] = []
        self._files: dict[str, Path] = {}
        for path in map(as_path, paths):
            if path.is_dir():
                _refuse_without_csv(path)
                self._folders.append(path)
            else:
                self._add_file(path)
        self._min_confidence = min_confidence
        self._way = way
        self._place_of: PlaceOf | None = None
        self._num_without_csv = self._num_without_row = self._num_unsure = self._num_rejected = 0
        self._first_without_csv, self._is_of_some = "", False
        self._first_rejected: RejectedRow | None = None
        # Photos of a sequence come one after the other: its file is read once.
        self._sequence = functools.lru_cache(maxsize=2)(self._read_sequence)
        self._frames = functools.lru_cache(maxsize=2)(self._read_frames)
        self._sequences_told: set[Path] = set()
        self._frame_remarks: list[str] = []

    def tell_places(self, place_of: PlaceOf) -> None:
        """Takes where photos lie: a sequence's pictures are then joined with its frames as `frames` says."""
        self._place_of = place_of

    def check(self, photos: Iterable[str]) -> None:
        """Looks whether the files are of these photos, before any is searched; counts nothing.

        Raises:
          UserError: If no CSV is of any of them, those that are cannot be read, or a sequence's frames are not those of
            its pictures.
        """
        first = first_damage = ""
        is_of_some = False
        checked: set[tuple[Path, str]] = set()
        for photo in photos:
            first = first or photo
            own = self._find(self._own_keys(photo))
            file = own or self._find(self._sequence_keys(photo))
            if file is None or (is_of_some and own):
                continue
            folder = photo.rpartition("/")[0]
            if not own and (file, folder) in checked:
                continue
            checked.add((file, folder))
            damage = _damage_of(file)
            is_of_some = is_of_some or not damage
            first_damage = first_damage or damage
            if not own:
                self._frame(photo, file)
        if first and not is_of_some:
            raise UserError(first_damage or self._of_other_photos(first))

    def refuse_other_photos(self) -> None:
        """Raises UserError if photos were asked about, and the files are of none of them."""
        if self._first_without_csv and not self._is_of_some:
            raise UserError(self._of_other_photos(self._first_without_csv))

    def faces(self, photo: str) -> list[OpenFaceRow]:
        """Returns the faces that OpenFace found in a photo, in the order of its file; a photo without a CSV has none.

        Raises:
          UserError: If its CSV has no landmarks, or is of several frames and not of a sequence.
        """
        return self._sure(self._rows(photo) or ())

    def checksum(self, photo: str) -> str:
        """Returns a checksum of all that `faces` returns, whose errors it raises; `NO_CSV` where there is no CSV.

        What else a file says (of other frames, of AUs, of faces that are too unsure) does not matter.
        """
        rows = self._rows(photo)
        if rows is None:
            return NO_CSV
        digest = hashlib.sha256()
        for row in self._sure(rows):
            assert row.points is not None
            digest.update(repr(row.confidence).encode() + row.points.tobytes())
        return digest.hexdigest()[:16]

    def remarks(self) -> list[str]:
        """Returns lines that say what was missing or damaged of the photos so far; none if nothing was."""
        lines = []
        if number := self._num_without_csv:
            lines.append(f"{_photos(number)} no CSV")
        if number := self._num_without_row:
            lines.append(f"{_photos(number)} no row in the CSV of their sequence")
        if number := self._num_unsure:
            lines.append(f"{_photos(number)} only faces of a confidence below {self._min_confidence:g}")
        if self._first_rejected:
            lines.append(format_rejected(self._num_rejected, self._first_rejected))
        return [f"openface: {line}" for line in (*self._frame_remarks, *lines)]

    def _add_file(self, path: Path) -> None:
        if not path.is_file():
            raise UserError(f"OpenFace CSV {path} is missing")
        if damage := _damage_of(path):
            raise UserError(damage)
        key = photo_key(path.name.removesuffix(".csv"))
        if key in self._files:
            raise UserError(f"{self._files[key]} and {path} are both of the photo {key}")
        self._files[key] = path

    def _sure(self, rows: Sequence[OpenFaceRow]) -> list[OpenFaceRow]:
        """Returns the faces among rows that are sure enough; counts a photo that has others only."""
        found = [row for row in rows if row.success]
        sure = [row for row in found if row.confidence >= self._min_confidence]
        self._num_unsure += bool(found and not sure)
        return sure

    def _rows(self, photo: str) -> Sequence[OpenFaceRow] | None:
        """Returns the rows of a photo; None without a CSV, which is counted."""
        if path := self._find(self._own_keys(photo)):
            self._is_of_some = True
            return self._read_own(path)
        if path := self._find(self._sequence_keys(photo)):
            self._is_of_some = True
            frame = self._frame(photo, path)
            rows = None if frame is None else self._sequence(path).get(frame)
            self._num_without_row += rows is None
            return rows or []
        self._num_without_csv += 1
        self._first_without_csv = self._first_without_csv or photo
        return None

    def _of_other_photos(self, first: str) -> str:
        keys = [*self._own_keys(first), *self._sequence_keys(first)]
        sought = " or ".join(f"{key}.csv" for key in dict.fromkeys(keys))
        return f"no CSV of --openface_csvs is of one of the photos; for {first} it would be {sought}"

    @staticmethod
    def _own_keys(photo: str) -> list[str]:
        return [_plain(photo), photo_key(photo)]

    def _sequence_keys(self, photo: str) -> list[str]:
        """Returns what the CSV of a photo's sequence may be called: as its folder, also that of all photos."""
        folder = _plain(photo).rpartition("/")[0]
        if folder or self._place_of is None:
            return [folder] if folder else []
        return [self._place_of(photo).absolute().parent.name]

    def _frame(self, photo: str, path: Path) -> int | None:
        """Returns which frame of a sequence a photo is; None if it is none."""
        name = photo.replace("\\", "/").rpartition("/")[2]
        if self._place_of is not None:
            return self._frames(path, self._place_of(photo).parent).get(name)
        number = number_of(name)
        if not number:
            raise UserError(
                f"photo {photo} belongs to the frames of {path}, but its name ends in no frame's number (1, 2, ...)"
            )
        return number

    def _read_frames(self, path: Path, folder: Path) -> Mapping[str, int]:
        """Returns the frame of each picture of a sequence's folder."""
        names = [
            place.name
            for place in folder.iterdir()
            if place.name.lower().endswith(PHOTO_SUFFIXES) and not place.name.startswith(".")
        ]
        content = _read(path)
        frames = {row.frame for row in content.rows if row.frame is not None}
        try:
            found = frames_of_pictures(names, frames, content.seen, self._way)
        except ValueError as error:
            raise UserError(f"{path} and {folder}: {error}") from error
        remark = f"{path}: {found.remark}"
        if found.remark and remark not in self._frame_remarks:
            self._frame_remarks.append(remark)
        return found.frames

    def _find(self, keys: Sequence[str]) -> Path | None:
        """Returns the file of the first key that has one."""
        for key in keys:
            if key in self._files:
                return self._files[key]
            for folder in self._folders:
                if (path := folder / f"{key}.csv").is_file():
                    return path
        return None

    def _read_own(self, path: Path) -> Sequence[OpenFaceRow]:
        content = _read(path)
        if content.num_frames > 1:
            raise UserError(
                f"{path} holds {content.num_frames} frames, but is named like one photo; photos of a sequence lie in a"
                " folder that is named like its CSV"
            )
        self._count(content.rejected)
        return content.rows

    def _read_sequence(self, path: Path) -> dict[int, list[OpenFaceRow]]:
        """Returns the rows of a sequence by frame."""
        content = _read(path)
        if path not in self._sequences_told:
            self._sequences_told.add(path)
            self._count(content.rejected)
        frames: dict[int, list[OpenFaceRow]] = {}
        for row in content.rows:
            if row.frame is None:
                raise UserError(f"{path} is named like a folder of photos, but has no column 'frame'")
            frames.setdefault(row.frame, []).append(row)
        return frames

    def _count(self, rejected: Sequence[RejectedRow]) -> None:
        self._num_rejected += len(rejected)
        if rejected and self._first_rejected is None:
            self._first_rejected = rejected[0]


def _read(path: Path) -> OpenFaceFile:
    """Reads a file; one that is not a CSV of OpenFace counts as a rejected row: a killed run may have left it empty."""
    try:
        content = read_openface_csv(path)
    except UnusableCsvError as error:
        return OpenFaceFile((), (RejectedRow(1, str(path), error.reason),))
    if any(row.success and row.points is None for row in content.rows):
        raise UserError(f"{path} has no columns x_0 to y_67; let OpenFace write landmarks (-2Dfp)")
    return content


def _photos(number: int) -> str:
    return "1 photo has" if number == 1 else f"{number} photos have"


def _plain(photo: str) -> str:
    """Returns a photo's name without its ending."""
    return str(PurePosixPath(photo.replace("\\", "/")).with_suffix(""))


def _damage_of(path: Path) -> str:
    """Returns why a file is not a CSV of OpenFace; empty where it is one."""
    try:
        check_openface_csv(path)
    except UnusableCsvError as error:
        return str(error)
    return ""


def _refuse_without_csv(folder: Path) -> None:
    if not any(True for _ in _csv_names(folder)):
        raise UserError(f"folder {folder} holds no OpenFace CSV, no file that ends in .csv")


def _csv_names(folder: Path) -> Iterator[str]:
    if isinstance(folder, RemotePath):
        yield from (path.name for path in folder.rglob("*.csv"))
        return
    for _, _, names in os.walk(folder):
        yield from (name for name in names if name.endswith(".csv"))
