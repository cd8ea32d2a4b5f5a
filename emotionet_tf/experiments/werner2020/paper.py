"""Werner, Saxen and Al-Hamadi, CVPR Workshops 2020, as the machinery of reproductions takes it."""

from __future__ import annotations

from emotionet_tf.action_units import ACTION_UNITS, AUTOMATIC_AUS
from emotionet_tf.experiments.paper import Paper, Reproduction
from emotionet_tf.experiments.runner.nodes import Node
from emotionet_tf.experiments.scored_systems import Kind, System
from emotionet_tf.experiments.werner2020.lineage import (
    ALL_FUSIONS,
    OPENFACE_BASELINE,
    ROWS,
    Fusion,
    Row,
    Uses,
    row_of,
)
from emotionet_tf.experiments.werner2020.plan import plan_for
from emotionet_tf.experiments.werner2020.scales import SCALES

_SAW_OPT_VAL = {"opt-val": "learned from it"}


def _row(row: Row) -> System:
    # A network that saw automatic labels only has outputs for all AUs of its group, but those without automatic labels
    # are as they were initialised.
    aus = AUTOMATIC_AUS if row.uses is Uses.ONLY_AUTOMATIC else ACTION_UNITS
    return System(row.key, row.title, aus=aus, unscored=_SAW_OPT_VAL if row.whole_opt_set else {})


def _fusion(fusion: Fusion) -> System:
    saw_opt_val = any(row_of(key).whole_opt_set for key in fusion.members)
    return System(fusion.key, fusion.title, Kind.FUSION, unscored=_SAW_OPT_VAL if saw_opt_val else {})


def _nodes(run: Reproduction) -> list[Node]:
    return plan_for(run).nodes()


PAPER = Paper(
    name="werner2020",
    scales=SCALES,
    systems=(
        *map(_row, ROWS),
        *map(_fusion, ALL_FUSIONS),
        System(OPENFACE_BASELINE, "Fig. 2's OpenFace baseline", Kind.SEEDLESS),
    ),
    nodes=_nodes,
    needed_records=("opt-train", "opt-val", "opt", "train"),
    steps={"data": "data/.*", OPENFACE_BASELINE: "baseline/openface"},
    has_openface_baseline=True,
)
