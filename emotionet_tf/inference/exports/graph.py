"""Models as one function from crops to calibrated scores and decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from emotionet_tf.faces.head_pose import Angles
from emotionet_tf.inference.fusion import LEAST_SCORE
from emotionet_tf.inference.scoring.interface import CropKind, Place, angle_inputs
from emotionet_tf.inference.scoring.keras_models import KerasScorer, crop_kind
from emotionet_tf.models import LoadedModel
from emotionet_tf.models.multi_head import prediction_logits
from emotionet_tf.records.reading.crop_decoding import centre_offset

OUTPUTS = ("scores", "decisions")


@dataclass(frozen=True)
class DetectorGraph:
    """What an exported file computes.

    Attributes:
      scorer: The models.
      crops: The crop that each input takes, by the input's name: the view, with size and framing where several are of
        one view.
    """

    scorer: KerasScorer
    crops: Mapping[str, CropKind]

    @classmethod
    def of(cls, scorer: KerasScorer) -> DetectorGraph:
        """Returns the graph of some models; those that see the same crop share an input."""
        kinds = list(dict.fromkeys(map(crop_kind, scorer.models)))
        views = [kind.view for kind in kinds]
        names = [
            kind.view if views.count(kind.view) == 1 else f"{kind.view}_{kind.framing}_{kind.crop_size_px}"
            for kind in kinds
        ]
        return cls(scorer, dict(zip(names, kinds, strict=True)))

    @property
    def uses_angles(self) -> bool:
        """Whether a model takes the head's angles."""
        return any(model.config.uses_angles for model in self.scorer.models)

    def signature(self) -> dict[str, tf.TensorSpec]:
        """Returns the inputs: crops [faces, side, side, 3] uint8; angles and their mask [faces, 3] float32."""
        inputs = {
            name: tf.TensorSpec([None, kind.crop_size_px, kind.crop_size_px, 3], tf.uint8, name=name)
            for name, kind in self.crops.items()
        }
        if self.uses_angles:
            inputs |= {
                name: tf.TensorSpec([None, 3], tf.float32, name=name) for name in ("angles", "angles_mask")
            }
        return inputs

    def inputs(self, places: Sequence[Place], angles: Sequence[Angles]) -> dict[str, np.ndarray]:
        """Returns what the function takes for some faces."""
        inputs = {name: kind.of(places) for name, kind in self.crops.items()}
        if self.uses_angles:
            inputs["angles"], inputs["angles_mask"] = angle_inputs(angles)
        return inputs

    def function(self) -> Any:
        """Returns the function, a `tf.function` of the inputs in the signature's order."""
        signature = self.signature()

        def detect(*arguments: tf.Tensor) -> dict[str, tf.Tensor]:
            return self._outputs(dict(zip(signature, arguments, strict=True)))

        return tf.function(detect, input_signature=list(signature.values()))

    def _outputs(self, inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        values = [self._scores_of(model, inputs) for model in self.scorer.models]
        is_of_logits = self.scorer.mean == "logits"
        if is_of_logits:
            clipped = [tf.clip_by_value(own, LEAST_SCORE, 1 - LEAST_SCORE) for own in values]
            values = [tf.math.log(own / (1 - own)) for own in clipped]
        mean = tf.add_n([own @ share for own, share in zip(values, self._shares(), strict=True)])
        scores = tf.sigmoid(mean) if is_of_logits else mean
        decisions = tf.cast(scores >= tf.constant(self.scorer.thresholds, tf.float32), tf.int8)
        return {"scores": scores, "decisions": decisions}

    def _shares(self) -> list[np.ndarray]:
        """Returns each model's shares in the AUs' means, [its AUs, AUs]; see `emotionet_tf.inference.fusion.fuse`."""
        asked = [
            np.array([[own == au for au in self.scorer.aus] for own in model.config.aus], np.float32)
            for model in self.scorer.models
        ]
        num_models = sum(one.sum(axis=0) for one in asked)
        return [one / num_models for one in asked]

    def _scores_of(self, model: LoadedModel, inputs: Mapping[str, tf.Tensor]) -> tf.Tensor:
        kind, size = crop_kind(model), model.config.image_size_px
        crops = inputs[next(name for name, own in self.crops.items() if own == kind)]
        offset = centre_offset(kind.crop_size_px, size)
        inside = slice(offset, offset + size)
        fed = {"image": tf.cast(crops[:, inside, inside], tf.float32)}
        if model.config.uses_angles:
            fed |= {name: inputs[name] for name in ("angles", "angles_mask")}
        return tf.sigmoid(prediction_logits(model.config, model.network(fed, training=False)))
