"""Preparation in processes that are killed at random moments; they are forked, so that each begins at once."""

import hashlib
import multiprocessing
import random
import time
from pathlib import Path

from preparation_inputs import BrightnessDetector, config_of, run_directly

from emotionet_tf.preparation import chunk_worker, plan
from emotionet_tf.preparation.prepare_dataset import prepare
from emotionet_tf.records.splits import Split


def prepare_slowly(folder, output_dir, seconds_a_photo, chunk_rows, with_beam):
    """Prepares the inputs of a folder with a detector that takes its time."""

    class SlowDetector(BrightnessDetector):
        def detect(self, photos, *, largest_only=True, names=()):
            time.sleep(seconds_a_photo * len(photos))
            return super().detect(photos, largest_only=largest_only, names=names)

    chunk_worker.build_detector = lambda choice: SlowDetector()
    plan.CHUNK_ROWS = chunk_rows
    run_shards = run_directly
    if with_beam:
        from emotionet_tf.preparation.beam_runners import RunnerChoice

        run_shards = RunnerChoice().run_shards
    config = config_of(Path(folder), output_dir=str(output_dir), split=Split(0.2), num_shards=3)
    prepare(config, run_shards)


def kill_often(
    folder, num_kills, *, seconds_a_photo, chunk_rows=5, with_beam=False, seed=0, say=lambda text: None
):
    """Kills runs of the same preparation at random moments until it has come to its end after so many kills.

    Returns:
      The checksums of the files of an undisturbed run, and those of each run that came to its end after kills.
    """
    context = multiprocessing.get_context("forkserver")
    beam = ["emotionet_tf.preparation.beam_runners"] if with_beam else []
    context.set_forkserver_preload(["killed_runs", *beam])

    def start(output_dir):
        arguments = (str(folder), str(output_dir), seconds_a_photo, chunk_rows, with_beam)
        process = context.Process(target=prepare_slowly, args=arguments)
        process.start()
        return process

    start(folder / "first").join()  # the first one starts the server
    begun = time.monotonic()
    start(folder / "whole").join()
    duration = time.monotonic() - begun
    say(f"an undisturbed run takes {duration:.1f} s")
    generator = random.Random(seed)
    killed, finished = 0, []
    while killed < num_kills or not finished:
        output_dir = folder / f"killed{len(finished)}"
        process = start(output_dir)
        process.join(generator.uniform(0, duration) if killed < num_kills else None)
        if process.is_alive():
            process.kill()
            process.join()
            killed += 1
            say(f"killed: {sorted(path.name for path in output_dir.glob('*'))}")
        else:
            assert process.exitcode == 0, process.exitcode
            finished.append(checksums(output_dir))
            say(f"finished after {killed} kills in all")
    return checksums(folder / "whole"), finished


def checksums(folder):
    """Returns the checksum of every file below a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
