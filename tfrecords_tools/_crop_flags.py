"""The flags of the commands that cut faces out of photos.

A command takes them over by `flags.adopt_module_key_flags`, so that its `--help` shows them.
"""

from __future__ import annotations

from typing import Any

from absl import flags

from emotionet_tf.action_units import FRAMINGS

_PHOTOS_DIR = flags.DEFINE_string(
    "photos_dir", None, "Folder of photos; its subfolders are searched too.", required=True
)
_CROP_SIZE_PX = flags.DEFINE_integer(
    "crop_size_px", 240, "Side of the crops in pixels; default from Werner et al. 2020, sec. 2."
)
_JPEG_QUALITY = flags.DEFINE_integer(
    "jpeg_quality", 95, "JPEG quality of the crops, 1 to 100; our default: hardly any artefact, about 20 kB."
)
_FRAMING = flags.DEFINE_enum(
    "framing",
    FRAMINGS[0],
    FRAMINGS,
    "What places a face in its crops: registered, its landmarks on the reference shape, turned upright, as in both "
    "papers; or box, a square about the detector's box as it is: the same size and place on average, no alignment.",
)
_BATCH_SIZE = flags.DEFINE_integer(
    "batch_size", 32, "Photos that a process holds in memory at once; decides no result. Our default."
)


def photo_settings() -> dict[str, Any]:
    """Returns the photos' folder and how many are read at a time, by the names of the configurations' attributes."""
    return {"photos_dir": _PHOTOS_DIR.value, "batch_size": _BATCH_SIZE.value}


def style_settings() -> dict[str, Any]:
    """Returns how crops are cut and stored, by the names of `CropStyle`'s attributes."""
    return {
        "crop_size_px": _CROP_SIZE_PX.value,
        "jpeg_quality": _JPEG_QUALITY.value,
        "framing": _FRAMING.value,
    }
