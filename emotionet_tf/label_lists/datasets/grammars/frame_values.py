"""Files of one AU: a line a frame, with the frame's number and a value; and several of them side by side."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence

import numpy as np

from emotionet_tf.action_units import au_name
from emotionet_tf.label_lists.datasets.coded_sequences import ReadingLog
from emotionet_tf.label_lists.datasets.grammars.numbers import frame_number, number
from emotionet_tf.label_lists.datasets.label_folders import LabelFile
from emotionet_tf.label_lists.tables.text_lines import read_lines

FrameValues = dict[int, tuple[float, int]]
"""Value and line by frame; the value is NaN where it is coded as unknown."""

_MAX_SHOWN = 40


def files_by_au(
    found: Iterable[tuple[tuple[str, ...], int, LabelFile]], aus: Sequence[int], log: ReadingLog
) -> dict[tuple[str, ...], dict[int, LabelFile]]:
    """Sorts files of one AU each.

    Args:
      found: What identifies a file's video, its AU and the file.
      aus: The AUs that the dataset codes.
      log: Where files are named that are left out: of another AU, or a second one of the same.
    Returns:
      By video, in order, the files by AU, in the order of `aus`.
    """
    by_video: dict[tuple[str, ...], dict[int, LabelFile]] = {}
    for video, au, file in found:
        files = by_video.setdefault(video, {})
        if au not in aus:
            log.remark(f"{file.name}: left out, {au_name(au)} is not an AU of this dataset")
        elif au in files:
            log.remark(f"{file.name}: left out, {files[au].name} is of the same AU")
        else:
            files[au] = file
    return {video: {au: files[au] for au in aus if au in files} for video, files in by_video.items() if files}


def read_frame_values(
    file: LabelFile,
    *,
    separator: str | None,
    allowed: Container[float],
    log: ReadingLog,
    unknown: float | None = None,
    first_frame: int = 1,
) -> FrameValues:
    """Reads lines of a frame's number and a value; a line that is not one is rejected, blank ones are passed over.

    Args:
      file: The file.
      separator: What stands between both; None for blanks.
      allowed: The values that there are.
      log: Where lines go that cannot be used.
      unknown: The value that means unknown; None for none.
      first_frame: What the numbers count from; the frames that are returned count from 1.
    """
    values: FrameValues = {}
    for line in read_lines(file.path):
        text = line.text.strip()
        if not text or text.startswith("#"):
            continue
        cells = [cell.strip() for cell in text.split(separator)]
        try:
            frame, value = _parse(cells, first_frame)
            if value != unknown and value not in allowed:
                raise ValueError(f"value '{cells[1][:_MAX_SHOWN]}' is not one of this dataset's")
        except ValueError as error:
            log.reject(file.name, line.number, "", f"no frame and value: {error}")
            continue
        if frame in values:
            same = "same" if values[frame][0] == value else "conflicting"
            log.reject(
                file.name,
                line.number,
                f"frame {frame}",
                f"duplicate frame, {same} value as line {values[frame][1]}",
            )
            continue
        values[frame] = (np.nan if value == unknown else value, line.number)
    if not values:
        log.remark(f"{file.name}: no frame is coded in this file")
    return values


def _parse(cells: Sequence[str], first_frame: int) -> tuple[int, float]:
    """Returns frame, from 1 on, and value; raises ValueError for anything else."""
    if len(cells) != 2:
        raise ValueError(f"'{' '.join(cells)[:_MAX_SHOWN]}'")
    frame, value = cells
    # A picture's file name has its kind behind the number.
    place = frame_number(frame.rpartition(".")[0] if frame[-1:].isalpha() else frame, first_frame)
    return place - first_frame + 1, number(value)


def align_frames(
    video: str, aus: Sequence[int], values: Mapping[int, FrameValues], log: ReadingLog
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Puts the files of a video's AUs side by side.

    An AU that has frames beside the others' and lacks some of them is unknown throughout: its file may be shifted or of
    another video.

    Args:
      video: What the log calls the video.
      aus: The columns.
      values: By AU; AUs that are missing are unknown.
      log: Where it is noted which AUs and frames are missing.
    Returns:
      The frames [n] in order, a line of each [n], and the values [n, AUs] float32, NaN where unknown.
    """
    usable = _of_one_video(video, {au: one for au, one in values.items() if one}, log)
    frames = sorted(set().union(*usable.values()))
    places = {frame: place for place, frame in enumerate(frames)}
    array = np.full((len(frames), len(aus)), np.nan, np.float32)
    lines = np.zeros(len(frames), np.int64)
    for au, one in usable.items():
        rows = [places[frame] for frame in one]
        array[rows, list(aus).index(au)] = [value for value, _ in one.values()]
        lines[rows] = np.where(lines[rows] == 0, [line for _, line in one.values()], lines[rows])
    missing = [au_name(au) for au in aus if au not in values]
    if missing:
        log.remark(f"{video}: no file of {', '.join(missing)}; unknown")
    for au, one in usable.items():
        if len(one) < len(frames):
            log.remark(f"{video}: {au_name(au)} is coded in {len(one):,} of {len(frames):,} frames")
    if frames and len(frames) < frames[-1] - frames[0] + 1:
        gaps = frames[-1] - frames[0] + 1 - len(frames)
        log.remark(f"{video}: {gaps:,} frames between {frames[0]} and {frames[-1]} have no row")
    return np.array(frames, np.int64), lines, array


def _of_one_video(video: str, values: Mapping[int, FrameValues], log: ReadingLog) -> dict[int, FrameValues]:
    """Returns those AUs that have the frames that most agree on, or some of them, or these and others."""
    spans: list[tuple[int, ...]] = [tuple(sorted(one)) for one in values.values()]
    if not spans:
        return {}
    agreement = [(spans.count(span), len(span)) for span in spans]
    usual = set(spans[agreement.index(max(agreement))])
    kept = {}
    for au, one in values.items():
        if set(one) <= usual or set(one) >= usual:
            kept[au] = one
        else:
            log.remark(
                f"{video}: {au_name(au)} is unknown: its file has frames {min(one)} to {max(one)}, the other AUs' "
                f"{min(usual)} to {max(usual)}"
            )
    return kept
