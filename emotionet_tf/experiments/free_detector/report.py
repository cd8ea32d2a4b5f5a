"""The report of a making of the detector: what it was made from, by which commands, and how it does on renders."""

from __future__ import annotations

import json
from collections.abc import Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

from emotionet_tf.action_units import au_name, columns_of
from emotionet_tf.experiments.free_detector.free_data import FREE_RECORDS
from emotionet_tf.experiments.free_detector.plan import (
    RENDERS_SCORES,
    SHIPPED_ASKED,
    SHIPPED_AUS,
    packed_folder,
)
from emotionet_tf.experiments.free_detector.provenance import PROVENANCE_FILE
from emotionet_tf.experiments.report.markdown import markdown_of
from emotionet_tf.experiments.report.tables import Column, table_of
from emotionet_tf.inference.landmarker_labels.face_labels import LABELLERS
from emotionet_tf.label_lists.reading import read_label_list
from emotionet_tf.records.dataset_info import ROWS_FILE
from emotionet_tf.storage.files import write_text

REPORT_FILE = "report.md"
_HEAD = """# The detector made here

Rendered faces say nothing about real ones: what it does on real photos is in the model card, by
`python -m benchmarks.real_photos --all`.
"""


class _Au(NamedTuple):
    """What is known of an AU of the detector."""

    au: int
    heads: str
    neutral_share: float
    on_renders: dict[str, Any]


class _FreeLabels(NamedTuple):
    """How often an AU's label is what, on the free faces."""

    au: int
    present: int
    absent: int
    unknown: int


def write_report(root: Path) -> Path:
    """Writes `report.md` of a making that is done; returns its path."""
    provenance = json.loads((root / PROVENANCE_FILE).read_text(encoding="utf-8"))
    tables = [
        table_of(
            "records",
            "Records",
            [
                Column("dataset", lambda one: one[0]),
                Column("faces", lambda one: one[1]["num_faces"], "count"),
            ],
            provenance["records"].items(),
        ),
        *(
            table_of(
                f"{dataset}_labels",
                f"The free faces' labels by MediaPipe's {labeller}",
                [
                    Column("AU", lambda one: au_name(one.au)),
                    *(Column(name, attrgetter(name), "count") for name in ("present", "absent", "unknown")),
                ],
                _free_labels(root / "records" / dataset / ROWS_FILE, tuple(LABELLERS[labeller].rules)),
            )
            for labeller, dataset in FREE_RECORDS.items()
        ),
        table_of(
            "aus",
            "The AUs, and the packed networks' scores on rendered faces that validated",
            [
                Column("AU", lambda one: au_name(one.au)),
                Column("heads asked", lambda one: one.heads),
                Column("declared on neutral faces", lambda one: one.neutral_share, "score"),
                Column("present", lambda one: one.on_renders["positive"], "count"),
                Column("accuracy", lambda one: one.on_renders["accuracy"], "score"),
                Column("F1", lambda one: one.on_renders["f1"], "score"),
            ],
            _aus(root),
        ),
        table_of(
            "commands",
            f"Commands, {provenance['hours']} hours",
            [
                Column("seconds", lambda one: round(one["seconds"]), "count"),
                Column("command", lambda one: one["command"], "code"),
            ],
            provenance["steps"],
        ),
    ]
    write_text(root / REPORT_FILE, "\n".join([_HEAD, *map(markdown_of, tables)]))
    return root / REPORT_FILE


def _free_labels(rows_file: Path, aus: tuple[int, ...]) -> Sequence[_FreeLabels]:
    rows, counts = read_label_list(rows_file).rows, []
    for au, column in zip(aus, columns_of(aus), strict=True):
        known = [row.labels[column] for row in rows if row.mask[column]]
        counts.append(_FreeLabels(au, int(sum(known)), len(known) - int(sum(known)), len(rows) - len(known)))
    return counts


def _aus(root: Path) -> Sequence[_Au]:
    scores = json.loads((root / RENDERS_SCORES).read_text(encoding="utf-8"))["scores"]["per_au"]
    aus = []
    for group, own in SHIPPED_AUS.items():
        weights = json.loads((root / packed_folder(group) / "weights.json").read_text(encoding="utf-8"))
        shares = weights["provenance"]["calibration"]["neutral_share"]
        for au in own:
            heads = (
                [head for head, asked in SHIPPED_ASKED.items() if au in asked]
                if group == "expression"
                else ["pose"]
            )
            aus.append(_Au(au, " + ".join(heads), shares[au_name(au)], scores[au_name(au)]))
    return aus
