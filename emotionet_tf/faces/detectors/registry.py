"""The face detectors by name: a new one is a file beside this one, and its entry here."""

from __future__ import annotations

from collections.abc import Mapping

from emotionet_tf.faces.detectors.entry import DetectorEntry
from emotionet_tf.faces.detectors.mediapipe.settings import MediapipeSettings
from emotionet_tf.faces.detectors.mtcnn_settings import MtcnnSettings
from emotionet_tf.faces.detectors.openface.settings import OpenFaceSettings

DETECTORS: Mapping[str, DetectorEntry] = {
    "mtcnn": DetectorEntry(
        "mtcnn", settings=MtcnnSettings, package="mtcnn", install="pip install 'mtcnn>=1.0,<1.1'"
    ),
    "openface": DetectorEntry("openface", "reads --openface_csvs", OpenFaceSettings),
    "mediapipe": DetectorEntry(
        "mediapipe",
        "its face mesh; extra mesh",
        MediapipeSettings,
        package="mediapipe",
        install="pip install 'emotionet_tf[mesh]'",
    ),
    "retinaface": DetectorEntry(
        "retinaface",
        "with FAN's landmarks, Werner et al. 2020's fallback; extra retinaface, downloads its weights",
        package="face_alignment",
        install="pip install 'emotionet_tf[retinaface]', and its weights, which download at first use",
    ),
}
