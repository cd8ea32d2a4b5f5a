from __future__ import annotations

import numpy as np
import pytest

from emotionet_tf.action_units import ACTION_UNITS, AUTOMATIC_AUS, EXPRESSION
from emotionet_tf.synthetic.dataset import label_sampling
from emotionet_tf.synthetic.person.expression import OPPOSED, REQUIRED

NUM_ROWS = 12_000


@pytest.fixture(scope="module")
def drawn() -> list[dict[int, int]]:
    rng = np.random.default_rng(3)
    return [label_sampling.sample_labels(rng) for _ in range(NUM_ROWS)]


@pytest.mark.parametrize("au", ACTION_UNITS)
def test_many_photos_have_the_published_share_of_positives(drawn, au):
    share, wanted = np.mean([row[au] for row in drawn]), label_sampling.POSITIVE_SHARES[au]
    # Four standard errors of a share among 12,000, and as much for the calibration on 20,000.
    assert share == pytest.approx(wanted, abs=8 * np.sqrt(wanted * (1 - wanted) / NUM_ROWS))


def test_known_labels_have_the_published_shares_although_some_are_unknown(drawn):
    rng = np.random.default_rng(4)
    known = [label_sampling.sample_known(frozenset(), rng)[12] for _ in drawn]
    assert 1 - np.mean(known) == pytest.approx(4832 / 24595, abs=0.015)
    assert np.mean([row[12] for row, k in zip(drawn, known, strict=True) if k]) == pytest.approx(
        0.383, abs=0.02
    )


def test_opposed_aus_never_occur_together_and_required_ones_always(drawn):
    for first, second in (*OPPOSED, (51, 52), (53, 54), (55, 56)):
        assert not any(row[first] and row[second] for row in drawn), (first, second)
    for au, needed in REQUIRED.items():
        assert all(row[needed] for row in drawn if row[au])


def test_smiles_come_with_raised_cheeks_more_often_than_without(drawn):
    with_smile = np.mean([row[6] for row in drawn if row[12]])
    without = np.mean([row[6] for row in drawn if not row[12]])
    assert with_smile > 2 * without


def test_intensities_leave_a_gap_between_off_and_on(drawn):
    rng = np.random.default_rng(5)
    for row in drawn[:200]:
        intensities = label_sampling.sample_intensities(row, rng)
        for au in EXPRESSION.aus:
            assert (
                (intensities[au] >= label_sampling.ACTIVE_FROM)
                if row[au]
                else (intensities[au] <= label_sampling.RESIDUAL_TO)
            )


def test_hidden_aus_are_never_known():
    rng = np.random.default_rng(6)
    for _ in range(50):
        known = label_sampling.sample_known(frozenset({12, 25}), rng)
        assert not known[12] and not known[25]


def test_automatic_labels_err_at_the_stated_rates(drawn):
    rng = np.random.default_rng(7)
    said = [label_sampling.automatic_labels(row, rng) for row in drawn]
    assert set(said[0]) == set(AUTOMATIC_AUS)
    for au in (6, 12, 25):
        missed, imagined = label_sampling.AUTOMATIC_ERRORS[au]
        present = [s[au] for s, row in zip(said, drawn, strict=True) if row[au]]
        absent = [s[au] for s, row in zip(said, drawn, strict=True) if not row[au]]
        assert 1 - np.mean(present) == pytest.approx(missed, abs=0.03)
        assert np.mean(absent) == pytest.approx(imagined, abs=0.02)
