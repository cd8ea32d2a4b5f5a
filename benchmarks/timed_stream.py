"""A training stream of whichever checkout is on the Python path, for `input_stream_before` to time.

`python timed_stream.py RECORDS_DIR BATCH_SIZE KIND` answers each line of its input, a number of seconds, with one of
its own: the images that it made in that time, the seconds that passed, and those that it computed on all cores
together. Of the library it uses what the checkout of before has, too, but for the kinds that only the present one has.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

STREAM, BATCHED, KEPT, BARE = "stream", "batched", "kept", "bare"
_KEPT_BYTES = 2 << 30
_IMAGE_SIZE_PX = 224

Step = Callable[[], object]


def step_of(records_dir: str, batch_size: int, kind: str) -> Step:
    """Returns what makes a batch.

    Args:
      records_dir: The records.
      batch_size: Images a batch.
      kind: STREAM for the stream of all versions, image by image; BATCHED for the one batch by batch; KEPT for this
        one with all crops kept decoded, which they are once this returns; BARE for libjpeg-turbo by itself.
    """
    if kind == BARE:
        from benchmarks.input_kinds import Wanted, bare_libjpeg_turbo

        return bare_libjpeg_turbo(Wanted(records_dir, "close_up", batch_size, _IMAGE_SIZE_PX))
    from emotionet_tf.cli import entry_point

    entry_point.set_up_process()
    import tensorflow as tf

    from emotionet_tf.records.dataset_info import load_dataset_info
    from emotionet_tf.stream.batches import training_stream
    from emotionet_tf.stream.sources import Source

    tf.config.experimental.enable_op_determinism()
    more: dict[str, Any] = {}
    if kind != STREAM:
        from emotionet_tf.stream.kept_crops import KeptCrops

        more["kept_crops"] = KeptCrops(_KEPT_BYTES if kind == KEPT else 0)
    source = Source("head", records_dir)
    sizes = {"batch_size": batch_size, "image_size_px": _IMAGE_SIZE_PX}
    batches = iter(training_stream([source], view="close_up", seed=0, **sizes, **more))
    for _ in range(1 + load_dataset_info(records_dir).num_examples // batch_size if kind == KEPT else 1):
        next(batches)
    return lambda: next(batches)


def timed(step: Step, batch_size: int, seconds: float) -> tuple[int, float, float]:
    """Returns the images of at least so many seconds of steps, the seconds that passed, and those computed."""
    num_images, start, own_start = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - start < seconds:
        step()
        num_images += batch_size
    return num_images, time.perf_counter() - start, time.process_time() - own_start


def main() -> None:
    """Answers until the input ends."""
    del sys.path[0]  # this folder, whose modules are none of the checkout's packages
    records_dir, batch_size, kind = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    step = step_of(records_dir, batch_size, kind)
    print("ready", flush=True)
    for line in sys.stdin:
        print(*timed(step, batch_size, float(line)), flush=True)


if __name__ == "__main__":
    main()
