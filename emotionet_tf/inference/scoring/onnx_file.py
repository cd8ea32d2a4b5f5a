"""AUs of faces by an ONNX file that `export` wrote, which holds all models and says what they are."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from emotionet_tf.cpu_cores import num_cores
from emotionet_tf.errors import UserError
from emotionet_tf.faces.head_pose import Angles
from emotionet_tf.inference.decisions import HALF
from emotionet_tf.inference.scoring.interface import CropKind, Place, angle_inputs
from emotionet_tf.runtimes import onnx_session

ENDING = ".onnx"
METADATA_KEY = "emotionet_tf"
"""Under this key an ONNX file's metadata says, in JSON, what it takes and gives, and what made it."""


class OnnxScorer:
    """Scores faces by an exported file; see `emotionet_tf.inference.scoring.interface.Scorer`.

    Args:
      path: The file.
      use_thresholds: Whether the thresholds in it decide; 0.5 otherwise.
    Raises:
      UserError: If ONNX Runtime is missing, or the file is not one that `export` wrote.
    """

    def __init__(self, path: str | os.PathLike[str], *, use_thresholds: bool = True) -> None:
        self._session = onnx_session(path, num_cores())
        described = self._session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
        try:
            content = json.loads(described or "")
            self.aus: tuple[int, ...] = tuple(content["aus"])
            tuned = np.array(content["thresholds"], np.float64)
            self._kinds = {name: CropKind(**kind) for name, kind in content["crops"].items()}
            self._uses_angles = bool(content["uses_angles"])
            self.about: dict[str, Any] = content["about"]
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(
                f"{os.fspath(path)} does not say which AUs it predicts: it was not written by emotionet-tf export"
            ) from error
        self.thresholds = tuned if use_thresholds else np.full(len(self.aus), HALF)

    intensity_aus: tuple[int, ...] = ()
    """Exported files have no intensities."""

    def scores(self, places: Sequence[Place], angles: Sequence[Angles]) -> np.ndarray:
        """Returns the scores of some faces, [faces, AUs] float64; see `Scorer.scores`."""
        return self.scores_and_intensities(places, angles)[0]

    def scores_and_intensities(
        self, places: Sequence[Place], angles: Sequence[Angles], *, mirrored: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """Returns scores, and no intensities; see `Scorer.scores_and_intensities`."""
        inputs = {name: kind.of(places, mirrored=mirrored) for name, kind in self._kinds.items()}
        if self._uses_angles:
            inputs["angles"], inputs["angles_mask"] = angle_inputs(angles, mirrored=mirrored)
        (scores,) = self._session.run(["scores"], inputs)
        return scores.astype(np.float64), np.zeros((len(places), 0))
