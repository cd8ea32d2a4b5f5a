"""Photos that are broken in every way: each is read or refused with a reason, and nothing else happens."""

import json
import os
import queue
import subprocess
import sys
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
from damaged_photos import EITHER, READ, REFUSED, encoded, odd_photos, picture, write_odd_photos

from emotionet_tf.faces.align_photos import AlignConfig, align_photos
from emotionet_tf.faces.crops_and_rows import CropStyle
from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.faces.table import FACE_TABLE_NAME, read_face_table
from emotionet_tf.photos import pillow_decoding
from emotionet_tf.photos.decoding import decode_photo
from emotionet_tf.photos.limits import UnreadablePhotoError
from emotionet_tf.photos.reading import list_photos

PHOTOS = {photo.name: photo for photo in odd_photos()}
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")
ROOT = Path(__file__).parents[2]
SECONDS_A_PHOTO = 20

# Prints a line for each photo below a folder, then the most memory that was needed.
READ_ALL = """
import json, sys, warnings
from emotionet_tf.photos.reading import UnreadablePhotoError, list_photos, read_photo
warnings.filterwarnings("ignore", module="PIL")  # as entry_point.run does
for name in list_photos(sys.argv[1]):
    try:
        shape, reason = read_photo(f"{sys.argv[1]}/{name}").shape, ""
    except UnreadablePhotoError as error:
        shape, reason = None, str(error)
    print(json.dumps([name, shape, reason]), flush=True)
with open("/proc/self/status") as status:
    print(next(line for line in status if line.startswith("VmHWM")).split()[1], flush=True)
"""


@pytest.fixture(scope="module")
def odd_folder(tmp_path_factory) -> tuple[Path, dict[str, str]]:
    folder = tmp_path_factory.mktemp("odd") / "photos"
    return folder, write_odd_photos(folder)


def test_there_are_more_than_five_hundred_and_the_same_ones_each_time():
    photos = list(odd_photos())
    assert len(PHOTOS) == len(photos) > 500
    assert [photo.data for photo in photos] == [photo.data for photo in PHOTOS.values()]


def test_every_photo_is_read_or_refused_with_a_reason_without_crash_hang_or_noise(odd_folder, tmp_path):
    folder, outcomes = odd_folder
    lines: queue.Queue[str] = queue.Queue()
    with (tmp_path / "stderr").open("w") as stderr:
        child = subprocess.Popen(
            [sys.executable, "-c", READ_ALL, folder],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
        threading.Thread(target=lambda: [lines.put(line) for line in child.stdout], daemon=True).start()
        try:
            results = {}
            for name in sorted(outcomes):
                try:
                    listed, shape, reason = json.loads(lines.get(timeout=SECONDS_A_PHOTO))
                except queue.Empty:
                    pytest.fail(f"{name}: no answer after {SECONDS_A_PHOTO} s, or a crash")
                assert listed == name
                results[name] = (shape, reason)
            peak_kb = json.loads(lines.get(timeout=SECONDS_A_PHOTO))
        finally:
            child.kill()
            child.wait()
    for name, (shape, reason) in results.items():
        outcome = READ if shape else REFUSED
        assert outcomes[name] in (outcome, EITHER), f"{name}: {outcome} {reason}"
        assert bool(shape) != bool(reason)
        assert "\n" not in reason
        assert len(reason) < 200
    assert peak_kb < 500_000
    noise = (tmp_path / "stderr").read_text().splitlines()
    assert [line for line in noise if "LZW" not in line and "Using code not yet" not in line] == []


@pytest.mark.parametrize("name", [name for name, photo in PHOTOS.items() if photo.picture is not None])
def test_photo_of_each_kind_shows_what_it_is_to_show(name):
    expected = PHOTOS[name].picture
    pixels = decode_photo(PHOTOS[name].data)
    assert pixels.shape == expected.shape
    assert pixels.dtype == np.uint8
    # Colours lost to JPEG or a palette; exchanged channels, or corners, are 40 and more away.
    assert np.abs(pixels.astype(int) - expected).mean() < 6


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("cut_07.jpg", "^the file is cut off$"),
        ("end_kept.jpg", "cut off .*premature end"),
        ("cut_07.png", "cut off|broken PNG"),
        ("bomb.jpg", "^65500 x 65500 px, more than the 134 million pixels that are decoded$"),
        ("bomb.png", "^100000 x 100000 px"),
        ("bomb.webp", "^65536 x 65536 px"),
        ("scans.jpg", "more than 100 scans"),
        ("no_photo_html.jpg", "^HTML instead of a photo$"),
        ("no_photo_zeros.jpg", "^zero bytes instead of a photo$"),
        ("no_photo_empty.jpg", "^empty file$"),
        ("float_grey.tif", "range is not known"),
    ],
)
def test_reason_says_what_is_wrong(name, reason):
    with pytest.raises(UnreadablePhotoError, match=reason):
        decode_photo(PHOTOS[name].data)


@pytest.mark.parametrize(
    "name", ["palette_clear.png", "16_bit_grey.png", "alpha.png", "cmyk.tif", "clear.gif"]
)
def test_photo_that_is_converted_in_bands_is_the_same(name, monkeypatch):
    whole = decode_photo(PHOTOS[name].data)
    monkeypatch.setattr(pillow_decoding, "_BAND_PIXELS", 5 * whole.shape[1])
    np.testing.assert_array_equal(decode_photo(PHOTOS[name].data), whole)


@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("size", [(1, 1), (7, 9), (48, 63), (120, 41)])
def test_jpeg_has_the_very_pixels_that_opencv_decodes(size, progressive, subsampling):
    pixels = cv2.resize(picture(), size)
    data = encoded(pixels, "JPEG", quality=85, progressive=progressive, subsampling=subsampling)
    expected = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    np.testing.assert_array_equal(decode_photo(data), expected)


class OneFace:
    """Says of every photo that a face is in its middle."""

    name = "stub"

    def detect(self, photos, *, largest_only=True, names=()):
        faces = []
        for pixels in photos:
            assert pixels.dtype == np.uint8
            assert pixels.shape[2] == 3
            middle = np.array(pixels.shape[1::-1]) / 2
            eyes_nose_mouth = np.array([[-5, -5], [5, -5], [0, 0], [-4, 5], [4, 5]], np.float64)
            box = (middle[0] - 10, middle[1] - 12, 20.0, 24.0)
            faces.append([Face(box, 0.9, middle + eyes_nose_mouth)])
        return faces


def _everything_below(folder: Path) -> set[tuple[str, int, int]]:
    """Path, size and time of change of all files and links, which are not followed."""
    found = set()
    for parent, folders, names in os.walk(folder):
        for name in folders + names:
            status = os.lstat(os.path.join(parent, name))
            found.add((os.path.join(parent, name), status.st_size, status.st_mtime_ns))
    return found


def test_alignment_of_all_of_them_has_a_row_for_each_and_writes_into_its_folder_only(odd_folder):
    folder, outcomes = odd_folder
    output = folder.with_name("faces")
    before = _everything_below(folder.parent)
    config = AlignConfig(str(folder), str(output), style=CropStyle(16), batch_size=64)
    summary = align_photos(config, OneFace(), {})
    after = _everything_below(folder.parent)
    assert {entry for entry in after if not entry[0].startswith(f"{output}")} == before
    rows = {row.photo: row for row in read_face_table(output / FACE_TABLE_NAME)}
    assert rows.keys() == outcomes.keys() == set(list_photos(folder))
    assert summary.num_photos == len(outcomes) == summary.num_with_face + len(summary.unreadable)
    for photo, row in rows.items():
        assert outcomes[photo] in (READ if row.found else REFUSED, EITHER)
        assert row.found != row.reason.startswith("unreadable: ")
    crops = {str(path.relative_to(output)) for path in output.rglob("*") if path.is_file()}
    expected = {crop for row in rows.values() if row.found for crop in (row.close_up, row.context)}
    assert crops - {FACE_TABLE_NAME, "align.json", "photos.tsv"} == expected
    assert len(expected) == 2 * summary.num_with_face
