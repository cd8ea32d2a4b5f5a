from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from emotionet_tf.action_units import EXPRESSION
from emotionet_tf.synthetic.dataset import label_sampling
from emotionet_tf.synthetic.dataset.photo_plan import identities, plan_photo
from emotionet_tf.synthetic.person.emotions import BYSTANDERS, EMOTIONS, sample_emotion
from emotionet_tf.synthetic.person.expression import OPPOSED, REQUIRED, shape_weights
from emotionet_tf.synthetic.rendering.occlusion import HIDDEN_AUS

NUM_FACES = 600


@pytest.fixture(scope="module")
def shown():
    rng = np.random.default_rng(2)
    return {name: [sample_emotion(name, rng) for _ in range(NUM_FACES)] for name in EMOTIONS}


@pytest.mark.parametrize("name", EMOTIONS)
def test_every_face_shows_the_aus_of_its_category_and_some_the_others(shown, name):
    emotion = EMOTIONS[name]
    shares = {au: np.mean([face.labels[au] for face in shown[name]]) for au in EXPRESSION.aus}
    assert all(shares[au] == 1 for au in emotion.aus)
    for au, share in emotion.sometimes.items():
        # Five standard errors of a share among 600 faces, and what a bystander adds.
        assert shares[au] == pytest.approx(share, abs=0.05 + 5 * np.sqrt(share * (1 - share) / NUM_FACES))
    others = set(EXPRESSION.aus) - {*emotion.aus, *emotion.sometimes, *BYSTANDERS}
    assert not any(shares[au] for au in others)
    assert all(shares[au] < 0.1 for au in set(BYSTANDERS) - set(emotion.sometimes))


@pytest.mark.parametrize("name", EMOTIONS)
def test_categories_respect_what_this_head_cannot_show_together(shown, name):
    for face in shown[name]:
        assert not any(face.labels[first] and face.labels[second] for first, second in OPPOSED)
        assert all(face.labels[needed] for au, needed in REQUIRED.items() if face.labels[au])


def test_aus_are_strong_where_they_are_labelled_and_faint_elsewhere(shown):
    for faces in shown.values():
        for face in faces[:50]:
            for au, intensity in face.intensities.items():
                assert intensity > 0.35 if face.labels[au] else intensity <= label_sampling.RESIDUAL_TO


def test_contempt_moves_one_corner_of_the_mouth_either_left_or_right(shown):
    sides = Counter()
    for face in shown["contempt"][:60]:
        weights = shape_weights(face.intensities, distractors=face.movements, asymmetry=face.asymmetry)
        left, right = weights["face/mouthSmileLeft"], weights["face/mouthSmileRight"]
        assert max(left, right) > 5 * min(left, right)
        sides[left > right] += 1
    assert min(sides.values()) > 10


def test_every_person_shows_every_category_once_and_nothing_hides_it():
    for identity, count in identities(7, "expression", 40):
        plans = [plan_photo(7, "expression", identity, index, (64, 64)) for index in range(1, count + 1)]
        assert sorted(plan.emotion for plan in plans) == sorted(EMOTIONS)
        assert not any(HIDDEN_AUS[plan.cover] for plan in plans)
        for plan in plans:
            assert all(plan.labels[au] for au in EMOTIONS[plan.emotion].aus)


def test_persons_of_the_identity_set_have_many_photos_of_changing_faces():
    persons = list(identities(7, "identity", 500))
    assert all(12 <= count <= 24 for _, count in persons[:-1])
    identity, count = persons[0]
    plans = [plan_photo(7, "identity", identity, index, (64, 64)) for index in range(1, count + 1)]
    assert len({plan.pose.angles for plan in plans}) == len({plan.scene.exposure for plan in plans}) == count
    assert len({tuple(plan.labels.values()) for plan in plans}) > count / 2
    assert {plan.emotion for plan in plans} == {""}
