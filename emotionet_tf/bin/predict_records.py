"""Runs models over records folders and writes a prediction file for each.

`python -m emotionet_tf.bin.predict_records --model_dir=DIR --records_dir=DIR --output=FILE`; `--records_dir` and
`--output` may be repeated, in pairs: the models are then loaded once for all of them.
"""

from absl import flags

from emotionet_tf.bin import _dataset_pairs
from emotionet_tf.cli import entry_point

flags.adopt_module_key_flags(_dataset_pairs)

_MODEL_DIRS = flags.DEFINE_multi_string(
    "model_dir",
    None,
    "A model's folder; repeat for more: an AU gets its models' mean.",
    required=True,
)
_MEAN = flags.DEFINE_enum(
    "mean",
    "scores",
    ["scores", "logits"],
    "Of what several models' predictions of an AU are the mean: scores (Werner et al. 2020), or logits (SIAT-NTU).",
)
_THRESHOLDS = flags.DEFINE_bool(
    "thresholds",
    True,
    "Write the models' tuned thresholds, where they have some, beside the scores, for evaluate and fuse to heed.",
)
_WHICH = flags.DEFINE_enum("which", None, ["best", "last"], "Model of the folder. Default: best, else last.")
_BATCH_SIZE = flags.DEFINE_integer(
    "batch_size", 64, "Records at a time; decides speed and memory only.", lower_bound=1
)


def main(arguments: list[str]) -> None:
    """Predicts and writes the files."""
    entry_point.refuse_arguments(arguments)
    records_dirs = _dataset_pairs.checked_records_dirs()

    from emotionet_tf.inference.records_prediction import predict_datasets

    datasets = predict_datasets(
        _MODEL_DIRS.value,
        records_dirs,
        batch_size=_BATCH_SIZE.value,
        which=_WHICH.value,
        mean=_MEAN.value,
        use_thresholds=_THRESHOLDS.value,
    )
    _dataset_pairs.write_outputs(datasets)


if __name__ == "__main__":
    entry_point.run(main)
