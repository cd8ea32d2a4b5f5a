"""Runs models over records folders and writes a prediction file for each.

`python -m emotionet_tf.bin.predict_records --model_dir=DIR --records_dir=DIR --output=FILE`; `--records_dir` and
`--output` may be repeated, in pairs: the models are then loaded once for all of them.
"""

from absl import flags

from emotionet_tf import command_line

_MODEL_DIRS = flags.DEFINE_multi_string(
    "model_dir",
    None,
    "A model's folder; repeat for more: an AU gets its models' mean.",
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
_WHICH = flags.DEFINE_enum("which", None, ["best", "last"], "Model of the folder. Default: best, else last.")
_BATCH_SIZE = flags.DEFINE_integer(
    "batch_size", 64, "Records at a time; decides speed and memory only.", lower_bound=1
)


def main(arguments: list[str]) -> None:
    """Predicts and writes the files."""
    command_line.refuse_arguments(arguments)
    command_line.check_outputs(_OUTPUTS.value, _RECORDS_DIRS.value)

    from emotionet_tf.inference.dataset_scores import predict_datasets
    from emotionet_tf.inference.predictions import write_predictions

    datasets = predict_datasets(
        _MODEL_DIRS.value, _RECORDS_DIRS.value, batch_size=_BATCH_SIZE.value, which=_WHICH.value
    )
    for output, predictions in zip(_OUTPUTS.value, datasets, strict=True):
        write_predictions(output, predictions)
        print(f"{len(predictions.ids)} photos, {len(predictions.aus)} AUs: {output}")


if __name__ == "__main__":
    command_line.run(main)
