"""The command `emotionet-tf`: one name for all commands, each of which is also `python -m MODULE`."""

from __future__ import annotations

import difflib
import runpy
import sys
from collections.abc import Sequence
from typing import NamedTuple, NoReturn

from emotionet_tf import __version__


class Command(NamedTuple):
    """A command: the module that runs it, and what it does in a line."""

    module: str
    summary: str


GROUPS: dict[str, dict[str, Command]] = {
    "Use a model": {
        "predict": Command(
            "emotionet_tf.bin.predict", "photos and folders in, a table of AUs and pictures out"
        ),
        "evaluate": Command(
            "emotionet_tf.bin.evaluate", "score predictions against labels, such as your own codes"
        ),
        "compare": Command(
            "emotionet_tf.bin.compare", "ours, OpenFace, Py-Feat, LibreFace and PyAFAR on the same labels"
        ),
        "app": Command("emotionet_tf.bin.app", "a page in the browser for photos, videos and the webcam"),
        "export": Command("emotionet_tf.bin.export", "models as ONNX, TFLite or SavedModel"),
    },
    "Prepare data": {
        "download": Command("tfrecords_tools.download", "fetch the photos of URL lists"),
        "align_faces": Command("tfrecords_tools.align_faces", "find faces and cut aligned crops"),
        "write_records": Command("tfrecords_tools.write_records", "crops and label lists to TFRecords"),
        "prepare": Command(
            "tfrecords_tools.prepare", "photos and label lists to TFRecords in one pass, at any scale"
        ),
        "write_class_records": Command(
            "tfrecords_tools.write_class_records", "crops and classes to TFRecords"
        ),
        "label_blendshapes": Command(
            "tfrecords_tools.label_blendshapes", "automatic AU labels by MediaPipe's blendshapes or mesh"
        ),
        "inspect_records": Command("tfrecords_tools.inspect_records", "count, check and look at TFRecords"),
        "synthesize": Command("emotionet_tf.bin.synthesize", "render faces with exact AU labels"),
    },
    "Train": {
        "train": Command("emotionet_tf.bin.train", "a network for AUs: a teacher or a student"),
        "cross_validate": Command(
            "emotionet_tf.bin.cross_validate",
            "train and test by person, by a published protocol or your own parts",
        ),
        "pretrain": Command("emotionet_tf.bin.pretrain", "a backbone on persons or expressions"),
        "adapt_norms": Command(
            "emotionet_tf.bin.adapt_norms", "a network to photos of another kind, without labels"
        ),
        "refit_heads": Command(
            "emotionet_tf.bin.refit_heads", "a network's heads to photos of another kind, and to labels"
        ),
        "pseudo_label": Command("emotionet_tf.bin.pseudo_label", "let teachers label a dataset"),
        "pack": Command("emotionet_tf.bin.pack", "a trained model for others: small, calibrated, no code"),
        "tune_thresholds": Command(
            "emotionet_tf.bin.tune_thresholds", "each AU's threshold on validation data"
        ),
        "propose_au_weights": Command(
            "emotionet_tf.bin.propose_au_weights", "AU weights from a run's curves"
        ),
    },
    "Score records": {
        "predict_records": Command(
            "emotionet_tf.bin.predict_records", "models over TFRecords to prediction files"
        ),
        "fuse": Command("emotionet_tf.bin.fuse", "the mean of several prediction files"),
        "openface_baseline": Command("emotionet_tf.bin.openface_baseline", "the paper's OpenFace baseline"),
    },
    "Reproduce the papers": {
        "demo": Command("emotionet_tf.bin.demo", "the whole way on rendered faces, in minutes"),
        "reproduce": Command("emotionet_tf.bin.reproduce", "all trainings of a paper"),
        "free_detector": Command(
            "emotionet_tf.bin.free_detector", "the package's own weights, made again from free faces"
        ),
        "report": Command("emotionet_tf.bin.report", "a paper's tables beside the results of a run"),
    },
}
"""The commands by what they are for, in the order of a first reading."""

COMMANDS = {name: command for group in GROUPS.values() for name, command in group.items()}


def overview() -> str:
    """Returns all commands in groups, a line each."""
    width = max(map(len, COMMANDS))
    lines = ["usage: emotionet-tf COMMAND [--flags]", "       emotionet-tf COMMAND --help"]
    for group, commands in GROUPS.items():
        lines += ["", group]
        lines += [f"  {name:<{width}}  {command.summary}" for name, command in commands.items()]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command with its flags, as `python -m MODULE` does; without a command, lists them.

    Args:
      arguments: The command's name, with `_` or `-`, and its flags; None for the process's own.
    Raises:
      SystemExit: With 2 for an unknown command; otherwise with the command's own code.
    """
    name, *rest = (sys.argv[1:] if arguments is None else arguments) or ["--help"]
    if name in ("--help", "-h", "help"):
        print(overview())
    elif name in ("--version", "version"):
        print(__version__)
    elif name.replace("-", "_") in COMMANDS:
        sys.argv[1:] = rest
        runpy.run_module(COMMANDS[name.replace("-", "_")].module, run_name="__main__", alter_sys=True)
    else:
        _refuse(name)


def _refuse(name: str) -> NoReturn:
    nearest = difflib.get_close_matches(name.replace("-", "_"), COMMANDS, n=1, cutoff=0.5)
    advice = f"did you mean {nearest[0]}?" if nearest else "without a command, emotionet-tf lists all"
    print(f"error: {name!r} is not a command; {advice}", file=sys.stderr)
    sys.exit(2)
