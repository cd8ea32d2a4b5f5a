"""Damaged label files of datasets end in rows or in one line, and no line of them is lost from sight."""

from __future__ import annotations

import random

import pytest
from file_mutations import OF_ONE_FILE
from label_accounts import Files, lost_lines, lost_rows, said
from small_label_folders import SMALL_SETS, SmallSet, read_set

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.rows import LabelList

SEEDS = range(24)


def mutated(small: SmallSet, rng: random.Random) -> tuple[str, Files]:
    """Returns what has been done, and the files after it."""
    files = dict(small.files)
    kind = rng.randrange(len(OF_ONE_FILE) + 2)
    name = rng.choice(sorted(files))
    if kind < len(OF_ONE_FILE):
        mutation = OF_ONE_FILE[kind]
        files[name] = mutation(files[name], rng)
        return f"{mutation.__name__} of {name}", files
    if kind == len(OF_ONE_FILE) or not small.shifted:
        del files[name]
        return f"without {name}", files
    return "shifted", small.shifted(files, rng.choice([-1, 1]))


@pytest.mark.parametrize("name", list(SMALL_SETS))
def test_damaged_files_give_rows_or_one_line_and_lose_nothing(name, tmp_path):
    small = SMALL_SETS[name]()
    num_read = 0
    for seed in SEEDS:
        what, files = mutated(small, random.Random(f"{name} {seed}"))
        folder = tmp_path / str(seed)
        try:
            labels = read_set(folder, small, files)
        except UserError as error:
            assert "\n" not in str(error), (seed, what)
            continue
        num_read += 1
        text = said(labels, folder)
        assert not lost_rows(small, labels, text), (seed, what, text)
        if small.lines_are_rows:
            assert not lost_lines(small, files, labels, text), (seed, what, text)
    assert num_read


def test_there_are_at_least_300_damaged_copies():
    assert len(SMALL_SETS) * len(SEEDS) >= 300


def test_row_that_is_lost_would_be_found(tmp_path):
    small = SMALL_SETS["aff_wild2"]()
    labels = read_set(tmp_path, small)
    lost = LabelList(labels.rows[1:], [], labels.format, labels.labelled_aus, aus=labels.aus)
    assert lost_rows(small, lost, "") == [labels.rows[0].photo]
    assert len(lost_lines(small, dict(small.files), lost, "")) == 1
