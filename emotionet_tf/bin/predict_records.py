"""Runs models over a records folder and writes a prediction file.

`python -m emotionet_tf.bin.predict_records --model_dir=DIR --records_dir=DIR --output=FILE`
"""

from pathlib import Path

from absl import flags

from emotionet_tf import command_line
from emotionet_tf.files import check_writable

_MODEL_DIRS = flags.DEFINE_multi_string(
    "model_dir",
    None,
    "A model's folder; repeat for more: an AU gets its models' mean.",
    required=True,
)
_RECORDS_DIR = flags.DEFINE_string(
    "records_dir", None, "A dataset's folder, as write_records made it.", required=True
)
_OUTPUT = flags.DEFINE_string(
    "output", None, "Prediction file to write: CSV of id and AU scores.", required=True
)
_WHICH = flags.DEFINE_enum("which", None, ["best", "last"], "Model of the folder. Default: best, else last.")
_BATCH_SIZE = flags.DEFINE_integer(
    "batch_size", 64, "Records at a time; decides speed and memory only.", lower_bound=1
)


def main(arguments: list[str]) -> None:
    """Predicts and writes the file."""
    from emotionet_tf.inference.dataset_scores import predict_dataset
    from emotionet_tf.inference.predictions import write_predictions

    command_line.refuse_arguments(arguments)
    check_writable(Path(_OUTPUT.value), "output")
    predictions = predict_dataset(
        _MODEL_DIRS.value, _RECORDS_DIR.value, batch_size=_BATCH_SIZE.value, which=_WHICH.value
    )
    write_predictions(_OUTPUT.value, predictions)
    print(f"{len(predictions.ids)} photos, {len(predictions.aus)} AUs: {_OUTPUT.value}")


if __name__ == "__main__":
    command_line.run(main)
