"""AUs that EmotioNet does not code: shown and labelled by a mixture of their own, and by no other."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from emotionet_tf.action_units import ACTION_UNITS, EXPRESSION
from emotionet_tf.label_lists.reading import read_label_list
from emotionet_tf.synthetic.dataset.expression_mixtures import sample_further
from emotionet_tf.synthetic.dataset.file_names import LABEL_FILES
from emotionet_tf.synthetic.dataset.photo_plan import PhotoPlan, plan_photo
from emotionet_tf.synthetic.dataset.photo_set import label_row, synthesize
from emotionet_tf.synthetic.dataset.photo_set_config import PhotoSetConfig
from emotionet_tf.synthetic.person.expression import FURTHER_AUS, OPPOSED_FURTHER, shape_weights
from emotionet_tf.synthetic.rendering.occlusion import HIDDEN_AUS


def _plans(set_name: str, mixture: str = "everyday_26", num_plans: int = 400) -> list[PhotoPlan]:
    return [plan_photo(1, set_name, 1, index, (64, 64), mixture) for index in range(1, num_plans + 1)]


def test_faces_are_those_of_the_everyday_mixture_with_further_aus_on_top():
    for plain, more in zip(_plans("opt", "everyday"), _plans("opt"), strict=True):
        assert plain.further_aus == () and more.further_aus == FURTHER_AUS
        assert {au: more.labels[au] for au in ACTION_UNITS} == plain.labels
        assert {au: more.known[au] for au in ACTION_UNITS} == plain.known
        assert {au: more.pose.intensities[au] for au in EXPRESSION.aus} == plain.pose.intensities
        assert (repr(more.scene), more.cover) == (repr(plain.scene), plain.cover)
        assert more.automatic == plain.automatic


def test_intensities_follow_the_labels_and_covers_hide_them():
    for plan in _plans("opt"):
        for au in FURTHER_AUS:
            intensity = plan.pose.intensities[au]
            assert intensity >= 0.3 if plan.labels[au] else intensity <= 0.08
            assert not (plan.known[au] and au in HIDDEN_AUS[plan.cover])


def test_dimples_are_shown_with_au_14_alone():
    assert any("face/mouthDimple*" in plan.pose.distractors for plan in _plans("opt", "everyday"))
    assert not any("face/mouthDimple*" in plan.pose.distractors for plan in _plans("opt"))


@pytest.mark.parametrize(
    ("shown", "au", "share"), [((), 7, 0.04), ((4,), 7, 0.4), ((12,), 14, 0.12), ((5,), 23, 0.06)]
)
def test_shares_by_what_else_is_shown(shown, au, share):
    rng = np.random.default_rng(2)
    expression = {other: int(other in shown) for other in EXPRESSION.aus}
    drawn = np.mean([sample_further(expression, FURTHER_AUS, rng)[au] for _ in range(4000)])
    assert drawn == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / 4000))


def test_no_opposed_pair_is_drawn():
    rng = np.random.default_rng(3)
    for first, second in OPPOSED_FURTHER:
        other, au = (first, second) if second in FURTHER_AUS else (second, first)
        expression = {name: int(name == other) for name in EXPRESSION.aus}
        assert not any(sample_further(expression, FURTHER_AUS, rng)[au] for _ in range(300))


def test_emotions_label_the_further_aus_that_they_move():
    for plan in _plans("expression", num_plans=16):
        assert plan.labels[7] == (plan.emotion == "anger") and plan.labels[14] == (plan.emotion == "contempt")
        assert plan.labels[23] == 0


def test_shapes_of_a_further_au_are_added_to_the_others():
    alone = shape_weights({6: 1.0})
    both = shape_weights({6: 1.0, 7: 0.5})
    assert both["face/eyeSquintLeft"] - alone["face/eyeSquintLeft"] == pytest.approx(0.5 * 0.85)
    assert "face/mouthDimpleLeft" not in alone


def test_label_row_has_26_aus_in_the_order_of_their_numbers():
    plan = _plans("opt")[3]
    row = label_row(plan)
    assert len(row.aus) == 26 and list(row.aus) == sorted(row.aus)
    for au, value, is_known in zip(row.aus, row.labels, row.mask, strict=True):
        assert bool(is_known) == plan.known[au] and value == (plan.labels[au] if is_known else 0)


def test_lists_and_truth_table_have_the_further_aus(tmp_path):
    config = PhotoSetConfig(
        tmp_path, 2, 3, 0, 0, seed=4, size_px_min=64, size_px_max=64, num_workers=1, mixture="everyday_26"
    )
    synthesize(config)
    opt = read_label_list(tmp_path / LABEL_FILES["opt"])
    assert len(opt.rows) == 3 and set(FURTHER_AUS) <= set(opt.labelled_aus)
    assert len(read_label_list(tmp_path / LABEL_FILES["train"]).labelled_aus) == 12
    with (tmp_path / "truth.csv").open() as file:
        truth = {row["id"]: row for row in csv.DictReader(file)}
    for row in opt.rows:
        for au in FURTHER_AUS:
            column = row.aus.index(au)
            assert not row.mask[column] or row.labels[column] == int(truth[row.example_id][f"AU{au:02d}"])
            assert 0 <= float(truth[row.example_id][f"AU{au:02d}_intensity"]) <= 1
