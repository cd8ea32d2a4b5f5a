"""The flags that the commands that write records share.

A command takes them over by `flags.adopt_module_key_flags`, so that its `--help` shows them.
"""

from __future__ import annotations

from typing import Any

from absl import flags

DATASET = flags.DEFINE_string("dataset", None, "Name of the dataset, such as opt or vggface2.", required=True)
OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Folder of the datasets' folders.", required=True)
SEED = flags.DEFINE_integer("seed", 0, "Decides which photos are kept; 0 is as good as any.", lower_bound=0)
NUM_SHARDS = flags.DEFINE_integer(
    "num_shards", 0, "TFRecord files of each dataset and view. Default 0: one for each 2048 photos, about 40 MB.",
    lower_bound=0,
)  # fmt: skip


def define_faces_dir() -> None:
    """Defines `--faces_dir`, of the commands that take aligned faces."""
    flags.DEFINE_string(
        "faces_dir", None, "Output folder of tfrecords_tools.align_faces: crops and faces.csv.", required=True
    )


def define_labels() -> None:
    """Defines `--labels` and what divides its rows, of the commands that take label lists."""
    flags.DEFINE_multi_string(
        "labels", None, "A label list: EmotioNet's training list (dataFile_NNNN.txt), its opt list (.xlsx or CSV), or "
        "a plain CSV of path or id and AU columns. A * in quotes or a folder stands for several; put commas between "
        "more, or repeat.",
        required=True,
    )  # fmt: skip
    define_split(
        "Share of the photos kept for validation, 0 to below 1; the paper keeps 0.2 of the opt set. Default: none.",
        "What stays on one side: id (a photo and its duplicate rows) or folder (all photos of a folder, where that is "
        "a person, as in the synthetic set). Default: id, as EmotioNet's folders mean nothing.",
    )


def define_split(val_fraction_help: str, split_by_help: str) -> None:
    """Defines `--val_fraction` and `--split_by`, which mean a little else to each command."""
    flags.DEFINE_float("val_fraction", 0.0, val_fraction_help)
    flags.DEFINE_enum("split_by", "id", ["id", "folder"], split_by_help)


def common_settings() -> dict[str, Any]:
    """Returns what the flags say, by the names of the configurations' attributes."""
    from emotionet_tf.records.splits import Split

    return {
        "dataset": DATASET.value,
        "output_dir": OUTPUT_DIR.value,
        "split": Split(flags.FLAGS.val_fraction, SEED.value, flags.FLAGS.split_by),
        "num_shards": NUM_SHARDS.value,
    }
