"""Codes that list what is present: an AU that is not listed is absent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from emotionet_tf.action_units import table_order
from emotionet_tf.label_lists.datasets.coded_sequences import SINGLE, CodedSequence


@dataclass(frozen=True, eq=False)
class ListedFrame:
    """A frame or photo with the AUs that its coder has listed.

    Attributes:
      person: Who is seen; "" where the files do not say.
      video: What its pictures are found by; "" of photos.
      frame: The frame's number, or the photo's.
      file: The label file below the dataset's folder.
      line: The line there.
      codes: Intensity of the AUs that are present, NaN where none is given; sides of the face as AUs of their own.
      unknown: AUs that may be present or not.
      span: The first and last frame that the coder has seen, where that is more than this one.
    """

    person: str
    video: str
    frame: int
    file: str
    line: int
    codes: Mapping[int, float]
    unknown: frozenset[int] = field(default_factory=frozenset)
    span: tuple[int, int] | None = None


def listed_sequences(
    frames: Iterable[ListedFrame], aus: Iterable[int], covers: str = SINGLE, has_intensities: bool = True
) -> Iterator[CodedSequence]:
    """Yields the videos of frames, each with an AU absent where it is neither listed nor unknown.

    Args:
      frames: In any order; of one video and number at most one.
      aus: The columns, in any order; what is listed beside them is left out.
      covers: See `CodedSequence`.
      has_intensities: Whether intensities are coded at all.
    """
    columns = table_order(aus)
    by_video: dict[str, list[ListedFrame]] = {}
    for one in frames:
        by_video.setdefault(one.video, []).append(one)
    for video, some in by_video.items():
        some.sort(key=lambda one: one.frame)
        presence = np.zeros((len(some), len(columns)), np.float32)
        intensities = np.zeros_like(presence)
        for row, one in enumerate(some):
            for column, au in enumerate(columns):
                if au in one.codes:
                    presence[row, column], intensities[row, column] = 1, one.codes[au]
                elif au in one.unknown:
                    presence[row, column] = intensities[row, column] = np.nan
        files = [one.file for one in some]
        yield CodedSequence(
            some[0].person,
            video,
            files[0],
            columns,
            np.array([one.frame for one in some], np.int64),
            np.array([one.line for one in some], np.int64),
            presence,
            intensities if has_intensities else None,
            covers,
            next((one.span for one in some if one.span), None),
            files if len(set(files)) > 1 else (),
        )
