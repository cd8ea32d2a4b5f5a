"""HEIC and AVIF, as phones write them: told by their bytes, turned upright, refused with a reason."""

import builtins
import io
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from emotionet_tf.photos.decoding import decode_photo
from emotionet_tf.photos.file_kinds import kind_of
from emotionet_tf.photos.limits import UnreadablePhotoError
from emotionet_tf.photos.passed_over import passed_over
from emotionet_tf.photos.reading import list_photos

# Left half red, right half blue, wider than high.
PICTURE = np.zeros((40, 64, 3), np.uint8)
PICTURE[:, :32, 0] = 255
PICTURE[:, 32:, 2] = 255


def encoded(kind: str, orientation: int = 1) -> bytes:
    if kind == "HEIF":
        pytest.importorskip("pillow_heif").register_heif_opener()
    else:
        pytest.importorskip("PIL.AvifImagePlugin")
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    Image.fromarray(PICTURE).save(file, kind, quality=95, exif=exif.tobytes())
    return file.getvalue()


@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
def test_phones_photos_come_as_rgb_and_upright(kind):
    photo = decode_photo(encoded(kind))
    assert photo.shape == (40, 64, 3) and photo.dtype == np.uint8
    assert photo[20, 8, 0] > 200 > 60 > photo[20, 8, 2]
    # Orientation 6: turn clockwise by 90 degrees, so the left half becomes the upper one.
    turned = decode_photo(encoded(kind, 6))
    assert turned.shape == (64, 40, 3)
    assert turned[8, 20, 0] > 200 and turned[56, 20, 2] > 200


@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
def test_cut_and_damaged_ones_are_refused(kind):
    data = encoded(kind)
    for length in (48, len(data) // 2, len(data) - 8):
        with pytest.raises(UnreadablePhotoError, match="HEIC|AVIF|cut off"):
            decode_photo(data[:length])


def test_brands_tell_photos_from_films():
    box = b"\x00\x00\x00\x1cftyp"
    assert kind_of(box + b"mif1\0\0\0\0mif1heicmiaf") == "HEIC"
    assert kind_of(box + b"mif1\0\0\0\0avifmif1miaf") == "AVIF"
    assert kind_of(box + b"isom\0\0\0\0isomavc1mp41") is None
    # What stands behind the box is no brand.
    assert kind_of(b"\x00\x00\x00\x14ftypisom\0\0\0\0isomheicheic") is None
    with pytest.raises(UnreadablePhotoError, match="a film, or a HEIF file of another kind"):
        decode_photo(box + b"isom\0\0\0\0isomavc1mp41" + bytes(64))


def test_missing_package_is_named(monkeypatch):
    data = encoded("HEIF")
    real = builtins.__import__

    def without(name, *rest, **more):
        if name.startswith("pillow_heif"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UnreadablePhotoError, match="^HEIC needs pillow-heif: pip install pillow-heif$"):
        decode_photo(data)


def test_what_looks_like_a_picture_or_film_is_counted(tmp_path):
    (tmp_path / "day").mkdir()
    for name in ("a.jpg", "b.HEIC", "c.jpe", "d.CR2", "day/e.cr2", "f.MOV", "notes.txt", ".hidden.mov"):
        (tmp_path / name).write_bytes(b"x")
    others = Counter()
    assert list_photos(tmp_path, others) == ["a.jpg", "b.HEIC", "c.jpe"]
    pictures, films = passed_over(others)
    assert "not read, as no such pictures are: 2 .cr2;" in pictures
    assert films == "not read beside photos: 1 .mov; name a video itself to predict it"
    assert passed_over({}) == []
