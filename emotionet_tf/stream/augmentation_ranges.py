"""How far images are changed at random.

Apart from the changes themselves, so that a command's help has the defaults without importing TensorFlow.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from emotionet_tf.errors import UserError


@dataclass(frozen=True)
class Augmentation:
    """Ranges of the random changes.

    The paper names the changes without their ranges; these were chosen so that faces stay readable to a person.

    Attributes:
      random_crop: Whether the image is cut anywhere from the crop; otherwise from its centre.
      flip: Probability of a horizontal flip.
      brightness: Largest shift of all pixels, up or down, as a share of 255.
      contrast: Largest change of the factor on the distances from the image's mean, up or down from 1.
      cutout: Probability that a grey square covers part of the image.
      cutout_size: Least and largest side of that square, as shares of the image's side.
      downscale: Probability that the image loses its detail: it is scaled down and up again.
      downscale_factor: Least factor of scaling down; the largest is 1.
      greyscale: Probability that the image loses its colours.
    Raises:
      UserError: If a value lies outside [0, 1], or the square's sizes are in the wrong order.
    """

    random_crop: bool = True
    flip: float = 0.5
    brightness: float = 0.15
    contrast: float = 0.3
    cutout: float = 0.5
    cutout_size: tuple[float, float] = (0.1, 0.35)
    downscale: float = 0.2
    downscale_factor: float = 0.3
    greyscale: float = 0.1

    def __post_init__(self) -> None:
        for entry in dataclasses.fields(self):
            value = getattr(self, entry.name)
            if any(not 0 <= number <= 1 for number in (value if isinstance(value, tuple) else (value,))):
                raise UserError(f"augmentation: {entry.name} lies between 0 and 1, got {value}")
        if self.cutout_size[0] > self.cutout_size[1]:
            raise UserError(f"augmentation: cutout_size is (least, largest), got {self.cutout_size}")
        if not self.downscale_factor:
            raise UserError("augmentation: downscale_factor is more than 0")


NO_AUGMENTATION = Augmentation(
    random_crop=False, flip=0, brightness=0, contrast=0, cutout=0, downscale=0, greyscale=0
)
"""Leaves images as evaluation sees them."""
