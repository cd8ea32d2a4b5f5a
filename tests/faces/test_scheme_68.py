import numpy as np

from emotionet_tf.faces.landmarks_68 import MIRROR_68, POINTS_68_MM, STABLE_SUBSET, five_of_68
from emotionet_tf.faces.mean_head import FIVE_POINTS_MM

# Facts about OpenFace 2: the numbers of its rigid points, from 0.
RIGID = "1 2 3 4 12 13 14 15 27 28 29 31 32 33 34 35 36 39 40 41 42 45 46 47"


def test_stable_subset_is_openfaces():
    assert list(STABLE_SUBSET) == [int(number) for number in RIGID.split()]


def test_mean_head_is_its_own_mirror_image():
    assert sorted(MIRROR_68) == list(range(68))
    np.testing.assert_allclose(POINTS_68_MM[list(MIRROR_68)], POINTS_68_MM * [-1, 1, 1])


def test_parts_of_the_face_lie_where_their_names_say():
    left, right = POINTS_68_MM[36:42], POINTS_68_MM[42:48]
    assert left[:, 0].argmin() == 0
    assert left[:, 0].argmax() == 3
    assert (left[[1, 2], 1] < left[[5, 4], 1]).all()
    assert right[0, 0] < right[3, 0]
    assert (np.diff(POINTS_68_MM[:9, 1]) > 0).all()
    assert (np.diff(POINTS_68_MM[2:15, 0]) > 0).all()
    assert (np.diff(POINTS_68_MM[27:31, 1]) > 5).all()
    assert POINTS_68_MM[:, 2].argmin() == 30
    assert POINTS_68_MM[:, 1].argmax() == 8
    assert POINTS_68_MM[48, 0] < POINTS_68_MM[60, 0] < 0


def test_five_points_of_the_mean_heads_68_are_its_five():
    turn = np.array([[np.cos(0.4), -np.sin(0.4)], [np.sin(0.4), np.cos(0.4)]])
    found = five_of_68(POINTS_68_MM[:, :2] @ turn.T * 3 + (200, 100))
    expected = FIVE_POINTS_MM[:, :2] @ turn.T * 3 + (200, 100)
    # The lids' means lie half a millimetre farther out than the pupils.
    assert np.abs(found - expected).max() < 0.6 * 3


def test_five_points_are_unknown_where_theirs_are():
    points = POINTS_68_MM[:, :2].copy()
    points[37] = np.nan
    assert np.isnan(five_of_68(points)).all(axis=1).tolist() == [True, True, False, False, False]
