"""Predicts the AUs of faces in photos.

`python -m emotionet_tf.bin.predict [--model_dir=DIR ...] [--output=faces.csv] PHOTO_OR_FOLDER...`

Without a model folder a detector that comes with the package predicts.
"""

from absl import flags

from emotionet_tf.cli import detector_flags, entry_point
from emotionet_tf.cli.config_flags import ConfigFlags
from emotionet_tf.inference.prediction_settings import FusedModelUse, PredictConfig

flags.adopt_module_key_flags(detector_flags)

_MODELS = ConfigFlags(FusedModelUse)
_CONFIG = ConfigFlags(PredictConfig)


def main(arguments: list[str]) -> None:
    """Predicts the photos and prints the counts."""
    from emotionet_tf.console.progress import CountLine
    from emotionet_tf.faces.detectors.choice import build_detector, format_counts
    from emotionet_tf.faces.detectors.interface import remarks_of
    from emotionet_tf.inference.au_detector import ActionUnitDetector
    from emotionet_tf.inference.photo_prediction import checked_photos, predict_photos
    from emotionet_tf.inference.shipped_detectors import DEFAULT_DETECTOR
    from emotionet_tf.inference.tables.conditions import summary_path
    from emotionet_tf.models.model_folders import is_unfinished, read_model_config
    from emotionet_tf.photos.reading import format_unreadable

    models, config = _MODELS.build(), _CONFIG.build(paths=tuple(arguments[1:]))
    choice = detector_flags.detector_choice()
    # A wrong folder or path is told at once, before anything is loaded.
    folders = models.folders(DEFAULT_DETECTOR)
    for folder in folders:
        read_model_config(folder)
    checked_photos(config)
    if remark := models.remark(DEFAULT_DETECTOR):
        print(remark)
    for folder in filter(is_unfinished, folders):
        print(f"{folder}: training is not finished")
    face_detector = build_detector(choice)
    detector = ActionUnitDetector(
        folders,
        which=models.which,
        mean=models.mean,
        use_thresholds=models.use_thresholds,
        detector=face_detector,
    )
    summary = predict_photos(config, detector, CountLine("photos"))
    num_without = summary.num_photos - summary.num_with_face - len(summary.unreadable)
    print(
        f"{summary.num_photos} photos: {summary.num_with_face} with a face ({summary.num_faces} faces), "
        f"{num_without} without, {len(summary.unreadable)} unreadable"
    )
    if len(choice.names) > 1:
        print(f"faces found by {format_counts(choice.names, summary.faces_of_detector)}")
    if summary.unreadable:
        print(format_unreadable(summary.unreadable))
    for line in remarks_of(face_detector):
        print(line)
    print(f"table: {config.table}")
    if config.conditions is not None:
        left_out = summary.num_photos - summary.num_with_condition
        print(
            f"summary: {summary_path(config.table)}"
            + (f" ({left_out} photos have no condition)" if left_out else "")
        )
    if config.annotated_dir:
        print(f"annotated pictures: {config.annotated_dir}")


if __name__ == "__main__":
    entry_point.run(main)
