"""What cameras and web sites do to a photo: blur, noise, scaling, JPEG."""

from __future__ import annotations

import cv2
import numpy as np

from emotionet_tf.synthetic.rendering.scene import Scene


def developed(image: np.ndarray, scene: Scene) -> np.ndarray:
    """Returns a linear picture as uint8 RGB: exposure, saturation, a film's shoulder, sRGB, contrast."""
    image = image * np.float32(scene.exposure)
    grey = image.mean(2, keepdims=True)
    image = np.clip(grey + (image - grey) * np.float32(scene.saturation), 0, None)
    image = image / (1 + np.float32(0.18) * image)
    image = np.clip(image, 0, 1)
    encoded = np.where(image < 0.0031308, 12.92 * image, 1.055 * np.power(image, np.float32(1 / 2.4)) - 0.055)
    return (np.clip(encoded, 0, 1) ** np.float32(scene.contrast) * 255 + 0.5).astype(np.uint8)


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
