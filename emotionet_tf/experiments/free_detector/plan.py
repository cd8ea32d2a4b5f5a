"""The commands that make the detector, from rendered faces and a folder of free ones to packed weights.

A teacher learns from rendered faces, whose labels are exact. Adapted to the free faces, it labels them. A student
learns from three datasets, with a head each: the renders, the free faces with the teacher's labels, and the free faces
with the labels of MediaPipe's blendshapes. Its heads, each asked for what it knows, label the free faces once more, for
a second student, whose heads are packed.

All networks are the last of their training: validation is on renders, and could only choose what fits renders best.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emotionet_tf.experiments.free_detector.scales import Scale
from emotionet_tf.experiments.rendered_data import rendered_data_nodes
from emotionet_tf.experiments.run_layout import CONFIGS_DIR
from emotionet_tf.experiments.runner.nodes import Node
from emotionet_tf.experiments.runner.placeholders import RUN

SHIPPED_AUS = (1, 2, 4, 5, 6, 9, 10, 12, 15, 17, 20, 25, 26, 43)
"""Expression AUs that the packed detector declares; the others it cannot do, as the model card says."""

RENDERS, TAUGHT, BLENDSHAPES = STUDENT_HEADS = ("renders", "taught", "blendshapes")
"""The students' heads: renders; free faces with the teacher's labels; free faces with blendshapes' labels."""

ASKED: Mapping[str, tuple[int, ...]] = {
    RENDERS: (1, 2, 4, 6, 9, 10, 15, 17, 18, 20, 24, 28),
    TAUGHT: (4, 6, 9, 10, 15, 17, 18, 20, 24, 28),
    BLENDSHAPES: (1, 2, 5, 12, 25, 26, 43),
}
"""The AUs that each head is asked for. Blendshapes teach their seven better than renders do; for AUs 1 and 2, both."""

STUDENTS = ("student_1", "student_2")
"""Two generations; each starts from the trunk of the one before."""

_VAL_FRACTION = 0.05
_STEP_SECONDS = 0.2


@dataclass(frozen=True)
class Making:
    """A making of the detector.

    Attributes:
      scale: The sizes.
      free_photos: Folder of the free faces.
      mediapipe_model: The file face_landmarker.task; empty for the one in the cache folder.
      seed: Of the renders and trainings.
    """

    scale: Scale
    free_photos: Path
    mediapipe_model: str = ""
    seed: int = 0

    def nodes(self) -> list[Node]:
        """Returns all commands in an order in which what is waited for comes first; `RUN` stands for the folder."""
        return [
            *self._rendered_data(),
            *self._free_data(),
            self._train("teacher", "expression", [_source(RENDERS, "opt-train")]),
            *self._generation("teacher", STUDENTS[0], asked={}),
            *self._generation(STUDENTS[0], STUDENTS[1], asked=ASKED),
            self._adapt(STUDENTS[1]),
            self._train("pose", "pose", [_source(RENDERS, "opt-train")]),
            self._pack(
                STUDENTS[1], RUN / "weights" / "fast" / "expression", SHIPPED_AUS, ASKED, is_calibrated=True
            ),
            self._pack("pose", RUN / "weights" / "fast" / "pose"),
        ]

    def _rendered_data(self) -> list[Node]:
        return rendered_data_nodes(
            RUN,
            num_photos={"train": 0, "opt": self.scale.num_renders, "val": 0, "test": 0},
            crop_size_px=self.scale.crop_size_px,
            seed=self.seed,
            photo_side_px=self.scale.photo_side_px,
            mixture="everyday",
            opt_val_fraction=_VAL_FRACTION,
        )

    def _free_data(self) -> list[Node]:
        faces, labels = RUN / "free_faces", RUN / "blendshapes.csv"
        model = (f"--mediapipe_model={self.mediapipe_model}",) if self.mediapipe_model else ()
        align = Node(
            "free/align",
            "Finding and aligning the free faces",
            "tfrecords_tools.align_faces",
            (
                f"--photos_dir={self.free_photos}",
                f"--output_dir={faces}",
                f"--crop_size_px={self.scale.crop_size_px}",
            ),
            inputs=(),
            outputs=(faces / "faces.csv",),
            cost=60,
            owned=(faces,),
        )
        label = Node(
            "free/label_blendshapes",
            "Labelling the free faces by MediaPipe's blendshapes",
            "tfrecords_tools.label_blendshapes",
            (f"--photos_dir={self.free_photos}", f"--faces_dir={faces}", f"--output={labels}", *model),
            inputs=(faces / "faces.csv",),
            outputs=(labels,),
            cost=150,
        )
        records = Node(
            "free/records",
            "Writing the records of the free faces",
            "tfrecords_tools.write_records",
            (
                f"--faces_dir={faces}",
                f"--labels={labels}",
                "--dataset=free",
                f"--output_dir={RUN / 'records'}",
            ),
            inputs=(faces / "faces.csv", labels),
            outputs=tuple(_records("free") / name for name in ("dataset.json", "rows.csv")),
            cost=10,
            owned=(_records("free"),),
        )
        return [align, label, records]

    def _train(
        self, name: str, group: str, sources: Sequence[tuple[str, Path]], start: Path | None = None
    ) -> Node:
        kind = name.partition("_")[0]
        flagfile = CONFIGS_DIR / f"free_detector_{kind}.flags"
        inputs = [flagfile, _records("opt-val") / "dataset.json", *(path for _, path in sources)]
        starting: tuple[str, ...] = ()
        if start is not None:
            starting = (f"--init_weights={start / 'last.keras'}",)
            inputs.append(start / "last.keras")
        num_steps = self.scale.num_steps[kind]
        return Node(
            f"train/{name}",
            f"Training the {name}",
            "emotionet_tf.bin.train",
            (
                f"--flagfile={flagfile}",
                f"--output_dir={_model(name)}",
                *(flag for flag, _ in sources),
                *starting,
                f"--val_records_dir={_records('opt-val')}",
                f"--group={group}",
                f"--backbone={self.scale.backbones[group]}",
                f"--image_size_px={self.scale.image_size_px}",
                f"--num_steps={num_steps}",
                f"--validation_interval_steps={self.scale.interval_steps}",
                f"--checkpoint_interval_steps={self.scale.interval_steps}",
                f"--seed={self.seed}",
            ),
            inputs=tuple(inputs),
            outputs=(_model(name) / "last.keras", _model(name) / "train.json"),
            cost=num_steps * _STEP_SECONDS,
            owned=(_model(name),),
        )

    def _generation(self, teacher: str, student: str, asked: Mapping[str, tuple[int, ...]]) -> list[Node]:
        """Returns what makes a student of a teacher.

        Args:
          teacher: The teacher's name.
          student: The student's.
          asked: The heads of the teacher that label, with their AUs; its only one where there are none.
        """
        labelling = _model(f"{teacher}_adapted")
        pack = []
        if asked:
            labelling = _model(f"{teacher}_packed")
            pack = [self._pack(teacher, labelling, asked=asked)]
        labels = RUN / "pseudo_labels" / teacher
        sources = [
            _source(RENDERS, "opt-train"),
            _source(TAUGHT, "free", labels),
            _source(BLENDSHAPES, "free"),
        ]
        return [
            self._adapt(teacher),
            *pack,
            self._pseudo_label(teacher, labelling, labels),
            self._train(student, "expression", sources, start=_model(teacher)),
        ]

    def _adapt(self, name: str) -> Node:
        folder = _model(f"{name}_adapted")
        return Node(
            f"adapt/{name}",
            f"Adapting {name} to the free faces",
            "emotionet_tf.bin.adapt_norms",
            (
                "--which=last",
                f"--model_dir={_model(name)}",
                f"--records_dir={_records('free')}",
                f"--output_dir={folder}",
            ),
            inputs=(_model(name) / "last.keras", _records("free") / "dataset.json"),
            outputs=(folder / "last.keras",),
            cost=15,
            owned=(folder,),
        )

    def _pseudo_label(self, teacher: str, labelling: Path, labels: Path) -> Node:
        network = labelling / ("weights.npz" if labelling.name.endswith("_packed") else "last.keras")
        return Node(
            f"pseudo_label/{teacher}",
            f"Letting {teacher} label the free faces",
            "emotionet_tf.bin.pseudo_label",
            (
                "--kind=soft",
                f"--model_dir={labelling}",
                f"--records_dir={_records('free')}",
                f"--output_dir={labels}",
            ),
            inputs=(network, _records("free") / "dataset.json"),
            outputs=(labels / "labels.json",),
            cost=15,
            owned=(labels,),
        )

    def _pack(
        self,
        name: str,
        folder: Path,
        aus: Sequence[int] = (),
        asked: Mapping[str, Sequence[int]] = {},
        *,
        is_calibrated: bool = False,
    ) -> Node:
        """Returns the packing of a model's last network, or of its adapted one where heads are asked."""
        model = _model(f"{name}_adapted" if asked else name)
        choice = [f"--head={head}:{','.join(map(str, own))}" for head, own in asked.items()]
        choice += [f"--aus={','.join(map(str, aus))}"] if aus else []
        inputs = [model / "last.keras"]
        if is_calibrated:
            choice.append(f"--neutral_records_dir={_records('free')}")
            inputs.append(_records("free") / "rows.csv")
        return Node(
            f"pack/{folder.name}",
            f"Packing {name}",
            "emotionet_tf.bin.pack",
            ("--which=last", f"--model_dir={model}", f"--output_dir={folder}", *choice),
            inputs=tuple(inputs),
            outputs=tuple(folder / file for file in ("model.json", "weights.npz", "weights.json")),
            cost=15,
            owned=(folder,),
        )


def _records(name: str) -> Path:
    return RUN / "records" / name


def _model(name: str) -> Path:
    return RUN / "models" / name


def _source(head: str, dataset: str, labels: Path | None = None) -> tuple[str, Path]:
    """Returns the flag of a training's source, and a file that it depends on."""
    folder = _records(dataset)
    if labels is None:
        return f"--source={head}={folder}", folder / "dataset.json"
    return f"--source={head}={folder}@{labels}", labels / "labels.json"
