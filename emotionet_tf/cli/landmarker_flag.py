"""The flag that names MediaPipe's model file, for commands that need its blendshapes.

A command takes it over by `flags.adopt_module_key_flags`. Commands that find faces have a flag of that name among the
detectors' settings.
"""

from __future__ import annotations

from absl import flags

MODEL = flags.DEFINE_string(
    "mediapipe_model",
    "",
    "The file face_landmarker.task. Default: the one in emotionet_tf in your cache folder.",
)
