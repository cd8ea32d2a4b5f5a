"""Measures the training stream against other ways to the same images: `python -m benchmarks.input_stream`.

The whole stream, from shards to batches with all changes (batch by batch, image by image as runs have it by default,
and with crops that stay decoded), beside bare decoding of the same JPEGs by libjpeg-turbo, keras-cv's layers in
tf.data, and a torchvision DataLoader; then what each change costs. Each kind has a process of its own, all on the
same cores; in each round each of them gets its turn, and the best round counts, as other processes of the machine
only ever slow down. Beside the clock's time stands the time that the process computed, on all cores together, which
other work disturbs less. Without --records_dir it makes records of noisy 240 px crops of about 20 kB, which is what
real ones have.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from absl import flags

from benchmarks.step_processes import Kind, StepProcess
from emotionet_tf.cli import entry_point
from emotionet_tf.stream.augmentation_ranges import NO_AUGMENTATION, Augmentation

_RECORDS_DIR = flags.DEFINE_string(
    "records_dir", None, "Records to read. Default: ones made for the measurement."
)
_VIEW = flags.DEFINE_string("view", "close_up", "Crop: close_up or context.")
_IMAGE_SIZE = flags.DEFINE_integer("image_size_px", 224, "Side of the input image in pixels; the paper's.")
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 64, "Images a batch.")
_SECONDS = flags.DEFINE_float("seconds", 2.0, "Least time of a measurement, in seconds.")
_ROUNDS = flags.DEFINE_integer("rounds", 5, "Measurements of each kind, in turn.", lower_bound=1)
_CHANGES = flags.DEFINE_bool("changes", True, "Also measure what each change costs.")

_OURS = "this library's stream"
_KEPT_BYTES = 2 << 30
_LOADER = "torchvision DataLoader"
_BARE = ("bare decoding, simplejpeg", "bare decoding, tf.io.decode_jpeg")
_WARM_UP_SECONDS = 0.3
"""Longer than the batches last that a kind has made ahead while others were measured."""


def main(arguments: list[str]) -> None:
    """Prints each kind's images a second, the ratios of one run, and what each change costs."""
    entry_point.refuse_arguments(arguments)
    with tempfile.TemporaryDirectory() as folder:
        if _RECORDS_DIR.value is None:
            entry_point.set_up_process()
            from benchmarks.made_records import make_records
        from benchmarks import input_kinds

        records_dir = _RECORDS_DIR.value or make_records(Path(folder))
        wanted = input_kinds.Wanted(records_dir, _VIEW.value, _BATCH_SIZE.value, _IMAGE_SIZE.value)
        kinds = [
            Kind(_OURS, input_kinds.training_stream, _ours(wanted, Augmentation())),
            Kind(
                "image by image",
                input_kinds.training_stream,
                {**_ours(wanted, Augmentation()), "kept_bytes": None},
            ),
            Kind(
                "crops kept decoded",
                input_kinds.training_stream,
                {**_ours(wanted, Augmentation()), "kept_bytes": _KEPT_BYTES},
            ),
            Kind(_BARE[0], input_kinds.bare_libjpeg_turbo, {"wanted": wanted}),
            Kind(_BARE[1], input_kinds.bare_decode_jpeg, {"wanted": wanted}),
            Kind("keras-cv's layers", input_kinds.keras_cv_layers, {"wanted": wanted}),
        ]
        if importlib.util.find_spec("torchvision"):
            kinds.append(Kind(_LOADER, input_kinds.torchvision_loader, {"wanted": wanted}))
        else:
            print(f"{_LOADER}: not installed; pip install '.[bench]'")
        _show_ratios(_measured(kinds))
        if _CHANGES.value:
            for title, kept_bytes in (("batch by batch", 0), ("image by image", None)):
                changes = [
                    Kind(
                        name,
                        input_kinds.training_stream,
                        _ours(wanted, augmentation) | {"kept_bytes": kept_bytes},
                    )
                    for name, augmentation in single_changes(Augmentation()).items()
                ]
                _show_changes(title, _measured(changes))


def _ours(wanted: object, augmentation: Augmentation) -> dict[str, object]:
    return {"wanted": wanted, "augmentation": augmentation}


def single_changes(ranges: Augmentation) -> dict[str, Augmentation]:
    """Returns augmentations with no change, with one, and with all, by name."""
    cut = dataclasses.replace(NO_AUGMENTATION, random_crop=True)
    return {
        "cut from the centre": NO_AUGMENTATION,
        "cut anywhere": cut,
        "+ flip": dataclasses.replace(cut, flip=ranges.flip),
        "+ brightness, contrast": dataclasses.replace(
            cut, brightness=ranges.brightness, contrast=ranges.contrast
        ),
        "+ cutout": dataclasses.replace(cut, cutout=ranges.cutout),
        "+ down-scaling": dataclasses.replace(cut, downscale=ranges.downscale),
        "+ greyscale": dataclasses.replace(cut, greyscale=ranges.greyscale),
        "all": ranges,
    }


def _measured(kinds: Sequence[Kind]) -> dict[str, list[tuple[float, float]]]:
    """Returns each kind's seconds an image in each round: the clock's, and those that its process computed."""
    with _processes(kinds) as processes:
        seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in processes}
        for _ in range(_ROUNDS.value):
            for name, process in processes.items():
                process.seconds_per_step(_WARM_UP_SECONDS)
                elapsed, own = process.seconds_per_step(_SECONDS.value)
                seconds[name].append((elapsed / _BATCH_SIZE.value, own / _BATCH_SIZE.value))
    return seconds


def _best(rounds: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return min(elapsed for elapsed, _ in rounds), min(own for _, own in rounds)


@contextlib.contextmanager
def _processes(kinds: Sequence[Kind]) -> Iterator[dict[str, StepProcess]]:
    processes: dict[str, StepProcess] = {}
    try:
        for kind in kinds:
            processes[kind.name] = StepProcess(kind, limit_seconds=240)
        yield processes
    finally:
        for process in processes.values():
            process.end()


def _show_ratios(seconds: dict[str, list[tuple[float, float]]]) -> None:
    ours = _best(seconds[_OURS])
    print(
        f"{'':32}images a second  ours over it | computed ms an image  ours over it | images a second, rounds"
    )
    for name, rounds in seconds.items():
        elapsed, own = _best(rounds)
        # The DataLoader's work is done by processes of its own.
        computed = f"{'-':>21}  {'-':>12}" if name == _LOADER else f"{own * 1e3:21.3f}  {own / ours[1]:12.2f}"
        shown = " ".join(f"{1 / one:.0f}" for one, _ in rounds)
        print(f"{name:32}{1 / elapsed:15.0f}  {elapsed / ours[0]:12.2f} |{computed} | {shown}", flush=True)


def _show_changes(title: str, seconds: dict[str, list[tuple[float, float]]]) -> None:
    best = {name: _best(rounds) for name, rounds in seconds.items()}
    cut = best["cut anywhere"][1]
    print(f"\n{title:32}images a second  computed ms an image  more than cut anywhere")
    for name, (elapsed, own) in best.items():
        print(f"{name:32}{1 / elapsed:15.0f}  {own * 1e3:20.3f}  {(own - cut) * 1e3:+22.3f}")


if __name__ == "__main__":
    entry_point.run(main)
