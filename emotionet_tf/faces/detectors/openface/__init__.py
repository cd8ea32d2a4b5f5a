"""The face detector `openface`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotionet_tf.faces.detectors.entry import DetectorSettings

if TYPE_CHECKING:
    from emotionet_tf.faces.detectors.openface.detector import OpenFaceDetector
    from emotionet_tf.faces.detectors.openface.photos import OpenFacePhotos


def build(settings: DetectorSettings) -> OpenFaceDetector:
    """Returns the registry's detector; what it needs is imported here, as its settings are read by every command."""
    from emotionet_tf.faces.detectors.openface.detector import OpenFaceDetector

    return OpenFaceDetector(photos_of(settings))


def photos_of(settings: DetectorSettings) -> OpenFacePhotos:
    """Returns what the files of some settings say of photos."""
    from emotionet_tf.faces.detectors.openface.photos import OpenFacePhotos
    from emotionet_tf.faces.detectors.openface.settings import OpenFaceSettings

    assert isinstance(settings, OpenFaceSettings)
    return OpenFacePhotos(settings.openface_csvs, settings.openface_min_confidence, settings.openface_frames)
