from itertools import combinations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from emotionet_tf.training.objectives.class_scores import (
    accuracy,
    mean_class_recall,
    other_person_pairs,
    same_person_pairs,
    verification_auc,
)

PERSONS = np.array([7, 3, 7, 7, 3, 9])


def test_recall_counts_every_class_alike_and_accuracy_every_example():
    told, own = np.array([0, 0, 0, 0, 1]), np.array([0, 0, 0, 1, 1])
    assert accuracy(told, own) == 0.8
    # Three of three, and one of two; class 2 never occurs.
    assert mean_class_recall(told, own) == 0.75


def test_constant_answer_has_the_recall_of_chance():
    own = np.array([0] * 90 + [1] * 9 + [2])
    assert mean_class_recall(np.zeros(100, int), own) == pytest.approx(1 / 3)


def test_nothing_to_score_is_not_a_number():
    nothing = np.empty(0, int)
    assert np.isnan(accuracy(nothing, nothing)) and np.isnan(mean_class_recall(nothing, nothing))


def test_auc_of_all_pairs_is_that_of_scikit_learn():
    embeddings = np.random.default_rng(1).normal(size=(40, 3))
    embeddings[5] = embeddings[8]
    persons = np.arange(40) % 9
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    pairs = list(combinations(range(40), 2))
    expected = roc_auc_score(
        [persons[i] == persons[j] for i, j in pairs], [unit[i] @ unit[j] for i, j in pairs]
    )
    assert verification_auc(embeddings, persons) == pytest.approx(expected, abs=1e-6)


def test_auc_of_directions_that_agree_is_one_and_of_equal_ones_a_half():
    embeddings = np.array([[1, 0], [5, 0.1], [0, 2], [0.1, 3]])
    assert verification_auc(embeddings, np.array([0, 0, 1, 1])) == 1
    assert verification_auc(np.ones((4, 2)), np.array([0, 0, 1, 1])) == 0.5


@pytest.mark.parametrize("persons", [[0, 0, 0], [0, 1, 2]])
def test_auc_without_both_kinds_of_pairs_is_not_a_number(persons):
    assert np.isnan(verification_auc(np.eye(3), np.array(persons)))


def test_auc_of_a_broken_network_is_not_a_number():
    assert np.isnan(verification_auc(np.full((4, 2), np.nan), np.array([0, 0, 1, 1])))


@pytest.mark.parametrize("pairs_of", [same_person_pairs, other_person_pairs])
def test_few_pairs_come_each_once(pairs_of):
    first, second = pairs_of(PERSONS, 100, np.random.default_rng(0))
    got = {frozenset(pair) for pair in zip(first.tolist(), second.tolist(), strict=True)}
    is_same = pairs_of is same_person_pairs
    expected = {
        frozenset((i, j)) for i, j in combinations(range(6), 2) if (PERSONS[i] == PERSONS[j]) == is_same
    }
    assert got == expected and len(first) == len(expected)


@pytest.mark.parametrize("pairs_of", [same_person_pairs, other_person_pairs])
def test_many_pairs_are_drawn_evenly(pairs_of):
    # 4 pairs of one person, 11 of two: drawn one by one, as they are more than 3, so that each comes as often.
    draws = [pairs_of(PERSONS, 3, np.random.default_rng(seed)) for seed in range(4000)]
    first, second = np.concatenate(draws, axis=1)
    is_same = pairs_of is same_person_pairs
    assert (
        len(first) == 12_000
        and ((PERSONS[first] == PERSONS[second]) == is_same).all()
        and (first != second).all()
    )
    _, counts = np.unique(np.sort(np.stack([first, second]), axis=0), axis=1, return_counts=True)
    expected = 12_000 / (4 if is_same else 11)
    assert len(counts) == (4 if is_same else 11)
    np.testing.assert_allclose(counts, expected, rtol=0.15)


def test_auc_of_drawn_pairs_is_near_that_of_all():
    generator = np.random.default_rng(0)
    persons = np.arange(300) % 30
    embeddings = generator.normal(size=(30, 8))[persons] + generator.normal(size=(300, 8))
    whole = verification_auc(embeddings, persons)
    assert verification_auc(embeddings, persons, max_pairs=1000) == pytest.approx(whole, abs=0.03)
    assert verification_auc(embeddings, persons, max_pairs=1000) == verification_auc(
        embeddings, persons, max_pairs=1000
    )
