import unicodedata

import numpy as np
import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.inference.comparison.name_matching import match_names
from emotionet_tf.inference.evaluation import evaluate
from emotionet_tf.inference.prediction_files import Predictions
from emotionet_tf.inference.tables.conditions import conditions_of
from emotionet_tf.label_lists.name_forms import composed, lookup_in_any_form
from emotionet_tf.label_lists.rows import LabelList, LabelRow

NFC = unicodedata.normalize("NFC", "Zo\u00eb.jpg")
NFD = unicodedata.normalize("NFD", NFC)


def test_name_is_found_as_it_is_or_in_the_other_form():
    assert NFC != NFD and composed(NFD) == NFC == composed(NFC)
    find = lookup_in_any_form([NFD, "a.jpg"])
    assert [find(name) for name in (NFC, NFD, "a.jpg", "Zoe.jpg")] == [NFD, NFD, "a.jpg", None]


def test_names_in_both_forms_stay_two_and_a_third_form_is_ambiguous():
    find = lookup_in_any_form([NFC, NFD])
    assert (find(NFC), find(NFD)) == (NFC, NFD)
    two = "Zoe\u0308\u0301.jpg", "Zo\u00eb\u0301.jpg"
    find = lookup_in_any_form(["\u1e17", "\u0113\u0301"])
    assert (find("\u1e17"), find("\u0113\u0301")) == ("\u1e17", "\u0113\u0301")
    with pytest.raises(
        UserError, match=r"could be '.*' or '.*', which differ in the form of their characters"
    ):
        find("e\u0304\u0301")
    assert composed(two[0]) == composed(two[1])


def test_predictions_labels_conditions_and_tables_join_in_any_form(tmp_path):
    labels = np.ones(1, np.float32)
    rows = [
        LabelRow(NFC, NFC, labels, labels, aus=(12,)),
        LabelRow("b.jpg", "b.jpg", 0 * labels, labels, aus=(12,)),
    ]
    predictions = Predictions((NFD, "b.jpg"), (12,), np.array([[0.9], [0.1]]))
    evaluation = evaluate(predictions, LabelList(rows, [], "plain CSV", (12,), aus=(12,)))
    assert (evaluation.num_without_prediction, evaluation.num_without_label) == (0, 0)
    np.testing.assert_array_equal(evaluation.scores.accuracy, [1])
    (tmp_path / "conditions.csv").write_text(f"file,condition\n{NFC},glad\n", encoding="utf-8")
    assert conditions_of([NFD], str(tmp_path / "conditions.csv")) == {NFD: "glad"}
    assert match_names([f"/data/{NFD}"], [NFC]) == {f"/data/{NFD}": NFC}
