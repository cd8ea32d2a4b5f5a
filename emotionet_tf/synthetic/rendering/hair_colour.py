"""The light on strands of hair."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from emotionet_tf.synthetic.rendering import raster
from emotionet_tf.synthetic.rendering.scene import Light
from emotionet_tf.synthetic.rendering.shadow import ShadowMap, to_shadow_map


class StrandLook(NamedTuple):
    """How strands are drawn.

    Attributes:
      thickness: In units of the head; a drawn strand stands for several hairs.
      opacity: From 0 to 1.
    """

    thickness: float
    opacity: float


SCALP_HAIR = StrandLook(0.017, 0.85)
BEARD_HAIR = StrandLook(0.006, 0.6)

_SHADOW_BIAS = 0.05


def strand_colours(
    nodes: np.ndarray, colour: np.ndarray, shades: np.ndarray, light: Light, shadows: ShadowMap
) -> np.ndarray:
    """Returns the colour of each node of each strand.

    Args:
      nodes: [N, K, 3] in the scene.
      colour: [3] of the hair, linear.
      shades: [N] brightness of each strand.
      light: The light.
      shadows: Its shadow map.
    Returns:
      [N, K, 3] float32, linear.
    Source: Kajiya and Kay 1989: a strand shines across its way, not along it.
    """
    steps = np.diff(nodes, axis=1, append=2 * nodes[:, -1:] - nodes[:, -2:-1])
    along = steps / np.maximum(np.linalg.norm(steps, axis=2, keepdims=True), 1e-6)
    on_map = to_shadow_map(shadows.frame, shadows.centre, nodes).reshape(-1, 3)
    lit = raster.lit_shares(shadows.depth, on_map, _SHADOW_BIAS).reshape(nodes.shape[:2])
    across = np.sqrt(np.clip(1 - (along @ light.key_direction) ** 2, 0, 1))
    half = light.key_direction + np.asarray([0, 0, 1], np.float32)
    gleam = np.clip(1 - (along @ half) ** 2 / (half @ half), 0, 1) ** 12
    received = light.key_colour * (0.85 * across * (0.25 + 0.75 * lit))[..., None]
    received = received + 0.75 * light.ambient_colour + 0.5 * light.fill_colour
    # Roots lie in the shade of the hair above them.
    received *= np.linspace(0.75, 1.0, nodes.shape[1], dtype=np.float32)[None, :, None]
    colours = np.asarray(colour, np.float32) * shades[:, None, None] * received
    colours += (0.035 + 0.12 * colour.mean()) * (gleam * lit)[..., None] * light.key_colour
    return colours.astype(np.float32)
