"""A preparation from end to end; resumes where it was stopped."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from emotionet_tf.console.durations import format_duration
from emotionet_tf.errors import UserError
from emotionet_tf.faces.head_pose import lying_remark
from emotionet_tf.label_lists.label_file_arguments import expand_label_files
from emotionet_tf.photos.reading import format_unreadable
from emotionet_tf.preparation.config import PrepareConfig
from emotionet_tf.preparation.finished_splits import FaceCounts, finish_split, overlapping_folders
from emotionet_tf.preparation.plan import Plan, PlannedShard, PlannedSplit, make_plan
from emotionet_tf.preparation.progress_watch import ProgressWatch
from emotionet_tf.preparation.reused_crops import changed_photo, find_earlier, has_other_content
from emotionet_tf.preparation.work_files import WorkFiles
from emotionet_tf.records.dataset_info import DATASET_FILE, REJECTED_FILE, DatasetInfo
from emotionet_tf.records.writing.csv_tables import print_summary
from emotionet_tf.records.writing.dataset_settings import label_inputs
from emotionet_tf.records.writing.split_writer import check_splits
from emotionet_tf.records.writing.up_to_date_folders import (
    PHOTOS_SETTING,
    describe_changes,
    up_to_date_folder,
)
from emotionet_tf.storage import files
from emotionet_tf.storage.paths import as_path, remove_tree
from emotionet_tf.storage.write_locks import only_writer

RunShards = Callable[[PrepareConfig, list[PlannedShard]], None]
"""Prepares and joins shards; `beam_runners.RunnerChoice.run_shards` with the runner chosen."""


def prepare(config: PrepareConfig, run_shards: RunShards) -> list[DatasetInfo]:
    """Makes a records folder for each split of a dataset; a folder that is already there as wanted is kept.

    The records are those that `align_faces` and `write_records` make of the same photos and lists, and a function of
    the inputs alone. What a stopped run has done is kept in a work folder and not done again. Rows and photos are
    looked at again in every run, and chunks are done again where rows came or went, or a photo's content is another:
    what was missing or damaged and has been repaired is taken up. A finished folder of other settings is rebuilt, and
    stays as it is until the new one is whole; unfinished work of other settings of faces and crops is left for a run
    that has them, until the dataset is finished.

    Args:
      config: What is prepared and how.
      run_shards: Does the work on shards.
    Raises:
      UserError: If an input is invalid, a split would hold no record, the output folder is something else, or another
        run prepares the dataset there.
    """
    check_splits(config.dataset, config.output_dir, config.split, config.num_shards)
    if not as_path(config.photos_dir).is_dir():
        raise UserError(f"photos folder {config.photos_dir} is missing or not a folder")
    label_files = expand_label_files(config.label_files, config.reading)
    config = _as_begun(config)
    with only_writer(as_path(config.output_dir) / config.dataset), _work_folder(config) as work:
        plan = make_plan(config, label_files, work.plan)
        _print_plan(config, plan, len(label_files))
        settings = _settings(config, label_files)
        existing = {split.name: _existing(config, split, settings) for split in plan.splits}
        wanted = [split for split in plan.splits if existing[split.name] is None]
        _do_missing(config, work, wanted, run_shards)
        infos = []
        for split in plan.splits:
            folder, seen = as_path(config.output_dir) / split.name, None
            info = existing[split.name]
            if info:
                print(f"{folder} is up to date")
            else:
                info, seen = finish_split(config, split, {**settings, PHOTOS_SETTING: split.key}, plan.aus)
            print_summary(info, folder)
            if seen:
                _print_seen(seen)
            infos.append(info)
        _check_accounts(plan, infos)
    for line in overlapping_folders(config):
        print(line, flush=True)
    return infos


def _as_begun(config: PrepareConfig) -> PrepareConfig:
    """Returns the configuration with what it leaves open as in its unfinished work or finished folders, if any."""
    unfinished = [
        files.read_json_or_nothing(path)
        for path in sorted(config.work_root.glob("*/settings.json"))
        if WorkFiles(path.parent).done("chunks") or WorkFiles(path.parent).done("shards")
    ]
    finished = [
        files.read_json_or_nothing(as_path(config.output_dir) / name / DATASET_FILE).get("settings", {})
        for name in config.split.names(config.dataset)
    ]
    for before in [*unfinished, *finished]:
        begun = config.as_begun(before)
        if begun.fits(before):
            return begun
    return config


@contextlib.contextmanager
def _work_folder(config: PrepareConfig) -> Iterator[WorkFiles]:
    """Yields the work files of a configuration's settings; they are removed when all is done, or if nothing is."""
    work = WorkFiles(config.work_dir)
    is_new = not as_path(config.output_dir).exists()
    for changes in _other_work(config):
        print(
            f"unfinished work of other settings is kept until this dataset is finished: {changes}", flush=True
        )
    files.write_json(work.settings, config.face_settings())
    try:
        yield work
    except BaseException:
        if not work.done("chunks"):
            remove_tree(work.folder)
            with contextlib.suppress(OSError):
                config.work_root.rmdir()  # stays where a log or other work is in it
                if is_new:
                    as_path(config.output_dir).rmdir()
        raise
    remove_tree(config.work_root, ignore_errors=False)


def _other_work(config: PrepareConfig) -> Iterator[str]:
    """Yields what differs from the settings of each stopped run with other ones that has done something."""
    for path in sorted(config.work_root.glob("*/settings.json")):
        if path.parent != config.work_dir and WorkFiles(path.parent).done("chunks"):
            before = json.loads(path.read_text(encoding="utf-8"))
            yield "; ".join(describe_changes(before, config.face_settings()))


def _print_plan(config: PrepareConfig, plan: Plan, num_lists: int) -> None:
    print(f"{plan.num_rows} rows in {num_lists} label list(s), photos in {config.photos_dir}", flush=True)
    if plan.num_unused:
        print(f"{plan.num_unused} photos of {config.photos_dir} have no labels and are left out", flush=True)
    for line in plan.remarks:
        print(line, flush=True)


def _settings(config: PrepareConfig, label_files: Iterable[str]) -> dict[str, Any]:
    """Returns what decides the records, beside the plan."""
    return {
        **config.face_settings(),
        **label_inputs(label_files, config.reading),
        "val_fraction": config.split.val_fraction,
        "seed": config.split.seed,
        "split_by": config.split.split_by,
        "num_shards": config.num_shards,
    }


def _existing(config: PrepareConfig, split: PlannedSplit, settings: dict[str, Any]) -> DatasetInfo | None:
    folder = as_path(config.output_dir) / split.name
    info = up_to_date_folder(folder, {**settings, PHOTOS_SETTING: split.key})
    if info and (photo := changed_photo(folder, as_path(config.photos_dir), info.settings)):
        print(
            f"{folder} is made again, and stays as it is until then: photos changed, such as {photo}",
            flush=True,
        )
        return None
    return info


def _do_missing(
    config: PrepareConfig, work: WorkFiles, splits: list[PlannedSplit], run_shards: RunShards
) -> None:
    shards = [shard for split in splits for shard in split.shards]
    _forget_changed(config, work, [chunk.key for shard in shards for chunk in shard.chunks])
    missing = []
    for shard in shards:
        keys = [chunk.key for chunk in shard.chunks]
        if not keys:
            work.join_shard(shard.key, keys)
        elif not work.is_shard_done(shard.key, keys):
            missing.append(shard)
    if not missing:
        return
    num_earlier = find_earlier(config, [chunk.key for shard in missing for chunk in shard.chunks])
    if num_earlier:
        print(
            f"{num_earlier} photos are in records already, and their crops are taken from there", flush=True
        )
    start = time.monotonic()
    with ProgressWatch(work, {chunk.key: chunk.num_rows for shard in shards for chunk in shard.chunks}):
        run_shards(config, missing)
    print(
        f"photos read, faces cropped and encoded in {format_duration(time.monotonic() - start)}", flush=True
    )


def _forget_changed(config: PrepareConfig, work: WorkFiles, keys: Iterable[str]) -> None:
    """Makes chunks that a stopped run has done be done again where a photo has another content since."""
    photos_dir = as_path(config.photos_dir)
    for key in keys:
        table = work.chunk(key, "json")
        if table.is_file() and any(
            has_other_content(photos_dir, line) for line in work.read_chunk_table(key)
        ):
            table.unlink()


def _print_seen(seen: FaceCounts) -> None:
    if sum(seen.by_detector.values()):
        shares = ", ".join(f"{name} {count}" for name, count in sorted(seen.by_detector.items()))
        print(f"  faces found by {shares}")
    if remark := lying_remark(seen.num_lying):
        print(f"  {remark}")
    if seen.num_unreadable:
        is_one = seen.num_unreadable == 1
        photos = "1 photo" if is_one else f"{seen.num_unreadable} photos"
        print(f"  {photos} cannot be read, and {'its row is' if is_one else 'their rows are'} rejected:")
        print(format_unreadable(seen.unreadable))
        if seen.num_unreadable > len(seen.unreadable):
            print(f"  ... and {seen.num_unreadable - len(seen.unreadable)} more, see {REJECTED_FILE}")


def _check_accounts(plan: Plan, infos: list[DatasetInfo]) -> None:
    """Makes sure that every row of the lists is a record, without a face, or rejected."""
    counted = sum(info.num_rows for info in infos)
    if counted != plan.num_rows:
        raise RuntimeError(f"of {plan.num_rows} rows {counted} are accounted for; this is a mistake of ours")
