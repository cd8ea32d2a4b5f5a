"""Kills every command that writes at random moments, and compares what it ends with, byte by byte.

`python -m benchmarks.kill_and_resume [--kills=20] [--commands=predict,train]`

Each command runs once undisturbed on tiny inputs. Then it is killed with SIGKILL and run again, at moments drawn over
the undisturbed run's time from shortly before its first write on; a kill that comes after the end does not count.
Whenever it comes to its end, all files are compared with the undisturbed run's, and it begins anew. Commands are forks
of a process that has TensorFlow imported, so that kills meet the work and not the start.
"""

from __future__ import annotations

import importlib
import json
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from absl import flags

from emotionet_tf.cli import entry_point

_KILLS = flags.DEFINE_integer("kills", 20, "Kills of each command.", lower_bound=1)
_SEED = flags.DEFINE_integer("kill_seed", 0, "Of the moments.")
_COMMANDS = flags.DEFINE_list("commands", [], "Names from the table. Default: all.")
_FOLDER = flags.DEFINE_string("folder", None, "Where inputs and outputs go. Default: temporary.")

_PHOTOS = Path(__file__).parents[1] / "examples" / "photos"
_NUM_PHOTOS = 24
_POLL_SECONDS = 0.005
_MOST_SECONDS = 300.0
# A command that is killed before it has done anything says nothing; one that never ends is a finding.
_MOST_ATTEMPTS_A_KILL = 6

_TIMES = {
    "train.json": (
        "seconds", "seconds_of_last_call", "num_interruptions", "first_step_of_last_call",
        "steps_per_second_of_last_call", "input_wait_share_of_last_call",
    ),
}  # fmt: skip
"""What of a JSON file says how a run went, not what came of it."""


@dataclass(frozen=True)
class Case:
    """A command that writes.

    Attributes:
      name: What the table calls it.
      words: The command's module and flags; "{in}" is the inputs' folder and "{out}" the output's.
      copied: Folders of the inputs that it writes into; copied into the output first.
      ignored: Patterns of files that may differ.
      why: Why they may.
    """

    name: str
    words: Sequence[str]
    copied: Mapping[str, str] = field(default_factory=dict)
    ignored: Sequence[str] = ()
    why: str = ""


_RUN_FILES = ("logs/*/*", "calls.json")
_RUN_WHY = "logs, calls.json and the times in train.json say when and how fast"
_TRAINING = (
    "--backbone=ownnet1", "--image_size_px=32", "--num_steps=40", "--batch_size=8", "--checkpoint_interval_steps=5",
)  # fmt: skip
_ALIGNED = ("--faces_dir={in}/faces", "--output_dir={out}")

CASES = (
    Case("predict", (
        "emotionet_tf.bin.predict", "--model_dir={in}/model_a", "--output={out}/table.csv",
        "--annotated_dir={out}/pictures", "--batch_size=2", "{in}/photos",
    )),
    Case("predict (video)", (
        "emotionet_tf.bin.predict", "--model_dir={in}/model_a", "--output={out}/table.csv", "{in}/film.mp4",
    )),
    Case("align_faces", (
        "tfrecords_tools.align_faces", "--photos_dir={in}/photos", "--output_dir={out}", "--batch_size=2",
    )),
    Case("write_records", (
        "tfrecords_tools.write_records", *_ALIGNED, "--labels={in}/labels.csv", "--dataset=d", "--val_fraction=0.3",
    )),
    Case("write_class_records", (
        "tfrecords_tools.write_class_records", *_ALIGNED, "--classes=folders", "--dataset=d", "--val_fraction=0.3",
    )),
    Case("prepare", (
        "tfrecords_tools.prepare", "--photos_dir={in}/photos", "--labels={in}/labels.csv", "--dataset=d",
        "--output_dir={out}", "--val_fraction=0.3", "--num_shards=3",
    )),
    Case("download", (
        "tfrecords_tools.download", "--list={in}/urls.txt", "--output_dir={out}", "--private_hosts",
        "--connections_per_host=1", "--host_delay_seconds=0.02",
    ), ignored=(".*", "downloads.csv"), why="the ledger, and the times in downloads.csv"),
    Case("synthesize", (
        "emotionet_tf.bin.synthesize", "--output_dir={out}", "--num_train=4", "--num_opt=4", "--num_val=2",
        "--num_test=2", "--size_px_min=96", "--size_px_max=96", "--num_workers=2",
    )),
    Case("predict_records", (
        "emotionet_tf.bin.predict_records", "--model_dir={in}/model_a", "--model_dir={in}/model_b", "--batch_size=8",
        "--records_dir={in}/many", "--output={out}/many.csv", "--records_dir={in}/records", "--output={out}/few.csv",
    )),
    Case("pseudo_label", (
        "emotionet_tf.bin.pseudo_label", "--model_dir={in}/model_a", "--records_dir={in}/many", "--batch_size=8",
        "--output_dir={out}/labels",
    )),
    Case("tune_thresholds", (
        "emotionet_tf.bin.tune_thresholds", "--model_dir={out}/model", "--records_dir={in}/records",
    ), copied={"trained": "model"}),
    Case("fuse", ("emotionet_tf.bin.fuse", "--output={out}/fused.csv", "{in}/a.csv", "{in}/b.csv")),
    Case("evaluate", (
        "emotionet_tf.bin.evaluate", "--predictions={in}/a.csv", "--labels={in}/many/rows.csv",
        "--output={out}/scores.json",
    )),
    Case("compare", (
        "emotionet_tf.bin.compare", "--labels={in}/many/rows.csv", "--output={out}/compared.json", "--num_draws=200",
        "{in}/a.csv", "{in}/b.csv",
    )),
    Case("export", (
        "emotionet_tf.bin.export", "--model_dir={in}/model_a", "--output={out}/model.onnx",
    ), ignored=("*.onnx",), why="model.onnx: tf2onnx makes other bytes each time, without a kill, too"),
    Case("pack", (
        "emotionet_tf.bin.pack", "--model_dir={in}/model_a", "--output_dir={out}/packed",
    )),
    Case("adapt_norms", (
        "emotionet_tf.bin.adapt_norms", "--model_dir={in}/model_a", "--records_dir={in}/many", "--batch_size=16",
        "--output_dir={out}/adapted",
    )),
    Case("refit_heads", (
        "emotionet_tf.bin.refit_heads", "--model_dir={in}/model_a", "--source=opt={in}/many",
        "--records_dir={in}/many", "--num_images=200", "--output_dir={out}/refitted",
    )),
    Case("train", (
        "emotionet_tf.bin.train", "--source=opt={in}/many", "--val_records_dir={in}/records", "--output_dir={out}/run",
        "--group=expression", "--validation_interval_steps=10", *_TRAINING,
    ), ignored=_RUN_FILES, why=_RUN_WHY),
    Case("pretrain", (
        "emotionet_tf.bin.pretrain", "--task=identity", "--records_dir={in}/classes", "--output_dir={out}/run",
        *_TRAINING,
    ), ignored=_RUN_FILES, why=_RUN_WHY),
)  # fmt: skip


def main(arguments: list[str]) -> None:
    """Runs the cases and prints the table."""
    entry_point.refuse_arguments(arguments)
    cases = [case for case in CASES if not _COMMANDS.value or case.name in _COMMANDS.value]
    with ExitStack() as stack:
        folder = Path(_FOLDER.value or stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        _make_inputs(folder / "in", stack)
        print("| command | undisturbed, s | kills | times it came to its end | bytes | may differ |")
        print("|---|---|---|---|---|---|")
        results = [_Trial(case, folder, random.Random(f"{_SEED.value} {case.name}")).run() for case in cases]
    if not all(results):
        sys.exit(1)


class _Trial:
    """A case that is killed and run again."""

    def __init__(self, case: Case, folder: Path, random_: random.Random) -> None:
        self._case = case
        self._inputs = folder / "in"
        # One place for all runs, as some files name it.
        self._output = folder / "out"
        self._random = random_

    def run(self) -> bool:
        """Prints the case's row, and what is wrong; returns whether nothing is."""
        self._undisturbed()
        expected = self._contents()
        # The first run of a kind also reads files and compiles what later ones find.
        first_write, seconds = self._undisturbed()
        num_kills = num_ends = num_attempts = 0
        problems = dict.fromkeys(f"undisturbed, {text}" for text in _differences(expected, self._contents()))
        self._renew()
        while num_kills < _KILLS.value or num_attempts == 0 or not self._is_ended:
            # The last attempt is not disturbed.
            moment = self._random.uniform(0.8 * first_write, seconds) if num_kills < _KILLS.value else None
            num_attempts += 1
            num_kills += self._attempt(moment)
            if self._is_ended:
                num_ends += 1
                problems |= dict.fromkeys(_differences(expected, self._contents()))
                if num_kills < _KILLS.value:
                    self._renew()
            if num_attempts > _MOST_ATTEMPTS_A_KILL * _KILLS.value + 20:
                break  # too short to be met more often
        word = "equal" if not problems else "DIFFERENT"
        print(
            f"| `{self._case.name}` | {seconds:.1f} | {num_kills} | {num_ends} | {word} | {self._case.why} |",
            flush=True,
        )
        for problem in list(problems)[:8]:
            print(f"    {self._case.name}: {problem}", flush=True)
        return not problems

    def _undisturbed(self) -> tuple[float, float]:
        """Runs the command to its end; returns when it first wrote and when it ended, in seconds."""
        self._renew()
        before = _names(self._output)
        start = time.monotonic()
        process = self._start()
        first_write = 0.0
        while process.poll() is None:
            if not first_write and _names(self._output) != before:
                first_write = time.monotonic() - start
            time.sleep(_POLL_SECONDS)
        seconds = time.monotonic() - start
        self._check(process)
        return first_write or seconds / 2, seconds

    def _attempt(self, moment: float | None) -> bool:
        """Runs the command, and kills it at a moment; returns whether it was still at work then."""
        process = self._start()
        deadline = time.monotonic() + (moment if moment is not None else _MOST_SECONDS)
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
        process.kill()
        process.communicate()
        self._is_ended = process.returncode != -signal.SIGKILL
        if self._is_ended:
            self._check(process)
            return False
        assert moment is not None, f"{self._case.name} does not end"
        return True

    def _check(self, process: object) -> None:
        output, errors = process.communicate()  # type: ignore[attr-defined]
        if process.returncode:  # type: ignore[attr-defined]
            sys.exit(f"{self._case.name} failed: {output[-2000:]}{errors[-2000:]}")

    def _start(self) -> object:
        warm_commands = _warm_commands()
        module, *words = (
            word.replace("{in}", str(self._inputs)).replace("{out}", str(self._output))
            for word in self._case.words
        )
        return warm_commands.start(["-m", module, *words])

    def _renew(self) -> None:
        shutil.rmtree(self._output, ignore_errors=True)
        self._output.mkdir()
        self._is_ended = False
        for source, target in self._case.copied.items():
            shutil.copytree(self._inputs / source, self._output / target)

    def _contents(self) -> dict[str, bytes]:
        """Returns the files that are compared, by their names."""
        contents = {}
        for path in sorted(self._output.rglob("*")):
            name = path.relative_to(self._output)
            if path.is_file() and not any(name.match(pattern) for pattern in self._case.ignored):
                contents[str(name)] = _compared(path)
        return contents


def _compared(path: Path) -> bytes:
    if path.name not in _TIMES:
        return path.read_bytes()
    content = json.loads(path.read_text(encoding="utf-8"))
    return json.dumps({key: value for key, value in content.items() if key not in _TIMES[path.name]}).encode()


def _differences(expected: Mapping[str, bytes], found: Mapping[str, bytes]) -> Iterator[str]:
    for name in sorted({*expected, *found}):
        if name not in found:
            yield f"{name} is missing"
        elif name not in expected:
            yield f"{name} is left over"
        elif found[name] != expected[name]:
            yield f"{name} has other bytes"


def _names(folder: Path) -> set[tuple[str, int]]:
    """Returns what is below a folder, with times: what changes when something is written."""
    found = set()
    for path in folder.rglob("*"):
        try:
            found.add((str(path), path.stat().st_mtime_ns))
        except OSError:  # it has just been renamed
            continue
    return found


def _make_inputs(folder: Path, stack: ExitStack) -> None:
    """Makes the commands' inputs; the photo hosts of `download` run until the stack is left."""
    from benchmarks.download import photo_hosts, write_list

    port = stack.enter_context(photo_hosts(["127.0.0.1"], 0.03))
    folder.mkdir(parents=True, exist_ok=True)
    write_list(folder / "urls.txt", [(f"http://127.0.0.1:{port}/N_1/N_1_{i}.jpg", "") for i in range(2, 32)])
    if (folder / "b.csv").is_file():
        return
    _run("-c", f"from benchmarks.kill_and_resume import make_files; make_files({str(folder)!r})")
    photos, faces = f"--photos_dir={folder}/photos", f"--faces_dir={folder}/faces"
    _run("-m", "tfrecords_tools.align_faces", photos, f"--output_dir={folder}/faces", "--crop_size_px=36")
    _run(
        *("-m", "tfrecords_tools.write_records", faces, f"--labels={folder}/labels.csv"),
        *(f"--output_dir={folder}", "--dataset=records"),
    )
    _run(
        *("-m", "tfrecords_tools.write_class_records", faces, "--classes=folders"),
        *(f"--output_dir={folder}", "--dataset=classes"),
    )
    _run(
        *("-m", "emotionet_tf.bin.train", f"--source=opt={folder}/many", f"--output_dir={folder}/trained"),
        *("--group=expression", *_TRAINING, "--num_steps=2"),
    )
    for name in "ab":
        _run(
            *("-m", "emotionet_tf.bin.predict_records", f"--model_dir={folder}/model_{name}"),
            *(f"--records_dir={folder}/many", f"--output={folder}/{name}.csv"),
        )


def make_files(name: str) -> None:
    """Makes photos of some persons, a film, labels, two untrained networks and records of noise in a folder."""
    import cv2
    import numpy as np
    import tensorflow as tf

    from benchmarks.made_records import make_records
    from emotionet_tf.action_units import EXPRESSION, NUM_AUS
    from emotionet_tf.label_lists.formats.plain_csv import write_plain_csv
    from emotionet_tf.label_lists.photo_ids import example_id
    from emotionet_tf.label_lists.rows import LabelRow
    from emotionet_tf.models import ModelConfig, build_model, save_model
    from emotionet_tf.videos.writing import VideoWriter

    folder, random_ = Path(name), np.random.default_rng(0)
    seen = [cv2.imread(str(path)) for path in sorted(_PHOTOS.glob("*.jpg"))]
    rows = []
    for number in range(_NUM_PHOTOS):
        photo = f"p{number % 4}/{number:02d}.jpg"
        (folder / "photos" / photo).parent.mkdir(parents=True, exist_ok=True)
        shown = cv2.convertScaleAbs(seen[number % len(seen)], alpha=0.7 + 0.02 * number)
        cv2.imwrite(str(folder / "photos" / photo), shown)
        labels = random_.integers(0, 2, NUM_AUS)
        rows.append(LabelRow(example_id(photo), photo, labels, np.ones(NUM_AUS), person=photo[:2]))
    (folder / "photos" / "p0" / "broken.jpg").write_bytes(b"no picture")
    write_plain_csv(folder / "labels.csv", rows, with_persons=True)
    with VideoWriter(folder / "film.mp4", 25.0) as film:
        small = cv2.resize(seen[0], (160, 160))[..., ::-1]
        for number in range(400):
            film.add(np.roll(small, number % 9, axis=1))
    for number, model in enumerate("ab"):
        tf.keras.utils.set_random_seed(number)
        config = ModelConfig(
            "ownnet1",
            EXPRESSION.aus,
            "close_up",
            ("opt",),
            "opt",
            uses_angles=False,
            image_size_px=32,
            crop_size_px=36,
        )
        save_model(build_model(config), config, folder / f"model_{model}", "best")
    records = Path(make_records(folder / "made", 256, 36))
    shutil.copytree(records, folder / "many")


def _run(*words: str) -> None:
    done = _warm_commands().run(words, timeout=_MOST_SECONDS)
    if done.returncode:
        sys.exit(f"{' '.join(words)} failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")


def _warm_commands() -> Any:
    """Returns the tests' module that starts commands fast; it imports others of its folder by their names."""
    tests = str(Path(__file__).parents[1] / "tests")
    if tests not in sys.path:
        sys.path.append(tests)
    return importlib.import_module("warm_commands")


if __name__ == "__main__":
    entry_point.run(main)
