"""Tunes each AU's threshold on validation data: SIAT-NTU's "soft thresholding".

Of models, saved in their folders, where predict, predict_records and pseudo_label find them:
`python -m emotionet_tf.bin.tune_thresholds --model_dir=DIR [--model_dir=DIR ...] --records_dir=VAL_RECORDS`.

Of any system that makes prediction files, such as a fusion, written into other prediction files of the same system:
`python -m emotionet_tf.bin.tune_thresholds --predictions=VAL.csv --labels=VAL_LABELS --apply_to=TEST.csv
--output=TUNED.csv`; `--apply_to` and `--output` may be repeated, in pairs.
"""

from absl import flags

from emotionet_tf.cli import entry_point
from emotionet_tf.cli.config_flags import ConfigFlags
from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.datasets.reading_settings import LabelReading
from emotionet_tf.storage.files import check_writable
from emotionet_tf.storage.paths import as_path

_MODEL_DIRS = flags.DEFINE_multi_string(
    "model_dir", [], "A model's folder; repeat for more, each of which is tuned by itself."
)
_RECORDS_DIR = flags.DEFINE_string(
    "records_dir", None, "Validation records to tune models on; refused if a model was trained on its photos."
)
_PREDICTIONS = flags.DEFINE_string(
    "predictions", None, "Prediction file to tune on, of photos that the system was not trained on."
)
_LABELS = flags.DEFINE_multi_string(
    "labels", [], "Label list of --predictions: any that evaluate takes, such as rows.csv of a records folder. A * in "
    "quotes or a folder stands for several; put commas between more, or repeat.",
)  # fmt: skip
_APPLY_TO = flags.DEFINE_multi_string(
    "apply_to", [], "Prediction file of the same system that gets the thresholds; repeat for more."
)
_OUTPUTS = flags.DEFINE_multi_string(
    "output", [], "Prediction file to write. The first is the first --apply_to with thresholds, and so on."
)
_DETAILS = flags.DEFINE_string(
    "details",
    None,
    "Also write the thresholds of --predictions and where they come from to this file, as JSON.",
)
_WHICH = flags.DEFINE_enum("which", None, ["best", "last"], "Model of the folder. Default: best, else last.")
_BATCH_SIZE = flags.DEFINE_integer(
    "batch_size", 64, "Records at a time; decides speed and memory only.", lower_bound=1
)

_MIN_POSITIVES = flags.DEFINE_integer(
    "min_positives", 1, "An AU that fewer photos show keeps its threshold. Default: ours; fewer than 10 are warned of.",
    lower_bound=1,
)  # fmt: skip

_READING = ConfigFlags(LabelReading)


def main(arguments: list[str]) -> None:
    """Tunes, writes, and prints each AU's threshold."""
    entry_point.refuse_arguments(arguments)
    model_dirs, records_dir = _MODEL_DIRS.value, _RECORDS_DIR.value
    predictions, labels = _PREDICTIONS.value, _LABELS.value
    of_files = bool(predictions or labels or _APPLY_TO.value or _OUTPUTS.value or _DETAILS.value)
    if model_dirs and records_dir and not of_files:
        _tune_models(model_dirs, records_dir)
    elif predictions and labels and not (model_dirs or records_dir):
        _tune_files(predictions, labels)
    else:
        raise UserError(
            "give either --model_dir and --records_dir, or --predictions and --labels with --apply_to and --output"
        )


def _tune_models(model_dirs: list[str], records_dir: str) -> None:
    from emotionet_tf.inference.thresholds.soft_thresholding import format_tuning
    from emotionet_tf.inference.thresholds.training_data_check import refuse_training_data
    from emotionet_tf.inference.thresholds.tune_on_records import tune_model

    # A wrong folder is told at once, before the first model is loaded.
    for folder in model_dirs:
        refuse_training_data(folder, records_dir)
    for folder in model_dirs:
        tuning, path = tune_model(
            folder,
            records_dir,
            batch_size=_BATCH_SIZE.value,
            which=_WHICH.value,
            min_positives=_MIN_POSITIVES.value,
        )
        print(format_tuning(tuning))
        print(f"thresholds: {path}")


def _tune_files(predictions: str, labels: list[str]) -> None:
    if not _OUTPUTS.value and not _DETAILS.value:
        raise UserError("name what to write: --output for each --apply_to, or --details")
    entry_point.check_outputs(_OUTPUTS.value, _APPLY_TO.value, "apply_to")
    if _DETAILS.value:
        check_writable(as_path(_DETAILS.value), "details")

    from emotionet_tf.inference.thresholds.soft_thresholding import format_tuning
    from emotionet_tf.inference.thresholds.tune_on_prediction_files import tune_files
    from emotionet_tf.label_lists.label_file_arguments import expand_label_files

    reading = _READING.build()
    label_files = expand_label_files(labels, reading)
    tuning = tune_files(
        predictions,
        label_files,
        _APPLY_TO.value,
        _OUTPUTS.value,
        _DETAILS.value,
        reading=reading,
        min_positives=_MIN_POSITIVES.value,
    )
    print(format_tuning(tuning))
    for output in _OUTPUTS.value:
        print(f"with these thresholds: {output}")


if __name__ == "__main__":
    entry_point.run(main)
