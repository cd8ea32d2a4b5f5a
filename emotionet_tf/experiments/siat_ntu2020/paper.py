"""SIAT-NTU's slides of the EmotioNet Challenge 2020, as the machinery of reproductions takes them."""

from __future__ import annotations

from emotionet_tf.experiments.paper import SCORED_SETS, Paper
from emotionet_tf.experiments.siat_ntu2020.lineage import SYSTEMS, Task
from emotionet_tf.experiments.siat_ntu2020.plan import nodes_of
from emotionet_tf.experiments.siat_ntu2020.scales import SCALES
from emotionet_tf.experiments.stand_in import boxes_of

_AU_SETS = ("opt-train", "opt-val")
_CLASS_SETS = tuple(f"{task.value}-{part}" for task in Task for part in ("train", "val"))

PAPER = Paper(
    name="siat_ntu2020",
    scales=SCALES,
    systems=SYSTEMS,
    nodes=nodes_of,
    needed_records=(*_AU_SETS, *map(boxes_of, _AU_SETS), *_CLASS_SETS),
    scored_records={name: (name, boxes_of(name)) for name in SCORED_SETS},
    parts={"data": "data/.*", "pretrain": "pretrain/.*"},
)
