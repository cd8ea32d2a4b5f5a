"""What a dataset's reader gives: the codes of one video after the other, and what it could not use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from emotionet_tf.label_lists.rejection_reasons import RejectedRow


@dataclass(frozen=True, eq=False)
class CodedSequence:
    """The codes of one video, or of one photo.

    Attributes:
      person: Who is seen.
      name: What its pictures are found by, such as "SN001" or "F001/T1".
      file: The label file, or the folder of several, below the dataset's folder.
      aus: The AUs of the columns, in table order.
      frames: [n] int64, ascending: the frames' numbers, 1 = the video's first.
      lines: [n] int64: the line that each frame comes from.
      presence: [n, AUs] float32: 1 present, 0 absent, NaN unknown; None where intensities decide.
      intensities: [n, AUs] float32 from 0 to 5, NaN unknown; None where none is coded.
      covers_video: Whether every frame of the video has a row.
    """

    person: str
    name: str
    file: str
    aus: tuple[int, ...]
    frames: np.ndarray
    lines: np.ndarray
    presence: np.ndarray | None = None
    intensities: np.ndarray | None = None
    covers_video: bool = True


@dataclass
class ReadingLog:
    """What a reader could not use, and what a person should know of it."""

    rejected: list[RejectedRow] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def reject(self, file: str, line: int, what: str, reason: str) -> None:
        """Notes a line that cannot be used; `what` is the frame or photo as far as it is known."""
        self.rejected.append(RejectedRow(line, what, reason, file))

    def remark(self, text: str) -> None:
        """Notes a line for the user."""
        self.remarks.append(text)


@dataclass(frozen=True)
class PublishedCounts:
    """What is known of a whole dataset, to compare a reading with.

    Attributes:
      num_persons: With fewer persons the dataset is not whole, and nothing is compared.
      num_rows: Its frames with a row.
      shares: Share of frames by AU that are positive, of those that a published list keeps.
    """

    num_persons: int
    num_rows: int
    shares: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True)
class DatasetFormat:
    """The label files of one dataset.

    Attributes:
      name: For flags and files.
      title: What messages call it.
      looks: How its folder or file looks, for the message about one of no known format.
      recognizes: Returns whether a folder or file is one.
      files: Returns its label files, in order.
      aus_of: Returns the AUs that are coded, in table order.
      read: Yields its videos one after the other; what cannot be used goes to the log.
      picture_of: Returns the video's name and the number that a picture's relative path says; None for other pictures.
      picture_name: Returns the relative path that the picture of a video with a number would have.
      offset: A picture's number minus its frame's number, as far as that is known.
      offset_is_published: Whether the dataset comes with pictures that have this offset; else people make their own.
      positive_from: Lowest intensity that counts as present; None where presence is coded.
      published: What is known of the whole dataset.
    """

    name: str
    title: str
    looks: str
    recognizes: Callable[[Path], bool]
    files: Callable[[Path], list[Path]]
    aus_of: Callable[[Path], tuple[int, ...]]
    read: Callable[[Path, ReadingLog], Iterator[CodedSequence]]
    picture_of: Callable[[str], tuple[str, int] | None]
    picture_name: Callable[[str, int], str]
    offset: int = 0
    offset_is_published: bool = False
    positive_from: float | None = None
    published: PublishedCounts | None = None
