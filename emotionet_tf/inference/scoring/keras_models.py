"""AUs of faces by Keras models, one or several; an AU that several predict gets their mean."""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from emotionet_tf.faces.head_pose import Angles
from emotionet_tf.gpu_memory import take_gpu_memory
from emotionet_tf.inference.fusion import fuse
from emotionet_tf.inference.prediction_files import Predictions
from emotionet_tf.inference.scoring.about_models import about_models
from emotionet_tf.inference.scoring.interface import CropKind, Place, angle_inputs
from emotionet_tf.inference.thresholds.threshold_files import load_thresholds
from emotionet_tf.models import LoadedModel, load_model
from emotionet_tf.records.reading.crop_decoding import crop_batch


class KerasScorer:
    """Scores faces by model folders; see `emotionet_tf.inference.scoring.interface.Scorer`.

    Args:
      model_dirs: Model folders, at least one.
      which: "best" or "last" of each; None takes the best, or the last where there is no best.
      mean: Of what several models' predictions of an AU are the mean: "scores" or "logits".
      use_thresholds: Whether the models' tuned thresholds decide; 0.5 otherwise.
    Raises:
      UserError: If a folder does not hold a model, or its thresholds are another network's.
    Attributes:
      models: The models.
      model_thresholds: Each one's thresholds, [AUs].
      mean: As given.
    """

    def __init__(
        self,
        model_dirs: Sequence[str | os.PathLike[str]],
        *,
        which: str | None = None,
        mean: str = "scores",
        use_thresholds: bool = True,
    ) -> None:
        take_gpu_memory()
        self.models = [load_model(folder, which) for folder in model_dirs]
        self.model_thresholds = [
            load_thresholds(model.folder, which, model.config.aus, enabled=use_thresholds)
            for model in self.models
        ]
        self.mean = mean
        self._which, self._use_thresholds = which, use_thresholds
        no_faces = [np.zeros((0, len(model.config.aus))) for model in self.models]
        nothing = self._fused(
            (), no_faces, [np.zeros((0, len(model.config.intensity_aus))) for model in self.models]
        )
        self.aus: tuple[int, ...] = nothing.aus
        self.thresholds: np.ndarray = nothing.thresholds
        self.intensity_aus: tuple[int, ...] = tuple(nothing.intensities)

    @functools.cached_property
    def about(self) -> dict[str, Any]:
        """What the scores come from; made where it is asked for, as the weights' checksums take a moment."""
        return about_models(self.models, self._which, self._use_thresholds)

    def scores(self, places: Sequence[Place], angles: Sequence[Angles]) -> np.ndarray:
        """Returns the scores of some faces, [faces, AUs] float64; see `Scorer.scores`."""
        return self.scores_and_intensities(places, angles)[0]

    def scores_and_intensities(
        self, places: Sequence[Place], angles: Sequence[Angles], *, mirrored: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """Returns scores and intensities of some faces; see `Scorer.scores_and_intensities`."""
        scores, intensities = zip(*self._outputs_of_models(places, angles, mirrored), strict=True)
        fused = self._fused(tuple(map(str, range(len(places)))), scores, intensities)
        columns = [fused.intensities[au] for au in self.intensity_aus]
        return fused.scores, np.stack(columns, axis=1) if columns else np.zeros((len(places), 0))

    def _fused(
        self, ids: tuple[str, ...], scores: Sequence[np.ndarray], intensities: Sequence[np.ndarray]
    ) -> Predictions:
        members = [
            Predictions(
                ids,
                model.config.aus,
                own,
                thresholds,
                intensities=dict(zip(model.config.intensity_aus, strengths.T, strict=True)),
            )
            for model, own, strengths, thresholds in zip(
                self.models, scores, intensities, self.model_thresholds, strict=True
            )
        ]
        return fuse(members, self.mean)

    def _outputs_of_models(
        self, places: Sequence[Place], angles: Sequence[Angles], mirrored: bool
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """Returns each model's scores and intensities of faces; models that see the same share its crops."""
        filled, known = angle_inputs(angles, mirrored=mirrored)
        crops: dict[CropKind, np.ndarray] = {}
        images: dict[tuple[CropKind, int], np.ndarray] = {}
        outputs = []
        for model in self.models:
            kind = crop_kind(model)
            if kind not in crops:
                crops[kind] = kind.of(places, mirrored=mirrored)
            key = kind, model.config.image_size_px
            if key not in images:
                images[key] = crop_batch(crops[kind], model.config.image_size_px).astype(np.float32)
            outputs.append(model.predict_scores_and_intensities(images[key], filled, known))
        return outputs


def crop_kind(model: LoadedModel) -> CropKind:
    """Returns the crop that a model's image is cut from."""
    return CropKind(model.config.view, model.config.crop_size_px, model.config.framing)
