"""Lets teachers label a dataset, for students to learn from.

`python -m emotionet_tf.bin.pseudo_label --model_dir=DIR --records_dir=DIR --output_dir=DIR`
"""

from absl import flags

from emotionet_tf.cli import entry_point

_MODEL_DIRS = flags.DEFINE_multi_string(
    "model_dir", None, "A teacher's folder; repeat for one teacher per AU group, or for several whose scores are "
    "averaged.", required=True,
)  # fmt: skip
_RECORDS_DIR = flags.DEFINE_string("records_dir", None, "The dataset to label.", required=True)
_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Folder of the label shards.", required=True)
_KIND = flags.DEFINE_enum(
    "kind",
    "hard",
    ["hard", "soft"],
    "hard: decisions, 0 or 1; soft: the scores. The paper does not say which.",
)
_THRESHOLDS = flags.DEFINE_bool(
    "thresholds", True, "Decide at the teachers' tuned thresholds, where they have some; otherwise at 0.5."
)
_WHICH = flags.DEFINE_enum("which", None, ["best", "last"], "Model of the folder. Default: best, else last.")
_BATCH_SIZE = flags.DEFINE_integer(
    "batch_size", 64, "Records at a time; decides speed and memory only.", lower_bound=1
)


def main(arguments: list[str]) -> None:
    """Labels every record of the dataset."""
    from emotionet_tf.inference.pseudo_labels import write_pseudo_labels

    entry_point.refuse_arguments(arguments)
    write_pseudo_labels(
        _MODEL_DIRS.value,
        _RECORDS_DIR.value,
        _OUTPUT_DIR.value,
        kind=_KIND.value,
        batch_size=_BATCH_SIZE.value,
        which=_WHICH.value,
        use_thresholds=_THRESHOLDS.value,
    )


if __name__ == "__main__":
    entry_point.run(main)
