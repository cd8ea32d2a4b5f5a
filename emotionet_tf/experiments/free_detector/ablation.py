"""What each step of the detector's recipe gives: networks that lack one, with several seeds.

The claims of both papers are among them: that students beat their teachers, that a head per dataset helps, that fusion
beats its members. They are to be judged on real photos (`python -m benchmarks.free_detector_ablation`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emotionet_tf.action_units import EXPRESSION
from emotionet_tf.experiments.free_detector.free_data import FREE_RECORDS, free_data_nodes
from emotionet_tf.experiments.free_detector.plan import (
    ASKED,
    BLENDSHAPES,
    LOOKS,
    MESH,
    RENDERS,
    SHIPPED_ASKED,
    SHIPPED_AUS,
    TAUGHT,
    last_refit,
    refit_sources,
    student_sources,
)
from emotionet_tf.experiments.free_detector.renders import EVERYDAY, rendered_nodes
from emotionet_tf.experiments.free_detector.scales import Scale
from emotionet_tf.experiments.free_detector.trainings import (
    SourceFiles,
    Trainings,
    adapt,
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

ONE_HEAD = "all"
_FREQUENCIES = RUN / "frequencies"

_Asked = Mapping[str, Sequence[int]]

_AUS = SHIPPED_AUS["expression"]
_ASKED: Mapping[str, tuple[int, ...]] = {
    RENDERS: (1, 2, 6, 9, 10, 15, 17, 20),
    TAUGHT: (1, 2, 9, 17),
    BLENDSHAPES: (1, 2, 5, 6, 10, 12, 15, 17, 20, 25, 26, 43),
    MESH: (4, 6, 26),
}
"""The AUs that each head is asked for as it was trained, by how they rank real photos; `ASKED` is for refitted ones."""
_REFITTED: Mapping[str, tuple[int, ...]] = {
    head: tuple(au for au in aus if au in EXPRESSION.aus) for head, aus in ASKED.items()
}
"""Without AU 7, which the ablation's renders do not show."""


@dataclass(frozen=True)
class Arm:
    """A network of the ablation.

    Attributes:
      name: Of the arm.
      title: What a reader should know of it.
      asked: The AUs that each head is asked for; empty for a network with one head.
      looks: How it looks at an image, as `pack --look` takes it; empty is once.
    """

    name: str
    title: str
    asked: _Asked
    looks: tuple[str, ...] = ()


def _without(*heads: str) -> dict[str, tuple[int, ...]]:
    """Returns what is asked of the other heads; what no other head is asked for goes to the renders' head."""
    left = {head: aus for head, aus in _ASKED.items() if head not in heads}
    asked = {au for aus in left.values() for au in aus}
    missing = tuple(au for au in _AUS if au not in asked)
    return {**left, RENDERS: (*left[RENDERS], *missing)}


_ARMS_OF_A_SEED: Sequence[Arm] = (
    Arm("frequencies", "renders with EmotioNet's frequencies, adapted to the free faces", {}),
    Arm("teacher", "renders of the everyday mixture", {}),
    Arm("teacher_adapted", "the same, adapted to the free faces", {}),
    Arm(
        "self_trained",
        "its student: renders, and free faces with the teacher's labels",
        _without(BLENDSHAPES, MESH),
    ),
    Arm("control", "the same, with further renders in place of the free faces", _without(BLENDSHAPES, MESH)),
    Arm(
        "blendshapes",
        "its student: renders, and free faces with the blendshapes' labels",
        _without(TAUGHT, MESH),
    ),
    Arm("without_mesh", "its student with all three, a head for each", _without(MESH)),
    Arm("student", "the same and the mesh's labels, a fourth head", dict(_ASKED)),
    Arm("one_head", "the same four with one head", {}),
)
_REFITTED_ARM = Arm("refitted", "its heads fitted anew, as discriminants for the free faces", _REFITTED)
_DISTILLED = Arm(
    "distilled",
    "a further student, with the labels of all seeds' refitted ones, fused; refitted, too",
    {TAUGHT: _AUS, **_REFITTED},
)
_FURROWED = Arm("furrowed", "the same, and a fifth head fitted to the furrows' labels of AU 4", SHIPPED_ASKED)
_LEVELLED = Arm("levelled", "the same, with an earlier layer in sight of the refitted heads", SHIPPED_ASKED)
_LOOKING = Arm(
    "looking", "the same network, looking twice, as it is shipped", SHIPPED_ASKED, LOOKS["expression"]
)

ARMS: Sequence[Arm] = (*_ARMS_OF_A_SEED, _REFITTED_ARM, _DISTILLED, _FURROWED, _LEVELLED, _LOOKING)
"""The networks in the order of a table. All but the second are adapted to the free faces."""


@dataclass(frozen=True)
class Ablation:
    """An ablation.

    Attributes:
      scale: The sizes; there are as many rendered faces of each mixture, and as many further ones as free faces.
      free_photos: Folder of the free faces.
      seeds: Of the trainings.
      mediapipe_model: As `plan.Making` has it.
    """

    scale: Scale
    free_photos: Path
    seeds: Sequence[int] = (0, 1, 2)
    mediapipe_model: str = ""

    def nodes(self) -> list[Node]:
        """Returns the commands up to packed networks, `network_of(arm, seed)`; they are not calibrated."""
        return [
            *rendered_nodes(RUN, self.scale, seed=0, mixture=EVERYDAY, num_further=self.scale.num_further),
            *rendered_nodes(_FREQUENCIES, self.scale, seed=0, mixture=None, prefix="frequencies"),
            *free_data_nodes(self.free_photos, self.scale.crop_size_px, self.mediapipe_model),
            *(node for seed in self.seeds for node in self._of_seed(seed)),
            *self._distilled(),
        ]

    def _of_seed(self, seed: int) -> Iterator[Node]:
        trainings, teacher = Trainings(self.scale, seed), f"teacher-{seed}"
        renders, further = (records_of(name) for name in ("opt-train", "train"))
        free, free_mesh = (records_of(FREE_RECORDS[labeller]) for labeller in (BLENDSHAPES, MESH))
        for name, records in (
            (teacher, renders),
            (f"frequencies-{seed}", _FREQUENCIES / "records" / "opt-train"),
        ):
            yield trainings.train(name, "teacher", [source(RENDERS, records)])
            yield adapt(name)
        labels = {name: RUN / "pseudo_labels" / f"{name}-{seed}" for name in ("free", "further")}
        yield pseudo_label(f"label/free-{seed}", [trained(f"{teacher}_adapted")], free, labels["free"])
        yield pseudo_label(f"label/further-{seed}", [trained(teacher)], further, labels["further"])
        students: Mapping[str, Sequence[SourceFiles]] = {
            "self_trained": [source(TAUGHT, free, labels["free"])],
            "control": [source(TAUGHT, further, labels["further"])],
            "blendshapes": [source(BLENDSHAPES, free)],
            "without_mesh": [source(TAUGHT, free, labels["free"]), source(BLENDSHAPES, free)],
            "student": [
                source(TAUGHT, free, labels["free"]),
                source(BLENDSHAPES, free),
                source(MESH, free_mesh),
            ],
        }
        for name, others in students.items():
            yield trainings.train(
                f"{name}-{seed}", "student", [source(RENDERS, renders), *others], start=teacher
            )
            yield adapt(f"{name}-{seed}")
        in_one = [
            source(ONE_HEAD, records, own)
            for records, own in ((renders, None), (free, labels["free"]), (free, None), (free_mesh, None))
        ]
        yield trainings.train(f"one_head-{seed}", "student", in_one, start=teacher)
        yield adapt(f"one_head-{seed}")
        for arm in _ARMS_OF_A_SEED:
            name = f"teacher-{seed}_adapted" if arm.name == "teacher_adapted" else f"{arm.name}-{seed}"
            model = name if arm.name.startswith("teacher") else f"{name}_adapted"
            yield _packed_arm(arm, seed, model)
        yield refit(f"student-{seed}", refit_sources())
        yield _packed_arm(_REFITTED_ARM, seed, f"student-{seed}_refitted")

    def _distilled(self) -> Iterator[Node]:
        """Yields the commands to students that learn from the fusion of all seeds' refitted ones."""
        free, labels = records_of("free"), RUN / "pseudo_labels" / "fusion"
        students = [packed(network_of(_REFITTED_ARM.name, seed)) for seed in self.seeds]
        yield pseudo_label("label/fusion", students, free, labels)
        for seed in self.seeds:
            name, sources = f"{_DISTILLED.name}-{seed}", student_sources(labels)
            yield Trainings(self.scale, seed).train(name, "student", sources, start=f"teacher-{seed}")
            yield adapt(name)
            yield refit(name, refit_sources())
            yield _packed_arm(_DISTILLED, seed, f"{name}_refitted")
            settings = last_refit(self.scale)
            for arm, own in ((_FURROWED, settings[:1]), (_LEVELLED, settings)):
                yield refit(name, refit_sources(tuple(FREE_RECORDS)), own, arm.name)
                yield _packed_arm(arm, seed, f"{name}_{arm.name}")
            yield _packed_arm(_LOOKING, seed, f"{name}_{_LEVELLED.name}")


def _packed_arm(arm: Arm, seed: int, model: str) -> Node:
    looks = [f"--look={look}" for look in arm.looks]
    folder = network_of(arm.name, seed)
    return pack(f"pack/{arm.name}-{seed}", model, folder, asked=arm.asked, aus=_AUS, settings=looks)


def network_of(arm: str, seed: int) -> Path:
    """Returns the folder of a packed network."""
    return RUN / "networks" / f"{arm}-{seed}"
