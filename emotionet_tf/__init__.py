"""Facial Action Unit recognition with TensorFlow: the two published systems of the EmotioNet Challenge 2020.

    from emotionet_tf import ActionUnitDetector, read_photo

    detector = ActionUnitDetector(["models/expression", "models/pose"])
    (faces,) = detector.detect([read_photo("photo.jpg")])

Names are imported when they are first used, so that `import emotionet_tf` needs no TensorFlow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotionet_tf.lazy_names import keep_old_names, lazy_names

if TYPE_CHECKING:
    from emotionet_tf.action_units import ACTION_UNITS, AU_NAMES, DESCRIPTIONS, EXPRESSION, POSE
    from emotionet_tf.inference.au_detector import ActionUnitDetector
    from emotionet_tf.inference.face_result import FaceResult
    from emotionet_tf.photos.reading import read_photo

__version__ = "0.1.0"

__all__ = [
    "ACTION_UNITS",
    "AU_NAMES",
    "ActionUnitDetector",
    "DESCRIPTIONS",
    "EXPRESSION",
    "FaceResult",
    "POSE",
    "__version__",
    "read_photo",
]

# As the README showed them before modules moved.
keep_old_names(
    {
        "emotionet_tf.faces.photos": "emotionet_tf.photos.reading",
        "emotionet_tf.inference.detector": "emotionet_tf.inference.au_detector",
    }
)

# A type checker would take any name for one of this package's.
if not TYPE_CHECKING:
    __getattr__ = lazy_names(
        __name__,
        {
            **dict.fromkeys(
                ("ACTION_UNITS", "AU_NAMES", "DESCRIPTIONS", "EXPRESSION", "POSE"), "action_units"
            ),
            "ActionUnitDetector": "inference.au_detector",
            "FaceResult": "inference.face_result",
            "read_photo": "photos.reading",
        },
    )


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
