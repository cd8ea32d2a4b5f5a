"""The result of an inspection of records, as text."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from emotionet_tf.action_units import au_name
from emotionet_tf.inspection.duplicates import SAME_FOLDER, Repetition
from emotionet_tf.inspection.folder_contents import AngleSpread, RecordContents
from emotionet_tf.inspection.inspect_records import Inspection
from emotionet_tf.inspection.verifying_reader import Problem

_CLASSES_LISTED = 3


def format_contents(contents: RecordContents, max_listed: int) -> str:
    """Returns what is in one records folder, and at most `max_listed` of its problems."""
    info = contents.info
    sizes = ", ".join(f"{name} {_size(count)}" for name, count in contents.num_bytes.items())
    shards = " + ".join(f"{len(shards)} {view}" for view, shards in info.views.items())
    lines = [
        f"{contents.folder}: dataset {info.name}, crops of {info.crop_size_px} px, {info.framing}",
        f"  {info.num_rows} rows = {info.num_examples} records + {info.num_without_face} without a face "
        f"+ {info.num_rejected} rejected",
        *(f"    rejected: {count} {reason}" for reason, count in contents.tables.reasons),
        f"  {shards} shards; {sizes}",
    ]
    if contents.tables.detectors:
        found = sum(count for _, count in contents.tables.detectors)
        shares = ", ".join(
            f"{name} {count} ({count / found:.1%})" for name, count in contents.tables.detectors
        )
        lines.append(f"  faces found by: {shares}")
    if len(contents.tables.folders) > 1:
        lines.append(f"  photos from {len(contents.tables.folders)} folders")
    lines += _angle_lines(contents.angles)
    if info.classes:
        lines += _class_lines(info.classes, contents.class_counts)
    if contents.known.any():
        lines += _au_lines(contents)
    else:
        lines.append("  no AU is labelled")
    if contents.problems:
        lines.append(
            f"  {_plural(len(contents.problems), 'PROBLEM')}; {contents.num_read} of {info.num_examples} records "
            "were read and counted"
        )
        lines += _listed(map(str, contents.problems), len(contents.problems), max_listed)
    else:
        lines.append(
            f"  all {contents.num_read} records of each view were read: they are whole, have the same order and "
            "labels, and match dataset.json"
        )
    return "\n".join(lines)


def format_repetitions(inspection: Inspection) -> str:
    """Returns what occurs twice."""
    named = " and among " if len(inspection.contents) > 1 else ""
    if not inspection.repetitions:
        return f"nothing occurs twice within{named.replace('among ', 'among')} the records"
    lines = []
    for found in inspection.repetitions:
        where = (
            f"within {found.first}" if found.first == found.second else f"{found.first} and {found.second}"
        )
        warning = "warning: " if _is_wrong(found, inspection) else ""
        lines.append(f"{warning}{where}: {found.kind}, {_plural(found.count, 'time')}")
        lines += _listed(found.examples, found.count, len(found.examples))
    return "\n".join(lines)


def format_damage(inspection: Inspection) -> str:
    """Returns one line on folders with problems; empty if there are none."""
    damaged = [contents for contents in inspection.contents if contents.problems]
    names = ", ".join(f"{one.folder} ({_plural(len(one.problems), 'problem')})" for one in damaged)
    first: Problem | None = damaged[0].problems[0] if damaged else None
    return f"damaged or inconsistent: {names}; first: {first}" if damaged else ""


def _is_wrong(found: Repetition, inspection: Inspection) -> bool:
    """Returns whether a repetition is a fault; a shared folder is one only where data were split by folder."""
    if found.kind != SAME_FOLDER:
        return True
    both = [one.info.settings for one in inspection.contents if one.folder in (found.first, found.second)]
    by_folder = ("folder", "top_folder")
    return any(settings.get("split_by") in by_folder and settings.get("val_fraction") for settings in both)


def _listed(texts: Iterable[str], count: int, max_listed: int) -> list[str]:
    lines = [f"    {text}" for _, text in zip(range(max_listed), texts, strict=False)]
    if count > max_listed:
        lines.append(f"    ... and {count - max_listed} more")
    return lines


def _angle_lines(angles: AngleSpread) -> list[str]:
    if not angles.count:
        return ["  head angles: none is known"]
    lines = [f"  head angles of {angles.count} records, degrees:   mean  deviation  5 % below  5 % above"]
    for axis, name in enumerate(("pitch", "yaw", "roll")):
        values = [values[axis] for values in (angles.mean, angles.deviation)]
        tails = [values[axis] for values in (angles.low, angles.high)]
        lines.append(
            f"    {name:<5}{values[0]:>45.1f}{values[1]:>11.1f}{tails[0]:>11.0f}{tails[1]:>11.0f}".rstrip()
        )
    return lines


def _class_lines(classes: Sequence[str], counts: np.ndarray) -> list[str]:
    order = np.argsort(-counts, kind="stable")
    shown = (
        order
        if len(order) <= 2 * _CLASSES_LISTED + 2
        else np.r_[order[:_CLASSES_LISTED], order[-_CLASSES_LISTED:]]
    )
    listed = [f"{classes[place]} {counts[place]}" for place in shown]
    if len(shown) < len(order):
        listed.insert(_CLASSES_LISTED, "...")
    return [
        f"  {len(classes)} classes of {counts.min()} to {counts.max()} records, half of them with "
        f"{math.floor(np.median(counts))} or fewer: {', '.join(listed)}"
    ]


def _au_lines(contents: RecordContents) -> list[str]:
    names = [au_name(au) for au in contents.info.aus]
    width = max(map(len, names))
    lines = [f"  {'AU':{width}}    known   positive    share    unknown"]
    for name, known, positives in zip(names, contents.known, contents.positives, strict=True):
        unknown = contents.num_read - known
        share = f"{positives / known:>8.2%}" if known else f"{'-':>8}"
        lines.append(f"  {name:{width}}{known:>9.0f}{positives:>11.0f} {share}{unknown:>11.0f}")
    return lines


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}{'S' if word.isupper() else 's'}"


def _size(num_bytes: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if num_bytes < 1000 or unit == "GB":
            break
        num_bytes /= 1000
    return f"{num_bytes:.0f} {unit}" if unit in ("B", "kB") else f"{num_bytes:.1f} {unit}"
