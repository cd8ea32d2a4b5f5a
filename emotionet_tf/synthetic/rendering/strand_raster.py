"""Draws strands of hair into a picture that already has a depth, in one compiled loop."""

from __future__ import annotations

import math

from emotionet_tf.synthetic.rendering.compiled import kernel


@kernel()
def draw_strands(image, depth, screen, colours, width_px, opacity):
    """Draws polylines that hide and are hidden.

    Args:
      image: [H, W, 3] float32, painted over.
      depth: [H, W] float32, lowered where a strand is drawn.
      screen: [N, K, 3] nodes: x, y in pixels, distance from the camera.
      colours: [N, K, 3] float32 linear.
      width_px: [N] width at the root; strands end in a point of one pixel.
      opacity: From 0 to 1.
    """
    height, width = depth.shape
    for n in range(screen.shape[0]):
        for k in range(screen.shape[1] - 1):
            x0, y0, z0 = screen[n, k, 0], screen[n, k, 1], screen[n, k, 2]
            dx, dy, dz = screen[n, k + 1, 0] - x0, screen[n, k + 1, 1] - y0, screen[n, k + 1, 2] - z0
            steps = math.ceil(max(abs(dx), abs(dy), 1.0))
            across_x = abs(dy) > abs(dx)
            thick = max(1, round(width_px[n] * (1 - 0.6 * k / screen.shape[1])))
            for s in range(steps):
                share = s / steps
                z = z0 + dz * share
                for side in range(thick):
                    x = int(x0 + dx * share + (side if across_x else 0))
                    y = int(y0 + dy * share + (0 if across_x else side))
                    if x < 0 or y < 0 or x >= width or y >= height or z > depth[y, x] + 0.01:
                        continue
                    depth[y, x] = min(depth[y, x], z)
                    for c in range(3):
                        colour = colours[n, k, c] * (1 - share) + colours[n, k + 1, c] * share
                        image[y, x, c] = image[y, x, c] * (1 - opacity) + colour * opacity


@kernel()
def shadow_strands(depth, nodes):
    """Lets strands cast shadows: lowers a shadow map's depth along polylines [N, K, 3] in map coordinates."""
    height, width = depth.shape
    for n in range(nodes.shape[0]):
        for k in range(nodes.shape[1] - 1):
            dx, dy, dz = (
                nodes[n, k + 1, 0] - nodes[n, k, 0],
                nodes[n, k + 1, 1] - nodes[n, k, 1],
                nodes[n, k + 1, 2] - nodes[n, k, 2],
            )
            steps = math.ceil(max(abs(dx), abs(dy), 1.0))
            for s in range(steps):
                x = int(nodes[n, k, 0] + dx * s / steps)
                y = int(nodes[n, k, 1] + dy * s / steps)
                if 0 <= x < width and 0 <= y < height:
                    depth[y, x] = min(depth[y, x], nodes[n, k, 2] + dz * s / steps)
