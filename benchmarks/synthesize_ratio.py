"""Compares how fast two checkouts render: this one and another, in turn, in processes of their own.

Run: python -m benchmarks.synthesize_ratio CHECKOUT [num_rounds]
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path

_ONE = """
import time
import cv2
from emotionet_tf.synthetic.dataset import photo_plan
from emotionet_tf.synthetic.person.head_cache import load_head
from emotionet_tf.synthetic.person.person import make_body, make_person
from emotionet_tf.synthetic.rendering.geometry import place
from emotionet_tf.synthetic.rendering.photo import photo_jpeg

cv2.setNumThreads(1)
head = load_head()


def render(identities):
    num_photos = 0
    for identity, count in identities:
        key = (7, "train", identity)
        body = make_body(head, identity, photo_plan.body_stream(*key))
        person = make_person(head, body, photo_plan.surface_stream(*key))
        for index in range(1, count + 1):
            plan = photo_plan.plan_photo(*key, index, (200, 320))
            photo_jpeg(head, person, plan, place(head, body, plan.pose, plan.scene), 7)
            num_photos += 1
    return num_photos


identities = list(photo_plan.identities(7, "train", 100))[:13]
render(identities[:1])
start = time.process_time()
num_photos = render(identities[1:])
print(1e3 * (time.process_time() - start) / num_photos)
"""


def main() -> None:
    """Prints milliseconds of one core per photo of 200 to 320 px, and their ratio, by round."""
    checkouts = {"here": Path.cwd(), "other": Path(sys.argv[1]).resolve()}
    ratios = []
    for _ in range(int(sys.argv[2]) if len(sys.argv) > 2 else 5):
        spent = {name: _milliseconds(folder) for name, folder in checkouts.items()}
        ratios.append(spent["other"] / spent["here"])
        print(
            f"here {spent['here']:.1f} ms, other {spent['other']:.1f} ms, ratio {ratios[-1]:.2f}", flush=True
        )
    print(f"median ratio {statistics.median(ratios):.2f}")


def _milliseconds(checkout: Path) -> float:
    done = subprocess.run(
        [sys.executable, "-c", _ONE], cwd=checkout, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


if __name__ == "__main__":
    main()
