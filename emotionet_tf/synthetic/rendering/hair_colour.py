"""The light on strands of hair."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from emotionet_tf.synthetic.rendering import raster
from emotionet_tf.synthetic.rendering.compiled import kernel
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
    on_map = to_shadow_map(shadows.frame, shadows.centre, nodes).reshape(-1, 3)
    lit = raster.lit_shares(shadows.depth, on_map, _SHADOW_BIAS).reshape(nodes.shape[:2])
    base, gleaming = np.asarray(colour, np.float32), np.float32(0.035 + 0.12 * colour.mean())
    # Roots lie in the shade of the hair above them.
    shade = np.linspace(0.75, 1.0, nodes.shape[1], dtype=np.float32)
    return _coloured(nodes, lit, base, gleaming, np.asarray(shades, np.float32), shade, light)


@kernel(fastmath=True, error_model="numpy")
def _coloured(nodes, lit, base, gleaming, shades, root_shade, light):
    """Returns the nodes' colours, [N, K, 3] float32, given the share of the key light that reaches each, [N, K]."""
    num_strands, num_nodes = nodes.shape[0], nodes.shape[1]
    colours = np.empty((num_strands, num_nodes, 3), np.float32)
    key = light.key_direction
    hx, hy, hz = key[0], key[1], key[2] + 1
    half = hx * hx + hy * hy + hz * hz
    for n in range(num_strands):
        for k in range(num_nodes):
            # The last node goes on as the one before it.
            i = min(k, num_nodes - 2)
            dx = nodes[n, i + 1, 0] - nodes[n, i, 0]
            dy = nodes[n, i + 1, 1] - nodes[n, i, 1]
            dz = nodes[n, i + 1, 2] - nodes[n, i, 2]
            length = max(math.sqrt(dx * dx + dy * dy + dz * dz), 1e-6)
            to_key = (dx * key[0] + dy * key[1] + dz * key[2]) / length
            to_half = (dx * hx + dy * hy + dz * hz) / length
            across = math.sqrt(max(0.0, 1 - to_key * to_key))
            gleam = max(0.0, 1 - to_half * to_half / half) ** 12 * lit[n, k]
            direct = 0.85 * across * (0.25 + 0.75 * lit[n, k])
            for c in range(3):
                received = light.key_colour[c] * direct
                received += 0.75 * light.ambient_colour[c] + 0.5 * light.fill_colour[c]
                colours[n, k, c] = base[c] * shades[n] * received * root_shade[k]
                colours[n, k, c] += gleaming * gleam * light.key_colour[c]
    return colours
