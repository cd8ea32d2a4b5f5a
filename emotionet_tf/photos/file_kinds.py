"""What a file's bytes tell of a photo before anything is decoded: its kind, and whether it has its end."""

from __future__ import annotations

import re
from collections.abc import Iterator

_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
)
_OTHER_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF"),
    (b"8BPS", "a Photoshop document"),
    (b"\x00\x00\x00\x0cjP  ", "JPEG 2000"),
    (b"\x1f\x8b", "compressed data"),
    (b"PK\x03\x04", "a ZIP archive"),
)
_MARKUP = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<(!doctype\s+html|html|head|body|\?xml|svg|!--|script)", re.IGNORECASE
)

_START_OF_SCAN, _END = 0xDA, b"\xff\xd9"


# What the box `ftyp` of a file of the ISO base media format says: HEIF with HEVC (ISO/IEC 23008-12), and AVIF.
_HEIC_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"))
_AVIF_BRANDS = frozenset((b"avif", b"avis"))


def kind_of(start: bytes) -> str | None:
    """Returns the kind of photo, such as "JPEG", of a file's first bytes, 64 or more; None for what is not read."""
    if start[4:8] == b"ftyp":
        return _kind_of_media(start)
    if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        return "WebP"
    return next((kind for magic, kind in _KINDS if start.startswith(magic)), None)


def _kind_of_media(start: bytes) -> str | None:
    """Returns "HEIC" or "AVIF"; None for films and what else has the same box."""
    brands = start[8 : min(int.from_bytes(start[:4], "big"), 1024)]
    named = {brands[place : place + 4] for place in range(0, len(brands), 4) if place != 4}
    if named & _AVIF_BRANDS:
        return "AVIF"
    return "HEIC" if named & _HEIC_BRANDS else None


def kind_problem(start: bytes) -> str:
    """Returns why a file that begins with some bytes, 256 serve best, is not a photo; empty if it may be one."""
    if kind_of(start):
        return ""
    if not start:
        return "empty file"
    if markup := _MARKUP.match(start):
        return (
            "SVG or XML instead of a photo"
            if markup[1].lower() in (b"?xml", b"svg")
            else "HTML instead of a photo"
        )
    for magic, name in _OTHER_KINDS:
        if start.startswith(magic):
            return f"{name} instead of a photo"
    if start[4:8] == b"ftyp":
        return "a film, or a HEIF file of another kind than HEIC and AVIF, instead of a photo"
    if not start.strip(b"\x00"):
        return "zero bytes instead of a photo"
    return "no photo of a known kind"


def is_cut_off(data: bytes) -> bool:
    """Says whether the end of a JPEG or PNG is missing; of other kinds it cannot be told without decoding."""
    if data.startswith(b"\xff\xd8"):
        return jpeg_scans(data) is None
    if data.startswith(b"\x89PNG"):
        return b"IEND" not in data[-1024:]
    return False


def jpeg_scans(data: bytes) -> tuple[int, int] | None:
    """Returns where a JPEG's scans begin, behind the first one's header, and where they end; None where no end is.

    What lies in segments before or behind them does not matter: segments may hold a preview with an end marker of its
    own, and cameras append whole films. In a scan's data the marker cannot occur by chance: there every byte 0xFF is
    followed by 0x00 or a restart marker.
    """
    first = next((start for marker, start, _ in jpeg_segments(data) if marker == _START_OF_SCAN), len(data))
    last = data.find(_END, first)
    return None if last < 0 else (first, last)


def jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yields marker, start and end of the content of each of a JPEG's segments, the first scan's header at last."""
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xFF:
            place += 1
        elif marker == 0x01 or 0xD0 <= marker <= 0xD8:
            place += 2
        else:
            end = place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
            yield marker, place + 4, end
            if marker == _START_OF_SCAN:
                return
            place = end
