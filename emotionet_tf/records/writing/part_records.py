"""The records of a protocol: a folder for each part, and for each tested part one that points to all others.

`DATASET-PART` has the part's pictures. `DATASET-without-PART`, which is trained on where the part is tested, has none:
its `dataset.json` names the shards of the other parts, so that no picture is stored twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emotionet_tf.faces.table import FaceRow
from emotionet_tf.records.dataset_info import DatasetInfo
from emotionet_tf.records.protocols.parts import Protocol
from emotionet_tf.records.writing.joined_folders import write_joined_folder
from emotionet_tf.records.writing.labelled_faces import JoinedRows
from emotionet_tf.records.writing.split_writer import DatasetConfig, check_folders, write_splits
from emotionet_tf.storage.paths import as_path


def part_folder(dataset: str, part: str) -> str:
    """Returns the name of the records folder of a part."""
    return f"{dataset}-{part}"


def others_folder(dataset: str, part: str) -> str:
    """Returns the name of the records folder of all parts but one."""
    return f"{dataset}-without-{part}"


def write_part_records(
    config: DatasetConfig,
    protocol: Protocol,
    faces: Sequence[FaceRow],
    joined: JoinedRows,
    inputs: Mapping[str, Any],
) -> list[DatasetInfo]:
    """Writes the folders of a protocol; what is up to date is kept.

    Rejected rows of nobody, such as lines that cannot be read, are counted with the first part.

    Args:
      config: The dataset.
      protocol: Its parts; every usable row's person is in one.
      faces: The face table.
      joined: All rows.
      inputs: What else decides the records.
    Returns:
      What the folders hold, those of the parts first.
    Raises:
      UserError: If a part would hold no record, or a folder is something else.
    """
    name_of = {part.name: part_folder(config.dataset, part.name) for part in protocol.parts}
    others_of = {tested: others_folder(config.dataset, tested) for tested in protocol.tested}
    check_folders(config.output_dir, (*name_of.values(), *others_of.values()))

    def split_of(example_id: str, photo: str, person: str) -> str:
        return name_of[(protocol.part_of(person) or protocol.parts[0]).name]

    infos = write_splits(config, faces, joined, split_of, inputs, names=tuple(name_of.values()))
    root = as_path(config.output_dir)
    for tested, folder in others_of.items():
        others = [root / name_of[part.name] for part in protocol.learnt_without(tested)]
        infos.append(write_joined_folder(root / folder, others))
    return infos
