"""Persons and pictures that are in training and in test, as far as records folders say what they hold."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable

from emotionet_tf.errors import UserError
from emotionet_tf.records.dataset_info import ROWS_FILE, load_dataset_info
from emotionet_tf.records.protocols.related_datasets import dataset_in, relation_of, share_person_names
from emotionet_tf.storage.paths import as_path

_PERSON = "person"
_MAX_NAMED = 4


def persons_in(records_dir: str | os.PathLike[str]) -> frozenset[str]:
    """Returns the persons of a records folder's rows; none where it does not say who is seen, or is not there."""
    path = as_path(records_dir) / ROWS_FILE
    if not path.is_file():
        return frozenset()
    with path.open(encoding="utf-8", newline="", errors="replace") as file:
        reader = csv.reader(file)
        header = next(reader, [])
        if _PERSON not in header:
            return frozenset()
        column = header.index(_PERSON)
        return frozenset(row[column] for row in reader if len(row) > column) - {""}


def overlap_warnings(test_dir: str, training_dirs: Iterable[str]) -> list[str]:
    """Returns what of a test folder is in training folders as well, a line for each of these.

    Persons are compared by their names, unless both folders are of datasets that are known to name different persons
    alike. Where one of them does not say who is seen, what is known of the datasets is said.

    Args:
      test_dir: The folder that is tested or validated.
      training_dirs: The folders that are learnt from; they may be missing by now.
    """
    persons, dataset = persons_in(test_dir), dataset_in(_name_of(test_dir))
    warnings = []
    for training_dir in dict.fromkeys(training_dirs):
        other = dataset_in(_name_of(training_dir))
        own = persons_in(training_dir)
        shared = sorted(persons & own) if share_person_names(dataset, other) else []
        relation = relation_of(dataset, other)
        if shared:
            more = f" and {len(shared) - _MAX_NAMED} more" if len(shared) > _MAX_NAMED else ""
            warnings.append(
                f"warning: {len(shared)} of the {len(persons)} persons of {test_dir} are, by their names, in "
                f"{training_dir} too: {', '.join(shared[:_MAX_NAMED])}{more}"
            )
        elif relation and not (relation.what == "persons" and persons and own):
            warnings.append(
                f"warning: {dataset} ({test_dir}) and {other} ({training_dir}) share {relation.what}, and nothing says "
                "which: a score of the one is no test of what has learnt from the other"
            )
    return warnings


def _name_of(records_dir: str) -> str:
    try:
        return load_dataset_info(records_dir, check_shards=False).name
    except UserError:
        return as_path(records_dir).name
