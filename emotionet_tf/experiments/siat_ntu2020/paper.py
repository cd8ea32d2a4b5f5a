"""SIAT-NTU's slides of the EmotioNet Challenge 2020, as the machinery of reproductions takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotionet_tf.errors import UserError
from emotionet_tf.experiments.paper import SCORED_SETS, Paper
from emotionet_tf.experiments.rendered_data import BOX, REGISTERED, boxes_of
from emotionet_tf.experiments.siat_ntu2020.lineage import SYSTEMS, Task
from emotionet_tf.experiments.siat_ntu2020.plan import nodes_of
from emotionet_tf.experiments.siat_ntu2020.scales import SCALES

if TYPE_CHECKING:
    from emotionet_tf.records.dataset_info import DatasetInfo

_AU_SETS = ("opt-train", "opt-val")
_CLASS_SETS = tuple(f"{task.value}-{split}" for task in Task for split in ("train", "val"))


def _check_records(name: str, info: DatasetInfo) -> None:
    """Raises UserError for class records in place of AU records or the reverse, and for crops of another framing."""
    if bool(info.classes) != (name in _CLASS_SETS):
        kind = (
            "class records, of write_class_records" if name in _CLASS_SETS else "AU labels, of write_records"
        )
        raise UserError(f"the records folder {name} has to hold {kind}")
    framing = BOX if name.startswith(boxes_of("")) else REGISTERED
    if info.framing != framing:
        raise UserError(
            f"the records folder {name} holds crops of framing {info.framing}; run align_faces with "
            f"--framing={framing}"
        )


PAPER = Paper(
    name="siat_ntu2020",
    scales=SCALES,
    systems=SYSTEMS,
    nodes=nodes_of,
    needed_records=(*_AU_SETS, *map(boxes_of, _AU_SETS), *_CLASS_SETS),
    scored_records={name: (name, boxes_of(name)) for name in SCORED_SETS},
    steps={"data": "data/.*", "pretrain": "pretrain/.*"},
    check_records=_check_records,
)
