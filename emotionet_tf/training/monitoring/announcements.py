"""What a run that learns AUs says of itself at its start."""

from __future__ import annotations

from collections.abc import Sequence

from emotionet_tf.action_units import au_name
from emotionet_tf.models import ModelConfig
from emotionet_tf.records.dataset_info import DatasetInfo
from emotionet_tf.records.overlaps import overlap_warnings
from emotionet_tf.records.reading.crop_decoding import narrow_image_warning
from emotionet_tf.stream.balanced_sampling import BalancedSampling
from emotionet_tf.stream.sources import count_shared
from emotionet_tf.training.objectives.selective_learning import SelectiveLearning
from emotionet_tf.training.train_config import TrainConfig


def announce_run(
    config: TrainConfig,
    model_config: ModelConfig,
    infos: list[DatasetInfo],
    num_parameters: int,
    first_step: int,
) -> None:
    """Says what is trained on what, and from which step on.

    Args:
      config: The run's.
      model_config: The network's.
      infos: Of the sources.
      num_parameters: Of the network.
      first_step: Batches that were trained on before.
    """
    aus = " ".join(au_name(au) for au in model_config.aus)
    print(f"{model_config.backbone}, {num_parameters:,} parameters, {model_config.view} view: {aus}")
    if config.freeze_backbone:
        print("the backbone is frozen: only the layers behind it learn")
    elif config.backbone_lr_factor != 1:
        print(f"the backbone learns at {config.backbone_lr_factor:g} of the learning rate")
    share = config.batch_size // len(config.sources)
    for source, info in zip(config.sources, infos, strict=True):
        labels = f" with labels from {source.labels_dir}" if source.labels_dir else ""
        origin = f"{info.num_examples} in {source.records_dir}{labels}"
        print(f"head {source.head}: {share} of {config.batch_size} from {origin}")
    if missing := [au_name(au) for au in model_config.output_aus if au not in model_config.aus]:
        print(f"not learnt and not predicted, as no source has a label: {' '.join(missing)}")
    for head, learnt in model_config.learnt.items():
        print(f"head {head} learns {' '.join(map(au_name, learnt)) or 'nothing'}")
    for head, learnt in model_config.intensities_learnt.items():
        print(
            f"head {head} learns the intensity of {' '.join(map(au_name, learnt))} ({model_config.intensities})"
        )
    if others := [
        f"{au_name(au)} by {head}"
        for au, head in zip(model_config.aus, model_config.deciding_heads, strict=True)
        if head != model_config.prediction_head
    ]:
        print(f"head {model_config.prediction_head} predicts what it has learnt; {', '.join(others)}")
    if first_step:
        print(f"resuming from step {first_step} of {config.num_steps}")


def warn_of_narrow_images(config: TrainConfig, infos: Sequence[DatasetInfo]) -> None:
    """Warns where the network sees so little of the crops that parts of a face are missing."""
    for source, info in zip(config.sources, infos, strict=True):
        if warning := narrow_image_warning(config.image_size_px, info.crop_size_px, source.records_dir):
            print(warning)


def announce_balancing(config: TrainConfig, samplings: Sequence[BalancedSampling]) -> None:
    """Says which positives balance sampling shows more often, and the target shares of selective learning."""
    for source, sampling in zip(config.sources, samplings, strict=bool(samplings)):
        print(f"balance sampling, positives of {source.records_dir}: {sampling.describe()}")
    if config.selective_target:
        targets = SelectiveLearning(config.selective_target, config.seed).describe()
        print(f"selective learning, target share of positives in each batch: {targets}")


def warn_of_shared_examples(config: TrainConfig) -> None:
    """Warns of validation examples, and of their persons, that are trained on as well."""
    for records_dir in dict.fromkeys(source.records_dir for source in config.sources):
        num_shared = count_shared(config.val_records_dir, records_dir) if config.val_records_dir else 0
        if num_shared:
            print(
                f"warning: {num_shared} examples of {config.val_records_dir} are, by their ids, in {records_dir} too: "
                "the best model is chosen by photos that it is trained on"
            )
    for warning in (
        overlap_warnings(config.val_records_dir, config.training_dirs) if config.val_records_dir else ()
    ):
        print(warning)
