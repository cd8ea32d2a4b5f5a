"""Predicts with the OpenFace baseline: its AU decisions, and an SVM on head angles for the pose AUs.

`python -m emotionet_tf.bin.openface_baseline --train_records_dir=DIR --records_dir=DIR --output=FILE`; `--records_dir`
and `--output` may be repeated, in pairs. Without `--openface_csv` only the pose AUs are predicted.
"""

from absl import flags

from emotionet_tf.bin import _dataset_pairs
from emotionet_tf.cli import entry_point

flags.adopt_module_key_flags(_dataset_pairs)

_TRAIN_RECORDS_DIR = flags.DEFINE_string(
    "train_records_dir",
    None,
    "The dataset whose known labels the SVMs learn from. The paper's is opt-train.",
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
    entry_point.refuse_arguments(arguments)
    records_dirs = _dataset_pairs.checked_records_dirs()

    from emotionet_tf.inference.baselines.openface import OpenFaceBaselineConfig, predict_openface_baseline

    config = OpenFaceBaselineConfig(
        train_records_dir=_TRAIN_RECORDS_DIR.value,
        records_dirs=records_dirs,
        openface_csvs=tuple(_OPENFACE_CSVS.value),
        angles=_ANGLES.value,
    )
    _dataset_pairs.write_outputs(predict_openface_baseline(config))


if __name__ == "__main__":
    entry_point.run(main)
