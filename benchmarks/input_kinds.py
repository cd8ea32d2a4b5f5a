"""Ways to get training images from one folder of records. Each function returns a step: it takes one batch."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from emotionet_tf.cli import entry_point
from emotionet_tf.cpu_cores import num_cores
from emotionet_tf.stream.augmentation_ranges import Augmentation

if TYPE_CHECKING:
    import tensorflow as tf

Step = Callable[[], object]


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What every kind gives.

    Attributes:
      records_dir: The records.
      view: "close_up" or "context".
      batch_size: Images a step.
      image_size_px: Side of the image that is cut from the crop.
    """

    records_dir: str
    view: str
    batch_size: int
    image_size_px: int


def training_stream(wanted: Wanted, augmentation: Augmentation, kept_bytes: int | None = 0) -> Step:
    """This library's stream, with deterministic ops as in training: image by image if `kept_bytes` is None."""
    entry_point.set_up_process()
    import tensorflow as tf

    from emotionet_tf.stream.batches import training_stream
    from emotionet_tf.stream.kept_crops import KeptCrops
    from emotionet_tf.stream.sources import Source

    tf.config.experimental.enable_op_determinism()
    batches = training_stream(
        [Source("head", wanted.records_dir)],
        view=wanted.view,
        batch_size=wanted.batch_size,
        image_size_px=wanted.image_size_px,
        seed=0,
        augmentation=augmentation,
        kept_crops=None if kept_bytes is None else KeptCrops(kept_bytes),
    )
    return _next_of(batches)


def bare_libjpeg_turbo(wanted: Wanted) -> Step:
    """Decodes whole crops by simplejpeg on all cores, and does nothing with them."""
    import simplejpeg

    jpegs = itertools.cycle(_jpegs(wanted))
    pool = ThreadPoolExecutor(num_cores())

    def decode(jpegs: list[bytes]) -> None:
        for jpeg in jpegs:
            simplejpeg.decode_jpeg(jpeg)

    def step() -> None:
        shares: list[list[bytes]] = [[] for _ in range(num_cores())]
        for index, jpeg in enumerate(itertools.islice(jpegs, wanted.batch_size)):
            shares[index % len(shares)].append(jpeg)
        list(pool.map(decode, shares))

    return step


def bare_decode_jpeg(wanted: Wanted) -> Step:
    """Decodes whole crops by `tf.io.decode_jpeg` in tf.data, and hands over one pixel of each."""
    jpegs = _jpegs(wanted)
    import tensorflow as tf

    def pixel(jpeg: tf.Tensor) -> tf.Tensor:
        return tf.io.decode_jpeg(jpeg, channels=3)[0, 0, 0]

    images = tf.data.Dataset.from_tensor_slices(jpegs).repeat()
    return _next_of(images.map(pixel, tf.data.AUTOTUNE).batch(wanted.batch_size).prefetch(2))


def keras_cv_layers(wanted: Wanted) -> Step:
    """The same changes by keras-cv's layers on batches in tf.data; images only, in an order that no seed repeats."""
    jpegs = _jpegs(wanted)
    import keras_cv
    import tensorflow as tf

    ranges, size = Augmentation(), wanted.image_size_px

    class LoseDetail(keras_cv.layers.BaseImageAugmentationLayer):
        """keras-cv has no layer that scales an image down and up."""

        def augment_image(self, image: tf.Tensor, transformation: Any = None, **_: Any) -> tf.Tensor:
            scale = tf.random.uniform([], ranges.downscale_factor, 1)
            small = tf.cast(tf.round(scale * size), tf.int32)
            return tf.image.resize(tf.image.resize(image, [small, small], method="area"), [size, size])

    layers = keras_cv.layers
    changes = [
        layers.RandomCrop(size, size),
        layers.RandomFlip("horizontal", rate=ranges.flip),
        layers.RandomBrightness(ranges.brightness),
        layers.RandomContrast((0, 255), ranges.contrast),
        layers.RandomApply(
            layers.RandomCutout(ranges.cutout_size, ranges.cutout_size, fill_value=128), ranges.cutout
        ),
        layers.RandomApply(LoseDetail(), ranges.downscale),
        layers.RandomApply(layers.Grayscale(output_channels=3), ranges.greyscale),
    ]

    def change(images: tf.Tensor) -> tf.Tensor:
        images = tf.cast(images, tf.float32)
        for layer in changes:
            images = layer(images, training=True)
        return images

    images = tf.data.Dataset.from_tensor_slices(jpegs).shuffle(len(jpegs)).repeat()
    images = images.map(lambda jpeg: tf.io.decode_jpeg(jpeg, channels=3), tf.data.AUTOTUNE)
    return _next_of(
        images.batch(wanted.batch_size, drop_remainder=True)
        .map(change, tf.data.AUTOTUNE)
        .prefetch(tf.data.AUTOTUNE)
    )


def torchvision_loader(wanted: Wanted) -> Step:
    """The same changes by torchvision's transforms on bytes, in a DataLoader with a process for each core."""
    from torch.utils.data import DataLoader

    # Spawned, as TensorFlow, which read the records, has threads.
    loader = DataLoader(
        TorchImages(_jpegs(wanted), wanted.image_size_px),
        wanted.batch_size,
        shuffle=True,
        num_workers=num_cores(),
        drop_last=True,
        multiprocessing_context="spawn",
        persistent_workers=True,
    )
    batches = itertools.chain.from_iterable(iter(lambda: loader, None))
    return lambda: next(batches)


class TorchImages:
    """The dataset of `torchvision_loader`: crops in memory, decoded and changed by what asks for them."""

    def __init__(self, jpegs: Sequence[bytes], size_px: int) -> None:
        self._jpegs, self._size, self._changes = jpegs, size_px, None

    def __len__(self) -> int:
        return len(self._jpegs)

    def __getitem__(self, index: int) -> Any:
        import torch
        from torchvision.io import ImageReadMode, decode_jpeg

        if self._changes is None:
            torch.set_num_threads(1)  # a worker process each core
            self._changes = self._made()
        data = torch.frombuffer(bytearray(self._jpegs[index]), dtype=torch.uint8)
        return self._changes(decode_jpeg(data, ImageReadMode.RGB))

    def _made(self) -> Any:
        import torch
        from torchvision.transforms import v2

        ranges, size = Augmentation(), self._size
        least, largest = ranges.cutout_size

        def lose_detail(image: torch.Tensor) -> torch.Tensor:
            scale = ranges.downscale_factor + (1 - ranges.downscale_factor) * float(torch.rand(()))
            small = round(scale * size)
            return v2.functional.resize(
                v2.functional.resize(image, [small, small], antialias=True), [size, size], antialias=False
            )

        return v2.Compose(
            [
                v2.RandomCrop(size),
                v2.RandomHorizontalFlip(ranges.flip),
                v2.ColorJitter(brightness=ranges.brightness, contrast=ranges.contrast),
                v2.RandomErasing(ranges.cutout, scale=(least**2, largest**2), ratio=(1.0, 1.0), value=128),
                v2.RandomApply([v2.Lambda(lose_detail)], ranges.downscale),
                v2.RandomGrayscale(ranges.greyscale),
            ]
        )


def _jpegs(wanted: Wanted) -> list[bytes]:
    entry_point.set_up_process()
    import tensorflow as tf

    from emotionet_tf.records.reading.shard_reader import open_shards

    shards = open_shards(wanted.records_dir, wanted.view)
    examples = tf.data.Dataset.range(len(shards.files)).flat_map(shards.read).map(shards.parse)
    return list(examples.map(lambda example: example["image"]).as_numpy_iterator())


def _next_of(batches: Any) -> Step:
    iterator = iter(batches)
    return lambda: next(iterator)
