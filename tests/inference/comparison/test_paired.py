import numpy as np

from emotionet_tf.inference.comparison.paired import decision_draws, differences, estimates
from emotionet_tf.resampling import resample_weights


def simulated(generator: np.random.Generator, num_persons: int):
    """Rows of persons who differ in how often they show an AU and in how hard they are for each of two programs."""
    persons = np.repeat(np.arange(num_persons), 30)
    present = generator.random(len(persons)) < 1 / (
        1 + np.exp(-generator.normal(-1, 1, num_persons)[persons])
    )
    shared = generator.normal(0, 0.5, num_persons)
    scores = []
    for quality in (1.2, 1.0):
        bias = shared + generator.normal(0, 0.5, num_persons)
        scores.append((2 * present - 1) * quality + bias[persons] + generator.normal(0, 1, len(persons)))
    return persons, present, scores


def f1(present: np.ndarray, decided: np.ndarray) -> float:
    return 2 * (present & decided).sum() / (2 * (present & decided).sum() + (present != decided).sum())


def test_intervals_over_persons_cover_the_truth_about_as_often_as_they_say():
    generator = np.random.default_rng(0)
    _, present, scores = simulated(generator, 20_000)
    truth = [f1(present, one > 0) for one in scores]
    weights = list(resample_weights(12, 200, 0))
    hits, rounds = np.zeros(2), 150
    for _ in range(rounds):
        persons, present, scores = simulated(generator, 12)
        draws = [decision_draws(present, one > 0, one, persons, weights) for one in scores]
        own, difference = estimates(draws[0], 12)["f1"], differences(draws[1], draws[0], 12)["f1"]
        hits += (own.low <= truth[0] <= own.high, difference.low <= truth[1] - truth[0] <= difference.high)
    # Frames taken as independent would cover the first in about 70 of 100 rounds only.
    assert ((hits / rounds > 0.89) & (hits / rounds < 0.995)).all()
