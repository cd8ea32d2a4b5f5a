"""A planned photo as the camera's file."""

from __future__ import annotations

from emotionet_tf.synthetic.dataset.photo_plan import PhotoPlan, pixel_stream
from emotionet_tf.synthetic.person.head import Head
from emotionet_tf.synthetic.person.person import Person
from emotionet_tf.synthetic.rendering.degradation import degraded, developed
from emotionet_tf.synthetic.rendering.geometry import Geometry
from emotionet_tf.synthetic.rendering.renderer import render


def photo_jpeg(head: Head, person: Person, plan: PhotoPlan, geometry: Geometry, seed: int) -> bytes:
    """Renders a photo and returns it as JPEG bytes, a function of its arguments alone.

    Args:
      head: The mesh.
      person: Whose face it is.
      plan: What the photo shows, and its side in pixels.
      geometry: The head as `place` put it for this plan.
      seed: The set's.
    """
    rng = pixel_stream(seed, plan)
    image = render(
        head,
        person,
        plan.pose,
        plan.scene,
        geometry=geometry,
        cover=plan.cover,
        side_px=plan.side_px,
        rng=rng,
    )
    return degraded(developed(image, plan.scene), rng)
