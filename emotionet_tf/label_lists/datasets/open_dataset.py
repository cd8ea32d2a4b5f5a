"""A dataset's codes as a label list: every frame a row, with its picture, its person and what it was thresholded at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from emotionet_tf.action_units import au_name
from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.datasets.coded_sequences import CodedSequence, DatasetFormat, ReadingLog
from emotionet_tf.label_lists.datasets.pictures import FramePictures, Offset
from emotionet_tf.label_lists.datasets.reading_settings import LabelReading
from emotionet_tf.label_lists.datasets.self_checks import compare_with_published
from emotionet_tf.label_lists.photo_ids import example_id
from emotionet_tf.label_lists.rejection_reasons import RejectedRow
from emotionet_tf.label_lists.rows import Frame, LabelRow

_MAX_LISTED = 60
"""Persons whose rows are listed in the remark."""


class OpenDataset:
    """A dataset's rows, read whenever it is iterated over; for its attributes see `streaming.OpenLabelList`.

    Args:
      path: Its folder or file.
      dataset: Its format.
      reading: How to read it.
      pictures: Relative paths of the pictures that are there, or what lists them; None where nobody knows them.
    Raises:
      UserError: If it is not readable, or a threshold is given to codes that have no intensities.
    """

    def __init__(
        self,
        path: Path,
        dataset: DatasetFormat,
        reading: LabelReading,
        pictures: Iterable[str] | Callable[[], Iterable[str]] | None,
    ) -> None:
        if reading.positive_from is not None and dataset.positive_from is None:
            raise UserError(
                f"{path}: {dataset.title} codes presence itself; leave --positive_from={reading.positive_from:g} out"
            )
        self._root = path
        self._dataset = dataset
        self._reading = reading
        self._pictures = pictures
        self.path = str(path)
        self.format = dataset.title
        self.aus = self.labelled_aus = dataset.aus_of(path)
        self.num_blank_lines = 0
        self.remark = ""

    def __iter__(self) -> Iterator[LabelRow | RejectedRow]:
        """Yields a row for every coded frame, then the lines that cannot be used; `remark` is whole at the end."""
        log = ReadingLog()
        sequences = [one for one in self._dataset.read(self._root, log) if len(one.frames)]
        if not sequences:
            why = f"; the first line: {log.rejected[0].reason}" if log.rejected else ""
            raise UserError(f"{self.path}: no frame of {self._dataset.title} is coded{why}")
        pictures = FramePictures.of(self._dataset, self._photos())
        offset = pictures.find_offset(sequences, self._reading.frame_offset)
        labels = [self._labels(one) for one in sequences]
        self.remark = "\n".join(self._remarks(sequences, labels, offset, log))
        for one, array in zip(sequences, labels, strict=True):
            yield from self._rows(one, array, pictures, offset.value)
        yield from log.rejected

    def _photos(self) -> Iterable[str]:
        return self._pictures() if callable(self._pictures) else self._pictures or ()

    def _labels(self, sequence: CodedSequence) -> np.ndarray:
        """Returns [n, AUs]: 1 present, 0 absent, NaN unknown."""
        if sequence.presence is not None:
            return sequence.presence
        assert sequence.intensities is not None
        present = (sequence.intensities >= self._positive_from).astype(np.float32)
        present[np.isnan(sequence.intensities)] = np.nan
        return present

    @property
    def _positive_from(self) -> float:
        return self._reading.positive_from or self._dataset.positive_from or 1

    def _rows(
        self, sequence: CodedSequence, labels: np.ndarray, pictures: FramePictures, offset: int
    ) -> Iterator[LabelRow]:
        known = ~np.isnan(labels)
        filled = _read_only(np.where(known, labels, 0))
        mask = _read_only(known.astype(np.float32))
        intensities = None if sequence.intensities is None else _read_only(sequence.intensities)
        for index, (frame, line) in enumerate(
            zip(sequence.frames.tolist(), sequence.lines.tolist(), strict=True)
        ):
            photo = pictures.photo_of(sequence.name, frame, offset)
            row = LabelRow(
                example_id(photo),
                photo,
                filled[index],
                mask[index],
                line,
                source=sequence.file,
                aus=sequence.aus,
                intensities=None if intensities is None else intensities[index],
                person=sequence.person,
                frame=Frame(sequence.name, frame),
            )
            yield row.in_columns(self.aus)

    def _remarks(
        self,
        sequences: Sequence[CodedSequence],
        labels: Sequence[np.ndarray],
        offset: Offset,
        log: ReadingLog,
    ) -> Iterator[str]:
        rows = Counter[str]()
        for one in sequences:
            rows[one.person] += len(one.frames)
        listed = ", ".join(f"{person} {count:,}" for person, count in list(rows.items())[:_MAX_LISTED])
        more = f" and {len(rows) - _MAX_LISTED} more" if len(rows) > _MAX_LISTED else ""
        yield (
            f"{self.path}: {self._dataset.title}, {sum(rows.values()):,} rows of {len(rows)} persons in "
            f"{len(sequences):,} sequences ({listed}{more}); AUs {_names(self.aus)}"
        )
        if any(one.presence is None for one in sequences):
            yield f"present is what has an intensity of {self._positive_from:g} or more (--positive_from)"
        if self._pictures is not None:
            yield _offset_remark(offset, len(sequences))
        if self._dataset.published and (
            text := compare_with_published(self._dataset.published, sequences, labels)
        ):
            yield text
        yield from log.remarks


def _offset_remark(offset: Offset, num_sequences: int) -> str:
    numbering = f"frame 1 is picture {1 + offset.value}"
    if not offset.num_with_pictures:
        return f"no picture of its {num_sequences:,} sequences is there; {numbering} is taken for granted"
    if not offset.num_checked:
        return f"{numbering}: taken for granted, the pictures' numbers fit other offsets as well (--frame_offset)"
    return (
        f"{numbering}: so say first and last picture of {offset.num_checked:,} of {num_sequences:,} sequences"
    )


def _names(aus: Iterable[int]) -> str:
    return " ".join(au_name(au).removeprefix("AU") for au in aus)


def _read_only(array: np.ndarray) -> np.ndarray:
    array = np.ascontiguousarray(array, np.float32)
    array.flags.writeable = False
    return array
