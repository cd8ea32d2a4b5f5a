"""A dataset's codes as a label list: every frame a row, with its picture, its person and what it was thresholded at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from emotionet_tf.action_units import table_order
from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.datasets.coded_sequences import CodedSequence, DatasetFormat, ReadingLog
from emotionet_tf.label_lists.datasets.label_folders import LabelFolder
from emotionet_tf.label_lists.datasets.pictures import FramePictures
from emotionet_tf.label_lists.datasets.reading_report import offset_remark, rows_remark
from emotionet_tf.label_lists.datasets.reading_settings import LabelReading
from emotionet_tf.label_lists.datasets.self_checks import compare_with_published
from emotionet_tf.label_lists.photo_ids import example_id
from emotionet_tf.label_lists.rejection_reasons import RejectedRow
from emotionet_tf.label_lists.rows import Frame, LabelRow


class OpenDataset:
    """A dataset's rows, held in memory; for its attributes see `streaming.OpenLabelList`.

    Args:
      path: Its folder or file.
      dataset: Its format.
      reading: How to read it.
      pictures: Relative paths of the pictures that are there, or what lists them; None where nobody knows them.
    Raises:
      UserError: If it is not readable, a video has codes twice, its codes do not fit the pictures, or a threshold is
        given to codes that have no intensities.
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
        log = ReadingLog()
        self.path = str(path)
        self.format = dataset.title
        self._positive_from = reading.positive_from or dataset.positive_from
        self._sequences = _sequences(path, dataset, reading, log)
        self._labels = [_labels(one, self._positive_from) for one in self._sequences]
        self._pictures = FramePictures.of(dataset, pictures() if callable(pictures) else pictures or ())
        self._offset = self._pictures.find_offset(self._sequences, reading.frame_offset)
        self._rejected = log.rejected
        self.aus = self.labelled_aus = table_order(au for one in self._sequences for au in one.aus)
        self.num_blank_lines = 0
        self.remark = "\n".join(self._remarks(dataset, log, pictures is not None))

    def __iter__(self) -> Iterator[LabelRow | RejectedRow]:
        """Yields a row for every coded frame, then the lines that cannot be used."""
        for sequence, labels in zip(self._sequences, self._labels, strict=True):
            yield from self._rows(sequence, labels)
        yield from self._rejected

    def _rows(self, sequence: CodedSequence, labels: np.ndarray) -> Iterator[LabelRow]:
        known = ~np.isnan(labels)
        filled = _read_only(np.where(known, labels, 0))
        mask = _read_only(known.astype(np.float32))
        intensities = None if sequence.intensities is None else _read_only(sequence.intensities)
        for index, (frame, line) in enumerate(
            zip(sequence.frames.tolist(), sequence.lines.tolist(), strict=True)
        ):
            photo = self._pictures.photo_of(sequence, frame, self._offset.value)
            row = LabelRow(
                example_id(photo),
                photo,
                filled[index],
                mask[index],
                line,
                source=sequence.frame_files[index] if sequence.frame_files else sequence.file,
                aus=sequence.aus,
                intensities=None if intensities is None else intensities[index],
                person=sequence.person,
                frame=Frame(sequence.name, frame) if sequence.name else None,
            )
            yield row.in_columns(self.aus)

    def _remarks(self, dataset: DatasetFormat, log: ReadingLog, knows_pictures: bool) -> Iterator[str]:
        yield rows_remark(self.path, dataset.title, self._sequences, self.aus)
        if self._positive_from is not None:
            yield f"present is what has an intensity of {self._positive_from:g} or more (--positive_from)"
        if knows_pictures:
            yield offset_remark(self._offset, self._sequences)
            yield from self._pictures.differences(self._sequences, self._offset.value)
        if dataset.published:
            # Shares are known at the usual threshold only.
            labels = self._labels if self._positive_from == dataset.positive_from else None
            if text := compare_with_published(dataset.published, self._sequences, labels):
                yield text
        yield from log.all_remarks()


def _sequences(
    path: Path, dataset: DatasetFormat, reading: LabelReading, log: ReadingLog
) -> list[CodedSequence]:
    """Returns the videos that have codes; raises UserError where there is none or one comes twice."""
    sequences = [one for one in dataset.read(LabelFolder.of(path), reading, log) if len(one.frames)]
    if not sequences:
        rejected = [f"{one.source}, line {one.line}: {one.reason}" for one in log.rejected]
        why = next(iter(rejected + log.all_remarks()), "")
        raise UserError(f"{path}: no frame of {dataset.title} is coded{f'; {why}' if why else ''}")
    first: dict[str, CodedSequence] = {}
    for one in sequences:
        if one.name in first:
            raise UserError(
                f"{path}: {first[one.name].file} and {one.file} both have codes of {one.name or 'the photos'}: name "
                "the folder of one of them"
            )
        first[one.name] = one
    return sequences


def _labels(sequence: CodedSequence, positive_from: float | None) -> np.ndarray:
    """Returns [n, AUs]: 1 present, 0 absent, NaN unknown."""
    if positive_from is None or sequence.intensities is None:
        assert sequence.presence is not None
        return sequence.presence
    present = (sequence.intensities >= positive_from).astype(np.float32)
    present[np.isnan(sequence.intensities)] = np.nan
    if sequence.presence is not None:
        present = np.where(np.isnan(sequence.presence), present, sequence.presence)
    return present


def _read_only(array: np.ndarray) -> np.ndarray:
    array = np.ascontiguousarray(array, np.float32)
    array.flags.writeable = False
    return array
