import numpy as np
import pytest
import tensorflow as tf

from emotionet_tf.stream.epoch_order import EpochPlan
from emotionet_tf.stream.repeat_counts import make_repeats

COUNTS = (5, 0, 9, 3)
RATES = np.array([3.2, 0.3, 0.4, 1.0, 0.1, *[0.9] * 9, 0, 2.9, 1.0])


def epoch(number):
    return tf.constant(number, tf.int64)


def copies_of(repeats, number):
    return np.concatenate([repeats.copies(epoch(number), shard).numpy() for shard in range(len(COUNTS))])


def test_copies_are_those_of_systematic_resampling():
    # Halves and quarters are exact: sums .5 2 2.25 4 (rates of mean 1), offset 1/2, so floor(1, 2.5, 2.75, 4.5).
    repeats = make_repeats(np.array([0.5, 1.5, 0.25, 1.75]), (4,), 2**31)
    assert repeats.copies(epoch(0), 0).numpy().tolist() == [1, 1, 0, 2]


def test_every_epoch_has_as_many_rows_as_examples():
    repeats = make_repeats(RATES, COUNTS, 12345)
    for number in range(40):
        copies = copies_of(repeats, number)
        assert copies.sum() == len(RATES)
        borders = np.cumsum(COUNTS)[:-1]
        np.testing.assert_array_equal(
            repeats.counts(epoch(number)), [shard.sum() for shard in np.split(copies, borders)]
        )


def test_copies_are_the_rate_rounded_down_or_up_and_its_mean_over_epochs():
    repeats = make_repeats(RATES, COUNTS, -99)
    rates = RATES / RATES.mean()
    copies = np.array([copies_of(repeats, number) for number in range(100)])
    assert ((copies == np.floor(rates)) | (copies == np.floor(rates) + 1)).all()
    np.testing.assert_allclose(copies.mean(axis=0), rates, atol=0.03)


def test_rarely_shown_example_comes_back_regularly():
    repeats = make_repeats(np.array([0.3, 1.7]), (2,), 7)
    epochs = [number for number in range(100) if repeats.copies(epoch(number), 0).numpy()[0]]
    assert set(np.diff(epochs)) <= {2, 3, 4, 5}


def test_equal_rates_show_every_example_once():
    repeats = make_repeats(np.full(17, 0.7), COUNTS, 5)
    assert all((copies_of(repeats, number) == 1).all() for number in range(20))


def test_million_examples_have_exact_sums():
    rates = np.random.default_rng(0).uniform(1, 9, 1_000_000)
    repeats = make_repeats(rates, (400_000, 600_000), 3)
    assert int(tf.reduce_sum(repeats.counts(epoch(1_000_000)))) == 1_000_000


@pytest.mark.parametrize(
    ("rates", "message"),
    [
        (np.ones(16), r"17 examples need as many rates, got shape \(16,\)"),
        (-RATES, "at least 0"),
        (0 * RATES, "not all 0"),
    ],
)
def test_rates_that_are_none_are_refused(rates, message):
    with pytest.raises(ValueError, match=message):
        make_repeats(rates, COUNTS, 0)


@pytest.mark.parametrize("start", range(17))
def test_plan_skips_rows_as_an_epoch_with_repeats_has_them(start):
    repeats = make_repeats(RATES, COUNTS, 77)
    copies = copies_of(repeats, 0)
    starts = np.cumsum([0, *COUNTS])

    def rows_of(plan):
        shards = plan.shards(epoch(0)).numpy()
        numbers = [number for shard in shards for number in range(starts[shard], starts[shard + 1])]
        return [number for number in numbers for _ in range(copies[number])]

    whole = EpochPlan(COUNTS, 0, 1, 0, window=4, repeats=repeats)
    started = EpochPlan(COUNTS, start, 1, 0, window=4, repeats=repeats)
    rest = rows_of(started)[int(started.skip_in_shards(epoch(0))) :]
    assert rest == rows_of(whole)[start // 4 * 4 :]
