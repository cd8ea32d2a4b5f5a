"""Runs models over records folders and writes a prediction file for each.

`python -m emotionet_tf.bin.predict_records --model_dir=DIR --records_dir=DIR --output=FILE`; `--records_dir` and
`--output` may be repeated, in pairs: the models are then loaded once for all of them.
"""

from absl import flags

from emotionet_tf.bin import _dataset_pairs
from emotionet_tf.cli import entry_point
from emotionet_tf.cli.config_flags import ConfigFlags
from emotionet_tf.inference.prediction_settings import FusedModelUse

flags.adopt_module_key_flags(_dataset_pairs)

_MODELS = ConfigFlags(FusedModelUse)
_BATCH_SIZE = flags.DEFINE_integer(
    "batch_size", 64, "Records at a time; decides speed and memory only.", lower_bound=1
)


def main(arguments: list[str]) -> None:
    """Predicts and writes the files."""
    entry_point.refuse_arguments(arguments)
    models, records_dirs = _MODELS.build(), _dataset_pairs.checked_records_dirs()
    folders = models.folders()
    if remark := models.remark():
        print(remark)

    from emotionet_tf.inference.records_prediction import predict_datasets
    from emotionet_tf.inference.thresholds.training_data_check import training_folders
    from emotionet_tf.records.overlaps import overlap_warnings

    learnt_from = [records_dir for folder in folders for records_dir in training_folders(folder)]
    for records_dir in records_dirs:
        for warning in overlap_warnings(records_dir, learnt_from):
            print(warning)
    datasets = predict_datasets(
        folders,
        records_dirs,
        batch_size=_BATCH_SIZE.value,
        which=models.which,
        mean=models.mean,
        use_thresholds=models.use_thresholds,
        mirror=models.mirror,
        outputs=_dataset_pairs.outputs(),
    )
    _dataset_pairs.write_outputs(datasets)


if __name__ == "__main__":
    entry_point.run(main)
