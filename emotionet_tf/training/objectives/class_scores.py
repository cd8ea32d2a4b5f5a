"""Measures of networks that recognise classes: accuracy, recall, and verification of persons."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

UNSEEN = -1
"""Stands for a class that the network was not trained on."""

MAX_PAIRS = 500_000
"""Pairs of each kind that verification looks at: all of a thousand photos."""

_NUM_AT_ONCE = 1 << 16


class ClassPredictions(NamedTuple):
    """What a network says of the photos that it is validated on.

    Attributes:
      predicted: [photos], the class of the largest output, by its place among the trained ones.
      class_index: [photos], the class of each photo, among those of the validation.
      trained_index: [photos], the same class's place among the trained ones, or UNSEEN.
      embeddings: [photos, channels].
    """

    predicted: np.ndarray
    class_index: np.ndarray
    trained_index: np.ndarray
    embeddings: np.ndarray


def trained_class_accuracy(predictions: ClassPredictions) -> float | None:
    """Returns the accuracy on photos of trained classes; None without such a photo."""
    is_trained = predictions.trained_index != UNSEEN
    result = accuracy(predictions.predicted[is_trained], predictions.trained_index[is_trained])
    return None if math.isnan(result) else result


def trained_class_recall(predictions: ClassPredictions) -> float:
    """Returns the mean recall of classes that are all trained, which skewed sets do not flatter."""
    return mean_class_recall(predictions.predicted, predictions.trained_index)


def person_auc(predictions: ClassPredictions) -> float:
    """Returns the AUC of verification among all photos, also of persons who were not trained on."""
    return verification_auc(predictions.embeddings, predictions.class_index)


def accuracy(predicted: np.ndarray, class_index: np.ndarray) -> float:
    """Returns the share of examples whose class is recognised; NaN without examples."""
    return float(np.mean(predicted == class_index)) if len(class_index) else float("nan")


def mean_class_recall(predicted: np.ndarray, class_index: np.ndarray) -> float:
    """Returns the mean, over the classes that occur, of the share of their examples that are recognised; else NaN.

    Unlike accuracy it does not rise by preferring frequent classes: a constant answer gets 1 / classes.
    """
    recalls = [np.mean(predicted[class_index == one] == one) for one in np.unique(class_index)]
    return float(np.mean(recalls)) if recalls else float("nan")


def verification_auc(
    embeddings: np.ndarray, persons: np.ndarray, *, max_pairs: int = MAX_PAIRS, seed: int = 0
) -> float:
    """Returns how well the cosine of two photos' embeddings tells whether they show the same person.

    The area under the ROC curve: the probability that a pair of photos of one person is more alike than a pair of
    two persons' photos, ties counting one half; 0.5 is chance. It takes no classifier, so that persons may be ones
    that the network was not trained on. All pairs count; where there are more than `max_pairs` of a kind, so many of
    that kind are drawn with replacement, which leaves the measure's expectation as it is.

    Args:
      embeddings: [photos, channels].
      persons: [photos] integers.
      max_pairs: Bound on the pairs of one person, and on those of two.
      seed: Of the draws.
    Returns:
      A number in [0, 1]; NaN if there are not both kinds of pairs, or an embedding is not finite.
    """
    lengths = np.linalg.norm(embeddings.astype(np.float64), axis=1, keepdims=True)
    directions = (embeddings / np.maximum(lengths, 1e-12)).astype(np.float32)
    generator = np.random.default_rng(seed)
    same = _cosines(directions, *same_person_pairs(persons, max_pairs, generator))
    other = _cosines(directions, *other_person_pairs(persons, max_pairs, generator))
    if not len(same) or not len(other) or not np.isfinite(directions).all():
        return float("nan")
    other.sort()
    num_below = np.searchsorted(other, same, side="left")
    num_not_above = np.searchsorted(other, same, side="right")
    return float(np.mean((num_below + num_not_above) / 2) / len(other))


def same_person_pairs(
    persons: np.ndarray, max_pairs: int, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the pairs (i, j), i != j, of photos of one person: each once, or `max_pairs` drawn with replacement."""
    order = np.argsort(persons, kind="stable")
    _, starts, counts = np.unique(persons[order], return_index=True, return_counts=True)
    num_pairs = counts * (counts - 1) // 2
    if num_pairs.sum() <= max_pairs:
        places = [start + np.stack(np.triu_indices(n, 1)) for start, n in zip(starts, counts, strict=True)]
        first, second = np.concatenate(places, axis=1) if places else np.empty((2, 0), int)
        return order[first], order[second]
    person = generator.choice(len(counts), max_pairs, p=num_pairs / num_pairs.sum())
    first = generator.integers(0, counts[person])
    # Any of the others: those from the first's own place on move up by one.
    second = generator.integers(0, counts[person] - 1)
    second += second >= first
    return order[starts[person] + first], order[starts[person] + second]


def other_person_pairs(
    persons: np.ndarray, max_pairs: int, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the pairs (i, j), i < j, of two persons' photos: each once, or `max_pairs` drawn with replacement.

    So many are also drawn where fewer are spread over too many photos to go through all their pairs.
    """
    num_photos = len(persons)
    _, person, counts = np.unique(persons, return_inverse=True, return_counts=True)
    num_pairs = (num_photos**2 - (counts.astype(np.int64) ** 2).sum()) // 2
    if num_pairs <= max_pairs and num_photos**2 <= 4 * max_pairs:
        first, second = np.triu_indices(num_photos, 1)
        is_other = persons[first] != persons[second]
        return first[is_other], second[is_other]
    if num_pairs == 0:
        return np.empty(0, int), np.empty(0, int)
    # The first photo with the probability of its being in a pair, the second any of the others' photos.
    order = np.argsort(person, kind="stable")
    starts = np.cumsum(counts) - counts
    num_others = num_photos - counts[person]
    first = generator.choice(num_photos, max_pairs, p=num_others / num_others.sum())
    place = generator.integers(0, num_others[first])
    place += np.where(place >= starts[person[first]], counts[person[first]], 0)
    return first, order[place]


def _cosines(directions: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Returns the cosines of pairs, [pairs] float32, so many at once that their vectors fit into memory."""
    pieces = [
        np.einsum(
            "ij,ij->i", directions[first[i : i + _NUM_AT_ONCE]], directions[second[i : i + _NUM_AT_ONCE]]
        )
        for i in range(0, len(first), _NUM_AT_ONCE)
    ]
    return np.concatenate(pieces) if pieces else np.empty(0, np.float32)
