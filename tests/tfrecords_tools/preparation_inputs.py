"""Small photos, label lists and a detector without a network, for the tests of preparation."""

import random
from pathlib import Path

import cv2
import numpy as np

from emotionet_tf.faces.align_photos import AlignConfig, align_photos
from emotionet_tf.faces.crops_and_rows import CropStyle
from emotionet_tf.faces.detectors.choice import DetectorChoice
from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.label_lists.formats.emotionet import write_opt_list
from emotionet_tf.label_lists.photo_ids import example_id
from emotionet_tf.label_lists.rows import LabelRow
from emotionet_tf.preparation import chunk_worker
from emotionet_tf.preparation.config import PrepareConfig
from emotionet_tf.preparation.work_files import WorkFiles
from emotionet_tf.records.writing.au_records import RecordsConfig, write_records

STYLE = CropStyle(crop_size_px=32, jpeg_quality=90)
_EYES_NOSE_MOUTH = np.array([(20, 22), (40, 22), (30, 32), (22, 42), (38, 42)], float)


class BrightnessDetector:
    """Finds a face in every photo that is not dark, a little elsewhere in each; `seen` are the photos' names."""

    name = "mtcnn"

    def __init__(self):
        self.seen = []

    def detect(self, photos, *, largest_only=True, names=()):
        self.seen += names
        return [self._faces(photo) for photo in photos]

    def _faces(self, photo):
        if photo.mean() < 50:
            return []
        shift = photo.mean() / 37
        return [Face((8 + shift, 9.0, 44.0, 46.0), 0.9, _EYES_NOSE_MOUTH + shift)]


def photo_name(number):
    return f"N_{number // 4:010d}/N_{number // 4:010d}_{number:05d}.jpg"


def write_photo(path, number, *, is_dark=False):
    pixels = np.random.default_rng(number).integers(0, 30 if is_dark else 256, (8, 8, 3), np.uint8)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), cv2.resize(pixels, (72 + number % 5, 64), interpolation=cv2.INTER_CUBIC))


def label_row(photo, seed=0):
    generator = np.random.default_rng([seed, *photo.encode()])
    mask = (generator.random(23) < 0.8).astype(np.float32)
    labels = (generator.random(23) < 0.4).astype(np.float32) * mask
    return LabelRow(example_id(photo), photo, labels, mask)


def write_inputs(folder, num_photos=30):
    """Writes photos, one in five without a face, two that cannot be read, and two lists of them with rows to reject."""
    photos = [photo_name(number) for number in range(num_photos)]
    for number, photo in enumerate(photos):
        write_photo(folder / "photos" / photo, number, is_dark=number % 5 == 3)
    damaged = folder / "photos" / photos[7]
    damaged.write_bytes(damaged.read_bytes()[:200])
    (folder / "photos" / photos[8]).write_bytes(b"<html>")
    rows = list(map(label_row, photos))
    first = [
        *rows[:20],
        label_row("N_0000000999/N_0000000999_00001.jpg"),
        rows[3],
        label_row(photos[4], seed=1),
    ]
    second = [*rows[18:], label_row("N_0000000998/N_0000000998_00001.jpg")]
    random.Random(0).shuffle(second)
    write_opt_list(folder / "first.csv", first)
    write_opt_list(folder / "second.csv", second)
    with (folder / "first.csv").open("a") as file:
        file.write("'https://example.invalid/N_0000000000/N_0000000000_00000.jpg','',7\n")
    return photos


def config_of(folder, **changes):
    values = {
        "photos_dir": str(folder / "photos"),
        "label_files": (str(folder / "first.csv"), str(folder / "second.csv")),
        "dataset": "opt",
        "output_dir": str(folder / "records"),
        "num_shards": 2,
        "style": STYLE,
        "batch_size": 5,
    }
    return PrepareConfig(**{**values, **changes})


def run_directly(config, shards):
    """Does the shards' work one by one, without Beam."""
    worker, work = chunk_worker.ChunkWorker(config), WorkFiles(config.work_dir)
    for shard in shards:
        keys = [chunk.key for chunk in shard.chunks]
        for key in keys:
            if not work.is_chunk_done(key):
                worker.prepare(key)
        work.join_shard(shard.key, keys)


def written_in_two_steps(folder, detector, label_files, **changes):
    """What `align_faces` and `write_records` make of the photos and lists in `two_steps`: its descriptions."""
    align = AlignConfig(str(folder / "photos"), str(folder / "faces"), style=STYLE)
    align_photos(align, detector, DetectorChoice().settings())
    values = {
        "faces_dir": str(folder / "faces"),
        "dataset": "opt",
        "output_dir": str(folder / "two_steps"),
        "num_shards": 2,
        "label_files": tuple(label_files),
    }
    return write_records(RecordsConfig(**{**values, **changes}))


class StoppedError(Exception):
    """Ends a run like a kill."""


def stopping_after(num_chunks):
    """Returns a way to run shards that ends like a kill, after some chunks."""

    def run(config, shards):
        worker = chunk_worker.ChunkWorker(config)
        keys = [chunk.key for shard in shards for chunk in shard.chunks]
        for key in keys[:num_chunks]:
            worker.prepare(key)
        raise StoppedError

    return run


def folder_bytes(folder):
    """Returns the files of a records folder that do not depend on how it was made."""
    return {
        path.name: path.read_bytes()
        for path in sorted(Path(folder).iterdir())
        if path.name not in ("dataset.json", "faces.csv")
    }
