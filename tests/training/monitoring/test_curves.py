import numpy as np
import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.training.monitoring.curves import CurveFile, au_columns, au_values, read_curves


def written(folder, rows):
    file = CurveFile(folder, au_columns((1, 51)))
    file.go_on_from(0)
    for step, values in rows:
        file.add(step, values)
    return (folder / "curves.csv").read_text()


ROWS = [(10, {"train_loss": 0.5, "AU01_f1": 0.25}), (20, {"train_loss": 1 / 3, "AU51_loss": 0.125})]


def test_values_are_read_as_they_were_written(tmp_path):
    written(tmp_path, ROWS)
    curves = read_curves(tmp_path)
    np.testing.assert_array_equal(curves.steps, [10, 20])
    assert curves.aus == ("AU01", "AU51")
    np.testing.assert_allclose(curves.values["train_loss"], [0.5, 0.333333])
    np.testing.assert_array_equal(curves.per_au("f1"), [[0.25, np.nan], [np.nan, np.nan]])
    np.testing.assert_array_equal(curves.per_au("loss"), [[np.nan, np.nan], [np.nan, 0.125]])


def test_rows_behind_the_restored_step_are_dropped_and_the_bytes_before_kept(tmp_path):
    undisturbed = written(tmp_path / "undisturbed", ROWS)
    written(tmp_path / "killed", [*ROWS, (30, {})])
    again = CurveFile(tmp_path / "killed", au_columns((1, 51)))
    again.go_on_from(20)
    assert (tmp_path / "killed" / "curves.csv").read_text() == undisturbed


def test_run_from_the_start_begins_the_file_anew(tmp_path):
    written(tmp_path, ROWS)
    assert written(tmp_path, []).count("\n") == 1


def test_file_of_another_run_is_not_gone_on_with(tmp_path):
    written(tmp_path, ROWS)
    with pytest.raises(UserError, match="curves.csv was not written by this run"):
        CurveFile(tmp_path, au_columns((1,))).go_on_from(20)


def test_numbers_that_are_not_finite_stay_blank(tmp_path):
    text = written(tmp_path, [(5, au_values((1, 51), accuracy=np.array([np.nan, 0.75])))])
    assert text.splitlines()[1] == "5,,,,,,,,,0.75,,"


def test_missing_or_damaged_file_is_named(tmp_path):
    with pytest.raises(UserError, match="has no curves.csv"):
        read_curves(tmp_path)
    (tmp_path / "curves.csv").write_text("step,train_loss\n1,many\n")
    with pytest.raises(UserError, match="curves.csv is damaged"):
        read_curves(tmp_path)
    (tmp_path / "curves.csv").write_text("")
    with pytest.raises(UserError, match="curves.csv is damaged"):
        read_curves(tmp_path)
