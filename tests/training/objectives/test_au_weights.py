import json
import shutil

import numpy as np
import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.records.dataset_info import DatasetInfo, save_dataset_info
from emotionet_tf.training.monitoring.curve_file import CurveFile
from emotionet_tf.training.objectives.au_weight_proposal import format_proposal, propose_for_runs
from emotionet_tf.training.objectives.au_weights import (
    find_peaks,
    normalised_au_weights,
    peak_spread,
    propose_au_weights,
)

STEPS = np.arange(1, 21) * 100


def valley(at: int) -> np.ndarray:
    """A loss that falls in a straight line to its least value at a step, and rises as steeply behind it."""
    return 0.3 + np.abs(STEPS - at) / 1000


def test_peak_of_a_valley_is_its_lowest_point():
    peaks = find_peaks(STEPS, np.stack([valley(700), valley(1300)], axis=1))
    np.testing.assert_array_equal(peaks.steps, [700, 1300])
    # Smoothed with (1 2 3 2 1) / 9, the lowest point has (2 * 0.2 + 4 * 0.1) / 9 more than it had.
    np.testing.assert_allclose(peaks.losses, 0.3 + 0.8 / 9)
    assert peaks.has_declined.all()


def test_loss_that_still_falls_is_best_at_the_end_and_has_not_declined():
    peaks = find_peaks(STEPS, (1.0 - STEPS / 4000)[:, None])
    assert peaks.steps[0] >= 1900
    np.testing.assert_array_equal(peaks.rises, 0)
    assert not peaks.has_declined[0]


def test_single_low_value_is_no_peak():
    losses = valley(1300)
    losses[2] = 0.25
    assert find_peaks(STEPS, losses[:, None]).steps[0] == 1300


def test_noise_around_a_flat_curve_is_best_about_the_middle():
    losses = 0.5 + np.tile([0.02, -0.02], 10)
    peaks = find_peaks(STEPS, losses[:, None])
    assert 900 <= peaks.steps[0] <= 1200
    assert not peaks.has_declined[0]


def test_too_few_rows_have_no_peaks():
    with pytest.raises(ValueError, match="at least 8 rows, got 7"):
        find_peaks(STEPS[:7], np.ones((7, 1)))


def test_early_au_gets_less_weight_and_late_one_more():
    # Median 1000: factors 1/2, 1, 2, whose mean is 7/6.
    weights = propose_au_weights(np.ones(3), np.array([500, 1000, 2000]), np.ones(3, bool), exponent=1)
    np.testing.assert_allclose(weights, np.array([3, 6, 12]) / 7)


def test_exponent_damps_and_zero_changes_nothing():
    old, steps, known = np.array([0.5, 1.0, 1.5]), np.array([250, 1000, 4000]), np.ones(3, bool)
    np.testing.assert_allclose(propose_au_weights(old, steps, known, exponent=0), old)
    # Factors 1/2, 1, 2 on the old weights: 0.25, 1, 3, whose mean is 4.25 / 3.
    np.testing.assert_allclose(
        propose_au_weights(old, steps, known, exponent=0.5), np.array([0.25, 1, 3]) * 3 / 4.25
    )


def test_change_is_at_most_threefold():
    weights = propose_au_weights(np.ones(3), np.array([100, 1000, 10_000]), np.ones(3, bool), exponent=1)
    np.testing.assert_allclose(weights / weights[1], [1 / 3, 1, 3])


def test_au_without_a_known_peak_keeps_its_weight_beside_the_median_one():
    known = np.array([True, True, True, False])
    weights = propose_au_weights(np.ones(4), np.array([500, 1000, 2000, 0]), known, exponent=1)
    assert weights[3] == weights[1]
    assert weights.mean() == pytest.approx(1)


def test_weights_of_the_loss_have_mean_1():
    np.testing.assert_allclose(normalised_au_weights({2: 4.0}, (1, 2, 4)), [0.5, 2, 0.5])


def test_spread_is_0_where_all_peak_at_once():
    assert peak_spread(np.array([800, 800])) == 0
    assert peak_spread(np.array([100, 100 * np.e**2])) == pytest.approx(1)


AUS = (51, 52, 53, 54, 55, 56)


@pytest.fixture
def run_dir(tmp_path):
    """A run whose AU 51 is best early, 52 late, 56 rare, and the others in between."""
    names = [f"AU{au}" for au in AUS]
    info = DatasetInfo(
        name="val",
        views={},
        num_examples=100,
        num_rows=100,
        num_without_face=0,
        num_rejected=0,
        crop_size_px=36,
        known=dict.fromkeys(names, 100),
        positives={**dict.fromkeys(names, 40), "AU56": 3},
        mean_angles=(0, 0, 0),
        order_sha256="",
    )
    save_dataset_info(tmp_path / "val", info)
    settings = dict(
        group="pose", val_records_dir=str(tmp_path / "val"), num_steps=2000, au_weights={"51": 2.0}
    )
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.json").write_text(json.dumps({"settings": settings}))
    write_curves(tmp_path / "run", len(STEPS))
    return tmp_path / "run"


LOSS_COLUMNS = [f"AU{au:02}_loss" for au in AUS]


def write_curves(folder, num_rows):
    losses = np.stack([valley(at) for at in (500, 1500, 1000, 1000, 1000, 300)], axis=1)
    file = CurveFile(folder, LOSS_COLUMNS)
    for step, row in zip(STEPS[:num_rows], losses, strict=False):
        file.add(step, dict(zip(LOSS_COLUMNS, row, strict=True)))


def test_proposal_starts_from_the_lambdas_of_the_run(run_dir):
    proposal = propose_for_runs([run_dir], exponent=1)
    np.testing.assert_array_equal(proposal.peaks.steps[:5], [500, 1500, 1000, 1000, 1000])
    np.testing.assert_array_equal(proposal.is_known, [True] * 5 + [False])
    # Old 2 1 1 1 1 1, factors 1/2 3/2 1 1 1 1.
    np.testing.assert_allclose(proposal.new_weights, np.array([1, 1.5, 1, 1, 1, 1]) * 6 / 6.5)


def test_several_seeds_count_with_their_mean_curve(run_dir, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(run_dir, other)
    settings = json.loads((run_dir / "run.json").read_text())["settings"]
    (other / "run.json").write_text(json.dumps({"settings": {**settings, "seed": 1}}))
    # The mean of two valleys is level between their lowest points, and the middle of that counts.
    losses = np.stack([valley(at) for at in (900, 1100, 1000, 1000, 1000, 300)], axis=1)
    file = CurveFile(other, LOSS_COLUMNS)
    for step, row in zip(STEPS, losses, strict=True):
        file.add(step, dict(zip(LOSS_COLUMNS, row, strict=True)))
    proposal = propose_for_runs([run_dir, other])
    np.testing.assert_array_equal(proposal.peaks.steps[:5], [700, 1300, 1000, 1000, 1000])
    assert "One run" in format_proposal(propose_for_runs([run_dir]))
    assert "One run" not in format_proposal(proposal)


def test_runs_that_differ_in_more_than_the_seed_are_refused(run_dir, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(run_dir, other)
    settings = json.loads((run_dir / "run.json").read_text())["settings"]
    (other / "run.json").write_text(json.dumps({"settings": {**settings, "num_steps": 3000}}))
    with pytest.raises(UserError, match="other settings than .*: num_steps is 3000 and not 2000"):
        propose_for_runs([run_dir, other])


def test_table_names_what_is_not_known_and_ends_with_the_flag(run_dir):
    text = format_proposal(propose_for_runs([run_dir], exponent=1))
    assert "AU56  too few labels (3 of the rarer class)" in text
    assert "The procedure is ours" in text
    assert text.splitlines()[-1] == "--au_weights=51=0.923,52=1.38,53=0.923,54=0.923,55=0.923,56=0.923"


def test_unfinished_run_that_does_not_overfit_yet_is_called_so(run_dir):
    write_curves(run_dir, 8)
    text = format_proposal(propose_for_runs([run_dir]))
    assert "The run is not finished: step 800 of 2000." in text
    assert "not seen to get worse within the curves (4 of 5 AUs)" in text
    assert "there is little to even out" in text


def test_curve_that_is_too_short_is_refused(run_dir):
    write_curves(run_dir, 7)
    with pytest.raises(UserError, match="curves.csv has 7 rows, too few to see peaks: at least 8"):
        propose_for_runs([run_dir])


def test_run_without_validation_is_refused(run_dir):
    CurveFile(run_dir, ()).add(10, {"train_loss": 1})
    with pytest.raises(UserError, match="was trained without validation"):
        propose_for_runs([run_dir])


def test_bad_settings_are_named(run_dir, tmp_path):
    with pytest.raises(UserError, match="exponent lies between 0 and 2, got 3"):
        propose_for_runs([run_dir], exponent=3)
    with pytest.raises(UserError, match="less than 50 positives or negatives of every AU"):
        propose_for_runs([run_dir], min_examples=50)
    with pytest.raises(UserError, match="has no curves.csv"):
        propose_for_runs([tmp_path])
    (run_dir / "run.json").unlink()
    with pytest.raises(UserError, match="run.json is missing or damaged"):
        propose_for_runs([run_dir])
