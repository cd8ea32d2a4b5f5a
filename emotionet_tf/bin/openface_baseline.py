"""Predicts with the OpenFace baseline: its AU decisions, and an SVM on head angles for the pose AUs.

`python -m emotionet_tf.bin.openface_baseline --train_records_dir=DIR --records_dir=DIR --output=FILE`; `--records_dir`
and `--output` may be repeated, in pairs. Without `--openface_csv` only the pose AUs are predicted.
"""

from absl import flags

from emotionet_tf import command_line

_TRAIN_RECORDS_DIR = flags.DEFINE_string(
    "train_records_dir",
    None,
    "The dataset whose known labels the SVMs learn from. The paper's is opt-train.",
    required=True,
)
_RECORDS_DIRS = flags.DEFINE_multi_string(
    "records_dir",
    None,
    "A dataset's folder, as write_records made it; repeat for more, each with its --output.",
    required=True,
)
_OUTPUTS = flags.DEFINE_multi_string(
    "output",
    None,
    "Prediction file to write: CSV of id and AU scores. The first is of the first --records_dir, and so on.",
    required=True,
)
_OPENFACE_CSVS = flags.DEFINE_multi_string(
    "openface_csv",
    [],
    "A photo's CSV as OpenFace's FaceLandmarkImg wrote it, named as the photo, or a folder of them; repeat for more.",
)
_ANGLES = flags.DEFINE_enum(
    "angles",
    "records",
    ["records", "openface"],
    "Head angles for the SVMs: the records' own, or those of --openface_csv, as in the paper, which then holds the "
    "photos to train on, too; those without a face in it are left out.",
)


def main(arguments: list[str]) -> None:
    """Fits, predicts and writes the files."""
    command_line.refuse_arguments(arguments)
    command_line.check_outputs(_OUTPUTS.value, _RECORDS_DIRS.value)

    from emotionet_tf.inference.openface_baseline import OpenFaceBaselineConfig, predict_openface_baseline
    from emotionet_tf.inference.predictions import write_predictions

    config = OpenFaceBaselineConfig(
        train_records_dir=_TRAIN_RECORDS_DIR.value,
        records_dirs=tuple(_RECORDS_DIRS.value),
        openface_csvs=tuple(_OPENFACE_CSVS.value),
        angles=_ANGLES.value,
    )
    for output, predictions in zip(_OUTPUTS.value, predict_openface_baseline(config), strict=True):
        write_predictions(output, predictions)
        print(f"{len(predictions.ids)} photos, {len(predictions.aus)} AUs: {output}")


if __name__ == "__main__":
    command_line.run(main)
