"""The commands of a cross-validation: records by part, and for each tested part a training and its predictions.

No network is chosen by validation: the last of each training is tested, as the tested persons must not choose it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emotionet_tf.action_units import ACTION_UNITS, au_name
from emotionet_tf.errors import UserError
from emotionet_tf.experiments.cross_validation.settings import CrossValidation
from emotionet_tf.experiments.runner.nodes import Node
from emotionet_tf.experiments.runner.placeholders import RUN
from emotionet_tf.experiments.scoring_nodes import predict_node
from emotionet_tf.faces.table import FACE_TABLE_NAME, read_face_table
from emotionet_tf.label_lists.datasets.label_folders import LabelFolder
from emotionet_tf.label_lists.datasets.registry import find_dataset
from emotionet_tf.label_lists.label_file_arguments import expand_label_files
from emotionet_tf.records.protocols.parts import Protocol
from emotionet_tf.records.writing.labelled_faces import JoinedRows, join_labels
from emotionet_tf.records.writing.part_records import others_folder, part_folder

_TRAIN_SECONDS = 600.0
_START_SECONDS, _RECORD_SECONDS = 10.0, 0.002


@dataclass(frozen=True)
class Plan:
    """What is done for a cross-validation.

    Attributes:
      config: What was asked for.
      protocol: Its parts.
      aus: The AUs that are learnt and scored; empty for those of the training's group.
      label_files: The label files, each by its own path.
      num_rows: Usable rows of the label lists.
      remarks: On the label lists, for the user.
    """

    config: CrossValidation
    protocol: Protocol
    aus: tuple[int, ...]
    label_files: tuple[Path, ...]
    num_rows: int
    remarks: tuple[str, ...] = ()

    def nodes(self) -> list[Node]:
        """Returns the commands, in an order in which what is waited for comes first.

        `RUN` stands for the output folder.
        """
        nodes = [self._records()]
        for tested in self.protocol.tested:
            nodes += [self._train(tested), self._predict(tested)]
        return nodes

    def records_of(self, part: str) -> Path:
        """Returns the records folder of a part, below the output folder."""
        return Path("records", part_folder(self.config.dataset, part))

    def _others_of(self, tested: str) -> Path:
        return Path("records", others_folder(self.config.dataset, tested))

    def _records(self) -> Node:
        config = self.config
        folders = [RUN / self.records_of(part.name) for part in self.protocol.parts]
        folders += [RUN / self._others_of(tested) for tested in self.protocol.tested]
        choices = {**config.parts.to_dict(), **config.reading.to_dict()}
        return Node(
            "records",
            "Writing the records of the parts",
            "tfrecords_tools.write_records",
            (
                f"--faces_dir={config.faces_dir}",
                *(f"--labels={file}" for file in config.label_files),
                f"--dataset={config.dataset}",
                f"--output_dir={RUN / 'records'}",
                *(f"--{name}={value}" for name, value in choices.items()),
            ),
            inputs=(Path(config.faces_dir) / FACE_TABLE_NAME, *self.label_files),
            outputs=tuple(folder / file for folder in folders for file in ("dataset.json", "rows.csv")),
            cost=_START_SECONDS + self.num_rows * _RECORD_SECONDS,
            owned=tuple(folders),
        )

    def _train(self, tested: str) -> Node:
        folder, records = RUN / model_of(tested), RUN / self._others_of(tested)
        # The first are defaults: of a flag that is given twice the last counts.
        aus = (f"--aus={','.join(map(str, self.aus))}",) if self.aus else ()
        return Node(
            f"train/{tested}",
            f"Training without {tested}",
            "emotionet_tf.bin.train",
            (
                "--group=expression",
                *aus,
                *self.config.training_flags,
                f"--source={self.config.dataset}={records}",
                f"--output_dir={folder}",
            ),
            inputs=(records / "dataset.json", records / "rows.csv"),
            outputs=(folder / "last.keras", folder / "train.json"),
            cost=_TRAIN_SECONDS,
            owned=(folder,),
        )

    def _predict(self, tested: str) -> Node:
        pair = (RUN / self.records_of(tested), RUN / predictions_of(tested))
        return predict_node(f"predict/{tested}", f"Predicting {tested}", [RUN / model_of(tested)], [pair])


def plan(config: CrossValidation) -> Plan:
    """Returns the plan of a cross-validation; reads the face table and the label lists.

    Raises:
      UserError: If they are invalid, or the protocol does not fit their persons.
    """
    faces = read_face_table(Path(config.faces_dir) / FACE_TABLE_NAME)
    label_files = expand_label_files(config.label_files, config.reading)
    joined = join_labels(label_files, faces, config.faces_dir, config.reading)
    protocol = config.parts.protocol_of(row.label.person for row in joined.rows)
    return Plan(
        config,
        protocol,
        _learnt_aus(protocol, joined),
        tuple(path for file in label_files for path in _files_of(file, config)),
        len(joined.rows),
        joined.remarks,
    )


def _learnt_aus(protocol: Protocol, joined: JoinedRows) -> tuple[int, ...]:
    """Returns the protocol's AUs that every training has labels of; empty for those of the training's group.

    Raises:
      UserError: If there is none.
    """
    if not protocol.aus and joined.aus == ACTION_UNITS:
        return ()
    counts = {part.name: np.zeros(len(joined.aus)) for part in protocol.parts}
    for row in joined.rows:
        if row.face.found and (part := protocol.part_of(row.label.person)):
            counts[part.name] += row.label.mask
    trainings = [
        sum(counts[other.name] for other in protocol.learnt_without(tested)) for tested in protocol.tested
    ]
    is_learnt = np.all(np.stack(trainings) > 0, axis=0)
    learnt = [au for au, is_one in zip(joined.aus, is_learnt, strict=True) if is_one]
    found = tuple(au for au in protocol.aus or learnt if au in learnt)
    if not found:
        wanted = f"of {', '.join(map(au_name, protocol.aus))} " if protocol.aus else ""
        raise UserError(f"protocol {protocol.name}: no AU {wanted}has a label in every training's parts")
    return found


def model_of(tested: str) -> Path:
    """Returns the folder of the network that is tested on a part, below the output folder."""
    return Path("models", f"without-{tested}")


def predictions_of(tested: str) -> Path:
    """Returns the prediction file of a tested part, below the output folder."""
    return Path("predictions", f"{tested}.csv")


def _files_of(label_file: str, config: CrossValidation) -> Sequence[Path]:
    """Returns the files of a label list, which may be a dataset's folder."""
    path = Path(label_file)
    dataset = find_dataset(path, config.reading.label_format) if path.is_dir() else None
    return [file.path for file in dataset.files(LabelFolder.of(path))] if dataset else [path]
