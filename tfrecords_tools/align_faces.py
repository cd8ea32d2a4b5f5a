"""Photos to registered crops of faces: `python -m tfrecords_tools.align_faces --photos_dir=DIR --output_dir=DIR`.

Writes `close_up/` and `context/` with a crop of each face, and the face table `faces.csv`. Running the same
command again goes on where it was stopped.
"""

from absl import flags

from emotionet_tf import command_line, detector_flags
from emotionet_tf.action_units import FRAMINGS

flags.adopt_module_key_flags(detector_flags)

_PHOTOS_DIR = flags.DEFINE_string(
    "photos_dir", None, "Folder of photos; its subfolders are searched too.", required=True
)
_OUTPUT_DIR = flags.DEFINE_string(
    "output_dir", None, "Folder for the crops and the face table; not inside photos_dir.", required=True
)
_ALL_FACES = flags.DEFINE_bool(
    "all_faces", False, "Crop every face of a photo; by default the largest one, as the challenge labels one."
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
    "batch_size", 32, "Photos held in memory at once, and lost at most by a kill; our default."
)


def main(arguments: list[str]) -> None:
    """Aligns the photos and prints the counts."""
    command_line.refuse_arguments(arguments)
    from emotionet_tf.faces.alignment import AlignConfig, align_photos
    from emotionet_tf.faces.detector_choice import build_detector
    from emotionet_tf.faces.face_table import FACE_TABLE_NAME
    from emotionet_tf.faces.photos import format_unreadable
    from emotionet_tf.progress import CountLine

    config = AlignConfig(
        photos_dir=_PHOTOS_DIR.value,
        output_dir=_OUTPUT_DIR.value,
        all_faces=_ALL_FACES.value,
        crop_size_px=_CROP_SIZE_PX.value,
        jpeg_quality=_JPEG_QUALITY.value,
        framing=_FRAMING.value,
        batch_size=_BATCH_SIZE.value,
    )
    choice = detector_flags.detector_choice()
    summary = align_photos(config, build_detector(choice), choice.settings(), CountLine("photos"))
    print(
        f"{summary.num_photos} photos: {summary.num_with_face} with a face ({summary.num_faces} faces), "
        f"{summary.num_without_face} without, {len(summary.unreadable)} unreadable"
    )
    if summary.unreadable:
        print(format_unreadable(summary.unreadable))
    print(f"face table: {config.output_dir}/{FACE_TABLE_NAME}")


if __name__ == "__main__":
    command_line.run(main)
