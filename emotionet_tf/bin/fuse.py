"""Fuses prediction files by their mean: `python -m emotionet_tf.bin.fuse --output=FILE A.csv B.csv ...`."""

from absl import flags

from emotionet_tf.cli import entry_point
from emotionet_tf.errors import UserError
from emotionet_tf.inference.fusion import fuse
from emotionet_tf.inference.prediction_files import read_predictions, write_predictions
from emotionet_tf.storage.paths import as_path

_OUTPUT = flags.DEFINE_string("output", None, "Prediction file to write.", required=True)
_MEAN = flags.DEFINE_enum(
    "mean",
    "scores",
    ["scores", "logits"],
    "Of what: scores, as Werner et al. 2020 do, or logits (then the sigmoid of it), as SIAT-NTU do.",
)
_THRESHOLDS = flags.DEFINE_bool(
    "thresholds",
    True,
    "Fuse the files' thresholds too, where they have some; otherwise all is decided at 0.5.",
)


def main(arguments: list[str]) -> None:
    """Reads the members, fuses and writes."""
    paths = arguments[1:]
    if not paths:
        raise UserError("fuse needs the prediction files to fuse, as arguments")
    entry_point.check_csv_output(_OUTPUT.value)
    if as_path(_OUTPUT.value).resolve() in [as_path(path).resolve() for path in paths]:
        raise UserError(
            f"output {_OUTPUT.value} is one of the files to fuse, and would replace it; name another"
        )
    members = [read_predictions(path) for path in paths]
    if not _THRESHOLDS.value:
        members = [member.without_thresholds() for member in members]
    fused = fuse(members, _MEAN.value)
    write_predictions(_OUTPUT.value, fused)
    tuned = ", with thresholds" if fused.has_own_thresholds else ""
    print(f"{len(paths)} members, {len(fused.ids)} photos, {len(fused.aus)} AUs{tuned}: {_OUTPUT.value}")


if __name__ == "__main__":
    entry_point.run(main)
