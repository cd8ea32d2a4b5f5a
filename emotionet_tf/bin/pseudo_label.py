"""Lets teachers label a dataset, for students to learn from.

`python -m emotionet_tf.bin.pseudo_label --model_dir=DIR --records_dir=DIR --output_dir=DIR`
"""

from absl import flags

from emotionet_tf.cli import entry_point
from emotionet_tf.cli.config_flags import ConfigFlags
from emotionet_tf.inference.prediction_settings import ModelUse

_MODELS = ConfigFlags(ModelUse)
_RECORDS_DIR = flags.DEFINE_string("records_dir", None, "The dataset to label.", required=True)
_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Folder of the label shards.", required=True)
_KIND = flags.DEFINE_enum(
    "kind",
    "hard",
    ["hard", "soft"],
    "hard: decisions, 0 or 1; soft: the scores. The paper does not say which.",
)
_BATCH_SIZE = flags.DEFINE_integer(
    "batch_size", 64, "Records at a time; decides speed and memory only.", lower_bound=1
)


def main(arguments: list[str]) -> None:
    """Labels every record of the dataset."""
    from emotionet_tf.inference.pseudo_labels import write_pseudo_labels

    entry_point.refuse_arguments(arguments)
    teachers = _MODELS.build()
    folders = teachers.folders()
    if remark := teachers.remark():
        print(remark)
    write_pseudo_labels(
        folders,
        _RECORDS_DIR.value,
        _OUTPUT_DIR.value,
        kind=_KIND.value,
        batch_size=_BATCH_SIZE.value,
        which=teachers.which,
        use_thresholds=teachers.use_thresholds,
    )


if __name__ == "__main__":
    entry_point.run(main)
