import numpy as np
import pytest

from emotionet_tf.training.objectives.damping import damping_weights


@pytest.mark.parametrize(
    ("share", "damping", "present", "absent"),
    [
        # AU1, AU20 and AU51 of the opt set, worked out by hand from w(c) = p_c^-a / sum_k p_k^(1-a):
        # .064^-.5 = 3.9528, .064^.5 + .936^.5 = .25298 + .96747 = 1.22045.
        (0.064, 0.5, 3.2388, 0.8469),
        (0.0055, 0.5, 12.5870, 0.9359),
        (0.173, 0.7, 2.2225, 0.7443),
        # No damping leaves the classes alone; full damping gives n / (2 n_c).
        (0.25, 0.0, 1.0, 1.0),
        (0.25, 1.0, 2.0, 2 / 3),
    ],
)
def test_weights_equal_those_worked_out_by_hand(share, damping, present, absent):
    weights = damping_weights(np.array([share * 1000]), np.array([1000]), damping)
    np.testing.assert_allclose(np.concatenate(weights), [present, absent], rtol=2e-3)


def test_mean_weight_over_the_known_labels_is_one():
    positive, known = np.array([10, 300, 999]), np.array([1000, 1000, 1000])
    for damping in (0.0, 0.3, 0.5, 0.7, 1.0):
        present, absent = damping_weights(positive, known, damping)
        np.testing.assert_allclose((positive * present + (known - positive) * absent) / known, 1, rtol=1e-6)


def test_au_without_one_of_its_classes_is_not_weighted():
    present, absent = damping_weights(np.array([0, 5, 0]), np.array([9, 5, 0]), 0.5)
    np.testing.assert_array_equal(present, [1, 1, 1])
    np.testing.assert_array_equal(absent, [1, 1, 1])


def test_each_au_can_have_its_own_exponent():
    both = damping_weights(np.array([10, 10]), np.array([100, 100]), np.array([0.5, 0.7]))
    alone = [damping_weights(np.array([10]), np.array([100]), damping) for damping in (0.5, 0.7)]
    np.testing.assert_allclose(both, np.concatenate(alone, axis=1))


def test_impossible_counts_and_exponents_are_refused():
    with pytest.raises(ValueError, match="between 0 and all known"):
        damping_weights(np.array([5]), np.array([4]), 0.5)
    with pytest.raises(ValueError, match="damping lies in"):
        damping_weights(np.array([1]), np.array([4]), 1.5)
