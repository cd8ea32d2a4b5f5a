"""Video: how fast, whose face is whose, and what following faces changes, on rendered people whose smiles are known.

    python -m benchmarks.video [--num_frames=400] [--num_people=1] [--runtime=onnx] [--mediapipe_model=FILE]

Two people sit side by side, move and smile in turn; one is away for a while, and in the middle a cut swaps their
seats. It prints frames a second (decoding, faces, expression and pose AUs) with faces followed and with every frame
searched, in turns; the share of faces that bear the right number; how well AU 12 follows the truth; and how much
following changes.
With MediaPipe it also times the face landmarker with blendshapes on the same frames. Rendered people say nothing about
how good scores of real ones are.
"""

from __future__ import annotations

import math
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from absl import flags

from emotionet_tf.cli import entry_point, landmarker_flag
from emotionet_tf.errors import UserError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

flags.adopt_module_key_flags(landmarker_flag)

_NUM_FRAMES = flags.DEFINE_integer("num_frames", 400, "Length of the video, our choice.", lower_bound=100)

_NUM_PEOPLE = flags.DEFINE_integer(
    "num_people",
    2,
    "People in the video; one alone sits where the first of two does.",
    lower_bound=1,
    upper_bound=2,
)
_RUNTIME = flags.DEFINE_enum(
    "runtime",
    None,
    ["tensorflow", "onnx"],
    "What runs the networks. Default: tensorflow where it is installed.",
)
_ROUNDS = flags.DEFINE_integer("rounds", 3, "How often each is timed, in turns.", lower_bound=1)

_WAYS = {
    "followed": "faces followed",
    "searched": "every frame searched",
    "landmarker": "MediaPipe's landmarker with blendshapes",
}
_WIDTH, _HEIGHT, _SIDE = 640, 480, 300
_SMILE_FRAMES = 100


def main(arguments: list[str]) -> None:
    """Renders the video, predicts it both ways and prints the figures."""
    entry_point.refuse_arguments(arguments)
    import cv2
    import pandas as pd

    from emotionet_tf.inference.au_detector import ActionUnitDetector
    from emotionet_tf.inference.prediction_settings import PredictConfig, VideoSettings
    from emotionet_tf.inference.videos.prediction import predict_videos
    from emotionet_tf.videos.writing import VideoWriter

    cv2.setNumThreads(1)  # as predict does
    count = _NUM_FRAMES.value
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder, "clip.mp4")
        with VideoWriter(clip, 25) as writer:
            for picture in pictures(count):
                writer.add(picture)
        detector = ActionUnitDetector(runtime=_RUNTIME.value)
        landmark = _rival()
        tables: dict[int, pd.DataFrame] = {}
        speeds: dict[str, list[_Speed]] = {"followed": [], "searched": [], "landmarker": []}
        for number in range(_ROUNDS.value):
            for name, search_every in (("followed", 10), ("searched", 1)):
                table = Path(folder, f"{search_every}_{number}.csv")
                config = PredictConfig(
                    (str(clip),), str(table), video=VideoSettings(search_every=search_every)
                )
                speeds[name].append(_timed(count, partial(predict_videos, config, detector)))
                tables[search_every] = pd.read_csv(table)
            if landmark:
                speeds["landmarker"].append(_timed(count, partial(landmark, clip)))
    _print_speeds(count, speeds)
    for search_every, table in tables.items():
        print(f"searched every {search_every}: {_quality(table, count)}")
    print(_difference(tables[10], tables[1]))


def pictures(count: int) -> Iterator[np.ndarray]:
    """Yields the frames, [480, 640, 3] uint8 RGB."""
    import numpy as np

    from emotionet_tf.synthetic.dataset.photo_plan import body_stream, identities, surface_stream
    from emotionet_tf.synthetic.person.head_cache import load_head
    from emotionet_tf.synthetic.person.person import make_body, make_person
    from emotionet_tf.synthetic.rendering.degradation import developed
    from emotionet_tf.synthetic.rendering.geometry import Pose, place
    from emotionet_tf.synthetic.rendering.pose import HeadAngles
    from emotionet_tf.synthetic.rendering.renderer import render
    from emotionet_tf.synthetic.rendering.scene import plain_scene

    head, scene = load_head(), plain_scene()
    people = []
    for identity, _ in (list(identities(21, "train", 40))[row] for row in (0, 3)):
        body = make_body(head, identity, body_stream(21, "train", identity))
        people.append((body, make_person(head, body, surface_stream(21, "train", identity))))
    for number in range(count):
        level = 110 if number < count // 2 else 190
        picture = np.full((_HEIGHT, _WIDTH, 3), level, np.uint8)
        for who, (body, person) in enumerate(people[: _NUM_PEOPLE.value]):
            if not _is_there(who, number, count):
                continue
            smile = smile_of(who, number)
            intensities = {12: smile, 6: 0.8 * smile, 25: float(smile > 0.3) * 0.7}
            angles = HeadAngles(0.0, 0.2 * math.sin(number / 15 + who), 0.1 * math.sin(number / 20))
            pose = Pose(intensities, angles, lips_part=smile > 0.3)
            random = np.random.default_rng(who)
            image = render(
                head,
                person,
                pose,
                scene,
                geometry=place(head, body, pose, scene),
                cover="",
                side_px=_SIDE,
                rng=random,
            )
            left, top = _seat(who, number, count)
            picture[top : top + _SIDE, left : left + _SIDE] = developed(image, scene)
        yield picture


def smile_of(who: int, number: int) -> float:
    """Returns how much somebody smiles in a frame, 0 to 1; they take turns."""
    return max(0.0, math.sin(2 * math.pi * number / _SMILE_FRAMES + who * math.pi))


def _is_there(who: int, number: int, count: int) -> bool:
    return who == 0 or not count // 4 <= number < count // 4 + 20


def _seat(who: int, number: int, count: int) -> tuple[int, int]:
    """Returns the left upper corner of somebody's picture; the cut swaps the seats."""
    seat = who if number < count // 2 else 1 - who
    return 10 + seat * 320 + round(10 * math.sin(number / 25 + who)), 80 + round(40 * math.sin(number / 40))


def _truth(table: pd.DataFrame, count: int) -> pd.Series:
    """Returns who each row's face is, by its seat."""
    in_right = table["box_left_px"] + table["box_width_px"] / 2 > _WIDTH / 2
    is_swapped = table["frame"] >= count // 2
    return (in_right ^ is_swapped).astype(int)


def _quality(table: pd.DataFrame, count: int) -> str:
    import numpy as np

    faces = table[table["found"] == 1].copy()
    num_there = sum(
        _is_there(who, number, count) for who in range(_NUM_PEOPLE.value) for number in range(count)
    )
    faces["who"] = _truth(faces, count)
    first = faces.groupby("who")["face_id"].agg(lambda ids: ids.iloc[0])
    is_right = faces["face_id"] == faces["who"].map(first)
    curve = [smile_of(who, number) for who, number in zip(faces["who"], faces["frame"], strict=True)]
    correlation = np.corrcoef(curve, faces["AU12"])[0, 1]
    return (
        f"{len(faces)} of {num_there} faces found, {is_right.mean():.1%} with the right number; "
        f"AU 12 over the truth: correlation {correlation:.3f}"
    )


def _difference(followed: pd.DataFrame, searched: pd.DataFrame) -> str:
    count = int(followed["frame"].max()) + 1
    keys = [frame.assign(who=_truth(frame, count)) for frame in (followed, searched)]
    both = keys[0][keys[0].found == 1].merge(keys[1][keys[1].found == 1], on=["frame", "who"])
    names = [name for name in followed if name.startswith("AU") and not name.endswith("decision")]
    scores = sum((both[f"{name}_x"] - both[f"{name}_y"]).abs().mean() for name in names) / len(names)
    equal = [(both[f"{name}_decision_x"] == both[f"{name}_decision_y"]).mean() for name in names]
    share = sum(equal) / len(equal)
    return f"followed against searched: scores differ by {scores:.4f} on average, {share:.2%} of decisions are equal"


class _Speed(NamedTuple):
    """Frames a second, and what each takes: milliseconds of a processor, which depend less on other work."""

    rate: float
    cost_ms: float


def _timed(count: int, work: Callable[[], object]) -> _Speed:
    start, cost = time.perf_counter(), time.process_time()
    work()
    return _Speed(count / (time.perf_counter() - start), 1000 * (time.process_time() - cost) / count)


def _print_speeds(count: int, speeds: Mapping[str, Sequence[_Speed]]) -> None:
    """Prints medians; ratios are those of each round, as rounds differ by what else the machine does."""
    print(f"{count} frames of {_WIDTH} x {_HEIGHT}, people: {_NUM_PEOPLE.value}, rounds: {_ROUNDS.value}")
    followed = speeds["followed"]
    for name, own in speeds.items():
        if own:
            rate = statistics.median(one.rate for one in own)
            cost = statistics.median(one.cost_ms for one in own)
            ratio = statistics.median(one.rate / other.rate for one, other in zip(followed, own, strict=True))
            print(
                f"{_WAYS[name]}: {rate:.1f} frames a second, {cost:.1f} ms of a processor each; "
                f"following is {ratio:.2f} times as fast"
            )


def _rival() -> Callable[[Path], None] | None:
    """Returns what runs MediaPipe's landmarker over a video; None, said in a line, where it is missing."""
    from emotionet_tf.faces.detectors.mediapipe.graphs import (
        face_landmarker,
        image_of,
        import_package,
        read_model,
    )
    from emotionet_tf.videos.frames import Video

    try:
        package = import_package()
        landmarker = face_landmarker(read_model(landmarker_flag.MODEL.value), output_face_blendshapes=True)
    except UserError as error:
        print(f"MediaPipe was not timed: {error}")
        return None

    def landmark(clip: Path) -> None:
        for frame in Video(str(clip)).frames():
            landmarker.detect(image_of(package, frame.pixels))

    return landmark


if __name__ == "__main__":
    entry_point.run(main)
