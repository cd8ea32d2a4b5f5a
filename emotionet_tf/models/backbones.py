"""The seven backbones of the two papers, by name. All take images in 0..255 and scale them themselves."""

from __future__ import annotations

import re
from collections.abc import Callable

from tensorflow import keras

from emotionet_tf.errors import UserError
from emotionet_tf.models.efficientnet import build_efficientnet_b0
from emotionet_tf.models.ownnet import build_ownnet

Builder = Callable[[int, int], keras.Model]
"""Takes the image's side and the seed of the dropouts inside."""

_OWNNET = re.compile(r"ownnet([1-9]\d*)")
_FACTOR = r"((?:0?\.\d*[1-9]|1(?:\.0*)?)0*)"
_NARROWER_MOBILENET = re.compile(rf"mobilenet_v3_large_x{_FACTOR}")
_SMALLER_EFFICIENTNET = re.compile(rf"efficientnet_b0_x{_FACTOR}(?:_d{_FACTOR})?")


def _mobilenet_v3_large(image_size_px: int, width: float = 1.0) -> keras.Model:
    return keras.applications.MobileNetV3Large(
        (image_size_px, image_size_px, 3), alpha=width, include_top=False, weights=None, pooling="avg"
    )


def _resnet(blocks: list[int], block_type: str) -> Builder:
    def build(image_size_px: int, seed: int) -> keras.Model:
        from keras_cv.models import ResNetBackbone  # heavy, and only three of the backbones need it

        # The class with explicit arguments: keras-cv's aliases download a configuration.
        maps = ResNetBackbone(
            stackwise_filters=[64, 128, 256, 512],
            stackwise_strides=[1, 2, 2, 2],
            stackwise_blocks=blocks,
            block_type=block_type,
            include_rescaling=True,
            input_shape=(image_size_px, image_size_px, 3),
        )
        features = keras.layers.GlobalAveragePooling2D(name="features")(maps.output)
        return keras.Model(maps.input, features)

    return build


_BUILDERS: dict[str, Builder] = {
    "ownnet3": lambda image_size_px, seed: build_ownnet(3, image_size_px),
    "ownnet8": lambda image_size_px, seed: build_ownnet(8, image_size_px),
    "mobilenet_v3_large": lambda image_size_px, seed: _mobilenet_v3_large(image_size_px),
    "efficientnet_b0": build_efficientnet_b0,
    "resnet18": _resnet([2, 2, 2, 2], "basic_block"),
    "resnet50": _resnet([3, 4, 6, 3], "block"),
    "resnet152": _resnet([3, 8, 36, 3], "block"),
}


def list_backbones() -> list[str]:
    """Returns the names that `build_backbone` knows; besides them there are those of other sizes."""
    return list(_BUILDERS)


def build_backbone(name: str, image_size_px: int, *, seed: int = 0) -> keras.Model:
    """Builds a backbone with fresh weights, up to and with its global average pooling.

    Args:
      name: One of `list_backbones()`; or "ownnet<w>" with a whole number w; or, for runs at reduced scale,
        "mobilenet_v3_large_x<f>" or "efficientnet_b0_x<f>": f times as many channels, f in (0, 1], such as _x0.5; for
        EfficientNet also "_x<f>_d<g>", with g times as many blocks in each stage, rounded up.
      image_size_px: Side of the square input, at least 32.
      seed: Of dropouts inside, which only EfficientNet has.
    Returns:
      A model from images [batch, size, size, 3] in 0..255 to features [batch, channels].
    Raises:
      UserError: If the name is unknown; the message lists the known ones.
    """
    if name in _BUILDERS:
        return _BUILDERS[name](image_size_px, seed)
    if ownnet := _OWNNET.fullmatch(name):
        return build_ownnet(int(ownnet.group(1)), image_size_px)
    if narrower := _NARROWER_MOBILENET.fullmatch(name):
        return _mobilenet_v3_large(image_size_px, float(narrower.group(1)))
    if smaller := _SMALLER_EFFICIENTNET.fullmatch(name):
        return build_efficientnet_b0(
            image_size_px, seed, float(smaller.group(1)), float(smaller.group(2) or 1)
        )
    raise UserError(
        f"backbone {name!r} is none of {', '.join(list_backbones())}, nor ownnet<w> of any width w, nor "
        "mobilenet_v3_large_x<f>, efficientnet_b0_x<f> or efficientnet_b0_x<f>_d<g> with factors f of the width and g "
        "of the depth above 0 and up to 1"
    )
