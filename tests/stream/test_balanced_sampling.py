from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest

from emotionet_tf.action_units import EXPRESSION, POSE, columns_of
from emotionet_tf.label_lists.reading import read_label_list
from emotionet_tf.records.dataset_info import load_dataset_info
from emotionet_tf.records.writing.label_shards import LabelShard, write_label_shards
from emotionet_tf.stream import balanced_sampling_cache
from emotionet_tf.stream.balanced_sampling import balance, balance_source, repeat_factors
from emotionet_tf.stream.balanced_sampling_cache import keep_sampling, kept_or_balanced
from emotionet_tf.stream.batches import evaluation_stream, training_stream
from emotionet_tf.stream.source_labels import load_label_table
from emotionet_tf.stream.sources import Source
from emotionet_tf.training.objectives.damping import label_statistics


def skewed_table(num_examples=4000):
    """Shares of positives like EmotioNet's AU20, AU9, AU1, AU25 and AU10, with unknowns of any value below."""
    generator = np.random.default_rng(0)
    shares = np.array([0.0055, 0.021, 0.064, 0.495, 0.642])
    labels = (generator.random((num_examples, 5)) < shares).astype(np.float32)
    mask = (generator.random((num_examples, 5)) < 0.8).astype(np.float32)
    return labels * mask, mask


def test_example_has_the_factor_of_its_rarest_au():
    # Shares 1/8, 1/2 and 0 of 8 known each: factors sqrt(.5 / .125) = 2, 1 and none.
    is_positive = np.zeros((8, 3), bool)
    is_positive[0, 0] = True
    is_positive[:4, 1] = True
    factors = repeat_factors(is_positive, np.ones((8, 3), bool))
    assert factors.tolist() == [2, 1, 1, 1, 1, 1, 1, 1]


def test_share_is_taken_among_known_labels_and_unknown_is_no_positive():
    is_positive = np.zeros((8, 1), bool)
    is_positive[:2] = True
    is_known = np.ones((8, 1), bool)
    is_known[1:4] = False
    # One positive of five known: sqrt(.5 / .2) = 1.5811; the second row's label is not known.
    np.testing.assert_allclose(repeat_factors(is_positive, is_known)[:3], [1.5811, 1, 1], rtol=1e-4)


def test_shares_equal_those_of_the_formula():
    labels, mask = skewed_table()
    sampling = balance(labels, mask, EXPRESSION.aus[:5])
    factors = np.ones(len(labels))
    for column in range(5):
        share = labels[mask[:, column] == 1, column].mean()
        for row in np.flatnonzero(labels[:, column]):
            factors[row] = max(factors[row], (0.5 / share) ** 0.5)
    np.testing.assert_allclose(sampling.rates, factors / factors.mean(), rtol=1e-6)
    for column in range(5):
        known = mask[:, column] == 1
        expected = np.average(labels[known, column], weights=factors[known])
        np.testing.assert_allclose(sampling.shares[column], expected, rtol=1e-6)
    # About 0.5 % -> 2.5 %, 2 -> 5; the frequent ones stay.
    assert (sampling.shares[:3] > [0.02, 0.035, 0.075]).all()
    np.testing.assert_allclose(sampling.shares[3:], sampling.shares_before[3:], atol=0.03)


def test_soft_labels_are_positive_from_one_half_and_count_with_their_value():
    labels = np.array([[0.5], [0.4], [0.0], [0.1]], np.float32)
    sampling = balance(labels, np.ones((4, 1)), [1])
    # One positive of four: factor sqrt(2); rates sum to 4.
    rates = np.array([2**0.5, 1, 1, 1]) * 4 / (3 + 2**0.5)
    np.testing.assert_allclose(sampling.rates, rates, rtol=1e-6)
    np.testing.assert_allclose(sampling.positives, [(rates * [0.5, 0.4, 0, 0.1]).sum() / 4], rtol=1e-6)


def test_nothing_known_leaves_all_examples_equal():
    sampling = balance(np.zeros((3, 2)), np.zeros((3, 2)), [1, 2])
    assert sampling.rates.tolist() == [1, 1, 1]
    assert sampling.shares.tolist() == [0, 0]


def test_description_has_the_shares_before_and_after():
    labels = np.array([[1], [0], [0], [0], [0], [0], [0], [0]], np.float32)
    # 1 of 8; factor 2, so 2 of 9.
    assert balance(labels, np.ones((8, 1)), [20]).describe() == "AU20 12.5% -> 22.2%"


def relabel(records, labels_dir, labels, mask):
    info = load_dataset_info(records)
    batches = evaluation_stream(records, view="context", batch_size=99, image_size_px=20).as_numpy_iterator()
    ids = [name.decode() for batch in batches for name in batch["example_id"]]
    ends = np.cumsum([0, *(shard.num_examples for shard in info.views["context"])])
    shards = [LabelShard(ids[start:end], labels[start:end], mask[start:end]) for start, end in pairwise(ends)]
    write_label_shards(labels_dir, info, shards, teacher="a teacher", is_soft=True)
    return Source("a", records, str(labels_dir))


def test_label_table_is_that_of_the_records_in_their_order(make_records):
    records = make_records("opt", 19)
    labels, mask = load_label_table(Source("a", records), POSE.aus)
    rows = {row.example_id: row for row in read_label_list(Path(records) / "rows.csv").rows}
    (batch,) = evaluation_stream(records, view="context", batch_size=19, image_size_px=20).as_numpy_iterator()
    columns = columns_of(POSE.aus)
    for number, name in enumerate(batch["example_id"]):
        np.testing.assert_array_equal(labels[number], rows[name.decode()].labels[columns])
        np.testing.assert_array_equal(mask[number], rows[name.decode()].mask[columns])


def test_label_shards_are_what_is_evened_out(make_records, tmp_path):
    records = make_records("opt", 19)
    labels = np.zeros((19, 23), np.float32)
    labels[7, 0] = 0.9
    source = relabel(records, tmp_path / "labels", labels, np.ones((19, 23)))
    sampling = balance_source(source, EXPRESSION.aus)
    # One positive of 19: factor sqrt(9.5), and 18 times 1.
    factors = np.ones(19)
    factors[7] = 9.5**0.5
    np.testing.assert_allclose(sampling.rates, factors / factors.mean(), rtol=1e-6)
    assert balance_source(source, POSE.aus).rates.tolist() == [1] * 19


def batches_of(source, rates, num_batches, start_step=0, **options):
    options = {"view": "close_up", "image_size_px": 20, "shuffle_window": 8, **options}
    stream = training_stream([source], batch_size=6, seed=5, start_step=start_step, rates=[rates], **options)
    return list(islice(stream.as_numpy_iterator(), num_batches))


@pytest.mark.slow
def test_balanced_stream_shows_the_stated_shares_and_goes_on_as_if_never_stopped(make_records, tmp_path):
    records = make_records("opt", 19)
    labels = np.zeros((19, 23), np.float32)
    labels[7, 0] = labels[[3, 7, 11], 4] = 1
    source = relabel(records, tmp_path / "labels", labels, np.ones((19, 23)))
    sampling = balance_source(source, EXPRESSION.aus)
    # 19 epochs of 19 rows, 6 a batch: epochs end within batches.
    whole = batches_of(source, sampling.rates, 60)
    shown = np.concatenate([batch["labels"] for batch in whole])
    np.testing.assert_allclose(shown[:, [0, 4]].mean(axis=0), sampling.shares[[0, 4]], atol=0.01)
    assert sampling.shares[0] > 2.4 / 19
    for step in (3, 29):
        for one, other in zip(
            whole[step:], batches_of(source, sampling.rates, 60 - step, start_step=step), strict=True
        ):
            for name in one:
                np.testing.assert_array_equal(one[name], other[name])


def test_copies_are_spread_and_differ_in_augmentation(make_records):
    records = make_records("opt", 19)
    rates = np.ones(19)
    rates[4] = 9
    batches = batches_of(Source("a", records), rates, 19, shuffle_window=64)
    names = np.concatenate([batch["example_id"] for batch in batches])
    images = np.concatenate([batch["image"] for batch in batches])
    (most, number) = max(
        ((name, int((names == name).sum())) for name in set(names)), key=lambda pair: pair[1]
    )
    # 9 / 27 of 114 rows. Side by side would be the seven or six of each epoch.
    assert 36 <= number <= 40
    places = np.flatnonzero(names == most)
    assert (np.diff(places) == 1).mean() < 0.6
    copies = images[places]
    assert len(np.unique(copies.reshape(len(copies), -1), axis=0)) == len(copies)


def test_damping_sees_the_shares_that_are_shown(make_records, tmp_path):
    labels, mask = skewed_table(400)
    samplings = [balance(labels, mask, (1, 2, 4, 5, 6)), balance(labels[:80], mask[:80], (1, 2, 4, 5, 6))]
    sources = [Source("a", "one"), Source("a", "other")]
    positive, known = label_statistics(sources, (1, 2, 4, 5, 6), samplings)
    rates = [sampling.rates for sampling in samplings]
    expected = (labels * rates[0][:, None]).mean(axis=0) + (labels[:80] * rates[1][:, None]).mean(axis=0)
    np.testing.assert_allclose(positive, expected, rtol=1e-5)
    assert (known <= 2).all() and (positive < known).all()


def test_kept_sampling_is_used_for_the_same_data_only(make_records, tmp_path, monkeypatch):
    source, other = (
        Source("head", make_records(name, 12, first=first)) for name, first in (("a", 0), ("b", 50))
    )
    aus, path = (1, 12), tmp_path / "run" / "kept.npz"
    sampling = kept_or_balanced(source, aus, path)
    keep_sampling(source, sampling, path)
    worked_out = []
    monkeypatch.setattr(
        balanced_sampling_cache,
        "balance_source",
        lambda source, aus, view: worked_out.append((source, aus)) or sampling,
    )
    kept = kept_or_balanced(source, aus, path)
    assert not worked_out
    for name in ("rates", "positives", "known", "shares_before"):
        np.testing.assert_array_equal(getattr(kept, name), getattr(sampling, name))
    kept_or_balanced(source, (1,), path)
    kept_or_balanced(other, aus, path)
    path.write_bytes(path.read_bytes()[:100])
    kept_or_balanced(source, aus, path)
    assert worked_out == [(source, (1,)), (other, aus), (source, aus)]
