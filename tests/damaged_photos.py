"""Makes photos that are broken or odd in every way, by seeded mutation of small generated pictures.

`odd_photos` makes files, `write_odd_photos` a folder of them with names, links and kinds of file that are odd too.
"""

from __future__ import annotations

import io
import os
import socket
import struct
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import simplejpeg
from PIL import Image

READ = "read"
REFUSED = "refused"
EITHER = "either"

HEIGHT, WIDTH = 48, 64


@dataclass(frozen=True)
class OddPhoto:
    """A file's name, its content, what is to become of it, and the picture that is to be seen where that is known."""

    name: str
    data: bytes
    outcome: str
    picture: np.ndarray | None = None


def picture(seed: int = 0) -> np.ndarray:
    """A smooth picture, [48, 64, 3] uint8, with corners of red, green, blue and yellow."""
    corners = np.array([[[230, 30, 30], [30, 200, 30]], [[30, 30, 220], [220, 220, 40]]], np.float32)
    smooth = cv2.resize(corners, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    grain = np.random.default_rng(seed).normal(0, 6, smooth.shape)
    return np.clip(smooth + grain, 0, 255).astype(np.uint8)


def encoded(pixels: np.ndarray | Image.Image, kind: str, **options: Any) -> bytes:
    """A picture as Pillow writes it."""
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def whole_files() -> dict[str, bytes]:
    """A whole file of each kind, by its suffix; ".progressive.jpg" and the like where a kind has several forms."""
    pixels = picture()
    return {
        ".jpg": encoded(pixels, "JPEG", quality=92),
        ".progressive.jpg": encoded(pixels, "JPEG", quality=92, progressive=True),
        ".png": encoded(pixels, "PNG"),
        ".webp": encoded(pixels, "WEBP", quality=95),
        ".gif": encoded(pixels, "GIF"),
        ".bmp": encoded(pixels, "BMP"),
        ".tif": encoded(pixels, "TIFF"),
        ".lzw.tif": encoded(pixels, "TIFF", compression="tiff_lzw"),
    }


def odd_photos(seed: int = 0) -> Iterator[OddPhoto]:
    """Yields more than 400 files, the same ones for the same seed, each with a name of its own."""
    generator = np.random.default_rng(seed)
    yield from _whole()
    yield from _no_photos(generator)
    yield from _colour_modes()
    yield from _orientations()
    yield from _large_ones()
    for suffix, data in whole_files().items():
        yield from _cut_off(suffix, data)
        yield from _mutated(suffix, data, generator)
    yield from _wrong_lengths()


def _whole() -> Iterator[OddPhoto]:
    for suffix, data in whole_files().items():
        yield OddPhoto(f"whole{suffix}", data, READ, picture())
        # Names are often wrong: a server's, or a person's who renamed the file.
        wrong = ".png" if suffix.endswith(".jpg") else ".jpg"
        yield OddPhoto(f"misnamed{suffix}{wrong}", data, READ, picture())
    jpeg = whole_files()[".jpg"]
    yield OddPhoto("bytes_behind.jpg", jpeg + b"\x00" * 999, READ, picture())
    yield OddPhoto("film_behind.jpg", jpeg + b"\x00\xff\xda\x00" * 999, READ, picture())
    yield OddPhoto("extraneous_bytes.jpg", jpeg[:-2] + b"abc\xff\xd9", READ, picture())
    yield OddPhoto("one_pixel.gif", encoded(np.zeros((1, 1, 3), np.uint8), "GIF"), READ)


def _no_photos(generator: np.random.Generator) -> Iterator[OddPhoto]:
    contents = {
        "empty": b"",
        "zero_byte": b"\x00",
        "zeros": b"\x00" * 5000,
        "noise": generator.bytes(5000),
        "text": b"404 Not Found\n",
        "html": b"<!DOCTYPE html>\n<html><body>photo unavailable</body></html>",
        "html_with_mark": b"\xef\xbb\xbf \n<HTML></HTML>",
        "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
        "json": b'{"error": "gone"}',
        "pdf": b"%PDF-1.4\n" + generator.bytes(300),
        "zip": b"PK\x03\x04" + generator.bytes(300),
        "gzip": b"\x1f\x8b\x08" + generator.bytes(300),
        "heic": b"\x00\x00\x00\x18ftypheic" + generator.bytes(300),
        "start_only": b"\xff\xd8",
        "jpeg_start": b"\xff\xd8\xff",
        "jpeg_start_end": b"\xff\xd8\xff\xd9",
        "fill_bytes": b"\xff\xd8" + b"\xff" * 5000,
        "png_start": b"\x89PNG\r\n\x1a\n",
        "riff_only": b"RIFF\x04\x00\x00\x00WEBP",
        "bmp_start": b"BM",
        "gif_start": b"GIF89a",
        "tiff_start": b"II*\x00",
    }
    for name, data in contents.items():
        yield OddPhoto(f"no_photo_{name}.jpg", data, REFUSED)


def _colour_modes() -> Iterator[OddPhoto]:
    pixels = picture()
    image = Image.fromarray(pixels)
    grey = np.asarray(image.convert("L"))
    as_rgb = np.repeat(grey[..., None], 3, axis=2)
    clear = np.dstack([pixels, np.full((HEIGHT, WIDTH), 255, np.uint8)])
    clear[:, : WIDTH // 2, 3] = 0
    on_white = pixels.copy()
    on_white[:, : WIDTH // 2] = 255
    black_white = image.convert("1")
    palette = image.convert("P", palette=Image.Palette.ADAPTIVE)
    wide, wide_grey = pixels.astype(np.uint16) * 257, grey.astype(np.uint16) * 257
    cmyk = np.asarray(image.convert("CMYK"))
    black_white_rgb = np.asarray(black_white.convert("RGB"))
    files = {
        "grey.jpg": (encoded(grey, "JPEG", quality=95), as_rgb),
        "grey.png": (encoded(grey, "PNG"), as_rgb),
        "cmyk.jpg": (encoded(image.convert("CMYK"), "JPEG", quality=95), pixels),
        "ycck.jpg": (simplejpeg.encode_jpeg(np.ascontiguousarray(255 - cmyk), 95, "CMYK", "444"), pixels),
        "cmyk.tif": (encoded(image.convert("CMYK"), "TIFF"), pixels),
        "16_bit.png": (cv2.imencode(".png", wide[..., ::-1])[1].tobytes(), pixels),
        "16_bit_grey.png": (cv2.imencode(".png", wide_grey)[1].tobytes(), as_rgb),
        "16_bit.tif": (cv2.imencode(".tif", wide[..., ::-1])[1].tobytes(), pixels),
        "16_bit_grey.tif": (cv2.imencode(".tif", wide_grey)[1].tobytes(), as_rgb),
        "16_bit_alpha.png": (
            cv2.imencode(".png", _bgra(clear.astype(np.uint16) * 257))[1].tobytes(),
            on_white,
        ),
        "alpha.png": (encoded(clear, "PNG"), on_white),
        "alpha.webp": (encoded(clear, "WEBP", lossless=True), on_white),
        "alpha.tif": (encoded(clear, "TIFF"), on_white),
        "grey_alpha.png": (encoded(Image.fromarray(clear).convert("LA"), "PNG"), None),
        "palette.png": (encoded(palette, "PNG"), np.asarray(palette.convert("RGB"))),
        "palette_clear.png": (encoded(palette, "PNG", transparency=3), None),
        "clear.gif": (encoded(Image.fromarray(clear), "GIF"), None),
        "1_bit.png": (encoded(black_white, "PNG"), black_white_rgb),
        "1_bit.tif": (encoded(black_white, "TIFF", compression="group4"), black_white_rgb),
        "interlaced.png": (interlaced_png(pixels), pixels),
        "subsampled_410.jpg": (encoded(pixels, "JPEG", quality=95, subsampling=2), pixels),
        "profile.jpg": (encoded(pixels, "JPEG", quality=95, icc_profile=b"no profile" * 50), pixels),
        "film.gif": (
            _film(image, "GIF"),
            np.asarray(Image.open(io.BytesIO(_film(image, "GIF"))).convert("RGB")),
        ),
        "film.webp": (_film(image, "WEBP", lossless=True), pixels),
        "pages.tif": (_film(image, "TIFF"), pixels),
    }
    for name, (data, expected) in files.items():
        yield OddPhoto(name, data, READ, expected)
    yield OddPhoto("float.tif", cv2.imencode(".tif", pixels.astype(np.float32) / 255)[1].tobytes(), REFUSED)
    yield OddPhoto("float_grey.tif", encoded(grey.astype(np.float32) / 255, "TIFF"), REFUSED)
    yield OddPhoto("32_bit.tif", encoded(grey.astype(np.int32), "TIFF"), REFUSED)


def _bgra(pixels: np.ndarray) -> np.ndarray:
    return pixels[..., [2, 1, 0, 3]]


def _film(image: Image.Image, kind: str, **options: Any) -> bytes:
    return encoded(image, kind, save_all=True, append_images=[image.rotate(180)], **options)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, packed: bytes, *, interlaced: bool = False) -> bytes:
    """A PNG of 8-bit colours with a header that claims a size, around packed rows."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, interlaced)
    start = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header)
    return start + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def interlaced_png(pixels: np.ndarray) -> bytes:
    """A PNG in Adam7's seven passes (PNG specification, section 8.2)."""
    passes = (
        (0, 0, 8, 8),
        (0, 4, 8, 8),
        (4, 0, 8, 4),
        (0, 2, 4, 4),
        (2, 0, 4, 2),
        (0, 1, 2, 2),
        (1, 0, 2, 1),
    )
    rows = (row for top, left, down, right in passes for row in pixels[top::down, left::right])
    packed = zlib.compress(b"".join(b"\x00" + row.tobytes() for row in rows))
    return png(pixels.shape[1], pixels.shape[0], packed, interlaced=True)


def exif(orientation: int, kind: int = 3, value: bytes | None = None) -> bytes:
    """A block of EXIF data with one entry, tag 0x0112; `kind` is the entry's type, 3 for 16 bits."""
    value = value if value is not None else orientation.to_bytes(2, "big") + b"\x00\x00"
    entry = b"\x01\x12" + kind.to_bytes(2, "big") + b"\x00\x00\x00\x01" + value
    return b"MM\x00\x2a\x00\x00\x00\x08\x00\x01" + entry + b"\x00\x00\x00\x00"


def with_exif(jpeg: bytes, block: bytes) -> bytes:
    """Puts EXIF data behind a JPEG's start marker."""
    content = b"Exif\x00\x00" + block
    return jpeg[:2] + b"\xff\xe1" + (len(content) + 2).to_bytes(2, "big") + content + jpeg[2:]


# How a picture is stored that is to be turned as EXIF 2.3 says: 6, for one, has the right side in its first row.
AS_STORED: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda upright: upright,
    2: np.fliplr,
    3: lambda upright: np.rot90(upright, 2),
    4: np.flipud,
    5: lambda upright: upright.transpose(1, 0, 2),
    6: lambda upright: np.rot90(upright),
    7: lambda upright: np.rot90(upright, 2).transpose(1, 0, 2),
    8: lambda upright: np.rot90(upright, -1),
}


def _orientations() -> Iterator[OddPhoto]:
    upright = picture()
    for orientation, store in AS_STORED.items():
        stored, block = np.ascontiguousarray(store(upright)), exif(orientation)
        plain_png = encoded(stored, "PNG")
        files = {
            "jpg": with_exif(encoded(stored, "JPEG", quality=95, subsampling=0), block),
            "png": plain_png[:33] + _chunk(b"eXIf", block) + plain_png[33:],
            "late.png": plain_png[:-12] + _chunk(b"eXIf", block) + plain_png[-12:],
            "webp": encoded(stored, "WEBP", lossless=True, exif=b"Exif\x00\x00" + block),
            "tif": encoded(stored, "TIFF", tiffinfo={274: orientation}),
            "lzw.tif": encoded(stored, "TIFF", tiffinfo={274: orientation}, compression="tiff_lzw"),
        }
        for suffix, data in files.items():
            yield OddPhoto(f"orientation_{orientation}.{suffix}", data, READ, upright)
    jpeg = encoded(upright, "JPEG", quality=95, subsampling=0)
    blocks = {
        "0": exif(0),
        "9": exif(9),
        "65535": exif(65535),
        "as_text": exif(1, kind=2, value=b"6\x00\x00\x00"),
        "as_fraction": exif(1, kind=5, value=b"\xff\xff\xff\xf0"),
        "unknown_type": exif(6, kind=99),
        "cut_off": exif(6)[:14],
        "no_tiff": b"garbage" * 9,
        "empty": b"",
        "far_away": b"MM\x00\x2a\xff\xff\xff\xf0",
        "endless": b"MM\x00\x2a\x00\x00\x00\x08\xff\xff",
    }
    for name, block in blocks.items():
        yield OddPhoto(f"bad_orientation_{name}.jpg", with_exif(jpeg, block), READ, upright)


def _large_ones() -> Iterator[OddPhoto]:
    """Wide photos, which are read, and files that claim sizes that no one decodes."""
    wide = cv2.resize(picture(), (20_000, 64), interpolation=cv2.INTER_LINEAR)
    yield OddPhoto("wide.jpg", encoded(wide, "JPEG"), READ, wide)
    yield OddPhoto("wide.progressive.jpg", encoded(wide, "JPEG", progressive=True), READ, wide)
    yield OddPhoto("wide.png", encoded(wide, "PNG", compress_level=1), READ, wide)
    yield OddPhoto("tall.jpg", encoded(np.rot90(wide), "JPEG"), READ, np.rot90(wide))
    side = 100_000
    files = whole_files()
    yield OddPhoto("bomb.png", png(side, side, zlib.compress(bytes(1 << 20))), REFUSED)
    yield OddPhoto(
        "bomb_interlaced.png", png(side, side, zlib.compress(bytes(1 << 20)), interlaced=True), REFUSED
    )
    yield OddPhoto("no_width.png", png(0, 10, zlib.compress(b"")), REFUSED)
    yield OddPhoto(
        "bomb.bmp", files[".bmp"][:18] + struct.pack("<ii", side, side) + files[".bmp"][26:], REFUSED
    )
    yield OddPhoto(
        "negative.bmp", files[".bmp"][:18] + struct.pack("<ii", -64, 48) + files[".bmp"][26:], REFUSED
    )
    yield OddPhoto("bomb.gif", files[".gif"][:6] + b"\xff" * 4 + files[".gif"][10:], REFUSED)
    # A frame larger than the screen that the file's head tells of.
    place = files[".gif"].index(b"\x2c\x00\x00\x00\x00")
    yield OddPhoto(
        "bomb_frame.gif", files[".gif"][: place + 5] + b"\xff" * 4 + files[".gif"][place + 9 :], REFUSED
    )
    canvas = b"VP8X\x0a\x00\x00\x00\x10\x00\x00\x00" + b"\xff\xff\x00" * 2 + files[".webp"][12:]
    yield OddPhoto("bomb.webp", b"RIFF" + struct.pack("<I", len(canvas) + 4) + b"WEBP" + canvas, REFUSED)
    jpeg = bytearray(files[".jpg"])
    place = jpeg.index(b"\xff\xc0")
    jpeg[place + 5 : place + 9] = b"\xff\xdc" * 2
    yield OddPhoto("bomb.jpg", bytes(jpeg), REFUSED)
    for suffix in (".tif", ".lzw.tif"):
        yield OddPhoto(f"bomb{suffix}", _tiff_of_size(files[suffix], side), REFUSED)
    scans = files[".progressive.jpg"]
    last_scan = scans[scans.rindex(b"\xff\xda") : -2]
    yield OddPhoto("scans.jpg", scans[:-2] + last_scan * 5000 + b"\xff\xd9", REFUSED)


def _tiff_of_size(tiff: bytes, side: int) -> bytes:
    """Changes a little-endian TIFF's width and height, tags 256 and 257, whose values are 16 or 32 bits."""
    data = bytearray(tiff)
    for tag in (b"\x00\x01", b"\x01\x01"):
        place = next(p for p in (data.find(tag + kind + b"\x00") for kind in (b"\x03", b"\x04")) if p >= 0)
        data[place : place + 12] = tag + b"\x04\x00" + struct.pack("<II", 1, side)
    return bytes(data)


def _cut_off(suffix: str, data: bytes) -> Iterator[OddPhoto]:
    for number, place in enumerate(np.linspace(3, len(data) - 20, 14).astype(int)):
        yield OddPhoto(f"cut_{number:02d}{suffix}", data[:place], REFUSED)
    for missing in (1, 2, 12):
        yield OddPhoto(f"cut_last_{missing}{suffix}", data[:-missing], EITHER)
    # Servers that know the length fill up what they lost.
    half = len(data) // 2
    yield OddPhoto(f"zeros_from_half{suffix}", data[:half] + bytes(len(data) - half), EITHER)
    yield OddPhoto(f"end_kept{suffix}", data[:half] + data[-2:], EITHER)


def _mutated(suffix: str, data: bytes, generator: np.random.Generator) -> Iterator[OddPhoto]:
    for number in range(16):
        flipped = np.frombuffer(data, np.uint8).copy()
        # Half of the changes hit the head, where sizes and kinds are.
        end = len(data) if number % 2 else min(len(data), 200)
        places = generator.integers(0, end, 1 + number // 2)
        flipped[places] ^= generator.integers(1, 256, len(places), np.uint8)
        yield OddPhoto(f"flipped_{number:02d}{suffix}", flipped.tobytes(), EITHER)
    for number in range(4):
        start = int(generator.integers(0, len(data) - 50))
        without = data[:start] + data[start + 37 :]
        doubled = data[: start + 50] + data[start:]
        zeroed = data[:start] + bytes(50) + data[start + 50 :]
        for name, content in (("without", without), ("doubled", doubled), ("zeroed", zeroed)):
            yield OddPhoto(f"{name}_{number}{suffix}", content, EITHER)


def _wrong_lengths() -> Iterator[OddPhoto]:
    files = whole_files()
    jpeg = with_exif(files[".jpg"], exif(6))
    for name, marker in (
        ("exif", 0xE1),
        ("jfif", 0xE0),
        ("tables", 0xDB),
        ("frame", 0xC0),
        ("codes", 0xC4),
        ("scan", 0xDA),
    ):
        place = jpeg.index(bytes([0xFF, marker])) + 2
        for length in (0, 1, 3, 0x7FFF, 0xFFFF):
            data = jpeg[:place] + length.to_bytes(2, "big") + jpeg[place + 2 :]
            yield OddPhoto(f"length_{length}_of_{name}.jpg", data, EITHER)
    for name in (b"IHDR", b"IDAT", b"IEND"):
        place = files[".png"].index(name) - 4
        for length in (0, 1, 0x7FFFFFFF, 0xFFFFFFFF):
            data = files[".png"][:place] + struct.pack(">I", length) + files[".png"][place + 4 :]
            yield OddPhoto(f"length_{length}_of_{name.decode()}.png", data, EITHER)
    for length in (0, 1, 0xFFFFFFFF):
        packed = struct.pack("<I", length)
        yield OddPhoto(f"length_{length}.webp", files[".webp"][:4] + packed + files[".webp"][8:], EITHER)
        yield OddPhoto(f"chunk_{length}.webp", files[".webp"][:16] + packed + files[".webp"][20:], EITHER)
        yield OddPhoto(f"directory_{length}.tif", files[".tif"][:4] + packed + files[".tif"][8:], REFUSED)
        yield OddPhoto(f"pixels_{length}.bmp", files[".bmp"][:10] + packed + files[".bmp"][14:], EITHER)


ODD_NAMES = (
    "with space.jpg",
    " space in front.jpg",
    "two  spaces .jpg",
    "-rf.jpg",
    "--flag=1.jpg",
    "a..jpg",
    "up...folder.jpg",
    "x..y/z...jpg/w../b.JPG",
    "comma, and; semicolon.jpg",
    'quo"te.jpg',
    "apostrophe's.jpg",
    "percent%20%2e%2e%2f.jpg",
    "hash#1.jpg",
    "question?mark*.jpg",
    "$(touch pwned).jpg",
    "日本語/写真.jpg",
    "emoji 😀.jpg",
    "עברית.jpg",
    unicodedata.normalize("NFC", "Zoë.jpg"),
    unicodedata.normalize("NFD", "Zoë.jpg"),
    "case.jpg",
    "CASE.jpg",
    "case.JPG",
    "same.jpg",
    "same.png",
    "long_" + "x" * 221 + ".jpg",
    "deep/" * 40 + "down.jpg",
)
"""Names that are fine and look as if they were not."""


def write_odd_photos(folder: Path, seed: int = 0) -> dict[str, str]:
    """Writes a folder of all odd photos, names, links and kinds of file, on Linux; returns each photo's outcome.

    Beside it comes a folder `<name>_outside`, to which links lead: to one photo and to a folder with another.
    """
    outcomes = {}
    for photo in odd_photos(seed):
        _write(folder / photo.name, photo.data)
        outcomes[photo.name] = photo.outcome
    jpeg = whole_files()[".jpg"]
    for name in ODD_NAMES:
        _write(folder / name, jpeg)
        outcomes[name] = READ
    return outcomes | _write_links(folder, jpeg) | _write_special_files(folder)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _write_links(folder: Path, jpeg: bytes) -> dict[str, str]:
    outside = folder.with_name(folder.name + "_outside")
    _write(outside / "a.jpg", jpeg)
    _write(outside / "folder" / "b.jpg", jpeg)
    (folder / "link.jpg").symlink_to("whole.jpg")
    (folder / "link_outside.jpg").symlink_to(outside / "a.jpg")
    (folder / "linked").symlink_to(outside / "folder")
    (folder / "linked_again").symlink_to("linked")
    (outside / "folder" / "back").symlink_to(folder)
    (folder / "loop_up").symlink_to("..")
    (folder / "loop_here").symlink_to(".")
    (folder / "loop.jpg").symlink_to("loop.jpg")
    (folder / "nowhere.jpg").symlink_to("missing.jpg")
    (folder / "zero_device.jpg").symlink_to("/dev/zero")
    return {
        "link.jpg": READ,
        "link_outside.jpg": READ,
        "linked/b.jpg": READ,
        "loop.jpg": REFUSED,
        "nowhere.jpg": REFUSED,
        "zero_device.jpg": REFUSED,
    }


def _write_special_files(folder: Path) -> dict[str, str]:
    os.mkfifo(folder / "pipe.jpg")
    # A socket's path may have about 100 bytes only; its name relative to the folder has few.
    here = os.getcwd()
    os.chdir(folder)
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("socket.jpg")
    finally:
        os.chdir(here)
    return {"pipe.jpg": REFUSED, "socket.jpg": REFUSED}
