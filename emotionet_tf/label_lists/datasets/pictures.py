"""Which picture shows a frame: pictures count from 0 or 1, and a shift by one is noticed here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.datasets.coded_sequences import (
    SINGLE,
    STRETCH,
    WHOLE,
    CodedSequence,
    DatasetFormat,
)

_NUMBER = re.compile(r"(.*?)(\d{1,15})(\.[^./]+)?")
_IN_FOLDER = re.compile(r"(?:.*/)?([^/]+)/[^/]*?(\d{1,9})\.[^./]+")
_MAX_NAMED = 5


def numbered(photo: str) -> tuple[str, int] | None:
    """Returns what stands before the number that a picture's name ends in, and the number; None without one."""
    found = _NUMBER.fullmatch(photo.replace("\\", "/"))
    return (found[1], int(found[2])) if found else None


def picture_in_folder(photo: str) -> tuple[str, int] | None:
    """Returns folder and number of a picture such as "CLIP/00001.jpg", of which the folder has the video's name."""
    found = _IN_FOLDER.fullmatch(photo)
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
            key = dataset.picture_of(photo.replace("\\", "/"))
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

    def photo_of(self, sequence: CodedSequence, frame: int, offset: int) -> str:
        """Returns the picture of a frame; where it is not there, the name that it would have."""
        found = self.by_video.get(sequence.name, {}).get(frame + offset)
        return found or self.dataset.picture_name(sequence, frame + offset)

    def find_offset(self, sequences: Sequence[CodedSequence], wanted: int | None = None) -> Offset:
        """Returns how the pictures are numbered, as they say themselves; as the dataset's are where they do not say.

        Args:
          sequences: All of the dataset.
          wanted: What the user says; None for nothing.
        Raises:
          UserError: If videos contradict each other, or what the user or the dataset's publication says, or if a
            video's codes do not begin with its first frame and nothing else says how its pictures are numbered.
        """
        with_pictures = [one for one in sequences if self.by_video.get(one.name)]
        said = {one.name: self._offset_said_by(one, wanted) for one in with_pictures}
        clear = {name: value for name, value in said.items() if value is not None}
        published = self.dataset.offset if self.dataset.offset_is_published else None
        expected = published if wanted is None else wanted
        if (
            expected is not None
            and expected in clear.values()
            and all(one.covers == SINGLE for one in with_pictures)
        ):
            # Their files name the pictures: those of other numbers are a remark (`differences`).
            return Offset(expected, list(clear.values()).count(expected), len(said))
        if len(set(clear.values())) > 1:
            raise UserError(self._contradiction(clear, sequences))
        found = next(iter(clear.values()), None)
        if found is None and said and all(min(self.by_video[name]) == 1 for name in said):
            # Each video's last picture is missing, or several are: still, nothing has been counted from 0.
            found = 0
        self._refuse(found, expected, wanted, clear or said, with_pictures)
        value = next(one for one in (found, expected, self.dataset.offset) if one is not None)
        return Offset(value, len(clear), len(said))

    def _refuse(
        self,
        found: int | None,
        expected: int | None,
        wanted: int | None,
        said: Mapping[str, object],
        sequences: Sequence[CodedSequence],
    ) -> None:
        """Raises UserError for an offset that is not the expected one, or not one that pictures have."""
        if found is None:
            return
        ranges = f"{self.dataset.title}: {self._ranges(next(iter(said)), sequences)}"
        if expected is not None and found != expected:
            who = "the dataset's pictures have" if wanted is None else "--frame_offset says"
            raise UserError(
                f"{ranges}: a picture's number is its frame's {found:+d}, but {who} {expected:+d}; "
                f"{'check the labels, or ' * (wanted is None)}give --frame_offset={found} if the pictures are right"
            )
        if expected is not None:
            return
        whole = [one for one in sequences if one.covers == WHOLE]
        if found not in (-1, 0) or (whole and all(one.frames[0] != 1 for one in whole)):
            raise UserError(
                f"{ranges}: pictures count from 0 or 1 and codes from 1, so the codes are shifted or a row is missing; "
                f"check them, or give --frame_offset={found} if they are right"
            )

    def _offset_said_by(self, sequence: CodedSequence, wanted: int | None) -> int | None:
        """Returns the offset that a video's first and last picture say; None where they leave it open."""
        numbers = self.by_video[sequence.name]
        first, last = min(numbers), max(numbers)
        first_frame, last_frame = sequence.ends
        if len(numbers) > 1 and last - first == last_frame - first_frame:
            # As many pictures as rows: both ends agree, whatever they count from.
            return first - first_frame
        if sequence.covers == SINGLE:
            return None
        # Pictures are missing, as where no face was found: one end may still tell.
        known = sorted({-1, 0, self.dataset.offset, wanted if wanted is not None else 0})
        for spare in sorted({0, self.dataset.spare_pictures}):
            possible = [
                one for one in known if first >= first_frame + one and last <= last_frame + one + spare
            ]
            if possible:
                return possible[0] if len(possible) == 1 else None
        if sequence.covers == STRETCH:
            # Pictures of all of the video: only where they begin tells what they count from.
            return first - 1 if first in (0, 1) and last >= last_frame - 1 else None
        raise UserError(
            f"{self.dataset.title}: {self._ranges(sequence.name, [sequence])}: the pictures go beyond the codes: "
            "are these cut or shifted, or another video's? Repair them, or leave its pictures out"
        )

    def differences(self, sequences: Sequence[CodedSequence], offset: int) -> Iterator[str]:
        """Yields lines on rows without a picture, on pictures without a row, and on codes that may be shifted."""
        without_picture: dict[str, int] = {}
        without_row: dict[str, int] = {}
        beyond, late = [], []
        for one in sequences:
            if not (numbers := self.by_video.get(one.name)):
                continue
            wanted = {int(frame) + offset for frame in one.frames}
            without_picture[one.name] = len(wanted - numbers.keys())
            first, last = one.ends
            if one.covers == SINGLE and one.span:
                # Of a clip that is coded at its apex, the other pictures are as they should be.
                if min(numbers) < first + offset or max(numbers) > last + offset:
                    beyond.append(self._ranges(one.name, [one]))
            else:
                without_row[one.name] = len(numbers.keys() - wanted)
                if one.covers == WHOLE and first != 1:
                    late.append(f"{one.name}: frame {first}")
        yield from _counted("rows without a picture", without_picture)
        yield from _counted("pictures without a row", without_row)
        codes = {one.name for one in sequences}
        without_codes = {name: len(numbers) for name, numbers in self.by_video.items() if name not in codes}
        yield from _counted("pictures of videos without codes", without_codes)
        yield from _listed(
            "sequences with pictures beyond their first or last frame: is one shifted?", beyond
        )
        yield from _listed(
            "videos whose codes do not begin with frame 1: rows missing, or all shifted?", late
        )

    def _ranges(self, video: str, sequences: Sequence[CodedSequence]) -> str:
        one = next(one for one in sequences if one.name == video)
        numbers = self.by_video[video]
        return (
            f"{video} has codes of {len(one.frames):,} frames, {one.ends[0]} to {one.ends[1]}, and {len(numbers):,} "
            f"pictures, {min(numbers)} to {max(numbers)}"
        )

    def _contradiction(self, clear: Mapping[str, int], sequences: Sequence[CodedSequence]) -> str:
        counts = sorted(set(clear.values()), key=list(clear.values()).count)
        rare, usual = (
            next(name for name, value in clear.items() if value == one) for one in (counts[0], counts[-1])
        )
        return (
            f"{self.dataset.title}: videos are numbered in different ways: {self._ranges(rare, sequences)}, but "
            f"{self._ranges(usual, sequences)}; repair {rare}'s labels or pictures, or leave its pictures out"
        )


def _counted(what: str, by_video: Mapping[str, int]) -> Iterator[str]:
    """Yields how many there are and where; nothing where there is none."""
    some = {name: count for name, count in by_video.items() if count}
    if some:
        named = ", ".join(f"{name} {count:,}".strip() for name, count in list(some.items())[:_MAX_NAMED])
        more = f" and {len(some) - _MAX_NAMED} more" if len(some) > _MAX_NAMED else ""
        yield f"{what}: {sum(some.values()):,} ({named}{more})"


def _listed(what: str, places: Sequence[str]) -> Iterator[str]:
    """Yields how many there are and the first few; nothing where there is none."""
    if places:
        more = f"; and {len(places) - _MAX_NAMED} more" if len(places) > _MAX_NAMED else ""
        yield f"{what} {len(places):,} ({'; '.join(places[:_MAX_NAMED])}{more})"
