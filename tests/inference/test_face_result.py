import copy
import pickle

import numpy as np
import pytest

from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.inference.face_result import FaceResult


@pytest.fixture
def face() -> FaceResult:
    found = Face((1.0, 2.0, 30.0, 40.0), 0.9, np.zeros((5, 2)))
    return FaceResult(
        found, (0.0, np.pi / 6, 0.0), (1, 12, 51), np.array([0.25, 0.75, 0.5]), np.array([0, 1, 1], np.int8)
    )


def test_aus_are_asked_by_number_and_name(face):
    assert face[12] == (0.75, True, None) and face[1].present is False
    assert face.scores["AU12"] == 0.75 and face.scores[1] == 0.75
    assert [au for au in face.aus if face[au].present] == [12, 51]
    assert face.angles_degrees == pytest.approx((0, 30, 0))


def test_au_that_is_not_predicted_is_named(face):
    with pytest.raises(KeyError, match="AU 2 must be one of 1, 12, 51"):
        face[2]
    with pytest.raises(KeyError, match="'AU02' must be one of AU01, AU12, AU51"):
        face.scores["AU02"]


def test_what_is_cut_from_scores_has_no_names(face):
    with pytest.raises(KeyError, match="no score has a name"):
        face.scores[::-1]["AU01"]
    np.testing.assert_array_equal(face.scores * 2, [0.5, 1.5, 1.0])
    assert dict(zip(face.aus, face.scores, strict=True))[12] == 0.75


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_names_survive_a_copy(face, copied):
    assert copied(face).scores["AU51"] == 0.5 and copied(face)[12].present
