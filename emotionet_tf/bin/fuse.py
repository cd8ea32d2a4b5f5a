"""Fuses prediction files by their mean score: `python -m emotionet_tf.bin.fuse --output=FILE A.csv B.csv ...`."""

from pathlib import Path

from absl import flags

from emotionet_tf import command_line
from emotionet_tf.errors import UserError
from emotionet_tf.files import check_writable
from emotionet_tf.inference.fusion import fuse
from emotionet_tf.inference.predictions import read_predictions, write_predictions

_OUTPUT = flags.DEFINE_string("output", None, "Prediction file to write.", required=True)


def main(arguments: list[str]) -> None:
    """Reads the members, fuses and writes."""
    paths = arguments[1:]
    if not paths:
        raise UserError("fuse needs the prediction files to fuse, as arguments")
    check_writable(Path(_OUTPUT.value), "output")
    fused = fuse([read_predictions(path) for path in paths])
    write_predictions(_OUTPUT.value, fused)
    print(f"{len(paths)} members, {len(fused.ids)} photos, {len(fused.aus)} AUs: {_OUTPUT.value}")


if __name__ == "__main__":
    command_line.run(main)
