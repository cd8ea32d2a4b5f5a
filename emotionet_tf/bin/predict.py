"""Predicts the AUs of faces in photos.

`python -m emotionet_tf.bin.predict --model_dir=DIR [--model_dir=DIR ...] --output=faces.csv PHOTO_OR_FOLDER...`
"""

from absl import flags

from emotionet_tf.cli import detector_flags, entry_point

flags.adopt_module_key_flags(detector_flags)

_MODEL_DIRS = flags.DEFINE_multi_string(
    "model_dir", None, "A model's folder; repeat for more: an AU gets its models' mean.", required=True
)
_OUTPUT = flags.DEFINE_string("output", None, "Table to write: CSV with a row per face.", required=True)
_ANNOTATED_DIR = flags.DEFINE_string(
    "annotated_dir",
    None,
    "Also write a picture of each photo with its faces and AUs into this folder, outside the photos' folders.",
)
_ALL_FACES = flags.DEFINE_bool(
    "all_faces",
    False,
    "A row for every face of a photo; by default for the largest, as the challenge has it.",
)
_MEAN = flags.DEFINE_enum(
    "mean",
    "scores",
    ["scores", "logits"],
    "Of what several models' predictions of an AU are the mean: scores (Werner et al. 2020), or logits (SIAT-NTU).",
)
_THRESHOLDS = flags.DEFINE_bool(
    "thresholds", True, "Decide at the models' tuned thresholds, where they have some; otherwise at 0.5."
)
_WHICH = flags.DEFINE_enum("which", None, ["best", "last"], "Model of the folder. Default: best, else last.")
_BATCH_SIZE = flags.DEFINE_integer(
    "batch_size", 16, "Photos at a time; decides speed and memory only.", lower_bound=1
)


def main(arguments: list[str]) -> None:
    """Predicts the photos and prints the counts."""
    from emotionet_tf.console.progress import CountLine
    from emotionet_tf.faces.detectors.choice import build_detector, format_counts
    from emotionet_tf.faces.detectors.interface import remarks_of
    from emotionet_tf.inference.au_detector import ActionUnitDetector
    from emotionet_tf.inference.photo_prediction import PredictConfig, checked_photos, predict_photos
    from emotionet_tf.models.model_folders import is_unfinished, read_model_config
    from emotionet_tf.photos.reading import format_unreadable

    config = PredictConfig(
        paths=tuple(arguments[1:]),
        output=_OUTPUT.value,
        annotated_dir=_ANNOTATED_DIR.value,
        all_faces=_ALL_FACES.value,
        batch_size=_BATCH_SIZE.value,
    )
    choice = detector_flags.detector_choice()
    # A wrong folder or path is told at once, before anything is loaded.
    for folder in _MODEL_DIRS.value:
        read_model_config(folder)
    checked_photos(config)
    for folder in filter(is_unfinished, _MODEL_DIRS.value):
        print(f"{folder}: training is not finished")
    face_detector = build_detector(choice)
    detector = ActionUnitDetector(
        _MODEL_DIRS.value,
        which=_WHICH.value,
        mean=_MEAN.value,
        use_thresholds=_THRESHOLDS.value,
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
    print(f"table: {config.output}")
    if config.annotated_dir:
        print(f"annotated pictures: {config.annotated_dir}")


if __name__ == "__main__":
    entry_point.run(main)
