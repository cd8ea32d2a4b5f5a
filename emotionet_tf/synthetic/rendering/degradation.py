"""What cameras and web sites do to a photo: blur, noise, scaling, JPEG."""

from __future__ import annotations

import math

import cv2
import numpy as np

from emotionet_tf.synthetic.rendering.compiled import kernel
from emotionet_tf.synthetic.rendering.scene import Scene

_NUM_TONES = 4096


def developed(image: np.ndarray, scene: Scene) -> np.ndarray:
    """Returns a linear picture as uint8 RGB: exposure, saturation, a film's shoulder, sRGB, contrast."""
    return _developed(image, scene.exposure, scene.saturation, _tones(scene.contrast))


@kernel(fastmath=True, error_model="numpy")
def _developed(image, exposure, saturation, tones):
    height, width = image.shape[:2]
    photo = np.empty((height, width, 3), np.uint8)
    for y in range(height):
        for x in range(width):
            grey = (image[y, x, 0] + image[y, x, 1] + image[y, x, 2]) / 3
            for c in range(3):
                value = max(0.0, exposure * (grey + saturation * (image[y, x, c] - grey)))
                value = min(1.0, value / (1 + 0.18 * value))
                photo[y, x, c] = tones[int(math.sqrt(value) * (tones.shape[0] - 1) + 0.5)]
    return photo


def _tones(contrast: float) -> np.ndarray:
    """Returns the uint8 values of linear light, sRGB and contrast, by its square root: steps of a tenth of a value."""
    linear = np.square(np.linspace(0, 1, _NUM_TONES))
    encoded = np.where(linear < 0.0031308, 12.92 * linear, 1.055 * np.power(linear, 1 / 2.4) - 0.055)
    return (np.clip(encoded, 0, 1) ** contrast * 255 + 0.5).astype(np.uint8)


def degraded(photo: np.ndarray, rng: np.random.Generator) -> bytes:
    """Returns a photo, uint8 RGB [H, W, 3], as the bytes of a JPEG file of web quality."""
    severity = rng.random()
    blur, scale, noise_level = rng.uniform(0.3, 1.1), rng.uniform(0.5, 0.9), rng.uniform(0, 7) * severity
    quality = int(rng.integers(60, 97))
    height, width = photo.shape[:2]
    if severity > 0.5:
        photo = cv2.GaussianBlur(photo, (0, 0), float(blur))
    if severity > 0.75:
        small = cv2.resize(photo, (int(width * scale), int(height * scale)), interpolation=cv2.INTER_AREA)
        photo = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    if noise_level > 0.5:
        grain = rng.standard_normal(photo.shape, np.float32) * np.asarray(noise_level, np.float32)
        photo = np.clip(photo + grain, 0, 255).astype(np.uint8)
    return cv2.imencode(".jpg", photo[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
