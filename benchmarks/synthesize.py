"""Prints how many photos a second one core renders at 256 px, and where the time goes.

Run: python benchmarks/synthesize.py [num_persons]
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import cv2

from emotionet_tf.synthetic.dataset import photo_plan
from emotionet_tf.synthetic.person import wrinkles
from emotionet_tf.synthetic.person.head_cache import load_head
from emotionet_tf.synthetic.person.person import make_body, make_person
from emotionet_tf.synthetic.rendering import geometry as geometry_module
from emotionet_tf.synthetic.rendering import raster, renderer, shading
from emotionet_tf.synthetic.rendering.degradation import degraded, developed

SIDE_PX = 256
TIMED = (
    (raster, "rasterize"),
    (shading, "shade_head"),
    (wrinkles, "carve"),
    (renderer, "make_background"),
    (renderer, "_shadows"),
    (renderer, "_cavities"),
    (renderer, "_draw_lashes"),
    (renderer, "strand_nodes"),
    (renderer, "strand_colours"),
    (renderer, "draw_strands"),
    (renderer, "draw_cover"),
)


def main() -> None:
    """Renders the photos of some persons on one core; prints photos a second and milliseconds a photo by stage."""
    cv2.setNumThreads(1)
    num_persons = int(sys.argv[1]) if len(sys.argv) > 1 else 12
    seconds: dict[str, float] = defaultdict(float)

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Returns the function, whose seconds are added up under the name."""

        def call(*args: Any, **kwargs: Any) -> Any:
            start = time.perf_counter()
            result = function(*args, **kwargs)
            seconds[name] += time.perf_counter() - start
            return result

        return call

    for module, name in TIMED:
        setattr(module, name, timed(name, getattr(module, name)))
    plan, body_of, person_of = (timed(f.__name__, f) for f in (photo_plan.plan_photo, make_body, make_person))
    place, render = timed("place", geometry_module.place), timed("render (with its stages)", renderer.render)
    finish = timed("develop and encode", lambda image, scene, rng: degraded(developed(image, scene), rng))
    head = load_head()
    for round_number in range(2):
        # The first round compiles, or loads what an earlier run has compiled.
        seconds.clear()
        start, num_photos = time.perf_counter(), 0
        for identity, count in list(photo_plan.identities(7, "train", 10_000))[
            : num_persons if round_number else 1
        ]:
            key = (7, "train", identity)
            body = body_of(head, identity, photo_plan.body_stream(*key))
            person = person_of(head, body, photo_plan.surface_stream(*key))
            for index in range(1, count + 1):
                photo = plan(*key, index, (SIDE_PX, SIDE_PX))
                geometry, rng = place(head, body, photo.pose, photo.scene), photo_plan.pixel_stream(7, photo)
                image = render(
                    head,
                    person,
                    photo.pose,
                    photo.scene,
                    geometry=geometry,
                    cover=photo.cover,
                    side_px=SIDE_PX,
                    rng=rng,
                )
                finish(image, photo.scene, rng)
                num_photos += 1
        total = time.perf_counter() - start
    print(
        f"{num_photos / total:.1f} photos a second on one core at {SIDE_PX} px, {1e3 * total / num_photos:.0f} ms each:"
    )
    for name, value in sorted(seconds.items(), key=lambda item: -item[1]):
        print(f"  {1e3 * value / num_photos:6.1f} ms  {name}")


if __name__ == "__main__":
    main()
