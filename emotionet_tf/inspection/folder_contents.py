"""What a records folder really holds, counted in one pass over all views and compared with its `dataset.json`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from emotionet_tf.action_units import VIEWS, au_name
from emotionet_tf.inspection.photo_index import PhotoIndex, PhotoIndexer
from emotionet_tf.inspection.tables_against_records import RecordTables, compare_tables, read_tables
from emotionet_tf.inspection.verifying_reader import Problem, ReadExamples, RecordReader
from emotionet_tf.records.dataset_info import DatasetInfo, OrderChecksum, load_dataset_info, shard_path
from emotionet_tf.storage.paths import as_path

_ANGLE_BINS = 361
_TAIL = 0.05


@dataclass(frozen=True, eq=False)
class AngleSpread:
    """How the head angles are spread, in degrees; pitch, yaw, roll.

    Attributes:
      count: Records whose angles are known.
      mean, deviation: [3]; 0 where none is known.
      low, high: [3], below and above which 5 % of them lie, to a degree.
    """

    count: int
    mean: np.ndarray
    deviation: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True, eq=False)
class RecordContents:
    """What is in a records folder.

    Attributes:
      folder: The folder.
      info: Its `dataset.json`.
      num_read: Readable records that all views have in common; everything below is counted in them.
      known: [23], records with a known label.
      positives: [23], known labels that are 1; the sum of soft ones.
      angles: The spread of head angles.
      class_counts: Records of each class of `info.classes`.
      tables: What `rows.csv` and `rejected.csv` say.
      num_bytes: Size of each view's shards, and of everything else as "other".
      photos: The photos, to find those that occur twice.
      problems: All that was found.
    """

    folder: str
    info: DatasetInfo
    num_read: int
    known: np.ndarray
    positives: np.ndarray
    angles: AngleSpread
    class_counts: np.ndarray
    tables: RecordTables
    num_bytes: Mapping[str, int]
    photos: PhotoIndex
    problems: tuple[Problem, ...]


def read_contents(
    folder: str, *, with_looks: bool, look_at: Callable[[ReadExamples], None], progress: Callable[[int], None]
) -> RecordContents:
    """Reads a records folder completely, a few hundred records of it in memory at a time.

    Args:
      folder: The folder.
      with_looks: Whether to compute codes of the decoded crops that nearly agree for copies.
      look_at: Called with all usable examples, some at a time.
      progress: Called with the number of records done.
    Raises:
      UserError: If it is not a records folder. Damage is not an error: it is in `problems`.
    """
    info = load_dataset_info(folder, check_shards=False)
    reader = RecordReader(folder, info)
    tally, photos, order = _Tally(len(info.classes), len(info.aus)), PhotoIndexer(with_looks), OrderChecksum()
    view = VIEWS[0] if VIEWS[0] in info.views else next(iter(info.views), "")
    for index in range(reader.num_shards):
        for examples in reader.read_shard(index):
            tally.add(examples)
            photos.add(examples.ids, examples.crops[view])
            look_at(examples)
            for example_id in examples.ids:
                order.add(example_id)
            progress(tally.num_examples)
        order.end_shard()
    tables, problems = read_tables(folder)
    indexed = photos.finish(tables.folders)
    problems = reader.problems + problems
    if not problems:
        # With broken records all counts differ, which would say nothing new.
        problems = _compare_counts(folder, info, tally, order.hexdigest())
        problems += compare_tables(folder, tables, info, indexed.ids)
    return RecordContents(
        folder=folder,
        info=info,
        num_read=tally.num_examples,
        known=tally.known,
        positives=tally.positives,
        angles=tally.angles(),
        class_counts=tally.class_counts,
        tables=tables,
        num_bytes=_sizes(folder, info),
        photos=indexed,
        problems=tuple(problems),
    )


class _Tally:
    """Counts examples, a few numbers in all."""

    def __init__(self, num_classes: int, num_aus: int) -> None:
        self.num_examples = 0
        self.known = np.zeros(num_aus)
        self.positives = np.zeros(num_aus)
        self.class_counts = np.zeros(num_classes, np.int64)
        self._num_angles = 0
        self._sum, self._squares = np.zeros(3), np.zeros(3)
        self._bins = np.zeros((3, _ANGLE_BINS), np.int64)

    def add(self, examples: ReadExamples) -> None:
        values = examples.values
        self.num_examples += len(examples.ids)
        self.known += values["mask"].sum(axis=0, dtype=np.float64)
        self.positives += (values["labels"] * values["mask"]).sum(axis=0, dtype=np.float64)
        if len(self.class_counts):
            indices = values["class_index"]
            inside = indices[(indices >= 0) & (indices < len(self.class_counts))]
            self.class_counts += np.bincount(inside, minlength=len(self.class_counts))
        angles = np.degrees(values["angles"][values["angles_mask"].all(axis=1)].astype(np.float64))
        self._num_angles += len(angles)
        self._sum += angles.sum(axis=0)
        self._squares += (angles**2).sum(axis=0)
        for axis in range(3):
            places = np.clip(np.rint(angles[:, axis]) + _ANGLE_BINS // 2, 0, _ANGLE_BINS - 1).astype(np.int64)
            self._bins[axis] += np.bincount(places, minlength=_ANGLE_BINS)

    def angles(self) -> AngleSpread:
        count = max(1, self._num_angles)
        mean = self._sum / count
        deviation = np.sqrt(np.maximum(0, self._squares / count - mean**2))
        shares = np.cumsum(self._bins, axis=1) / count
        low, high = (
            np.argmax(shares >= share, axis=1) - _ANGLE_BINS // 2 if self._num_angles else np.zeros(3)
            for share in (_TAIL, 1 - _TAIL)
        )
        return AngleSpread(self._num_angles, mean, deviation, low, high)


def _compare_counts(folder: str, info: DatasetInfo, tally: _Tally, order_sha256: str) -> list[Problem]:
    """Returns where `dataset.json` differs from the records."""
    said: dict[str, tuple[object, object]] = {
        "num_examples": (info.num_examples, tally.num_examples),
        "order_sha256": (info.order_sha256, order_sha256),
        "mean_angles": (
            np.round(info.mean_angles, 4).tolist(),
            np.round(np.radians(tally.angles().mean), 4).tolist(),
        ),
        "class_counts": (list(info.class_counts), tally.class_counts.tolist()),
    }
    for au, known, positives in zip(map(au_name, info.aus), tally.known, tally.positives, strict=True):
        said[f"known of {au}"] = (info.known.get(au), float(known))
        # Soft labels are stored with fewer digits than they are counted with.
        said[f"positives of {au}"] = (round(info.positives.get(au, 0.0), 1), round(float(positives), 1))
    where = str(as_path(folder) / "dataset.json")
    return [
        Problem(where, f"its {name} is {_short(expected)}, that of the records {_short(found)}")
        for name, (expected, found) in said.items()
        if expected != found
    ]


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _sizes(folder: str, info: DatasetInfo) -> dict[str, int]:
    sizes = {**dict.fromkeys(info.views, 0), "other": 0}
    listed = set()
    for view, shards in info.views.items():
        # Shards may lie in another folder: repaired ones, or those that several folders share.
        for path in (shard_path(folder, shard) for shard in shards):
            listed.add(path)
            sizes[view] += path.stat().st_size if path.is_file() else 0
    for path in as_path(folder).rglob("*"):
        if path not in listed and path.is_file():
            sizes["other"] += path.stat().st_size
    return sizes
