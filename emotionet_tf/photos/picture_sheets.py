"""Sheets of small pictures: captions, rows and columns, a PNG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from emotionet_tf.storage.files import written_aside

WHITE, GREY, BACKGROUND = (255, 255, 255), (170, 170, 170), (32, 32, 32)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_SCALE = 0.42
_LINE_PX, _MARGIN_PX = 17, 6

Line = tuple[str, tuple[int, int, int]]
"""A text, of which only ASCII can be drawn, and its colour."""


def captioned(tile: np.ndarray, text: str) -> np.ndarray:
    """Writes a caption, outlined so that it is readable on any picture, into a tile and returns it."""
    for colour, thickness in (((0, 0, 0), 3), (WHITE, 1)):
        cv2.putText(tile, text, (6, 18), _FONT, 0.45, colour, thickness, cv2.LINE_AA)
    return tile


def wrapped(words: Sequence[str], width_px: int) -> list[str]:
    """Returns words in lines that fit a width in pixels; a longer word loses its beginning."""
    lines: list[str] = []
    for word in words:
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _fits(longer, width_px):
            lines[-1] = longer
        else:
            lines.append(_shortened(word, width_px))
    return lines


def text_block(lines: Sequence[Line], width_px: int, num_lines: int = 0) -> np.ndarray:
    """Returns lines of text on a plain ground.

    Args:
      lines: From top to bottom.
      width_px: The block's width.
      num_lines: Lines that it has room for at least.
    Returns:
      [height, width_px, 3] uint8.
    """
    height = _LINE_PX * max(len(lines), num_lines) + _MARGIN_PX
    block = np.full((height, width_px, 3), BACKGROUND, np.uint8)
    for row, (text, colour) in enumerate(lines):
        ascii_text = text.encode("ascii", "replace").decode()
        cv2.putText(
            block, ascii_text, (_MARGIN_PX, _LINE_PX * row + 14), _FONT, _SCALE, colour, 1, cv2.LINE_AA
        )
    return block


def in_rows(tiles: Sequence[np.ndarray], num_columns: int) -> np.ndarray:
    """Returns tiles of one size in rows, [height, num_columns * width, 3] uint8; the last row may have a plain rest."""
    height, width, _ = tiles[0].shape
    num_rows = -(-len(tiles) // num_columns)
    sheet = np.full((num_rows * height, num_columns * width, 3), BACKGROUND, np.uint8)
    for place, tile in enumerate(tiles):
        top, left = place // num_columns * height, place % num_columns * width
        sheet[top : top + height, left : left + width] = tile
    return sheet


def write_png(path: Path, picture: np.ndarray) -> None:
    """Writes an RGB picture, [height, width, 3] uint8, as a PNG, whole or not at all."""
    encoded = cv2.imencode(".png", picture[:, :, ::-1])[1]
    with written_aside(path) as aside:
        aside.write_bytes(encoded.tobytes())


def _fits(text: str, width_px: int) -> bool:
    return cv2.getTextSize(text, _FONT, _SCALE, 1)[0][0] <= width_px - 2 * _MARGIN_PX


def _shortened(word: str, width_px: int) -> str:
    if _fits(word, width_px):
        return word
    # Ids differ at their ends.
    return next((f"..{word[cut:]}" for cut in range(2, len(word)) if _fits(f"..{word[cut:]}", width_px)), "")
