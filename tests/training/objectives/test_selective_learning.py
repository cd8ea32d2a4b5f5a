from itertools import islice

import numpy as np
import pytest
import tensorflow as tf

from emotionet_tf.action_units import POSE, columns_of
from emotionet_tf.models import ModelConfig
from emotionet_tf.training.objectives.au_loss import HeadLoss
from emotionet_tf.training.objectives.selective_learning import SelectiveLearning, selective_weights
from emotionet_tf.training.targets import head_targets

SEED = tf.constant([3, 14], tf.int64)


def weights_of(labels, target, known=None, seed=SEED):
    """Weights of one AU's labels in a batch."""
    labels = np.array(labels, bool)[:, None]
    known = np.ones_like(labels) if known is None else np.array(known, bool)[:, None]
    return selective_weights(labels, known, np.array([target], np.float32), seed).numpy()[:, 0]


def sorted_parts(labels, weights):
    """The weights of the positives and of the negatives, each in descending order."""
    labels = np.array(labels, bool)
    return [sorted(weights[labels == side].tolist(), reverse=True) for side in (True, False)]


@pytest.mark.parametrize(
    ("num_positive", "num_negative", "target", "positive", "negative"),
    [
        # Exactly the share: nothing changes.
        (2, 6, 0.25, [1, 1], [1] * 6),
        # Fewer: half of 8 negatives stay; one positive of a share of 1/8 weighs (1/2) / (1/8).
        (1, 7, 0.5, [4], [1, 1, 1, 1, 0, 0, 0]),
        # More: 8 x 1/4 positives stay; negatives are 1/4 of the batch and are to be 3/4.
        (6, 2, 0.25, [1, 1, 0, 0, 0, 0], [3, 3]),
        # 5 x 1/2 is not a whole number: two negatives and half of a third; the positive weighs (1/2) / (1/5).
        (1, 4, 0.5, [2.5], [1, 1, 0.5, 0]),
        # None positive, or none negative: what is left of the other class, and nothing instead.
        (0, 8, 0.25, [], [1] * 6 + [0] * 2),
        (8, 0, 0.25, [1, 1] + [0] * 6, []),
        # One label: it stands for its class's share.
        (1, 0, 0.25, [0.25], []),
    ],
)
def test_weights_equal_those_worked_out_by_hand(num_positive, num_negative, target, positive, negative):
    labels = [1] * num_positive + [0] * num_negative
    got = sorted_parts(labels, weights_of(labels, target))
    np.testing.assert_allclose(got[0], positive, rtol=1e-6)
    np.testing.assert_allclose(got[1], negative, rtol=1e-6)


def test_unknown_labels_count_nowhere():
    labels = [1, 0, 0, 0, 1, 1, 0]
    known = [1, 1, 1, 1, 0, 0, 0]
    # One positive of four known.
    weights = weights_of(labels, 0.5, known)
    assert weights[0] == 2
    assert sorted(weights[1:4]) == [0, 1, 1]
    assert weights[4:].tolist() == [0, 0, 0]
    assert weights_of(labels, 0.5, [0] * 7).tolist() == [0] * 7


def test_any_batch_keeps_its_total_and_meets_the_target_share():
    generator = np.random.default_rng(0)
    shares = np.array([0.02, 0.1, 0.3, 0.5, 0.9])
    targets = np.array([0.5, 0.1, 0.37, 0.5, 0.25], np.float32)
    for step in range(20):
        labels, known = generator.random((24, 5)) < shares, generator.random((24, 5)) < 0.7
        weights = selective_weights(labels, known, targets, tf.constant([0, step], tf.int64)).numpy()
        positives, totals = (weights * labels).sum(axis=0), weights.sum(axis=0)
        num_positive, num_known = (labels & known).sum(axis=0), known.sum(axis=0)
        both = (num_positive > 0) & (num_positive < num_known)
        np.testing.assert_allclose(totals[both], num_known[both], rtol=1e-5)
        np.testing.assert_allclose(positives[both], (targets * num_known)[both], rtol=1e-5)


def test_every_member_of_the_larger_class_is_chosen_equally_often():
    labels = [1] + [0] * 7
    weights = [weights_of(labels, 0.5, seed=tf.constant([1, step], tf.int64)) for step in range(100)]
    # Four of seven; a binomial share's deviation is 0.05.
    np.testing.assert_allclose(np.mean(weights, axis=0)[1:], 4 / 7, atol=0.17)


def test_aus_are_chosen_apart_and_one_without_a_target_keeps_all():
    labels = np.array([[1, 1, 1]] + [[0, 0, 0]] * 15, bool)
    weights = selective_weights(labels, np.ones_like(labels), np.array([0.5, 0.5, np.nan], np.float32), SEED)
    assert (weights.numpy()[:, 0] != weights.numpy()[:, 1]).any()
    assert weights.numpy()[:, 2].tolist() == [1] * 16


CONFIG = ModelConfig("ownnet1", POSE.aus, "context", ("opt", "train"), "opt", True, 32, 36)
SELECTIVE = SelectiveLearning({51: 0.5, 54: 0.25}, seed=5)


def batch_of(num_rows=60, share=0.2, seed=0):
    generator = np.random.default_rng(seed)
    mask = (generator.random((num_rows, 23)) < 0.9).astype(np.float32)
    labels = (generator.random((num_rows, 23)) < share).astype(np.float32) * mask
    return {"labels": labels, "mask": mask, "source": np.arange(num_rows, dtype=np.int32) % 2}


def targets_of(batch, step=7, selective=SELECTIVE):
    step = tf.constant(step, tf.int64)
    return head_targets(batch, CONFIG, ["opt", "train"], selective_learning=selective, step=step)


def test_head_balances_the_rows_of_its_own_datasets_only():
    batch = batch_of()
    targets = targets_of(batch)
    for head, source in (("opt", 0), ("train", 1)):
        own = batch["source"] == source
        weights = targets[head].numpy()[..., 2]
        assert not weights[~own].any()
        for au, target in ((51, 0.5), (54, 0.25)):
            column = columns_of([au])
            labels, mask = (batch[name][own][:, column].squeeze() for name in ("labels", "mask"))
            assert 0 < labels.sum() < mask.sum()
            share = (weights[own, POSE.aus.index(au)] * labels).sum() / mask.sum()
            np.testing.assert_allclose(share, target, rtol=1e-6)


def test_selection_leaves_labels_and_mask_as_they_are():
    batch = batch_of()
    selected, plain = targets_of(batch), targets_of(batch, selective=None)
    for head in ("opt", "train"):
        np.testing.assert_array_equal(selected[head][..., :2], plain[head][..., :2])
        np.testing.assert_array_equal(plain[head][..., 2], 1)


def test_dropped_labels_have_no_gradient_and_kept_ones_theirs_times_the_weight():
    batch = batch_of()
    logits = tf.Variable(np.random.default_rng(1).normal(size=(60, 6)).astype(np.float32))
    # Damping and lambda are the class weights; selection multiplies them.
    loss = HeadLoss(np.array([3, 1, 1, 2, 1, 1], np.float32), np.ones(6, np.float32), 0.2, name="loss")
    gradients = {}
    for name, selective in (("selected", SELECTIVE), ("plain", None)):
        targets = targets_of(batch, selective=selective)["opt"]
        with tf.GradientTape() as tape:
            value = loss(targets, logits)
        gradients[name] = tape.gradient(value, logits).numpy()
        weights = targets.numpy()[..., 2]
        if selective:
            dropped = (weights == 0) & (targets.numpy()[..., 1] == 1)
            assert dropped.sum() >= 8
            assert not gradients[name][dropped].any()
            factors = weights
    np.testing.assert_allclose(gradients["selected"], gradients["plain"] * factors, rtol=1e-5, atol=1e-9)


def test_choice_depends_on_seed_step_and_head_alone():
    batch = batch_of(share=0.1)
    batch["labels"][1::2], batch["mask"][1::2] = batch["labels"][::2], batch["mask"][::2]
    targets = targets_of(batch)
    again = targets_of(batch)
    others = targets_of(batch, step=8), targets_of(batch, selective=SelectiveLearning({51: 0.5}, seed=6))
    weights = targets["opt"].numpy()[..., 2]
    np.testing.assert_array_equal(weights, again["opt"][..., 2])
    assert all((weights[:, 0] != other["opt"].numpy()[:, 0, 2]).any() for other in others)
    # Both heads have the same rows here, and choose apart.
    assert (weights[::2, 0] != targets["train"].numpy()[1::2, 0, 2]).any()


@pytest.mark.slow
def test_selection_in_a_pipeline_is_the_same_from_any_step():
    batches = tf.data.Dataset.from_tensors(batch_of()).repeat()

    def stream(start):
        return batches.enumerate(start).map(
            lambda step, batch: head_targets(
                batch, CONFIG, ["opt", "train"], selective_learning=SELECTIVE, step=step
            )
        )

    whole = list(islice(stream(0).as_numpy_iterator(), 6))
    rest = list(islice(stream(4).as_numpy_iterator(), 2))
    for one, other in zip(whole[4:], rest, strict=True):
        np.testing.assert_array_equal(one["opt"], other["opt"])
    assert (whole[0]["opt"] != whole[1]["opt"]).any()
