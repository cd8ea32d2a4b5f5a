"""Validation of pre-training: how well the network recognises classes, and how well embeddings verify persons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from tensorflow import keras
from typing_extensions import override

from emotionet_tf.errors import UserError
from emotionet_tf.models.class_network import with_embedding
from emotionet_tf.stream.batches import ReplicaSlice
from emotionet_tf.stream.class_batches import class_evaluation_stream, load_class_dataset_info
from emotionet_tf.training.devices import Devices, EvaluationBatches
from emotionet_tf.training.lifecycle.checkpoint_periods import CheckpointPeriods
from emotionet_tf.training.objectives.class_losses import ClassLoss
from emotionet_tf.training.objectives.class_scores import UNSEEN, ClassPredictions
from emotionet_tf.training.objectives.validation_measures import validation_measures
from emotionet_tf.training.pretrain_config import IDENTITY, PretrainConfig


@dataclass(frozen=True)
class ValidationSet:
    """What a pre-training run is validated on.

    Attributes:
      batches: Image and class index of class records, each once.
      trained_index: [classes], for each of their classes its place among the trained ones, or UNSEEN.
      num_examples: Records.
    """

    batches: EvaluationBatches
    trained_index: np.ndarray
    num_examples: int

    @property
    def num_seen(self) -> int:
        """How many of the classes the network was trained on."""
        return int((self.trained_index != UNSEEN).sum())


def open_validation(
    config: PretrainConfig, classes: Sequence[str], crop_size_px: int, devices: Devices
) -> ValidationSet | None:
    """Opens the validation records of a run, or returns None where it has none.

    Args:
      config: The run.
      classes: The names of the trained classes, in the order of the outputs.
      crop_size_px: Side of the crops that the run trains on.
      devices: What it computes on.
    Raises:
      UserError: If the crops are of another size, a category is not among the trained ones, or no two photos show
        the same person, or no two show different ones.
    """
    if config.val_records_dir is None:
        return None
    info = load_class_dataset_info(config.val_records_dir)
    if info.crop_size_px != crop_size_px:
        raise UserError(
            f"{config.val_records_dir} holds crops of {info.crop_size_px} px, {config.records_dir} of {crop_size_px} px"
        )
    places = {name: place for place, name in enumerate(classes)}
    trained_index = np.array([places.get(name, UNSEEN) for name in info.classes], np.int64)
    counts = np.array(info.class_counts)
    if config.task == IDENTITY:
        if counts.max() < 2 or (counts > 0).sum() < 2:
            raise UserError(
                f"{config.val_records_dir}: verification needs two persons, and two photos of one: write it with a "
                "larger --val_fraction, or leave out --val_records_dir"
            )
    elif unknown := [
        name for name, count in zip(info.classes, counts, strict=True) if count and name not in places
    ]:
        raise UserError(
            f"{config.val_records_dir}: class '{unknown[0]}' is not one of those in {config.records_dir}: "
            f"{', '.join(classes)}"
        )
    batches = devices.distributed_once(
        lambda replica_slice: _validation_batches(config, replica_slice), config.batch_size, info.num_examples
    )
    return ValidationSet(batches, trained_index, info.num_examples)


@tf.autograph.experimental.do_not_convert
def _validation_batches(config: PretrainConfig, replica_slice: ReplicaSlice) -> tf.data.Dataset:
    assert config.val_records_dir is not None
    return class_evaluation_stream(
        config.val_records_dir,
        view=config.view,
        batch_size=config.batch_size,
        image_size_px=config.image_size_px,
        replica_slice=replica_slice,
    ).map(lambda batch: (batch["image"], batch["class_index"]))


class ClassEvaluator:
    """Validates one network, as often as it is called.

    Its results, by name: those of `validation_measures`; `val_score`, which chooses the best network; and `val_loss`,
    with the loss's weights and margin, of the trained classes' photos. Where there are none, it is missing.
    """

    def __init__(
        self, network: keras.Model, validation: ValidationSet, loss: ClassLoss, task: str, devices: Devices
    ):
        self._validation = validation
        self._measures = validation_measures(task)
        whole = with_embedding(network)
        # The loss of a class that was not trained is not used: any place does.
        places = tf.constant(np.maximum(validation.trained_index, 0))

        def of_rows(image: tf.Tensor, class_index: tf.Tensor) -> tuple[tf.Tensor, ...]:
            outputs, embedding = whole({"image": image}, training=False)
            losses = loss.call(tf.gather(places, class_index), outputs)
            return class_index, tf.argmax(outputs, axis=1), losses, embedding

        signature = None
        if devices.strategy is None:
            # The last batch, which has fewer rows, is not to be traced for itself.
            size = network.inputs[0].shape[1:]
            signature = [(tf.TensorSpec((None, *size)), tf.TensorSpec((None,), tf.int64))]
        self._step = tf.function(
            lambda batch: devices.gathered(of_rows, batch), input_signature=signature, autograph=False
        )

    def __call__(self, check: Callable[[], None] = lambda: None) -> dict[str, float]:
        """Returns the results at the network's present weights.

        Args:
          check: Called before each batch; may raise to give up.
        """
        rows = []
        for batch in self._validation.batches.batches:
            check()
            rows.append([tensor.numpy() for tensor in self._step(batch)])
        # Behind the last example is what fills up the last batch.
        class_index, predicted, losses, embeddings = (
            np.concatenate(column)[: self._validation.num_examples] for column in zip(*rows, strict=True)
        )
        trained_index = self._validation.trained_index[class_index]
        predictions = ClassPredictions(predicted, class_index, trained_index, embeddings)
        results = {}
        if (is_trained := trained_index != UNSEEN).any():
            results["val_loss"] = float(losses[is_trained].mean())
        for measure in self._measures:
            if measure.overall and (value := measure.overall(predictions)) is not None:
                results[measure.key] = value
                if measure.is_score:
                    results["val_score"] = value
        return results


class ValidateClasses(keras.callbacks.Callback):
    """At every validation, adds an evaluator's results to the logs of the callbacks after it.

    Args:
      evaluator: Validates.
      periods: When.
      check: What the evaluator calls before each batch; may raise to end the run.
    """

    def __init__(self, evaluator: ClassEvaluator, periods: CheckpointPeriods, check: Callable[[], None]):
        super().__init__()
        self._evaluator = evaluator
        self._periods = periods
        self._check = check

    @override
    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if logs is not None and self._periods.has_validation(epoch):
            logs.update(self._evaluator(self._check))
