"""How long the networks of the package's detectors take for a face on one core, and how large they are.

    python -m benchmarks.shipped_speed

Prints for each detector the median milliseconds of all of its networks on one face, crops ready, and the size of its
files. Finding and registering the face come on top.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from emotionet_tf.cli import entry_point

_NUM_CALLS = 200


def main(arguments: list[str]) -> None:
    """Prints a line for each detector."""
    entry_point.refuse_arguments(arguments)
    import numpy as np
    import tensorflow as tf

    from emotionet_tf.inference.shipped_detectors import detector_folders, detector_names
    from emotionet_tf.models import load_model

    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    random = np.random.default_rng(0)
    for name in detector_names():
        folders = detector_folders(name)
        models = [load_model(folder) for folder in folders]
        sizes = [model.config.image_size_px for model in models]
        images = [random.uniform(0, 255, (1, size, size, 3)).astype(np.float32) for size in sizes]
        seconds = []
        for _ in range(_NUM_CALLS):
            start = time.perf_counter()
            for model, image in zip(models, images, strict=True):
                model.predict_scores(image)
            seconds.append(time.perf_counter() - start)
        megabytes = sum(file.stat().st_size for folder in folders for file in Path(folder).iterdir()) / 1e6
        print(
            f"{name}: {len(models)} networks, {1000 * float(np.median(seconds)):.1f} ms a face, {megabytes:.1f} MB"
        )


if __name__ == "__main__":
    entry_point.run(main)
