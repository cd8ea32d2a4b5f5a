"""Which models score faces: folders, an exported file, or a detector that comes with the package."""

from __future__ import annotations

import os
from collections.abc import Sequence

from emotionet_tf.errors import UserError
from emotionet_tf.inference.scoring.interface import Scorer
from emotionet_tf.inference.scoring.onnx_file import ENDING, OnnxScorer
from emotionet_tf.inference.shipped_detectors import DEFAULT_DETECTOR, detector_folders, onnx_file
from emotionet_tf.runtimes import ONNX, TENSORFLOW, chosen_runtime


def build_scorer(
    model_dirs: Sequence[str | os.PathLike[str]] | None,
    name: str | None,
    runtime: str | None,
    *,
    which: str | None = None,
    mean: str = "scores",
    use_thresholds: bool = True,
) -> Scorer:
    """Returns what scores faces.

    Args:
      model_dirs: Model folders, or an exported .onnx file alone; None takes a detector that comes with the package.
      name: That detector's name; None is the default one.
      runtime: What runs the networks, one of `emotionet_tf.runtimes.RUNTIMES`; None is TensorFlow where it is
        installed, but for an exported file.
      which: As `KerasScorer` takes it; so `mean` and `use_thresholds`.
    Raises:
      UserError: If there is no folder, folders and a name are given, or the models are not there or not for the
        runtime.
    """
    _check(model_dirs, name)
    if model_dirs is not None and any(os.fspath(path).endswith(ENDING) for path in model_dirs):
        path = _only_file(model_dirs, which, runtime)
        return OnnxScorer(path, use_thresholds=use_thresholds)
    if chosen_runtime(runtime) == ONNX:
        if model_dirs is not None:
            raise UserError(
                f"{os.fspath(model_dirs[0])} is a model folder, which TensorFlow runs; emotionet-tf export makes "
                "a file of it that ONNX Runtime runs"
            )
        file = onnx_file(name or DEFAULT_DETECTOR)
        return OnnxScorer(_only_file([file], which, runtime), use_thresholds=use_thresholds)
    from emotionet_tf.inference.scoring.keras_models import KerasScorer

    folders = detector_folders(name or DEFAULT_DETECTOR) if model_dirs is None else model_dirs
    return KerasScorer(folders, which=which, mean=mean, use_thresholds=use_thresholds)


def _check(model_dirs: Sequence[str | os.PathLike[str]] | None, name: str | None) -> None:
    if model_dirs is None:
        return
    if name is not None:
        raise UserError(f"give either model folders or the name of a detector, not both: got model={name!r}")
    if isinstance(model_dirs, (str, os.PathLike)):
        raise UserError(
            f"model folders are a list, got {os.fspath(model_dirs)!r}; [{os.fspath(model_dirs)!r}] is one folder, "
            "model=... names a detector that comes with the package"
        )
    if not model_dirs:
        raise UserError("a prediction needs at least one model folder")


def _only_file(
    paths: Sequence[str | os.PathLike[str]], which: str | None, runtime: str | None
) -> str | os.PathLike[str]:
    """Returns the exported file, which predicts alone and as it is."""
    if len(paths) > 1:
        raise UserError(
            f"an exported file predicts alone, got {', '.join(str(path) for path in paths)}; export folders together"
        )
    if which:
        raise UserError(
            f"{os.fspath(paths[0])} is an exported model, with neither a best nor a last one: leave which={which} out"
        )
    if runtime == TENSORFLOW:
        raise UserError(f"{os.fspath(paths[0])} is run by ONNX Runtime: leave runtime={runtime} out")
    return paths[0]
