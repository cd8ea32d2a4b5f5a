from itertools import combinations

import numpy as np
import pytest

from emotionet_tf.action_units import EXPRESSION
from emotionet_tf.errors import UserError
from emotionet_tf.synthetic.dataset.expression_mixtures import (
    COMBINATIONS,
    MIXTURES,
    NEUTRAL_SHARE,
    sample_resting_face,
)
from emotionet_tf.synthetic.dataset.photo_plan import plan_photo
from emotionet_tf.synthetic.dataset.photo_set_config import PhotoSetConfig
from emotionet_tf.synthetic.person.expression import DISTRACTORS, OPPOSED, REQUIRED, RESTING_SHAPES

NUM_FACES = 6000


@pytest.fixture(scope="module")
def shown() -> list[frozenset[int]]:
    rng = np.random.default_rng(5)
    drawn = [MIXTURES["everyday"].sample(rng) for _ in range(NUM_FACES)]
    assert all(tuple(row) == EXPRESSION.aus for row in drawn)
    return [frozenset(au for au, is_on in row.items() if is_on) for row in drawn]


def test_combinations_are_possible_and_written_in_order():
    for aus in COMBINATIONS:
        assert list(aus) == sorted(set(aus) & set(EXPRESSION.aus))
        assert not set(combinations(aus, 2)) & {tuple(sorted(pair)) for pair in OPPOSED}
        assert all(needed in aus for au, needed in REQUIRED.items() if au in aus)


def test_a_third_of_everyday_faces_are_neutral_and_every_au_occurs(shown):
    # Four standard errors.
    assert np.mean([not aus for aus in shown]) == pytest.approx(NEUTRAL_SHARE, abs=4 * 0.0061)
    shares = {au: np.mean([au in aus for aus in shown]) for au in EXPRESSION.aus}
    assert min(shares.values()) > 0.012 and max(shares.values()) < 0.4


def test_everyday_faces_break_no_rule(shown):
    for aus in shown:
        assert not any(first in aus and second in aus for first, second in OPPOSED)
        assert all(needed in aus for au, needed in REQUIRED.items() if au in aus)


def test_everyday_smiles_mostly_raise_the_cheeks_and_other_faces_seldom_do(shown):
    with_smile = np.mean([6 in aus for aus in shown if 12 in aus])
    without = np.mean([6 in aus for aus in shown if 12 not in aus])
    # Of the combinations with AU 12, weighted, 12 of 18 have AU 6; single smiles thin that out.
    assert 0.5 < with_smile < 0.7 and without < 0.06


def test_plan_takes_the_mixtures_expressions_and_intensities():
    plans = [plan_photo(1, "opt", 1, index, (64, 64), "everyday") for index in range(1, 200)]
    is_neutral = [not any(plan.labels[au] for au in EXPRESSION.aus) for plan in plans]
    assert 0.2 < np.mean(is_neutral) < 0.46
    for plan in plans:
        for au, intensity in plan.pose.intensities.items():
            assert (intensity >= 0.3) if plan.labels[au] else (intensity <= 0.08)
    assert plan_photo(1, "opt", 1, 1, (64, 64)).pose == plan_photo(1, "opt", 1, 1, (64, 64), "emotionet").pose


def test_persons_have_a_resting_face_of_their_own_in_all_their_photos():
    faces = {
        identity: [plan_photo(1, "opt", identity, index, (64, 64), "everyday").pose for index in range(1, 20)]
        for identity in (1, 2)
    }
    resting = {}
    for identity, poses in faces.items():
        # A shape that may move by itself is no part of it.
        own = [{name: pose.distractors[name] for name in RESTING_SHAPES} for pose in poses]
        assert all(one == own[0] for one in own)
        assert all(0 <= own[0][name] <= most for name, most in RESTING_SHAPES.items())
        resting[identity] = own[0]
    assert resting[1] != resting[2]
    assert not set(plan_photo(1, "opt", 1, 3, (64, 64)).pose.distractors) & set(RESTING_SHAPES)


def test_resting_shapes_are_faint_on_average_and_no_distractors():
    drawn = [sample_resting_face(np.random.default_rng(seed)) for seed in range(2000)]
    for name, most in RESTING_SHAPES.items():
        # The mean of a beta distribution with 0.6 and 1.6 is 0.6 / 2.2.
        assert np.mean([face[name] for face in drawn]) == pytest.approx(most * 0.6 / 2.2, rel=0.08)
    assert not set(RESTING_SHAPES) & set(DISTRACTORS)


def test_unknown_mixture_lists_the_known_ones(tmp_path):
    with pytest.raises(UserError, match="mixture must be one of emotionet, everyday, everyday_26, got 'all'"):
        PhotoSetConfig(output_dir=tmp_path, mixture="all")
