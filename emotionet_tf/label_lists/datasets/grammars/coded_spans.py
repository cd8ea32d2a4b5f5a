"""Codes from one frame to another, as programs for annotation have them, as a row a frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from emotionet_tf.action_units import table_order
from emotionet_tf.label_lists.datasets.coded_sequences import STRETCH, CodedSequence

MAX_FRAMES = 1_000_000
"""Nine hours at 30 frames a second; a later frame is damage."""


@dataclass(frozen=True)
class Span:
    """An AU's activation.

    Attributes:
      au: The AU, or one side's.
      first: Its first frame.
      last: Its last frame, which is active too.
      line: The line that says so.
      intensity: From 1 to 5; NaN where none is given.
      is_known: Whether the AU is present; else nobody knows.
    """

    au: int
    first: int
    last: int
    line: int
    intensity: float = np.nan
    is_known: bool = True


def spans_to_sequence(
    person: str,
    name: str,
    file: str,
    aus: Iterable[int],
    spans: Sequence[Span],
    frames: tuple[int, int],
    has_intensities: bool,
) -> CodedSequence:
    """Returns a video with a row for each frame of a stretch; an AU is absent where no span has it.

    Args:
      person: Who is seen; "" where that is not known.
      name: What its pictures are found by.
      file: The label file.
      aus: The AUs that have been looked for.
      spans: In any order; where two of one AU overlap, the one that begins later decides.
      frames: The stretch's first and last frame.
      has_intensities: Whether intensities are coded at all.
    """
    columns = table_order(aus)
    first, last = frames
    presence = np.zeros((last - first + 1, len(columns)), np.float32)
    intensities = np.zeros_like(presence)
    lines = np.ones(len(presence), np.int64)
    for span in sorted(spans, key=lambda one: one.first):
        rows = slice(max(span.first - first, 0), max(span.last - first + 1, 0))
        lines[rows] = span.line
        presence[rows, columns.index(span.au)] = 1 if span.is_known else np.nan
        intensities[rows, columns.index(span.au)] = span.intensity
    return CodedSequence(
        person,
        name,
        file,
        columns,
        np.arange(first, last + 1, dtype=np.int64),
        lines,
        presence,
        intensities if has_intensities else None,
        covers=STRETCH,
    )
