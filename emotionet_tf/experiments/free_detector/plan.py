"""The commands that make the detectors, from rendered faces and a folder of free ones to packed weights.

A teacher learns from rendered faces, whose labels are exact. Adapted to the free faces, it labels them. A student
learns from four datasets, with a head each: the renders, and the free faces with the teacher's labels, with those of
MediaPipe's blendshapes and with those of its mesh. Its heads, each asked for what it knows, are the network of `fast`.
`accurate` fuses it with the students of two teachers with other seeds.

All networks are the last of their training: validation is on renders, and could only choose what fits renders best.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from emotionet_tf.action_units import EXPRESSION, table_order
from emotionet_tf.experiments.free_detector.free_data import FREE_RECORDS, free_data_nodes
from emotionet_tf.experiments.free_detector.provenance import PROVENANCE_FILE
from emotionet_tf.experiments.free_detector.renders import EVERYDAY_26, rendered_nodes
from emotionet_tf.experiments.free_detector.scales import Scale
from emotionet_tf.experiments.free_detector.trainings import (
    Trainings,
    adapt,
    pack,
    pseudo_label,
    records_of,
    source,
)
from emotionet_tf.experiments.runner.nodes import Node
from emotionet_tf.experiments.runner.placeholders import RUN
from emotionet_tf.inference.shipped_detectors import EXTENDED

LEARNT_AUS = table_order((*EXPRESSION.aus, 7, 14, 23))
"""The expression AUs of the renders, those that EmotioNet lacks with them."""

SHIPPED_AUS = {"expression": (1, 2, 4, 5, 6, 7, 9, 10, 12, 15, 17, 20, 25, 26, 43), "pose": (51, 52, 55, 56)}
"""AUs that the packed detector declares, by group; the others it cannot do, as the model card says."""

RENDERS, TAUGHT, BLENDSHAPES, MESH = STUDENT_HEADS = ("renders", "taught", "blendshapes", "mesh")
"""The student's heads: renders; free faces with the teacher's labels, the blendshapes' and the mesh's."""

ASKED: Mapping[str, tuple[int, ...]] = {
    RENDERS: (1, 2, 6, 7, 9, 10, 15, 17, 18, 20, 24, 28),
    TAUGHT: (1, 2, 7, 9, 17, 18, 24, 28),
    BLENDSHAPES: (1, 2, 5, 6, 10, 12, 15, 17, 20, 25, 26, 43),
    MESH: (4, 6, 26),
}
"""The AUs that each head is asked for, by how they rank real photos; of several heads the mean of the logits.

On smiles the mesh alone would tell AU 6 better, but of rendered faces with AU 6 and no smile it knows little; and a
wide mouth, by which it tells AU 12, may be a person's own.
"""

NEUTRAL_SHARES = {"expression": 0.001, "pose": 0.05}
"""Share of faces without AUs on which an AU may be declared. Some of them are turned, as portraits are."""

OWN_SHARES = {1: 0.01, 9: 0.02, 12: 0.01, 15: 0.01}
"""Other shares: of faint smiles, which are worth a false one now and then, and of AUs that would otherwise be declared
hardly ever, although neutral news photos seldom get them."""

NEUTRAL_COPIES = 10
"""Grey, soft and cut copies of those faces that count as well."""

LINEAGES = (0, 1, 2)
"""Teachers with a student each, by what is added to the seed; the first student is `fast`, all together `accurate`."""

KERNEL_BITS = 8
"""Significant bits of the packed kernels, so that both detectors fit into 12 MB."""

PACKED: Mapping[str, Mapping[str, str]] = {
    "fast": {"expression": f"student_{LINEAGES[0]}_adapted", "pose": "pose"},
    "accurate": {f"expression_{lineage}": f"student_{lineage}_adapted" for lineage in LINEAGES[1:]},
}
"""The packed networks by detector: the folder of each, and what is packed. `accurate` has those of `fast` as well."""


@dataclass(frozen=True)
class Making:
    """A making of the detectors.

    Attributes:
      scale: The sizes.
      free_photos: Folder of the free faces.
      mediapipe_model: The file face_landmarker.task; empty for the one in the cache folder.
      seed: Of the renders and of the first teacher; each lineage's is one more than the one before, and a student's
        one more than its teacher's.
    """

    scale: Scale
    free_photos: Path
    mediapipe_model: str = ""
    seed: int = 0

    def training_nodes(self) -> list[Node]:
        """Returns the commands up to the trained networks, in an order in which what is waited for comes first.

        `RUN` stands for the folder of the making.
        """
        trainings = Trainings(self.scale, self.seed)
        return [
            *rendered_nodes(RUN, self.scale, seed=self.seed, mixture=EVERYDAY_26),
            *free_data_nodes(self.free_photos, self.scale.crop_size_px, self.mediapipe_model),
            *(node for lineage in LINEAGES for node in self._lineage_nodes(lineage)),
            trainings.train("pose", "pose", [source(RENDERS, records_of("opt-train"))], group="pose"),
        ]

    def _lineage_nodes(self, lineage: int) -> list[Node]:
        """Returns the commands to a teacher and its student."""
        seed, teacher, student = self.seed + lineage, f"teacher_{lineage}", f"student_{lineage}"
        renders, free, labels = records_of("opt-train"), records_of("free"), RUN / "pseudo_labels" / teacher
        sources = [
            source(RENDERS, renders),
            source(TAUGHT, free, labels),
            *(source(labeller, records_of(name)) for labeller, name in FREE_RECORDS.items()),
        ]
        return [
            Trainings(self.scale, seed).train(teacher, "teacher", [source(RENDERS, renders)], aus=LEARNT_AUS),
            adapt(teacher),
            pseudo_label(f"label/{teacher}", f"{teacher}_adapted", free, labels),
            # Of the two seeds that were tried with the first teacher, this one's student ranks the news photos better,
            # as the model card says.
            Trainings(self.scale, seed + 1).train(student, "student", sources, aus=LEARNT_AUS, start=teacher),
            adapt(student),
        ]

    def packing_nodes(self) -> list[Node]:
        """Returns the commands that pack the networks, once `provenance.json` is there."""
        return [
            self._pack(detector, name, model)
            for detector, own in PACKED.items()
            for name, model in own.items()
        ]

    def scoring_nodes(self) -> list[Node]:
        """Returns the commands that score the detectors on the renders that validated."""
        return [node for detector in PACKED for node in self._scoring_nodes(detector)]

    def _scoring_nodes(self, detector: str) -> list[Node]:
        folders = [RUN / folder for folder in packed_folders(detector)]
        predictions, rows = RUN / "report" / f"{detector}.csv", records_of("opt-val") / "rows.csv"
        predict = Node(
            f"predict/{detector}",
            f"Predicting the renders that validated by {detector}",
            "emotionet_tf.bin.predict_records",
            (
                *(f"--model_dir={folder}" for folder in folders),
                f"--records_dir={rows.parent}",
                f"--output={predictions}",
            ),
            inputs=(*(folder / "weights.npz" for folder in folders), rows),
            outputs=(predictions,),
            cost=20,
        )
        evaluate = Node(
            f"evaluate/{detector}",
            f"Scoring {detector} on them",
            "emotionet_tf.bin.evaluate",
            (
                f"--predictions={predictions}",
                f"--labels={rows}",
                f"--output={RUN / renders_scores(detector)}",
            ),
            inputs=(predictions, rows),
            outputs=(RUN / renders_scores(detector),),
            cost=5,
        )
        return [predict, evaluate]

    def _pack(self, detector: str, name: str, model: str) -> Node:
        """Returns the packing, calibrated on the neutral ones of the free faces."""
        group = "pose" if name == "pose" else "expression"
        settings = [
            f"--kernel_bits={KERNEL_BITS}",
            f"--neutral_records_dir={records_of('free')}",
            f"--neutral_share={NEUTRAL_SHARES[group]}",
            f"--neutral_copies={NEUTRAL_COPIES}",
            *(
                f"--neutral_share_of={au}:{share}"
                for au, share in OWN_SHARES.items()
                if au in SHIPPED_AUS[group]
            ),
            f"--provenance={RUN / PROVENANCE_FILE}",
        ]
        return pack(
            f"pack/{detector}_{name}",
            model,
            RUN / packed_folder(detector, name),
            asked=ASKED if group == "expression" else {},
            aus=SHIPPED_AUS[group],
            settings=settings,
            inputs=(records_of("free") / "rows.csv", RUN / PROVENANCE_FILE),
        )


def packed_folder(detector: str, name: str) -> Path:
    """Returns where a packed network is in the folder of a making."""
    return Path("weights", detector, name)


def packed_folders(detector: str) -> list[Path]:
    """Returns where all networks of a detector are."""
    others = [EXTENDED[detector]] if detector in EXTENDED else []
    return [packed_folder(of, name) for of in (*others, detector) for name in PACKED[of]]


def renders_scores(detector: str) -> Path:
    """Returns where a detector's scores on the renders that validated are."""
    return Path("report", f"{detector}.json")
