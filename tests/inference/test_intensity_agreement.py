"""Agreement of intensities, against the formulas written out."""

import json

import numpy as np
import pytest
import warm_commands

from emotionet_tf.inference.intensity_agreement import (
    agreement_to_dict,
    format_agreement,
    intensity_agreement,
)
from emotionet_tf.inference.prediction_files import Predictions, write_predictions
from emotionet_tf.label_lists.reading import read_label_list

CODED = [0, 1, 3, 5, 2]
PREDICTED = [0.5, 1.5, 2.0, 4.0, np.nan]


def read(tmp_path, text):
    (tmp_path / "list.csv").write_text(text)
    return read_label_list(tmp_path / "list.csv")


@pytest.fixture
def labels(tmp_path):
    lines = [f"{number}.jpg,{int(value >= 2)},1,{value}\n" for number, value in enumerate(CODED)]
    return read(tmp_path, "path,AU12,AU06,AU12_intensity\n" + "".join([*lines, "5.jpg,1,1,\n"]))


def predictions(**intensities):
    ids = tuple(f"{number}.jpg" for number in range(5))
    values = {12: np.array(PREDICTED), 6: np.zeros(5)}
    return Predictions(ids, (6, 12), np.full((5, 2), 0.5), intensities=values)


def test_measures_are_those_of_the_formulas(labels):
    (found,) = intensity_agreement(predictions(), labels)
    x, y = np.array(CODED[:4], float), np.array(PREDICTED[:4])
    assert (found.au, found.num_coded, found.num_compared) == (12, 5, 4)
    assert found.measures["mse"] == pytest.approx((0.25 + 0.25 + 1 + 1) / 4)
    assert found.measures["mae"] == pytest.approx((0.5 + 0.5 + 1 + 1) / 4)
    assert found.measures["pearson"] == pytest.approx(np.corrcoef(x, y)[0, 1])
    ccc = 2 * np.cov(x, y, bias=True)[0, 1] / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)
    assert found.measures["ccc"] == pytest.approx(ccc)
    # Shrout and Fleiss 1979: targets are rows, the two judges are fixed.
    table = np.stack([x, y], axis=1)
    between = 2 * ((table.mean(axis=1) - table.mean()) ** 2).sum() / 3
    rest = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + table.mean()
    error = (rest**2).sum() / 3
    assert found.measures["icc"] == pytest.approx((between - error) / (between + error))


def test_text_and_json_say_what_was_compared(labels):
    found = intensity_agreement(predictions(), labels)
    lines = format_agreement(found).splitlines()
    assert lines[2].split()[:3] == ["AU12", "5", "4"] and lines[2].split()[4] == "0.6250"
    content = agreement_to_dict(found)
    assert content["per_au"]["AU12"]["mae"] == 0.75 == content["mean"]["mae"]


def test_what_has_no_intensities_has_no_agreement(tmp_path, labels):
    assert intensity_agreement(Predictions(("0.jpg",), (12,), np.zeros((1, 1))), labels) == []
    assert intensity_agreement(predictions(), read(tmp_path, "path,AU12\n0.jpg,1\n")) == []


def test_a_constant_has_no_correlation(tmp_path):
    constant = read(tmp_path, "path,AU12,AU12_intensity\n0.jpg,1,2\n1.jpg,1,2\n")
    found = intensity_agreement(predictions(), constant)
    assert np.isnan(found[0].measures["pearson"]) and found[0].measures["icc"] == 0
    assert agreement_to_dict(found)["mean"]["pearson"] is None and " - " in format_agreement(found) + " "


def test_evaluate_prints_and_writes_it(tmp_path, labels):
    write_predictions(tmp_path / "p.csv", predictions())
    flags = [
        f"--predictions={tmp_path / 'p.csv'}",
        f"--labels={tmp_path / 'list.csv'}",
        f"--output={tmp_path / 'o.json'}",
    ]
    run = warm_commands.run(["-m", "emotionet_tf.bin.evaluate", *flags])
    assert run.returncode == 0 and "AU      coded  compared ICC(3,1)" in run.stdout, run.stderr
    assert json.loads((tmp_path / "o.json").read_text())["intensities"]["per_au"]["AU12"]["mae"] == 0.75
