"""Photos to registered crops of faces: `python -m tfrecords_tools.align_faces --photos_dir=DIR --output_dir=DIR`.

Writes `close_up/` and `context/` with a crop of each face, and the face table `faces.csv`. Running the same
command again resumes where it was stopped.
"""

from absl import flags

from emotionet_tf.cli import detector_flags, entry_point
from emotionet_tf.cli.config_flags import ConfigFlags
from emotionet_tf.faces.align_photos import AlignConfig, align_photos

_CONFIG = ConfigFlags(AlignConfig)
flags.adopt_module_key_flags(detector_flags)


def main(arguments: list[str]) -> None:
    """Aligns the photos and prints the counts."""
    entry_point.refuse_arguments(arguments)
    from emotionet_tf.console.progress import CountLine
    from emotionet_tf.faces.detectors.choice import build_detector, format_counts
    from emotionet_tf.faces.table import FACE_TABLE_NAME
    from emotionet_tf.faces.unfinished_alignment import settings_before
    from emotionet_tf.photos.reading import format_unreadable
    from emotionet_tf.storage.paths import as_path

    config = _CONFIG.build()
    choice = detector_flags.detector_choice()
    if before := settings_before(as_path(config.output_dir)):
        choice = choice.as_begun(before)
    openface = choice.openface_photos()
    summary = align_photos(config, build_detector(choice), choice.settings(), CountLine("photos"), openface)
    print(
        f"{summary.num_photos} photos: {summary.num_with_face} with a face ({summary.num_faces} faces), "
        f"{summary.num_without_face} without, {len(summary.unreadable)} unreadable"
    )
    if summary.num_changed:
        print(f"changed since the last run, and looked at again: {summary.num_changed} photo(s)")
    if len(choice.names) > 1:
        print(f"faces found by {format_counts(choice.names, summary.faces_of_detector)}")
    if summary.unreadable:
        print(format_unreadable(summary.unreadable))
    if summary.lying:
        print(summary.lying)
    for line in summary.passed_over:
        print(line)
    for line in openface.remarks() if openface else []:
        print(line)
    print(f"face table: {config.output_dir}/{FACE_TABLE_NAME}")


if __name__ == "__main__":
    entry_point.run(main)
