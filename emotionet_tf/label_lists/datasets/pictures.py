"""Which picture shows a frame: pictures count from 0 or 1, and a shift by one is noticed here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.datasets.coded_sequences import CodedSequence, DatasetFormat

_NUMBER = re.compile(r"(.*?)(\d+)(\.[^./]+)?")


def numbered(photo: str) -> tuple[str, int] | None:
    """Returns what stands before the number that a picture's name ends in, and the number; None without one."""
    found = _NUMBER.fullmatch(photo.replace("\\", "/"))
    return (found[1], int(found[2])) if found else None


@dataclass(frozen=True)
class Offset:
    """How pictures are numbered.

    Attributes:
      value: A picture's number minus its frame's.
      num_checked: Videos whose pictures say the same.
      num_with_pictures: Videos that have pictures.
    """

    value: int
    num_checked: int = 0
    num_with_pictures: int = 0


@dataclass(frozen=True, eq=False)
class FramePictures:
    """The pictures that are there, by video and number.

    Attributes:
      dataset: Their dataset.
      by_video: Relative paths by number by the video's name.
    """

    dataset: DatasetFormat
    by_video: Mapping[str, Mapping[int, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, dataset: DatasetFormat, photos: Iterable[str]) -> FramePictures:
        """Sorts pictures by video.

        Raises:
          UserError: If two pictures are of one frame, as where both cameras' pictures are in one folder.
        """
        by_video: dict[str, dict[int, str]] = {}
        for photo in photos:
            key = dataset.picture_of(photo)
            if key is None:
                continue
            numbers = by_video.setdefault(key[0], {})
            if key[1] in numbers:
                raise UserError(
                    f"{numbers[key[1]]} and {photo} are both picture {key[1]} of {key[0]} of {dataset.title}: keep one "
                    "camera's, or one copy, in the photos' folder"
                )
            numbers[key[1]] = photo
        return cls(dataset, by_video)

    def photo_of(self, video: str, frame: int, offset: int) -> str:
        """Returns the picture of a frame; where it is not there, the name that it would have."""
        found = self.by_video.get(video, {}).get(frame + offset)
        return found or self.dataset.picture_name(video, frame + offset)

    def find_offset(self, sequences: Sequence[CodedSequence], wanted: int | None = None) -> Offset:
        """Returns how the pictures are numbered, as they say themselves; as the dataset's are where they do not say.

        Args:
          sequences: All of the dataset.
          wanted: What the user says; None for nothing.
        Raises:
          UserError: If videos contradict each other, or what the user or the dataset's publication says.
        """
        said = {one.name: self._offset_said_by(one) for one in sequences if self.by_video.get(one.name)}
        clear = {name: value for name, value in said.items() if value is not None}
        values = dict.fromkeys(clear.values())
        if len(values) > 1:
            raise UserError(self._contradiction(clear, sequences))
        found = next(iter(values), None)
        if found is None and said and all(min(self.by_video[name]) == 1 for name in said):
            # Each video's last picture is missing, or several are: still, nothing has been counted from 0.
            found = 0
        published = self.dataset.offset if self.dataset.offset_is_published else None
        expected = published if wanted is None else wanted
        if found is not None and expected is not None and found != expected:
            video = next(iter(clear or said))
            who = "the dataset's pictures have" if wanted is None else "--frame_offset says"
            raise UserError(
                f"{self.dataset.title}: {self._ranges(video, sequences)}: a picture's number is its frame's "
                f"{found:+d}, but {who} {expected:+d}; {'check the labels, or ' * (wanted is None)}"
                f"give --frame_offset={found} if the pictures are right"
            )
        value = next(one for one in (found, expected, self.dataset.offset) if one is not None)
        return Offset(value, len(clear), len(said))

    def _offset_said_by(self, sequence: CodedSequence) -> int | None:
        """Returns the offset that a video's first and last picture say; None where they leave it open."""
        numbers = self.by_video[sequence.name]
        first, last = min(numbers), max(numbers)
        first_frame, last_frame = int(sequence.frames[0]), int(sequence.frames[-1])
        if len(numbers) > 1 and last - first == last_frame - first_frame:
            # As many pictures as rows: both ends agree, whatever they count from.
            return first - first_frame
        if not sequence.covers_video:
            # Codes of a stretch of a whole video: only where its pictures begin tells what they count from.
            return first - 1 if first in (0, 1) and last >= last_frame - 1 else None
        # Pictures are missing, as where no face was found: one end may still tell.
        possible = [one for one in (-1, 0) if first >= first_frame + one and last <= last_frame + one]
        if not possible:
            raise UserError(
                f"{self.dataset.title}: {self._ranges(sequence.name, [sequence])}: the pictures go beyond the codes; "
                "is the video another one, or are frames missing in the codes?"
            )
        return possible[0] if len(possible) == 1 else None

    def _ranges(self, video: str, sequences: Sequence[CodedSequence]) -> str:
        frames = next(one.frames for one in sequences if one.name == video)
        numbers = self.by_video[video]
        return (
            f"{video} has codes of {len(frames):,} frames, {frames[0]} to {frames[-1]}, and {len(numbers):,} pictures, "
            f"{min(numbers)} to {max(numbers)}"
        )

    def _contradiction(self, clear: Mapping[str, int], sequences: Sequence[CodedSequence]) -> str:
        counts = sorted(set(clear.values()), key=list(clear.values()).count)
        rare, usual = (
            next(name for name, value in clear.items() if value == one) for one in (counts[0], counts[-1])
        )
        return (
            f"{self.dataset.title}: videos are numbered in different ways: {self._ranges(rare, sequences)}, but "
            f"{self._ranges(usual, sequences)}; mend {rare}'s labels or pictures, or leave its pictures out"
        )
