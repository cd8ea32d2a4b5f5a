"""Scores a prediction file: `python -m emotionet_tf.bin.evaluate --predictions=FILE --labels=FILE`."""

from absl import flags

from emotionet_tf.cli import entry_point
from emotionet_tf.cli.config_flags import ConfigFlags
from emotionet_tf.experiments.scores.abaw import ABAW_METRICS
from emotionet_tf.inference.evaluation import evaluate, format_table, to_dict
from emotionet_tf.inference.intensity_agreement import (
    agreement_to_dict,
    format_agreement,
    intensity_agreement,
)
from emotionet_tf.inference.prediction_files import read_predictions
from emotionet_tf.inference.tables.about import training_remark
from emotionet_tf.label_lists.datasets.reading_settings import LabelReading
from emotionet_tf.label_lists.label_file_arguments import expand_label_files
from emotionet_tf.label_lists.reading import read_label_lists
from emotionet_tf.label_lists.rows import place_of
from emotionet_tf.storage.files import check_writable, write_json
from emotionet_tf.storage.paths import as_path
from emotionet_tf.storage.write_locks import only_writer

_PREDICTIONS = flags.DEFINE_string(
    "predictions", None, "Prediction file: CSV of id and AU scores.", required=True
)
_LABELS = flags.DEFINE_multi_string(
    "labels", None, "Label list: either EmotioNet format, a plain CSV, or rows.csv of a records folder; or the folder "
    "of a dataset's label files, such as DISFA's. A * in quotes or a folder stands for several; put commas between "
    "more, or repeat.", required=True,
)  # fmt: skip
_OUTPUT = flags.DEFINE_string("output", None, "Also write the scores as JSON to this file.")
_THRESHOLDS = flags.DEFINE_bool(
    "thresholds", True, "Decide at the prediction file's thresholds, where it has some; otherwise at 0.5."
)

_READING = ConfigFlags(LabelReading)
_METRICS = flags.DEFINE_multi_enum(
    "metric", [], list(ABAW_METRICS), "Also give the official score of an ABAW challenge, whose label list is "
    "Aff-Wild2's; repeat for more. Default: none.",
)  # fmt: skip


def main(arguments: list[str]) -> None:
    """Evaluates and prints the table."""
    entry_point.refuse_arguments(arguments)
    if _OUTPUT.value:
        check_writable(as_path(_OUTPUT.value), "output")
    reading = _READING.build()
    label_files = expand_label_files(_LABELS.value, reading)
    predictions = read_predictions(_PREDICTIONS.value)
    labels = read_label_lists(label_files, reading, predictions.ids)
    if labels.remark:
        print(labels.remark)
    evaluation = evaluate(predictions if _THRESHOLDS.value else predictions.without_thresholds(), labels)
    print(format_table(evaluation))
    if remark := training_remark(_PREDICTIONS.value):
        print(remark)
    if agreement := intensity_agreement(predictions, labels):
        print(format_agreement(agreement))
    metrics = {name: ABAW_METRICS[name].of(evaluation.aus, evaluation.scores) for name in _METRICS.value}
    for name, value in metrics.items():
        print(f"{ABAW_METRICS[name].title}, of {len(ABAW_METRICS[name].aus)} AUs: {value:.4f}")
    if labels.rejected:
        first = labels.rejected[0]
        print(
            f"{len(labels.rejected)} label rows could not be used; the first is {place_of(first)}: {first.reason}"
        )
    if _OUTPUT.value:
        content = {**to_dict(evaluation), "num_rejected_label_rows": len(labels.rejected), **metrics}
        if agreement:
            content["intensities"] = agreement_to_dict(agreement)
        with only_writer(_OUTPUT.value):
            write_json(_OUTPUT.value, content)


if __name__ == "__main__":
    entry_point.run(main)
