"""Measures the input stream against bare JPEG decoding of the same bytes: `python -m benchmarks.input_stream`.

Without --records_dir it makes records of noisy 240 px crops of about 20 kB, like real ones at quality 95.
"""

import tempfile
import time
from pathlib import Path

from absl import flags

from emotionet_tf import command_line

_RECORDS_DIR = flags.DEFINE_string(
    "records_dir", None, "Records to read. Default: ones made for the measurement."
)
_VIEW = flags.DEFINE_string("view", "close_up", "Crop: close_up or context.")
_IMAGE_SIZE = flags.DEFINE_integer("image_size_px", 224, "Side of the input image in pixels; the paper's.")
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 64, "Images a batch.")
_NUM_BATCHES = flags.DEFINE_integer("num_batches", 60, "Batches a measurement, after 10 to warm up.")
_ROUNDS = flags.DEFINE_integer("rounds", 2, "Measurements of each kind, in turn.")


def images_per_second(batches, num_batches: int, batch_size: int) -> float:
    """Returns how many images a second come out of an endless stream, after 10 batches to warm up."""
    iterator = iter(batches)
    for _ in range(10):
        next(iterator)
    start = time.perf_counter()
    for _ in range(num_batches):
        next(iterator)
    return num_batches * batch_size / (time.perf_counter() - start)


def kinds(records_dir: str) -> dict:
    """Returns the streams to compare, by name."""
    import tensorflow as tf

    from emotionet_tf.data.augmentation_ranges import NO_AUGMENTATION, Augmentation
    from emotionet_tf.data.shards import open_shards
    from emotionet_tf.data.sources import Source
    from emotionet_tf.data.stream import training_stream

    shards = open_shards(records_dir, _VIEW.value)
    shared = {
        "view": _VIEW.value, "batch_size": _BATCH_SIZE.value, "image_size_px": _IMAGE_SIZE.value, "seed": 0,
    }  # fmt: skip
    examples = tf.data.Dataset.range(len(shards.files)).flat_map(shards.read).map(shards.parse)
    images = examples.map(lambda example: example["image"]).cache().repeat()
    bare = images.map(lambda jpeg: tf.io.decode_jpeg(jpeg, channels=3), tf.data.AUTOTUNE)
    sources = [Source("head", records_dir)]
    changes = {
        "all changes": Augmentation(),
        "crop only": NO_AUGMENTATION,
        "crop + flip": Augmentation(brightness=0, contrast=0, cutout=0, downscale=0, greyscale=0),
        "crop + tones": Augmentation(flip=0, cutout=0, downscale=0, greyscale=0),
        "crop + cutout": Augmentation(flip=0, brightness=0, contrast=0, downscale=0, greyscale=0),
        "crop + downscale": Augmentation(flip=0, brightness=0, contrast=0, cutout=0, greyscale=0),
        "crop + greyscale": Augmentation(flip=0, brightness=0, contrast=0, cutout=0, downscale=0),
    }
    streams = {
        f"stream, {name}": training_stream(sources, **shared, augmentation=augmentation)
        for name, augmentation in changes.items()
    }
    return {"bare tf.io.decode_jpeg": bare.batch(_BATCH_SIZE.value).prefetch(2), **streams}


def main(arguments: list[str]) -> None:
    """Prints for each kind of stream the images a second of its best round, milliseconds an image, and all rounds."""
    command_line.refuse_arguments(arguments)
    from benchmarks.made_records import make_records

    with tempfile.TemporaryDirectory() as folder:
        records_dir = _RECORDS_DIR.value or make_records(Path(folder))
        streams = kinds(records_dir)
        speeds: dict[str, list[float]] = {name: [] for name in streams}
        for _ in range(_ROUNDS.value):
            for name, batches in streams.items():
                speeds[name].append(images_per_second(batches, _NUM_BATCHES.value, _BATCH_SIZE.value))
        print(f"{'images a second':>34}  ms an image   rounds")
        for name, rounds in speeds.items():
            best = max(rounds)
            print(
                f"{name:24} {best:9.0f}  {1000 / best:10.2f}    {' '.join(f'{speed:.0f}' for speed in rounds)}"
            )


if __name__ == "__main__":
    command_line.run(main)
