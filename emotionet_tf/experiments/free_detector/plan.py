"""The commands that make the detector, from rendered faces and a folder of free ones to packed weights.

A teacher learns from rendered faces, whose labels are exact. Adapted to the free faces, it labels them. A student
learns from three datasets, with a head each: the renders, the free faces with the teacher's labels, and the free faces
with the labels of MediaPipe's blendshapes. Its heads, each asked for what it knows, are the expression network.

All networks are the last of their training: validation is on renders, and could only choose what fits renders best.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emotionet_tf.action_units import EXPRESSION
from emotionet_tf.experiments.free_detector.provenance import PROVENANCE_FILE
from emotionet_tf.experiments.free_detector.scales import Scale
from emotionet_tf.experiments.rendered_data import rendered_data_nodes
from emotionet_tf.experiments.run_layout import CONFIGS_DIR
from emotionet_tf.experiments.runner.nodes import Node
from emotionet_tf.experiments.runner.placeholders import RUN
from emotionet_tf.inference.blendshape_labels import RULES, TRUSTED

SHIPPED_AUS = {"expression": (1, 2, 4, 5, 6, 9, 10, 12, 15, 17, 20, 25, 26, 43), "pose": (51, 52, 55, 56)}
"""AUs that the packed detector declares, by group; the others it cannot do, as the model card says."""

RENDERS, TAUGHT, BLENDSHAPES = STUDENT_HEADS = ("renders", "taught", "blendshapes")
"""The student's heads: renders; free faces with the teacher's labels; free faces with blendshapes' labels."""

_UNTAUGHT_BY_BLENDSHAPES = tuple(au for au in EXPRESSION.aus if au not in TRUSTED)
ASKED: Mapping[str, tuple[int, ...]] = {
    RENDERS: (1, 2, *_UNTAUGHT_BY_BLENDSHAPES),
    TAUGHT: _UNTAUGHT_BY_BLENDSHAPES,
    BLENDSHAPES: TRUSTED,
}
"""The AUs that each head is asked for. Blendshapes teach their seven better than renders do; for AUs 1 and 2, both."""

NEUTRAL_SHARES = {"expression": 0.01, "pose": 0.05}
"""Share of faces without AUs on which an AU may be declared. Some of them are turned, as portraits are."""

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

    def training_nodes(self) -> list[Node]:
        """Returns the commands up to the trained networks, in an order in which what is waited for comes first.

        `RUN` stands for the folder of the making.
        """
        return [
            *self._rendered_data(),
            *self._free_data(),
            self._train("teacher", "expression", [_source(RENDERS, "opt-train")]),
            self._adapt("teacher"),
            self._pseudo_label(),
            self._train("student", "expression", _student_sources(), start=_model("teacher")),
            self._adapt("student"),
            self._train("pose", "pose", [_source(RENDERS, "opt-train")]),
        ]

    def packing_nodes(self) -> list[Node]:
        """Returns the commands that pack the networks, once `provenance.json` is there."""
        return [
            self._pack("expression", "student_adapted", ASKED),
            self._pack("pose", "pose"),
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
        faces = RUN / "free_faces"
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
        return [
            align,
            self._label("free", "Labelling the free faces by MediaPipe's blendshapes", TRUSTED),
            _free_records("free"),
            self._label("neutral", "Finding the free faces without AUs, by all blendshapes", tuple(RULES)),
            _free_records("neutral"),
        ]

    def _label(self, dataset: str, title: str, aus: Sequence[int]) -> Node:
        model = (f"--mediapipe_model={self.mediapipe_model}",) if self.mediapipe_model else ()
        return Node(
            f"{dataset}/label",
            title,
            "tfrecords_tools.label_blendshapes",
            (
                f"--photos_dir={self.free_photos}",
                f"--faces_dir={RUN / 'free_faces'}",
                f"--output={_label_list(dataset)}",
                f"--aus={','.join(map(str, aus))}",
                *model,
            ),
            inputs=(RUN / "free_faces" / "faces.csv",),
            outputs=(_label_list(dataset),),
            cost=150,
        )

    def _train(
        self, name: str, group: str, sources: Sequence[tuple[str, Path]], start: Path | None = None
    ) -> Node:
        flagfile = CONFIGS_DIR / f"free_detector_{name}.flags"
        inputs = [flagfile, _records("opt-val") / "dataset.json", *(path for _, path in sources)]
        starting: tuple[str, ...] = ()
        if start is not None:
            starting = (f"--init_weights={start / 'last.keras'}",)
            inputs.append(start / "last.keras")
        num_steps = self.scale.num_steps[name]
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

    def _pseudo_label(self) -> Node:
        teacher, labels = _model("teacher_adapted"), RUN / "pseudo_labels"
        return Node(
            "free/pseudo_label",
            "Letting the adapted teacher label the free faces",
            "emotionet_tf.bin.pseudo_label",
            (
                "--kind=soft",
                f"--model_dir={teacher}",
                f"--records_dir={_records('free')}",
                f"--output_dir={labels}",
            ),
            inputs=(teacher / "last.keras", _records("free") / "dataset.json"),
            outputs=(labels / "labels.json",),
            cost=15,
            owned=(labels,),
        )

    def _pack(
        self,
        group: str,
        name: str,
        asked: Mapping[str, Sequence[int]] = {},
    ) -> Node:
        """Returns the packing of a model's last network into `weights/fast/GROUP`."""
        model, folder = _model(name), RUN / "weights" / "fast" / group
        choice = [f"--head={head}:{','.join(map(str, own))}" for head, own in asked.items()]
        choice += [
            f"--aus={','.join(map(str, SHIPPED_AUS[group]))}",
            f"--neutral_records_dir={_records('neutral')}",
            f"--neutral_share={NEUTRAL_SHARES[group]}",
            f"--provenance={RUN / PROVENANCE_FILE}",
        ]
        return Node(
            f"pack/{group}",
            f"Packing the {group} network",
            "emotionet_tf.bin.pack",
            ("--which=last", f"--model_dir={model}", f"--output_dir={folder}", *choice),
            inputs=(model / "last.keras", _records("neutral") / "rows.csv", RUN / PROVENANCE_FILE),
            outputs=tuple(folder / file for file in ("model.json", "weights.npz", "weights.json")),
            cost=15,
            owned=(folder,),
        )


def _free_records(dataset: str) -> Node:
    faces, labels = RUN / "free_faces", _label_list(dataset)
    return Node(
        f"{dataset}/records",
        f"Writing the records of the free faces: {dataset}",
        "tfrecords_tools.write_records",
        (
            f"--faces_dir={faces}",
            f"--labels={labels}",
            f"--dataset={dataset}",
            f"--output_dir={RUN / 'records'}",
        ),
        inputs=(faces / "faces.csv", labels),
        outputs=tuple(_records(dataset) / name for name in ("dataset.json", "rows.csv")),
        cost=10,
        owned=(_records(dataset),),
    )


def _student_sources() -> list[tuple[str, Path]]:
    return [
        _source(RENDERS, "opt-train"),
        _source(TAUGHT, "free", RUN / "pseudo_labels"),
        _source(BLENDSHAPES, "free"),
    ]


def _label_list(dataset: str) -> Path:
    return RUN / f"{dataset}.csv"


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
