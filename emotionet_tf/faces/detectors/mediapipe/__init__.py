"""The face detector `mediapipe`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotionet_tf.faces.detectors.entry import DetectorSettings

if TYPE_CHECKING:
    from emotionet_tf.faces.detectors.mediapipe.detector import MediapipeDetector


def build(settings: DetectorSettings) -> MediapipeDetector:
    """Returns the registry's detector; what it needs is imported here, as its settings are read by every command."""
    from emotionet_tf.faces.detectors.mediapipe.detector import MediapipeDetector
    from emotionet_tf.faces.detectors.mediapipe.settings import MediapipeSettings

    assert isinstance(settings, MediapipeSettings)
    return MediapipeDetector(settings)
