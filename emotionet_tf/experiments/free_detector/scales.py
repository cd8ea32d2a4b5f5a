"""How large a making of the detector is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Sizes of a making.

    Attributes:
      name: "small", to see that everything runs, "full", which made the shipped weights, or "ablation", between them.
      num_renders: Rendered faces.
      num_further: Further ones, of the ablation alone.
      photo_side_px: Smallest and largest side of a rendered photo.
      crop_size_px: Side of the registered crops.
      image_size_px: Side of the networks' input.
      backbones: By group.
      num_steps: Batches by training: "teacher", "student", "pose".
      interval_steps: Batches between validations and checkpoints.
      level: What refitted heads see of the expression network's earlier layers, as `Level.from_text` takes it.
    """

    name: str
    num_renders: int
    num_further: int
    photo_side_px: tuple[int, int]
    crop_size_px: int
    image_size_px: int
    backbones: Mapping[str, str]
    num_steps: Mapping[str, int]
    interval_steps: int
    level: str = "relu4:2"


SCALES: Mapping[str, Scale] = {
    "small": Scale(
        name="small",
        num_renders=240,
        num_further=60,
        photo_side_px=(96, 128),
        crop_size_px=56,
        image_size_px=48,
        backbones={"expression": "ownnet1", "pose": "ownnet1"},
        num_steps={"teacher": 60, "student": 60, "pose": 60},
        interval_steps=30,
    ),
    "ablation": Scale(
        name="ablation",
        num_renders=6000,
        num_further=2400,
        photo_side_px=(160, 240),
        crop_size_px=72,
        image_size_px=64,
        backbones={"expression": "ownnet3", "pose": "ownnet1"},
        num_steps={"teacher": 2500, "student": 1500, "pose": 500},
        interval_steps=500,
    ),
    "full": Scale(
        name="full",
        num_renders=12_600,
        num_further=2400,
        photo_side_px=(200, 320),
        crop_size_px=124,
        image_size_px=112,
        backbones={"expression": "ownnet3", "pose": "ownnet1"},
        num_steps={"teacher": 4000, "student": 3000, "pose": 1500},
        interval_steps=500,
    ),
}
"""By name, as `--scale` takes them."""
