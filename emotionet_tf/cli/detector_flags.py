"""The flags by which commands choose their face detectors.

A command takes them over by `flags.adopt_module_key_flags`, so that its `--help` shows them. They are beside
`command_line`, since commands of both `emotionet_tf.bin` and `tfrecords_tools` have them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from absl import flags

if TYPE_CHECKING:
    from emotionet_tf.faces.detectors.registry import DetectorChoice

_DETECTORS = flags.DEFINE_list(
    "detectors", ["mtcnn"], "What finds faces, of: mtcnn; openface (reads --openface_csvs); mediapipe (its face mesh; "
    "extra mesh); retinaface (with FAN's landmarks, Werner et al. 2020's fallback; extra retinaface, downloads its "
    "weights). After a comma: what looks next at the photos in which those before it found no face.",
)  # fmt: skip
_MAX_SIDE_PX = flags.DEFINE_integer(
    "max_side_px",
    512,
    "Photos are scaled down to this longer side for mtcnn to find faces (not for landmarks and crops), in pixels; our "
    "default. Raise it to find small faces in large photos.",
)
_MIN_FACE_PX = flags.DEFINE_integer(
    "min_face_px",
    20,
    "Smallest face that mtcnn seeks, in pixels of the scaled photo; the mtcnn package's default.",
)
_OPENFACE_CSVS = flags.DEFINE_list(
    "openface_csvs",
    [],
    "OpenFace's CSV files of the photos, or folders that hold them, for --detectors=openface; none by default.",
)
_OPENFACE_MIN_CONFIDENCE = flags.DEFINE_float(
    "openface_min_confidence",
    0.7,
    "Faces of which OpenFace is less sure, 0 to 1, count as not found: the next detector is asked, and if none finds "
    "another one, the photo has no face. Default: OpenFace's author takes landmarks below 0.7 for wrong.",
)


def detector_choice() -> DetectorChoice:
    """Returns what the flags say; raises UserError where that cannot be."""
    from emotionet_tf.faces.detectors.mtcnn_settings import MtcnnSettings
    from emotionet_tf.faces.detectors.registry import DetectorChoice

    return DetectorChoice(
        names=tuple(name.strip() for name in _DETECTORS.value),
        mtcnn=MtcnnSettings(max_side_px=_MAX_SIDE_PX.value, min_face_px=_MIN_FACE_PX.value),
        openface_paths=tuple(path.strip() for path in _OPENFACE_CSVS.value),
        openface_min_confidence=_OPENFACE_MIN_CONFIDENCE.value,
    )
