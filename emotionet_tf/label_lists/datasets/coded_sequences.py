"""What a dataset's reader gives: the codes of one video after the other, and what it could not use."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from emotionet_tf.label_lists.datasets.label_folders import LabelFile, LabelFolder
from emotionet_tf.label_lists.datasets.reader_options import ReaderOptions
from emotionet_tf.label_lists.rejection_reasons import RejectedRow

WHOLE, STRETCH, SINGLE = "whole", "stretch", "single"
"""What of its video a sequence codes: every frame, all frames of a stretch of it, or single ones."""

_MAX_REMARKS = 100


@dataclass(frozen=True, eq=False)
class CodedSequence:
    """The codes of one video, or of photos.

    Attributes:
      person: Who is seen; "" where the files do not say.
      name: What its pictures are found by, such as "SN001" or "F001/T1"; "" of photos.
      file: The label file, or the folder of several, below the dataset's folder.
      aus: The AUs of the columns, in table order.
      frames: [n] int64, ascending: the frames' numbers, 1 = the video's first.
      lines: [n] int64: the line that each frame comes from.
      presence: [n, AUs] float32: 1 present, 0 absent, NaN unknown; None where intensities decide. Where a dataset has a
        threshold, what is known here is so whatever the threshold.
      intensities: [n, AUs] float32 from 0 to 5, NaN unknown; None where none is coded.
      covers: `WHOLE`, `STRETCH` or `SINGLE`.
      span: The first and last frame that the coder has seen; those of the frames where it is None.
      frame_files: The label file of each frame, where each has its own.
    """

    person: str
    name: str
    file: str
    aus: tuple[int, ...]
    frames: np.ndarray
    lines: np.ndarray
    presence: np.ndarray | None = None
    intensities: np.ndarray | None = None
    covers: str = WHOLE
    span: tuple[int, int] | None = None
    frame_files: Sequence[str] = ()

    @property
    def ends(self) -> tuple[int, int]:
        """The first and last frame that the coder has seen."""
        return self.span or (int(self.frames[0]), int(self.frames[-1]))


@dataclass
class ReadingLog:
    """What a reader could not use, and what a person should know of it."""

    rejected: list[RejectedRow] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    _counts: Counter[str] = field(default_factory=Counter)
    _first: dict[str, str] = field(default_factory=dict)

    def reject(self, file: str, line: int, what: str, reason: str) -> None:
        """Notes a line that cannot be used; `what` is the frame or photo as far as it is known."""
        self.rejected.append(RejectedRow(line, what, reason, file))

    def remark(self, text: str) -> None:
        """Notes a line for the user."""
        self.remarks.append(text)

    def count(self, what: str, where: str) -> None:
        """Notes something that may happen in each of thousands of places: how often, and where first."""
        self._counts[what] += 1
        self._first.setdefault(what, where)

    def all_remarks(self) -> list[str]:
        """Returns the lines for the user, of a damaged dataset the first ones and how many there are more."""
        more = len(self.remarks) - _MAX_REMARKS
        cut = [f"and {more:,} lines more of this kind"] if more > 0 else []
        counts = [f"{what}: {count:,} (first: {self._first[what]})" for what, count in self._counts.items()]
        return self.remarks[:_MAX_REMARKS] + cut + counts


@dataclass(frozen=True)
class PublishedCounts:
    """What is known of a whole dataset, to compare a reading with.

    Attributes:
      num_persons: With fewer persons the dataset is not whole, and nothing is compared.
      num_rows: Its frames with a row; 0 where that is not known.
      num_sequences: Its videos with codes; 0 where that is not known.
      shares: Share of frames by AU that are positive, of those that a published list keeps.
    """

    num_persons: int
    num_rows: int = 0
    num_sequences: int = 0
    shares: Mapping[int, float] = field(default_factory=dict)


def _always(files: Sequence[LabelFile]) -> bool:
    return True


@dataclass(frozen=True)
class DatasetFormat:
    """The label files of one dataset.

    Attributes:
      name: For flags and files.
      title: What messages call it.
      looks: How its folder or file looks, for the message about one of no known format.
      label_file: Found in the whole path of each of its label files; its groups are what the reader needs of it.
      read: Returns its videos one after the other; what cannot be used goes to the log.
      picture_of: Returns the video's name and the number that a picture's relative path says; None for other pictures.
      picture_name: Returns the relative path that the picture of a video with a number would have.
      is_its: Returns whether these files, whose names match, are in its format; for names that others have as well.
      more_files: Found in the paths of further files that the reader reads.
      offset: A picture's number minus its frame's number, as far as that is known.
      offset_is_published: Whether the dataset comes with pictures that have this offset; else people make their own.
      spare_pictures: Pictures that a whole video may have behind its last row.
      positive_from: Lowest intensity that counts as present; None where presence is coded.
      published: What is known of the whole dataset.
      refusal: Why it is not read, though it is recognized; empty for those that are.
    """

    name: str
    title: str
    looks: str
    label_file: re.Pattern[str]
    read: Callable[[LabelFolder, ReaderOptions, ReadingLog], Iterable[CodedSequence]]
    picture_of: Callable[[str], tuple[str, int] | None]
    picture_name: Callable[[CodedSequence, int], str]
    is_its: Callable[[Sequence[LabelFile]], bool] = _always
    more_files: re.Pattern[str] | None = None
    offset: int = 0
    offset_is_published: bool = False
    spare_pictures: int = 0
    positive_from: float | None = None
    published: PublishedCounts | None = None
    refusal: str = ""

    def recognizes(self, folder: LabelFolder) -> bool:
        """Returns whether a folder or file has its label files."""
        files = folder.matching(self.label_file)
        return bool(files) and self.is_its(files)

    def files(self, folder: LabelFolder) -> list[LabelFile]:
        """Returns the files that decide what is read, in order."""
        found = folder.matching(self.label_file)
        return found + (folder.matching(self.more_files) if self.more_files else [])
