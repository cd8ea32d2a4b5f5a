"""Self-training: teachers label a dataset, and a student learns from these labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from emotionet_tf.action_units import au_name, columns_of
from emotionet_tf.au_sets import au_set_of
from emotionet_tf.errors import UserError
from emotionet_tf.inference.decisions import decide
from emotionet_tf.inference.prediction_files import Predictions
from emotionet_tf.inference.records_prediction import made_by, predict_records
from emotionet_tf.records.dataset_info import DatasetInfo, load_dataset_info
from emotionet_tf.records.writing.label_shards import LabelShard, check_output_dir, write_label_shards
from emotionet_tf.storage.paths import as_path
from emotionet_tf.storage.rows_so_far import rows_so_far

KINDS = ("hard", "soft")


def write_pseudo_labels(
    model_dirs: Sequence[str],
    records_dir: str,
    output_dir: str,
    *,
    kind: str = "hard",
    batch_size: int = 64,
    which: str | None = None,
    use_thresholds: bool = True,
) -> None:
    """Lets teachers label every record of a dataset; images are not written again.

    The teachers see the images without noise. AUs that no teacher predicts stay unknown. What a killed run has done is
    kept beside the folder, and the same call resumes it.

    Args:
      model_dirs: The teachers' folders; an AU that several of them predict gets their mean score.
      records_dir: The dataset to label; its own labels are ignored.
      output_dir: Folder of the label shards; one that exists is replaced.
      kind: "hard", the teachers' decisions, which are rounded scores where no thresholds were tuned, or "soft", the
        scores themselves.
      batch_size: Records at a time; decides speed and memory only.
      which: "best" or "last" model of the folders; None is the best there is.
      use_thresholds: Whether hard labels heed the teachers' tuned thresholds; 0.5 otherwise.
    Raises:
      UserError: If a folder is not what it should be, or the kind is unknown.
    Source: Werner et al. 2020, sec. 2, "Self-Training", after Xie et al. 2020, who offer both kinds.
    """
    if kind not in KINDS:
        raise UserError(f"pseudo-labels are of one of the kinds {', '.join(KINDS)}, got {kind!r}")
    info = load_dataset_info(records_dir)
    check_output_dir(output_dir)
    decides = made_by(model_dirs, which, records_dir, batch_size)
    with rows_so_far(output_dir, decides, "records") as so_far:
        predictions = predict_records(
            model_dirs,
            records_dir,
            batch_size=batch_size,
            which=which,
            use_thresholds=use_thresholds,
            # As students see them, and as published labels were made.
            is_accurate=False,
            so_far=so_far,
        )
        written = write_label_shards(
            output_dir,
            info,
            _shards(predictions, info, is_soft=kind == "soft"),
            teacher=", ".join(str(as_path(folder)) for folder in model_dirs),
            is_soft=kind == "soft",
            aus=au_set_of(predictions.aus),
        )
    shares = [
        f"{au_name(au)} {written.positives[au_name(au)] / info.num_examples:.1%}" for au in predictions.aus
    ]
    tuned = " at the teachers' thresholds" if predictions.has_own_thresholds and kind == "hard" else ""
    print(
        f"{kind} labels{tuned} for {written.num_examples} examples in {output_dir}; present: {', '.join(shares)}"
    )


def _shards(predictions: Predictions, info: DatasetInfo, is_soft: bool) -> Iterator[LabelShard]:
    aus = au_set_of(predictions.aus)
    columns = columns_of(predictions.aus, aus)
    end = 0
    for shard in next(iter(info.views.values())):
        start, end = end, end + shard.num_examples
        labels = np.zeros((shard.num_examples, len(aus)), np.float32)
        mask = np.zeros_like(labels)
        scores = predictions.scores[start:end]
        labels[:, columns] = scores if is_soft else decide(scores, predictions.thresholds)
        mask[:, columns] = 1
        yield LabelShard(list(predictions.ids[start:end]), labels, mask)
