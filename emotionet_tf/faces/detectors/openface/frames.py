"""Which frame of a sequence's CSV is which picture of its folder: by the pictures' numbers, or by the order of names.

FeatureExtraction numbers a video's frames from 1, and likewise the pictures of a folder (`-fdir`), in the order of
their names as texts, `10.jpg` before `2.jpg`, whatever numbers these have. Of every fifth frame of a video the third
picture may be called `frame_0015.jpg`, and its row is 15 where OpenFace saw the video, and 3 where it saw the folder.

Source: OpenFace 2.2.0, SequenceCapture.cpp (order, kinds of pictures, time 0), and its issues 149, 487, 810, 920.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

AUTO, BY_NUMBER, BY_ORDER = "auto", "number", "order"
WAYS = (AUTO, BY_NUMBER, BY_ORDER)

OF_VIDEO, OF_FOLDER, OF_UNKNOWN = "video", "folder", "unknown"
"""What OpenFace looked at, as far as its times say: those of a folder are all 0 since version 2."""

_LAST_NUMBER = re.compile(r"([0-9]+)[^0-9]*$")
_KINDS = (".jpg", ".jpeg", ".png", ".bmp")
"""What OpenFace takes for a picture, in small letters only."""


@dataclass(frozen=True)
class FramesOfPictures:
    """The frame of each picture that can have one, and what is to be known of how they were joined."""

    frames: Mapping[str, int]
    remark: str = ""


def number_of(name: str) -> int | None:
    """Returns the last number in a picture's name without its ending; None without one."""
    found = _LAST_NUMBER.search(name.rpartition(".")[0] or name)
    return int(found[1]) if found else None


def frames_of_pictures(
    names: Sequence[str], frames: Collection[int], seen: str = OF_UNKNOWN, way: str = AUTO
) -> FramesOfPictures:
    """Returns which frame each picture of a folder is.

    By number where all numbers of names are frames; by order where they are not and the last frame is the number of
    pictures. Where both are possible and differ, OpenFace's times decide, else it is by number, with a remark. Rows
    that somebody removed, of failed frames, leave gaps that do not matter as long as only one way is possible.

    Args:
      names: Names of all pictures of the folder.
      frames: The frames' numbers in the CSV.
      seen: What OpenFace looked at, of the constants above.
      way: One of `WAYS`; one other than auto is followed whatever the numbers are.
    Raises:
      ValueError: If neither way is certain; the message says both counts.
    """
    own, numbered, last = set(frames), _by_number(names), max(frames, default=0)
    ordered = _by_order(names, last)
    same = numbered == ordered
    if way == BY_NUMBER or (way == AUTO and not own):
        return FramesOfPictures({name: number for name in names if (number := number_of(name)) is not None})
    if way == BY_ORDER:
        return FramesOfPictures(ordered)
    is_order = last == len(ordered) and min(own) > 0
    is_number = bool(numbered) and own >= set(numbered.values())
    if seen == OF_FOLDER:
        if is_order or (same and last < len(ordered)):
            return FramesOfPictures(ordered)
    elif is_number:
        if not is_order or same or seen == OF_VIDEO:
            return FramesOfPictures(numbered)
        return FramesOfPictures(numbered, _REMARK)
    elif numbered and own <= set(numbered.values()):
        # Rows are missing. A frame beyond the number of pictures can be none of their places.
        if same or last > len(ordered) or seen == OF_VIDEO:
            return FramesOfPictures(numbered)
    elif is_order:
        return FramesOfPictures(ordered)
    raise ValueError(_neither(names, own))


_REMARK = (
    "rows go by the numbers of the pictures' names; if OpenFace ran on the folder (-fdir), where 10.jpg comes before "
    "2.jpg, --openface_frames=order"
)


def _by_number(names: Sequence[str]) -> dict[str, int]:
    """Returns the numbers of names; none where one has no number, or two have the same."""
    numbers = {name: number for name in names if (number := number_of(name)) is not None}
    return numbers if len(set(numbers.values())) == len(names) else {}


def _by_order(names: Sequence[str], num_frames: int) -> dict[str, int]:
    """Returns the places of the pictures that OpenFace reads; of all where only all are as many as the frames."""
    read = sorted(name for name in names if name.endswith(_KINDS))
    if not read or (len(read) != num_frames and len(names) == num_frames):
        read = sorted(names)
    return {name: place for place, name in enumerate(read, start=1)}


def _neither(names: Sequence[str], frames: Collection[int]) -> str:
    numbers = [number for name in names if (number := number_of(name)) is not None]
    numbered = f"numbered {min(numbers)} to {max(numbers)}" if numbers else "without numbers"
    return (
        f"{len(frames)} frames, {min(frames)} to {max(frames)}, and {len(names)} pictures, {numbered}: which is which "
        "is not certain; run OpenFace on these pictures again, or say it: --openface_frames=number (numbers of names) "
        "or order (of names)"
    )
