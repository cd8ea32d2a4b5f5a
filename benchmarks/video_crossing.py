"""Whose face is whose where two rendered people cross, one in front of the other, so that one is hidden for a while.

    python -m benchmarks.video_crossing [--num_pairs=8]

Each pair's two pictures pass each other in 100 frames. Prints for each how many faces, in the frames in which both are
seen, bear the number that the person had first. Rendered people say nothing about how good scores of real ones are.
"""

from __future__ import annotations

import math
from typing import Any

from absl import flags

from emotionet_tf.cli import entry_point

_NUM_PAIRS = flags.DEFINE_integer(
    "num_pairs", 8, "Pairs of people, our choice.", lower_bound=1, upper_bound=20
)

_NUM_FRAMES, _SIDE, _WIDTH, _HEIGHT = 100, 220, 640, 360
_FREE_PX = 60
"""So far the two pictures' left edges are apart where both faces are seen."""


def main(arguments: list[str]) -> None:
    """Renders the pairs, follows them and prints the shares."""
    entry_point.refuse_arguments(arguments)
    import cv2

    from emotionet_tf.faces.detectors.mtcnn import MtcnnDetector
    from emotionet_tf.synthetic.person.head_cache import load_head

    cv2.setNumThreads(1)
    head, detector = load_head(), MtcnnDetector()
    num_right = num_all = 0
    for pair in range(_NUM_PAIRS.value):
        people = _people(head, pair)
        right, every = _followed(head, people, detector)
        print(f"pair {pair}: {right} of {every} faces with the right number")
        num_right, num_all = num_right + right, num_all + every
    print(f"{num_right / num_all:.1%} of {num_all} faces with the right number")


def _people(head: Any, pair: int) -> list[tuple[Any, Any]]:
    """Returns body and looks of two people; each pair is of another seed."""
    from emotionet_tf.synthetic.dataset.photo_plan import body_stream, identities, surface_stream
    from emotionet_tf.synthetic.person.person import make_body, make_person

    seed = 100 + pair
    people = []
    for identity in list(dict.fromkeys(one for one, _ in identities(seed, "train", 40)))[:2]:
        body = make_body(head, identity, body_stream(seed, "train", identity))
        people.append((body, make_person(head, body, surface_stream(seed, "train", identity))))
    return people


def _places(number: int) -> list[tuple[int, int]]:
    """Returns the left upper corners of both pictures in a frame; the first one is in front."""
    left = round(20 + 380 * number / (_NUM_FRAMES - 1))
    return [(left, 70), (420 - left, 100)]


def _followed(head: Any, people: list[tuple[Any, Any]], detector: Any) -> tuple[int, int]:
    """Returns how many faces bear the right number, and how many were seen, where both people are free."""
    import numpy as np

    from emotionet_tf.videos.tracking import FaceTracker

    tracker, first = FaceTracker(detector), {}
    num_right = num_all = 0
    for number in range(_NUM_FRAMES):
        places = _places(number)
        frame = np.full((_HEIGHT, _WIDTH, 3), 120, np.uint8)
        for who in (1, 0):
            left, top = places[who]
            frame[top : top + _SIDE, left : left + _SIDE] = _picture(head, people[who], who, number)
        faces = tracker.step(number, frame)
        if abs(places[0][0] - places[1][0]) < _FREE_PX:
            continue
        for face_id, face in faces:
            middle = face.box[0] + face.box[2] / 2
            who = int(np.argmin([abs(middle - left - _SIDE / 2) for left, _ in places]))
            num_right += first.setdefault(who, face_id) == face_id
            num_all += 1
    return num_right, num_all


def _picture(head: Any, person: tuple[Any, Any], who: int, number: int) -> Any:
    import numpy as np

    from emotionet_tf.synthetic.rendering.degradation import developed
    from emotionet_tf.synthetic.rendering.geometry import Pose, place
    from emotionet_tf.synthetic.rendering.pose import HeadAngles
    from emotionet_tf.synthetic.rendering.renderer import render
    from emotionet_tf.synthetic.rendering.scene import plain_scene

    body, looks = person
    scene = plain_scene()
    pose = Pose(
        {12: max(0.0, math.sin(number / 10 + who))}, HeadAngles(0, 0.15 * math.sin(number / 15 + who), 0)
    )
    geometry = place(head, body, pose, scene)
    random = np.random.default_rng(who)
    return developed(
        render(head, looks, pose, scene, geometry=geometry, cover="", side_px=_SIDE, rng=random), scene
    )


if __name__ == "__main__":
    entry_point.run(main)
