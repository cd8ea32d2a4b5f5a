import sys

import numpy as np
import pytest

from emotionet_tf.action_units import ACTION_UNITS, NUM_AUS, POSE
from emotionet_tf.errors import UserError
from emotionet_tf.inference.baselines import pose_svm
from emotionet_tf.inference.baselines.pose_svm import PoseFaces, fit_pose_svm

pytest.importorskip("sklearn", reason="needs the extra `baselines`")

POSE_COLUMNS = [ACTION_UNITS.index(au) for au in POSE.aus]


def faces_of(angles, pose_labels, *, mask=None, angles_mask=None):
    """Faces with these [n, 3] angles in radians and [n, 6] labels of the pose AUs."""
    n = len(angles)
    labels = np.zeros((n, NUM_AUS), np.float32)
    labels[:, POSE_COLUMNS] = pose_labels
    ids = tuple(f"face{index}" for index in range(n))
    return PoseFaces(
        ids=ids,
        angles=np.asarray(angles, np.float32),
        angles_mask=np.ones((n, 3), np.float32) if angles_mask is None else angles_mask,
        labels=labels,
        mask=np.ones((n, NUM_AUS), np.float32) if mask is None else mask,
        groups=ids,
    )


def labels_by_angle(angles):
    """Labels by the conventions of `faces.head_pose`: AUs 51 left, 52 right, 53 up, 54 down, 55 and 56 tilts."""
    pitch, yaw, roll = np.asarray(angles).T
    return np.stack([yaw > 0.3, yaw < -0.3, pitch < -0.3, pitch > 0.3, roll > 0.3, roll < -0.3], axis=1)


@pytest.fixture(scope="module")
def noisy():
    generator = np.random.default_rng(3)
    angles = generator.normal(0, 0.4, (400, 3))
    return faces_of(angles, labels_by_angle(angles + generator.normal(0, 0.1, (400, 3))))


@pytest.fixture(scope="module")
def svm(noisy):
    return fit_pose_svm(noisy)


@pytest.mark.parametrize(
    ("angle", "sign", "au"), [(1, 1, 51), (1, -1, 52), (0, -1, 53), (0, 1, 54), (2, 1, 55), (2, -1, 56)]
)
def test_head_that_turns_one_way_shows_that_au_only(svm, angle, sign, au):
    angles = np.zeros((1, 3))
    angles[0, angle] = 0.8 * sign
    scores = svm.predict_scores(faces_of(angles, np.zeros((1, 6))))
    assert [name for name, score in zip(POSE.aus, scores[0], strict=True) if score >= 0.5] == [au]


def test_rounded_scores_are_the_machines_decisions(svm, noisy):
    scores = svm.predict_scores(noisy)
    assert scores.min() >= 0
    assert scores.max() <= 1
    for column, au in enumerate(POSE.aus):
        decisions = svm.classifiers[au].predict(noisy.angles.astype(np.float64))
        np.testing.assert_array_equal(scores[:, column].round(6) >= 0.5, decisions)


def test_distance_just_below_the_border_stays_absent_when_written():
    class Border:
        def decision_function(self, angles):
            return np.array([-1e-9, 1e-9, -800.0, 800.0])

    scores = pose_svm._scores(Border(), np.zeros((4, 3)))
    np.testing.assert_array_equal(scores.round(6), [0.499999, 0.5, 0, 1])


@pytest.mark.parametrize("only", [0, 1])
def test_au_with_one_class_predicts_that_class(noisy, only):
    pose_labels = noisy.labels[:, POSE_COLUMNS].copy()
    pose_labels[:, 2] = only
    one_class = fit_pose_svm(faces_of(noisy.angles, pose_labels))
    assert 53 not in one_class.chosen_c
    np.testing.assert_array_equal(one_class.predict_scores(noisy)[:, 2], only)


@pytest.mark.slow
def test_unknown_labels_teach_nothing(noisy):
    # Half of the labels are flipped, but unknown: as if these faces were not there.
    is_unknown = np.arange(400) % 2 == 1
    labels = noisy.labels[:, POSE_COLUMNS].copy()
    labels[is_unknown] = 1 - labels[is_unknown]
    mask = np.repeat(1 - is_unknown[:, None].astype(np.float32), NUM_AUS, axis=1)
    with_unknown = fit_pose_svm(faces_of(noisy.angles, labels, mask=mask))
    rows = np.flatnonzero(~is_unknown)
    known = PoseFaces(
        tuple(noisy.ids[row] for row in rows),
        *(getattr(noisy, name)[rows] for name in ("angles", "angles_mask", "labels", "mask")),
        tuple(noisy.groups[row] for row in rows),
    )
    without = fit_pose_svm(known)
    for au in POSE.aus:
        np.testing.assert_array_equal(
            with_unknown.classifiers[au].predict(noisy.angles), without.classifiers[au].predict(noisy.angles)
        )


def test_unknown_angle_counts_as_the_mean_of_the_known_ones(noisy):
    angles_mask = np.ones((400, 3), np.float32)
    angles_mask[:200, 1] = 0
    wild = noisy.angles.copy()
    wild[:200, 1] = 99
    svm = fit_pose_svm(faces_of(wild, noisy.labels[:, POSE_COLUMNS], angles_mask=angles_mask))
    np.testing.assert_allclose(svm.mean_angles[1], noisy.angles[200:, 1].mean(), rtol=1e-5)
    unknown = faces_of([[0.1, 99, 0.2]], np.zeros((1, 6)), angles_mask=np.array([[1, 0, 1]]))
    mean = faces_of([[0.1, svm.mean_angles[1], 0.2]], np.zeros((1, 6)))
    np.testing.assert_allclose(svm.predict_scores(unknown), svm.predict_scores(mean), atol=1e-6)


def test_no_known_label_of_an_au_is_named(noisy):
    mask = np.ones((400, NUM_AUS), np.float32)
    mask[:, ACTION_UNITS.index(54)] = 0
    with pytest.raises(UserError, match="no face to train on has a known label of AU 54"):
        fit_pose_svm(faces_of(noisy.angles, noisy.labels[:, POSE_COLUMNS], mask=mask))


def test_missing_package_names_the_command_that_installs_it(noisy, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.svm", None)
    with pytest.raises(UserError, match=r"pip install 'emotionet_tf\[baselines\]'"):
        fit_pose_svm(noisy)
