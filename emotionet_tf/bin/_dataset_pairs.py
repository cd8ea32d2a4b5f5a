"""The flags of commands that predict on several datasets: `--records_dir` and `--output`, in pairs.

A command takes them over by `flags.adopt_module_key_flags`, so that its `--help` shows them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from absl import flags

from emotionet_tf.cli import entry_point

if TYPE_CHECKING:
    from emotionet_tf.inference.prediction_files import Predictions

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


def checked_records_dirs() -> tuple[str, ...]:
    """Returns the datasets' folders; raises UserError unless each has an output that can be written."""
    entry_point.check_outputs(_OUTPUTS.value, _RECORDS_DIRS.value)
    return tuple(_RECORDS_DIRS.value)


def outputs() -> tuple[str, ...]:
    """Returns the files to write."""
    return tuple(_OUTPUTS.value)


def write_outputs(datasets: Iterable[Predictions]) -> None:
    """Writes each dataset's predictions to its `--output`, and prints a line for each file."""
    from emotionet_tf.inference.prediction_files import write_predictions

    for output, predictions in zip(_OUTPUTS.value, datasets, strict=True):
        write_predictions(output, predictions)
        tuned = ", with thresholds" if predictions.has_own_thresholds else ""
        if predictions.tuned_on.any():
            tuned += f" that were tuned on {predictions.tuned_on.sum()} of these photos"
        print(f"{len(predictions.ids)} photos, {len(predictions.aus)} AUs{tuned}: {output}")
