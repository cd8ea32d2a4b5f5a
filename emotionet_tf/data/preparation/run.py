"""A preparation from end to end; goes on where it was stopped."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from emotionet_tf import files
from emotionet_tf.data.dataset_info import DatasetInfo
from emotionet_tf.data.labelled_faces import expand_label_files
from emotionet_tf.data.preparation.config import PrepareConfig
from emotionet_tf.data.preparation.earlier_records import find_earlier
from emotionet_tf.data.preparation.finished_parts import FaceCounts, finish_part
from emotionet_tf.data.preparation.plan import Plan, PlannedPart, PlannedShard, make_plan
from emotionet_tf.data.preparation.progress_watch import ProgressWatch
from emotionet_tf.data.preparation.work_files import WorkFiles
from emotionet_tf.data.record_parts import check_parts, existing_part, print_summary
from emotionet_tf.durations import format_duration
from emotionet_tf.faces.photos import format_unreadable
from emotionet_tf.run_settings import claim_folder, refuse_other_settings

RunShards = Callable[[PrepareConfig, list[PlannedShard]], None]
"""Prepares and joins shards; `runners.run_shards` with the runner chosen."""


def prepare(config: PrepareConfig, run_shards: RunShards) -> list[DatasetInfo]:
    """Makes a records folder for each part of a dataset; a folder that is already there as wanted is kept.

    The records are those that `align_faces` and `write_records` make of the same photos and lists, and a function of
    the inputs alone. What a stopped run has done is kept in a work folder and not done again. Rows and photos are
    looked at anew in every run, and chunks are done anew where rows came or went, or a photo's length is another:
    what was missing or damaged and has been mended is taken up.

    Args:
      config: What is prepared and how.
      run_shards: Does the work on shards.
    Raises:
      UserError: If an input is at fault, a part would hold no record, the output folder is something else, or an
        unfinished run had other settings of faces and crops.
    """
    check_parts(config.dataset, config.output_dir, config.split, config.num_shards)
    label_files = expand_label_files(config.label_files)
    work = WorkFiles(config.work_dir)
    plan = _claim_and_plan(config, label_files, work)
    print(
        f"{plan.num_rows} rows in {len(label_files)} label list(s), photos in {config.photos_dir}", flush=True
    )
    if plan.num_unused:
        print(f"{plan.num_unused} photos of {config.photos_dir} have no labels and are left out", flush=True)
    for line in plan.remarks:
        print(line, flush=True)
    settings = _settings(config, label_files)
    existing = {part.name: _existing(config, part, settings) for part in plan.parts}
    wanted = [part for part in plan.parts if existing[part.name] is None]
    _do_missing(config, work, wanted, run_shards)
    infos = []
    for part in plan.parts:
        folder, seen = Path(config.output_dir) / part.name, None
        info = existing[part.name]
        if info:
            print(f"{folder} is up to date")
        else:
            info, seen = finish_part(config, part, {**settings, "photos": part.key})
        print_summary(info, folder)
        if seen:
            _print_seen(seen)
        infos.append(info)
    _check_accounts(plan, infos)
    shutil.rmtree(config.work_dir)
    return infos


def _claim_and_plan(config: PrepareConfig, label_files: list[str], work: WorkFiles) -> Plan:
    """Returns the plan, once the work folder is seen to be of these settings."""
    if work.settings.is_file():
        refuse_other_settings(work.settings, config.face_settings())
    try:
        plan = make_plan(config, label_files, work.plan)
        claim_folder(work.settings, config.face_settings())
    finally:
        if not work.settings.is_file():
            # Nothing is done yet: what was refused now must not bind the next run.
            shutil.rmtree(work.folder, ignore_errors=True)
    return plan


def _settings(config: PrepareConfig, label_files: Iterable[str]) -> dict[str, Any]:
    """Returns what decides the records, beside the plan."""
    return {
        **config.face_settings(),
        "labels": {file: files.sha256_of(file) for file in label_files},
        "val_fraction": config.split.val_fraction,
        "seed": config.split.seed,
        "split_by": config.split.split_by,
        "num_shards": config.num_shards,
    }


def _existing(config: PrepareConfig, part: PlannedPart, settings: dict[str, Any]) -> DatasetInfo | None:
    return existing_part(Path(config.output_dir) / part.name, {**settings, "photos": part.key})


def _do_missing(
    config: PrepareConfig, work: WorkFiles, parts: list[PlannedPart], run_shards: RunShards
) -> None:
    shards = [shard for part in parts for shard in part.shards]
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


def _print_seen(seen: FaceCounts) -> None:
    if sum(seen.by_detector.values()):
        shares = ", ".join(f"{name} {count}" for name, count in sorted(seen.by_detector.items()))
        print(f"  faces found by {shares}")
    if seen.num_unreadable:
        print(f"  {seen.num_unreadable} photos cannot be read and count as photos without a face:")
        print(format_unreadable(seen.unreadable))
        if seen.num_unreadable > len(seen.unreadable):
            print(f"  ... and {seen.num_unreadable - len(seen.unreadable)} more, see faces.csv")


def _check_accounts(plan: Plan, infos: list[DatasetInfo]) -> None:
    """Makes sure that every row of the lists is a record, without a face, or rejected."""
    counted = sum(info.num_rows for info in infos)
    if counted != plan.num_rows:
        raise RuntimeError(f"of {plan.num_rows} rows {counted} are accounted for; this is a mistake of ours")
