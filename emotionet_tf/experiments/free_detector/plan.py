"""The commands that make the detector, from rendered faces and a folder of free ones to packed weights.

A teacher learns from rendered faces, whose labels are exact. Adapted to the free faces, it labels them. A student
learns from four datasets, with a head each: the renders, and the free faces with the teacher's labels, with those of
MediaPipe's blendshapes and with those of its mesh. Its heads are fitted anew, as discriminants for photos that vary as
the free faces do, and asked for what each knows. Three teachers with other seeds have a student each; these students,
fused, label the free faces again. A last student that learns from these labels in the teacher's place is the detector.
Its heads are refitted, too; they also see an earlier layer, and a fifth one learns labels by furrows. What fusion and
last student gain is within what seeds differ by, as the model card says.

All networks are the last of their training: validation is on renders, and could only choose what fits renders best.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emotionet_tf.action_units import EXPRESSION, table_order
from emotionet_tf.experiments.free_detector.free_data import FREE_RECORDS, free_data_nodes
from emotionet_tf.experiments.free_detector.provenance import PROVENANCE_FILE
from emotionet_tf.experiments.free_detector.renders import EVERYDAY_26, rendered_nodes
from emotionet_tf.experiments.free_detector.scales import Scale
from emotionet_tf.experiments.free_detector.trainings import (
    ModelFiles,
    SourceFiles,
    Trainings,
    adapt,
    model_of,
    pack,
    packed,
    pseudo_label,
    records_of,
    refit,
    source,
    trained,
)
from emotionet_tf.experiments.runner.nodes import Node
from emotionet_tf.experiments.runner.placeholders import RUN

LEARNT_AUS = table_order((*EXPRESSION.aus, 7, 14, 23))
"""The expression AUs of the renders, those that EmotioNet lacks with them."""

SHIPPED_AUS = {"expression": (1, 2, 4, 5, 6, 9, 10, 12, 15, 17, 20, 25, 26, 43), "pose": (51, 52, 55, 56)}
"""AUs that the packed detector declares, by group; the others it cannot do, as the model card says."""

FUSED_AUS = table_order((*SHIPPED_AUS["expression"], 7))
"""What the fused students label. AU 7 is not shipped: on real photos the last student knows little of it."""

RENDERS, TAUGHT, BLENDSHAPES, MESH = STUDENT_HEADS = ("renders", "taught", "blendshapes", "mesh")
"""A student's heads: renders; free faces with the teacher's labels, the blendshapes' and the mesh's."""

FURROWS = "furrows"
"""The head that a refit adds."""

ASKED: Mapping[str, tuple[int, ...]] = {
    RENDERS: (1, 2, 6, 7, 9, 10, 15, 17, 20),
    BLENDSHAPES: (5, 6, 10, 12, 15, 17, 20, 25, 26, 43),
    MESH: (1, 4, 6, 26),
}
"""The AUs that each refitted head is asked for, by how they rank real photos; of several the mean of the logits.

A smile lifts the cheeks, and a wide mouth may be a person's own. So AU 6 is not the mesh's alone, nor AU 12 its at all.
"""

_FROWN = 4

SHIPPED_ASKED: Mapping[str, tuple[int, ...]] = {
    TAUGHT: tuple(au for au in SHIPPED_AUS["expression"] if au != _FROWN),
    **{head: tuple(au for au in aus if au in SHIPPED_AUS["expression"]) for head, aus in ASKED.items()},
    FURROWS: (_FROWN,),
}
"""The AUs that each head of the last student is asked for: its teacher's labels, the fusion's, know real photos.

Of AU 4 they know the brows' height only; the furrows between the brows are seen by the earlier layer (`last_refit`).
"""

NEUTRAL_SHARES = {"expression": 0.0002, "pose": 0.05}
"""Share of faces without AUs on which an AU may be declared: of an expression two of ten thousand. Some of them are
turned, as portraits are."""

OWN_SHARES = {4: 0.0015, 6: 0.002, 9: 0.005, 12: 0.01, 15: 0.003, 26: 0.0001, 43: 0.005}
"""Other shares: of AUs that neutral news photos seldom get even so, of frowns and faint smiles, which are worth a false
one now and then, and of mouths that speak. With these, a neutral news photo gets .25 AUs."""

NEUTRAL_COPIES = 100
"""Varied copies of those faces that count as well."""

LOOKS = {"expression": ("0.95", "1.05:1.2:mirrored"), "pose": ()}
"""How the packed networks look at an image: once nearer, once farther, blurred and mirrored. What a network says of a
face changes with the grain of a print and with where the crop was cut; of the mean, less. Four or eight looks gain no
more (model card)."""

LINEAGES = (0, 1, 2)
"""Teachers with a student each, by what is added to the seed."""

KERNEL_BITS = 8
"""Significant bits of the packed kernels."""

RENDERS_SCORES = Path("report", "renders.json")
"""The packed networks' scores on the renders that validated, in the folder of a making."""


@dataclass(frozen=True)
class Making:
    """A making of the detector.

    Attributes:
      scale: The sizes.
      free_photos: Folder of the free faces.
      mediapipe_model: The file face_landmarker.task; empty for the one in the cache folder.
      seed: Of the renders and of the first teacher; each lineage's is one more than the one before, and a student's
        one more than its teacher's. The last student has the first one's.
    """

    scale: Scale
    free_photos: Path
    mediapipe_model: str = ""
    seed: int = 0

    def training_nodes(self) -> list[Node]:
        """Returns the commands up to the trained networks, in an order in which what is waited for comes first.

        `RUN` stands for the folder of the making.
        """
        members = [packed(_asked_student(lineage)) for lineage in LINEAGES]
        pose = [source(RENDERS, records_of("opt-train"))]
        return [
            *rendered_nodes(RUN, self.scale, seed=self.seed, mixture=EVERYDAY_26),
            *free_data_nodes(self.free_photos, self.scale.crop_size_px, self.mediapipe_model),
            *(node for lineage in LINEAGES for node in self._lineage_nodes(lineage)),
            self._label("fusion", members),
            # Of two starts and seeds that were tried, these give the better one on the news photos (model card).
            *self._student_nodes("distilled", "fusion", start=f"teacher_{LINEAGES[0]}", seed=self.seed + 1),
            refit("distilled", refit_sources(tuple(FREE_RECORDS)), last_refit(self.scale)),
            Trainings(self.scale, self.seed).train("pose", "pose", pose, group="pose"),
        ]

    def _lineage_nodes(self, lineage: int) -> list[Node]:
        """Returns the commands to a teacher and its student, whose heads are one."""
        seed, teacher, student = self.seed + lineage, f"teacher_{lineage}", f"student_{lineage}"
        renders = source(RENDERS, records_of("opt-train"))
        return [
            Trainings(self.scale, seed).train(teacher, "teacher", [renders], aus=LEARNT_AUS),
            adapt(teacher),
            self._label(teacher, [trained(f"{teacher}_adapted")]),
            *self._student_nodes(student, teacher, start=teacher, seed=seed + 1),
            refit(student, refit_sources()),
            pack(
                f"ask/{student}",
                f"{student}_refitted",
                _asked_student(lineage),
                asked=ASKED,
                aus=FUSED_AUS,
                settings=[f"--kernel_bits={KERNEL_BITS}"],
            ),
        ]

    def _label(self, name: str, models: Sequence[ModelFiles]) -> Node:
        """Returns the labelling of the free faces."""
        return pseudo_label(f"label/{name}", models, records_of("free"), _labels_of(name))

    def _student_nodes(self, name: str, labelled_by: str, *, start: str, seed: int) -> list[Node]:
        """Returns the commands to a student of the renders and of all labels of the free faces."""
        sources = student_sources(_labels_of(labelled_by))
        training = Trainings(self.scale, seed).train(name, "student", sources, aus=LEARNT_AUS, start=start)
        return [training, adapt(name)]

    def packing_nodes(self) -> list[Node]:
        """Returns the commands that pack the networks, once `provenance.json` is there."""
        return [
            self._pack("expression", "distilled_refitted", SHIPPED_ASKED),
            self._pack("pose", "pose"),
        ]

    def scoring_nodes(self) -> list[Node]:
        """Returns the commands that score the packed networks on the renders that validated."""
        folders = [RUN / packed_folder(group) for group in SHIPPED_AUS]
        predictions, rows = RUN / "report" / "renders.csv", records_of("opt-val") / "rows.csv"
        predict = Node(
            "predict/renders",
            "Predicting the renders that validated",
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
            "evaluate/renders",
            "Scoring them",
            "emotionet_tf.bin.evaluate",
            (f"--predictions={predictions}", f"--labels={rows}", f"--output={RUN / RENDERS_SCORES}"),
            inputs=(predictions, rows),
            outputs=(RUN / RENDERS_SCORES,),
            cost=5,
        )
        return [predict, evaluate]

    def _pack(self, group: str, model: str, asked: Mapping[str, Sequence[int]] = {}) -> Node:
        """Returns the packing, calibrated on the neutral ones of the free faces."""
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
            *(f"--look={look}" for look in LOOKS[group]),
            f"--provenance={RUN / PROVENANCE_FILE}",
        ]
        return pack(
            f"pack/{group}",
            model,
            RUN / packed_folder(group),
            asked=asked,
            aus=SHIPPED_AUS[group],
            settings=settings,
            inputs=(records_of("free") / "rows.csv", RUN / PROVENANCE_FILE),
        )


def student_sources(labels: Path) -> list[SourceFiles]:
    """Returns what a student learns from, in the order of `STUDENT_HEADS`.

    Args:
      labels: The folder of a network's labels of the free faces.
    """
    renders, *free = refit_sources()
    return [renders, source(TAUGHT, records_of("free"), labels), *free]


def refit_sources(labellers: Sequence[str] = (BLENDSHAPES, MESH)) -> list[SourceFiles]:
    """Returns what a student's heads are fitted to anew: all labels but another network's.

    Args:
      labellers: Those of the free faces that count.
    """
    return [
        source(RENDERS, records_of("opt-train")),
        *(source(labeller, records_of(FREE_RECORDS[labeller])) for labeller in labellers),
    ]


def last_refit(scale: Scale) -> list[str]:
    """Returns what the last student's refit adds: a head for the furrows' labels, and an earlier layer in sight.

    AU 4 is left to that layer alone: the features keep little of furrows.
    """
    return [f"--new_head={FURROWS}", f"--level={scale.level}", f"--level_aus={_FROWN}"]


def packed_folder(group: str) -> Path:
    """Returns where a group's packed network is in the folder of a making."""
    return Path("weights", "fast", group)


def _asked_student(lineage: int) -> Path:
    return model_of(f"student_{lineage}_asked")


def _labels_of(name: str) -> Path:
    return RUN / "pseudo_labels" / name
