"""The commands that render faces for the detector and its ablation, and write their records."""

from __future__ import annotations

from pathlib import Path

from emotionet_tf.experiments.free_detector.scales import Scale
from emotionet_tf.experiments.rendered_data import rendered_data_nodes
from emotionet_tf.experiments.runner.nodes import Node

EVERYDAY_26 = "everyday_26"
"""The mixture of expressions that the detectors learn from: with AUs 7, 14 and 23, which EmotioNet lacks."""
EVERYDAY = "everyday"
"""The same without these, which the ablation learns from."""
_VAL_FRACTION = 0.05


def rendered_nodes(
    root: Path, scale: Scale, *, seed: int, mixture: str | None, prefix: str = "data", num_further: int = 0
) -> list[Node]:
    """Returns the commands to `opt-train` and `opt-val` of a scale's renders.

    Args:
      root: Folder of everything that is made.
      scale: The sizes.
      seed: Of the faces.
      mixture: Which expressions they show; None is `synthesize`'s default.
      prefix: First word of the nodes' names.
      num_further: Further faces, of other persons, as `train`.
    """
    return rendered_data_nodes(
        root,
        num_photos={"train": num_further, "opt": scale.num_renders, "val": 0, "test": 0},
        crop_size_px=scale.crop_size_px,
        seed=seed,
        photo_side_px=scale.photo_side_px,
        mixture=mixture,
        opt_val_fraction=_VAL_FRACTION,
        prefix=prefix,
    )
