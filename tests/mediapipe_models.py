"""Whether MediaPipe's models are here: in the package up to 0.10.29, else in the file that is downloaded by hand."""

import importlib.metadata

import pytest

from emotionet_tf.faces.detectors.mediapipe.graphs import default_model


def _has_solutions() -> bool:
    try:
        return importlib.metadata.version("mediapipe").startswith("0.")
    except importlib.metadata.PackageNotFoundError:
        return False


HAS_SOLUTIONS = _has_solutions()


def skip_without_models() -> None:
    pytest.importorskip("mediapipe")
    if not HAS_SOLUTIONS and not default_model().is_file():
        pytest.skip("mediapipe has no models in it, and face_landmarker.task is not in the cache folder")
