"""Which rows are to be prepared, in which split, shard and chunk; decided before any photo is read, in flat memory.

Rows and photos meet in one sort by the example id, so that neither the lists nor the photos' names are held in memory;
a second sort brings the usable rows in the order of their shards.
"""

from __future__ import annotations

import hashlib
import heapq
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path

from emotionet_tf.action_units import ACTION_UNITS
from emotionet_tf.au_sets import common_au_set
from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.joined_rows import RowsOfOneId
from emotionet_tf.label_lists.name_forms import ambiguous_forms, composed
from emotionet_tf.label_lists.near_ids import near_ids
from emotionet_tf.label_lists.photo_ids import example_id
from emotionet_tf.label_lists.rejection_reasons import NO_PHOTO, RejectedRow
from emotionet_tf.label_lists.rows import LabelRow, source_name
from emotionet_tf.label_lists.streaming import open_label_list
from emotionet_tf.photos.passed_over import passed_over
from emotionet_tf.photos.reading import walk_photos
from emotionet_tf.preparation.config import PrepareConfig
from emotionet_tf.preparation.external_sort import SortedSpill
from emotionet_tf.preparation.planned_rows import (
    PlannedRow,
    decisive_text,
    label_letters,
    row_of,
    rows_text,
)
from emotionet_tf.records.split_groups import SplitGroups
from emotionet_tf.records.splits import shard_and_rank, unit_hash
from emotionet_tf.records.writing.split_writer import automatic_shards
from emotionet_tf.storage.paths import RemotePath, as_path, remove_tree

CHUNK_ROWS = 128
"""Photos of a chunk, on average: what a killed worker loses at most."""
_PHOTO, _ROW = 0, 1
_MOST_NEAR_IDS = 10_000
"""Ids of rows without a photo, and of photos without a row, that are compared: a million take too much memory."""
_NUM_REMOTE_CALLS, _ASKED_AT_ONCE = 64, 1024
"""Calls over the network under way at a time, and ids whose photos are asked about before the next."""


@dataclass(frozen=True)
class Chunk:
    """Rows of a shard that are prepared at once; the key is a checksum of place and content."""

    key: str
    num_rows: int


@dataclass(frozen=True)
class PlannedShard:
    """A shard of a split: its chunks in their order."""

    chunks: tuple[Chunk, ...]

    @property
    def key(self) -> str:
        """A checksum of the rows."""
        return _checksum(chunk.key for chunk in self.chunks)

    @property
    def num_rows(self) -> int:
        """Rows of all chunks."""
        return sum(chunk.num_rows for chunk in self.chunks)


@dataclass(frozen=True, eq=False)
class PlannedSplit:
    """A dataset that is to be written: all its rows are in its shards or rejected."""

    name: str
    shards: list[PlannedShard]
    rejected: SortedSpill

    @property
    def key(self) -> str:
        """A checksum of the usable rows and their photos' lengths."""
        return _checksum(shard.key for shard in self.shards)

    @property
    def num_rows(self) -> int:
        """Usable rows."""
        return sum(shard.num_rows for shard in self.shards)

    def no_record_rows(self, others: Iterable[tuple[str, int, str, str]]) -> Iterator[RejectedRow]:
        """Yields the rejected rows and others, which come by file, line, id and reason, in this order."""
        for file, line, row_id, reason in heapq.merge(self.rejected, others):
            yield RejectedRow(line, row_id, reason, file)


@dataclass(frozen=True, eq=False)
class Plan:
    """What is to be done.

    Attributes:
      splits: The datasets.
      num_rows: Rows of the label lists; each is in one split.
      num_unused: Photos that no row names.
      remarks: Lines for the user: what is to be known of the lists, what OpenFace's files lacked, where they are asked,
        and which files beside the photos are passed over.
      aus: The columns of the rows' labels.
    """

    splits: list[PlannedSplit]
    num_rows: int
    num_unused: int
    remarks: list[str]
    aus: tuple[int, ...]


def make_plan(config: PrepareConfig, label_files: list[str], folder: Path) -> Plan:
    """Reads the label lists and the photos' names and lays down in a folder what is to be done.

    The folder receives the rows of each chunk in a file of its own; what it held is removed.

    Raises:
      UserError: If a list, the photos' folder or OpenFace's file of a photo is invalid, two photos of a row share its
        id, or no row has a photo.
    """
    remove_tree(folder)
    folder.mkdir(parents=True)
    return _Planner(config, label_files, folder).plan()


class _Planner:
    def __init__(self, config: PrepareConfig, label_files: list[str], folder: Path) -> None:
        self._config = config
        self._label_files = label_files
        self._sources: list[tuple[int, str]] = []
        self._remarks: list[str] = []
        self._folder = folder
        self._photos_dir = as_path(config.photos_dir)
        self._lengths: dict[str, int] = {}
        names = config.split.names(config.dataset)
        self._rejected = {name: SortedSpill(folder) for name in names}
        self._usable = {name: SortedSpill(folder) for name in names}
        self._groups = SplitGroups(config.split, config.dataset)
        self._num_unused = 0
        self._others: Counter[str] = Counter()
        self._aus: tuple[int, ...] = ACTION_UNITS
        self._missing: tuple[str, str] | None = None
        self._missing_ids: list[str] = []
        self._unused_ids: list[str] = []
        self._openface = config.detectors.openface_photos()

    def plan(self) -> Plan:
        found = SortedSpill(self._folder)
        num_rows = self._add_rows(found)
        self._add_photos(found)
        some_photo = "nothing"
        for group in self._by_id(found):
            for own in _of_each_form(group):
                some_photo = self._join(own) or some_photo
        near = near_ids(self._missing_ids, self._unused_ids)
        if self._missing and not any(map(len, self._usable.values())):
            file, row_id = self._missing
            raise UserError(
                f"{file}: none of its photos is in {self._config.photos_dir}; the list has '{row_id}', "
                f"the folder '{some_photo}'" + (f"; {near}" if near else "")
            )
        self._remarks += [f"warning: of the rows without a photo, {near}"] if near else []
        if self._openface:
            self._openface.refuse_other_photos()
        self._groups.check()
        self._remarks += self._groups.lines()
        splits = [
            PlannedSplit(name, list(self._shards(name, usable)), self._rejected[name])
            for name, usable in self._usable.items()
        ]
        self._remarks += self._openface.remarks() if self._openface else []
        self._remarks += passed_over(self._others)
        return Plan(splits, num_rows, self._num_unused, self._remarks, self._aus)

    def _add_rows(self, found: SortedSpill) -> int:
        num_rows = 0
        reading = self._config.reading
        opened = [
            open_label_list(file, reading, partial(walk_photos, self._config.photos_dir))
            for file in self._label_files
        ]
        self._aus = common_au_set([labels.aus for labels in opened])
        for index, (file, labels) in enumerate(zip(self._label_files, opened, strict=True)):
            for row in labels:
                num_rows += 1
                if isinstance(row, RejectedRow):
                    place = source_name(file, row.source)
                    self._reject(row.example_id, row.example_id, place, row.line, row.reason)
                    continue
                # Sheets come one after the other, so that their numbers sort the rows as the lists have them.
                if not self._sources or self._sources[-1] != (index, row.source):
                    self._sources.append((index, row.source))
                found.add(
                    (
                        composed(row.example_id),
                        _ROW,
                        len(self._sources) - 1,
                        row.line,
                        label_letters(row.in_columns(self._aus)),
                        row.example_id,
                    )
                )
            self._remarks += [labels.remark] if labels.remark else []
        return num_rows

    def _add_photos(self, found: SortedSpill) -> None:
        for photo in walk_photos(self._config.photos_dir, self._others):
            found.add((composed(example_id(photo)), _PHOTO, photo))

    def _by_id(self, found: SortedSpill) -> Iterator[list[tuple]]:
        """Yields each id's photos and rows; remote photos' lengths are asked for in advance, many at a time."""
        groups = (list(group) for _, group in groupby(found, key=itemgetter(0)))
        if not isinstance(self._photos_dir, RemotePath):
            yield from groups
            return
        with ThreadPoolExecutor(_NUM_REMOTE_CALLS) as threads:
            while some := list(islice(groups, _ASKED_AT_ONCE)):
                photos = [
                    entry[2] for group in some for entry in group if entry[1] == _PHOTO and len(group) > 1
                ]
                self._lengths = dict(zip(photos, threads.map(self._num_bytes, photos), strict=True))
                yield from some

    def _num_bytes(self, photo: str) -> int:
        try:
            return (self._photos_dir / photo).stat().st_size
        except OSError:
            return -1

    def _join(self, group: list[tuple]) -> str:
        """Takes an id's photos and rows, and returns the id where it has a photo."""
        photos = [entry[2] for entry in group if entry[1] == _PHOTO]
        rows = [entry for entry in group if entry[1] == _ROW]
        # The photo's own form: by it the photo's crops are found again.
        row_id = example_id(photos[0]) if photos else rows[0][-1]
        if not rows:
            self._num_unused += len(photos)
            self._unused_ids += [row_id] if len(self._unused_ids) < _MOST_NEAR_IDS else []
        elif len(photos) > 1:
            raise UserError(f"photos {photos[0]} and {photos[1]} share the id {row_id}: remove or rename one")
        lists: RowsOfOneId | None = None
        for index, entries in groupby(rows, key=lambda entry: self._sources[entry[2]][0]):
            file = self._label_files[index]
            row = self._row_of_list(row_id, [entry[2:-1] for entry in entries], file)
            if not photos:
                place = source_name(file, row.source)
                self._missing = self._missing or (place, row_id)
                self._missing_ids += [row_id] if len(self._missing_ids) < _MOST_NEAR_IDS else []
                self._reject(row_id, row_id, place, row.line, NO_PHOTO, row.person)
            elif lists:
                reason = lists.add(row, file)
                person = row.person or lists.row.person
                self._reject(row_id, photos[0], source_name(file, row.source), row.line, reason, person)
            else:
                lists = RowsOfOneId(row, file)
        if lists:
            file = source_name(self._label_files[self._sources[rows[0][2]][0]], lists.row.source)
            self._use(photos[0], lists.row, file)
        return row_id if photos else ""

    def _row_of_list(self, row_id: str, entries: list[tuple], file: str) -> LabelRow:
        """Returns what a list's rows of one id, each with its source, line and letters, say together."""
        of_id: RowsOfOneId | None = None
        for number, line, letters in entries:
            source = self._sources[number][1]
            row = row_of(letters, row_id, row_id, line, source)
            if of_id is None:
                of_id = RowsOfOneId(row)
                continue
            reason = of_id.add(row)
            person = row.person or of_id.row.person
            self._reject(row_id, row_id, source_name(file, source), line, reason, person)
        assert of_id is not None
        return of_id.row

    def _reject(self, row_id: str, photo: str, file: str, line: int, reason: str, person: str = "") -> None:
        split = self._config.split.name_of(self._config.dataset, row_id, photo, person)
        self._rejected[split].add((file, line, row_id, reason))

    def _use(self, photo: str, row: LabelRow, file: str) -> None:
        row_id = row.example_id
        self._config.split.check_person(row.person, row_id)
        num_bytes = self._lengths[photo] if photo in self._lengths else self._num_bytes(photo)
        split = self._config.split.name_of(self._config.dataset, row_id, photo, row.person)
        self._groups.add(split, row_id, photo, row.person)
        openface_csv = self._openface.checksum(photo) if self._openface else ""
        # Shards are ranges of this hash, whatever their number, so that sorting by it sorts by shard.
        planned = PlannedRow(row_id, photo, num_bytes, label_letters(row), openface_csv, file, row.line)
        self._usable[split].add((unit_hash(f"shard/{row_id}"), *planned))

    def _shards(self, split: str, usable: SortedSpill) -> Iterator[PlannedShard]:
        """Writes a split's rows chunk by chunk and yields its shards."""
        num_shards = self._config.num_shards or automatic_shards(len(usable))
        num_chunks = max(1, -(-len(usable) // (num_shards * CHUNK_ROWS)))
        by_shard = groupby(usable, key=lambda row: shard_and_rank(row[1], num_shards)[0])
        waiting = next(by_shard, None)
        for index in range(num_shards):
            rows = SortedSpill(self._folder)
            if waiting and waiting[0] == index:
                for _, row_id, *rest in waiting[1]:
                    rank = shard_and_rank(row_id, num_shards)[1]
                    rows.add((int(rank * num_chunks), rank, row_id, *rest))
                waiting = next(by_shard, None)
            yield PlannedShard(tuple(self._chunks(f"{split}/{index}-of-{num_shards}", rows)))

    def _chunks(self, shard: str, rows: SortedSpill) -> Iterator[Chunk]:
        for number, group in groupby(rows, key=itemgetter(0)):
            planned = [PlannedRow(*row[2:]) for row in group]
            key = _checksum([f"{shard}/{number}", decisive_text(planned)])
            (self._folder / key).write_text(rows_text(planned), encoding="utf-8")
            yield Chunk(key, len(planned))


def _of_each_form(group: list[tuple]) -> Iterator[list[tuple]]:
    """Yields the photos and rows of each id of a group, whose ids differ at most in Unicode's form.

    Rows belong to the only photo there is, or to the one of their own form; so `lookup_in_any_form` does it.

    Raises:
      UserError: If there are photos in two forms, and a row in a third.
    """
    forms = {example_id(entry[2]) for entry in group if entry[1] == _PHOTO}
    if len(forms) < 2:
        yield group
        return
    by_form: dict[str, list[tuple]] = {form: [] for form in sorted(forms)}
    for entry in group:
        form = example_id(entry[2]) if entry[1] == _PHOTO else entry[-1]
        if form not in by_form:
            raise ambiguous_forms(form, by_form)
        by_form[form].append(entry)
    yield from by_form.values()


def _checksum(texts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode() + b"\0")
    return digest.hexdigest()[:32]
