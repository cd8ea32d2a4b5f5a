"""The rows of a video's table: those of a photo, with frame, time and the person's number. Needs no pandas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emotionet_tf.faces.photo_groups import SeenPhoto
from emotionet_tf.inference.tables.face_rows import rows_of_photo
from emotionet_tf.inference.videos.frame_results import FrameResult

TIME_COLUMNS = ("frame", "seconds", "face_id")
_NUM_FIRST = 2
"""So many columns, id and file, stand before the frame's."""


def frame_columns(columns_of_photos: Sequence[str]) -> list[str]:
    """Returns the columns of a video's table, given those of a photo's."""
    return [*columns_of_photos[:_NUM_FIRST], *TIME_COLUMNS, *columns_of_photos[_NUM_FIRST:]]


def rows_of_frames(name: str, results: Sequence[FrameResult]) -> list[dict[str, Any]]:
    """Returns a row for each frame and face, or one without scores for a frame without a face.

    Args:
      name: The video's name.
      results: Its frames.
    """
    rows: list[dict[str, Any]] = []
    for one in results:
        of_frame = rows_of_photo(name, SeenPhoto(one.pixels, one.faces))
        for index, row in enumerate(of_frame):
            face_id = one.face_ids[index] if one.face_ids else None
            row["id"] = f"{name}@{one.number}" + ("" if face_id is None else f"#{face_id}")
            row |= {"frame": one.number, "seconds": round(one.seconds, 6), "face_id": face_id}
        rows += of_frame
    return rows
