"""How far images are changed at random.

Apart from the changes themselves, so that a command's help has the defaults without importing TensorFlow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emotionet_tf.errors import UserError
from emotionet_tf.settings import check_settings, setting

_OURS = "Default: our choice, Magdeburg's paper gives none."


def _share(default: Any, help: str | Mapping[str, str], **bounds: float | None) -> Any:
    return setting(default, help, **{"at_least": 0, "at_most": 1, **bounds})


@dataclass(frozen=True)
class Augmentation:
    """Ranges of the random changes.

    The paper names the changes without their ranges; these were chosen so that faces stay readable to a person.

    Raises:
      UserError: If a value lies outside its range, or the square's sizes are in the wrong order.
    """

    random_crop: bool = setting(
        True,
        "Cut the image anywhere from the crop, not from its centre. The margin is the crop's size less "
        "--image_size_px.",
    )
    flip: float = _share(0.5, f"Probability of a horizontal flip. {_OURS}")
    brightness: float = _share(0.15, f"Largest shift of all pixels, up or down, as a share of 255. {_OURS}")
    contrast: float = _share(
        0.3,
        f"Largest change, up or down from 1, of the factor on the distances from the image's mean. {_OURS}",
    )
    cutout: float = _share(0.5, f"Probability that a grey square covers some of the image. {_OURS}")
    cutout_size: tuple[float, float] = _share(
        (0.1, 0.35),
        {
            end: f"{which} side of that square, as a share of the image's. {_OURS}"
            for end, which in (("min", "Least"), ("max", "Largest"))
        },
    )
    downscale: float = _share(0.2, f"Probability that the image is scaled down and up again. {_OURS}")
    downscale_factor: float = _share(
        0.3, f"Least factor of scaling down; the largest is 1. {_OURS}", at_least=None, above=0
    )
    greyscale: float = _share(0.1, f"Probability that the image loses its colours. {_OURS}")
    border: float = _share(
        0.0,
        "Probability that the image is black beyond the edges of a turned rectangle, as registered faces are at "
        "the edge of their photo. Default: never, as in the papers.",
    )

    def __post_init__(self) -> None:
        check_settings(self, "augmentation: ")
        if self.cutout_size[0] > self.cutout_size[1]:
            raise UserError(f"augmentation: cutout_size is (least, largest), got {self.cutout_size}")


NO_AUGMENTATION = Augmentation(
    random_crop=False, flip=0, brightness=0, contrast=0, cutout=0, downscale=0, greyscale=0, border=0
)
"""Leaves images as evaluation sees them."""
