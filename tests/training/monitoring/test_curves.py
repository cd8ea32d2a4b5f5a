import numpy as np
import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.training.monitoring.curve_file import CurveFile
from emotionet_tf.training.monitoring.curves import read_curves
from emotionet_tf.training.monitoring.validation_results import ValidationResults
from emotionet_tf.training.objectives.validation_measures import AUS, validation_measures

COLUMNS = (
    "val_loss", "val_score", "val_accuracy", "val_f1",
    "AU01_accuracy", "AU01_f1", "AU01_loss", "AU51_accuracy", "AU51_f1", "AU51_loss",
)  # fmt: skip


def written(folder, rows):
    file = CurveFile(folder, COLUMNS)
    file.resume_from(0)
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
    again = CurveFile(tmp_path / "killed", COLUMNS)
    again.resume_from(20)
    assert (tmp_path / "killed" / "curves.csv").read_text() == undisturbed


def test_run_from_the_start_replaces_the_file(tmp_path):
    written(tmp_path, ROWS)
    assert written(tmp_path, []).count("\n") == 1


def test_run_does_not_resume_with_the_file_of_another_run(tmp_path):
    written(tmp_path, ROWS)
    with pytest.raises(UserError, match="curves.csv was not written by this run"):
        CurveFile(tmp_path, COLUMNS[:7]).resume_from(20)


def test_columns_are_loss_score_and_means_and_then_those_of_each_au():
    measures = [one for one in validation_measures(AUS) if one.name in ("score", "accuracy", "f1", "loss")]
    assert ValidationResults(measures, (1, 51)).curve_columns() == COLUMNS


def test_column_that_a_begun_run_lacks_is_blank_in_its_rows(tmp_path):
    written(tmp_path, ROWS)
    file = CurveFile(tmp_path, (COLUMNS[0], "val_kappa", *COLUMNS[1:]))
    file.resume_from(10)
    file.add(20, {"val_kappa": 0.5})
    header, *rows = (tmp_path / "curves.csv").read_text().splitlines()
    assert header.startswith("step,train_loss,val_loss,val_kappa,val_score,")
    assert rows == ["10,0.5,,,,,,,0.25,,,,", "20,,,0.5,,,,,,,,,"]


def test_unknown_measure_of_an_au_is_refused_with_those_that_there_are(tmp_path):
    written(tmp_path, ROWS)
    with pytest.raises(UserError, match="must be one of accuracy, f1, loss, got 'auc'"):
        read_curves(tmp_path).per_au("auc")


def test_numbers_that_are_not_finite_stay_blank(tmp_path):
    text = written(tmp_path, [(5, {"AU01_accuracy": np.nan, "AU51_accuracy": 0.75})])
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


def test_aus_of_one_side_have_curves(tmp_path):
    (tmp_path / "curves.csv").write_text("step,AU12_loss,AU12L_loss,AU12R_loss,lab_AU12L_loss\n5,1,2,3,4\n")
    curves = read_curves(tmp_path)
    assert curves.aus == ("AU12", "AU12L", "AU12R")
    assert curves.per_au("loss").tolist() == [[1, 2, 3]]
