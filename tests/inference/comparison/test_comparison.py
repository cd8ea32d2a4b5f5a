import json
import math

import numpy as np
import pandas as pd
import pytest
from comparison_inputs import frame_row, label_list, label_row, tool_row, tool_table
from sklearn.metrics import f1_score, roc_auc_score
from tool_inputs import LIBREFACE_VIDEO, OPENFACE2_VIDEO, put

from emotionet_tf.errors import UserError
from emotionet_tf.inference.comparison.comparison import NamedTable, compare
from emotionet_tf.inference.comparison.result_files import write_comparison
from emotionet_tf.inference.comparison.row_matching import MatchRules, match_rows
from emotionet_tf.inference.comparison.text_tables import format_comparison
from emotionet_tf.inference.other_tools.reading import read_tool_table
from emotionet_tf.inference.other_tools.tool_table import INTENSITY, PRESENCE, PROBABILITY, ScoreColumn
from emotionet_tf.intervals import t_quantile
from emotionet_tf.resampling import resample_weights

LABELS = label_list(
    [label_row(name, {6: None, 12: value}) for name, value in zip("abcdef", (1, 1, 0, 0, 1, 0), strict=True)]
)
PERSONS = ["p", "p", "p", "q", "q", "q"], "by hand"
# Ours finds no face on f, theirs has no row of c, and one of g, which is not labelled.
OURS = tool_table([tool_row(None if one is None else [one], picture=name) for name, one in zip("abcdef", (1, 1, 0, 0, 0, None), strict=True)])  # fmt: skip # noqa: E501
THEIRS = tool_table(
    [tool_row([one], picture=name) for name, one in zip("abdefg", (1, 0, 1, 1, 0, 1), strict=True)]
)


def compared(*tables, labels=LABELS, persons=PERSONS, **settings):
    named = [
        NamedTable(name, table, match_rows(labels.rows, table, name, MatchRules()))
        for name, table in zip(("ours", "theirs", "third"), tables, strict=False)
    ]
    return compare(labels, named, persons, **{"num_draws": 200, **settings})


def test_common_rows_are_those_that_all_tables_scored():
    (au,) = compared(OURS, THEIRS).aus
    # a, b, d and e, labelled 1 1 0 1. Ours says 1 1 0 0, theirs 1 0 1 1.
    assert (au.num_known, au.num_positive, au.num_common, au.num_common_positive) == (6, 3, 4, 3)
    ours, theirs = au.tools["ours"].on_common, au.tools["theirs"].on_common
    assert ours["f1"].value == pytest.approx(4 / 5) and ours["accuracy"].value == pytest.approx(3 / 4)
    assert theirs["f1"].value == pytest.approx(4 / 6) and theirs["accuracy"].value == pytest.approx(2 / 4)
    assert au.tools["theirs"].difference["f1"].value == pytest.approx(4 / 6 - 4 / 5)
    assert au.tools["ours"].difference == {}


def test_on_all_rows_what_has_no_score_counts_as_absent():
    (au,) = compared(OURS, THEIRS).aus
    # Ours: f, without a face, is rightly absent; 2 TP, 1 FN, 3 TN.
    # Theirs: c, without a row, is too; 2 TP, 1 FN, 1 FP, 2 TN.
    assert au.tools["ours"].on_all["f1"] == pytest.approx(4 / 5)
    assert au.tools["ours"].on_all["accuracy"] == pytest.approx(5 / 6)
    assert au.tools["theirs"].on_all["f1"] == pytest.approx(4 / 6)
    assert au.tools["theirs"].on_all["accuracy"] == pytest.approx(4 / 6)


def test_row_without_a_score_ranks_below_a_score_of_0():
    labels = label_list([label_row(name, {12: one}) for name, one in zip("abc", (1, 1, 0), strict=True)])
    rows = [tool_row([0.9], picture="a"), tool_row([0.0], picture="c")]
    (au,) = compared(
        tool_table(rows, ScoreColumn(12, PROBABILITY, "AU12")), labels=labels, persons=(list("abc"), "")
    ).aus
    # Of the pairs a c and b c only the first is in order; b, present and not found, does not tie with c.
    assert au.tools["ours"].on_all["auc"] == pytest.approx(1 / 2)
    assert au.tools["ours"].on_common["auc"].value == 1


def test_each_known_label_is_scored_failed_or_without_a_row():
    (au,) = compared(OURS, THEIRS).aus
    numbers = {name: (tool.num_scored, tool.num_failed, tool.num_missing) for name, tool in au.tools.items()}
    assert numbers == {"ours": (5, 1, 0), "theirs": (5, 0, 1)}


def test_leaving_out_hard_rows_gains_nothing():
    # Theirs is right on a, b and c and leaves out the others, of which e is present; ours is wrong on e only.
    picky = tool_table([tool_row([one], picture=name) for name, one in (("a", 1), ("b", 1), ("c", 0))])
    (au,) = compared(OURS, picky).aus
    assert au.tools["theirs"].on_common["f1"].value == 1
    assert au.tools["ours"].on_common["f1"].value == 1
    assert au.tools["theirs"].on_all["f1"] == pytest.approx(4 / 5) == au.tools["ours"].on_all["f1"]
    assert au.tools["theirs"].num_missing == 3


def test_unknown_label_counts_nowhere():
    labels = label_list(
        [label_row(name, {12: one}) for name, one in zip("abcdef", (1, None, 0, 0, 1, 0), strict=True)]
    )
    (au,) = compared(OURS, THEIRS, labels=labels).aus
    assert (au.num_known, au.num_common) == (5, 3)


def random_case(num_persons=9, per_person=8):
    generator = np.random.default_rng(11)
    names = [f"{person}/{number}.jpg" for person in range(num_persons) for number in range(per_person)]
    labels = label_list([label_row(name, {12: float(generator.random() < 0.4)}) for name in names])
    column = ScoreColumn(12, PROBABILITY, "AU12")
    tables = []
    for noise in (0.3, 0.6):
        scores = [row.labels[0] * 0.4 + 0.3 + generator.normal(0, noise) for row in labels.rows]
        rows = [
            tool_row([min(max(one, 0), 1)], picture=name) for one, name in zip(scores, names, strict=True)
        ]
        tables.append(tool_table(rows, column))
    return labels, tables, [name.split("/")[0] for name in names]


def test_interval_is_t_times_the_spread_over_resampled_persons():
    labels, tables, persons = random_case()
    (au,) = compared(*tables, labels=labels, persons=(persons, ""), num_draws=150, seed=5).aus
    present = np.array([row.labels[0] for row in labels.rows]) > 0.5
    scores = [np.array([row.scores[0] for row in table.rows]) for table in tables]
    order = np.array([sorted(set(persons)).index(person) for person in persons])
    f1, areas = [], []
    for draw in np.concatenate(list(resample_weights(9, 150, 5)))[1:]:
        repeats = draw[order].astype(int)
        truth, *drawn = (np.repeat(one, repeats) for one in (present, *scores))
        f1.append(f1_score(truth, drawn[1] >= 0.5) - f1_score(truth, drawn[0] >= 0.5))
        areas.append(roc_auc_score(truth, drawn[1]) - roc_auc_score(truth, drawn[0]))
    for measure, draws in (("f1", f1), ("auc", areas)):
        found, half = au.tools["theirs"].difference[measure], t_quantile(8) * np.std(draws, ddof=1)
        assert found.high - found.value == pytest.approx(half, rel=1e-6)
        assert found.value - found.low == pytest.approx(half, rel=1e-6)


def test_same_table_twice_differs_by_nothing_with_an_interval_of_no_width():
    labels, tables, persons = random_case()
    (au,) = compared(tables[0], tables[0], labels=labels, persons=(persons, "")).aus
    difference = au.tools["theirs"].difference["f1"]
    assert (difference.value, difference.low, difference.high) == (0, 0, 0)
    own = au.tools["ours"].on_common["f1"]
    assert own.low < own.value < own.high


def test_seed_decides_the_resamples_and_one_person_has_no_interval():
    labels, tables, persons = random_case()

    def low(seed, persons=persons):
        (au,) = compared(*tables, labels=labels, persons=(persons, ""), seed=seed).aus
        return au.tools["ours"].on_common["f1"].low

    assert low(1) == low(1) != low(2)
    assert math.isnan(low(1, ["me"] * len(persons)))


def test_mean_is_over_the_aus_that_every_table_has():
    labels = label_list(
        [label_row(name, {6: one, 12: 1 - one}) for name, one in zip("abcd", (1, 1, 0, 0), strict=True)]
    )
    both = (ScoreColumn(6, PRESENCE, "AU06_c"), ScoreColumn(12, PRESENCE, "AU12_c"))
    ours = tool_table([tool_row([1, 0], picture=name) for name in "abcd"], *both)
    theirs = tool_table([tool_row([1], picture=name) for name in "abcd"], both[1])
    comparison = compared(ours, theirs, labels=labels, persons=(list("abcd"), ""))
    assert comparison.mean_aus == [12] and set(comparison.aus[0].tools) == {"ours"}
    # Always present on two of four: F1 2/3; never: 0.
    assert comparison.mean["theirs"].on_common["f1"].value == pytest.approx(2 / 3)
    assert comparison.mean["theirs"].difference["f1"].value == pytest.approx(2 / 3)
    assert comparison.mean["theirs"].on_all["f1"] == pytest.approx(2 / 3)


def test_presence_decides_before_probability_before_intensity_and_ranks_the_other_way_round():
    labels = label_list(
        [label_row(name, {4: one, 5: one, 7: one}) for name, one in zip("abc", (1, 1, 0), strict=True)]
    )
    columns = (
        ScoreColumn(4, PRESENCE, "au_4"),
        ScoreColumn(7, PRESENCE, "au_7"),
        ScoreColumn(4, INTENSITY, "au_4_intensity"),
        ScoreColumn(5, INTENSITY, "au_5_intensity"),
    )
    rows = [(0, 1, 3.0, 1.0), (1, 0, 2.0, 0.99), (0, 0, 1.0, 0.0)]
    table = tool_table(
        [tool_row(list(one), picture=name) for one, name in zip(rows, "abc", strict=True)], *columns
    )
    au4, au5, au7 = compared(table, labels=labels, persons=(list("abc"), "")).aus
    # AU4: decided 0 1 0 though intensities are 3 2 1, which rank without a mistake.
    assert au4.tools["ours"].on_common["f1"].value == pytest.approx(2 / 3)
    assert au4.tools["ours"].on_common["auc"].value == 1
    assert (au4.tools["ours"].decided_by, au4.tools["ours"].ranked_by) == ("au_4", "au_4_intensity")
    # AU5: 1.0 is present, 0.99 is not.
    assert au5.tools["ours"].decided_by == "au_5_intensity >= 1"
    assert au5.tools["ours"].on_common["f1"].value == pytest.approx(2 / 3)
    # AU7: presences rank too, with a tie of b and c.
    assert au7.tools["ours"].on_common["auc"].value == pytest.approx(3 / 4)


def test_coded_intensities_are_compared_with_predicted_ones_where_both_are():
    rows = [
        label_row(name, {12: float(grade > 0)}, intensities=np.array([grade], np.float32))
        for name, grade in zip("abcd", (0, 1, 2, np.nan), strict=True)
    ]
    graded = ScoreColumn(12, INTENSITY, "AU12_r")
    ours = tool_table(
        [tool_row([one], picture=name) for name, one in zip("abcd", (1, 2, 3, 5), strict=True)], graded
    )
    (au,) = compared(ours, OURS, labels=label_list(rows), persons=(list("abcd"), "")).aus
    # 0 1 2 and 1 2 3, as worked out in the measures' own test; OURS has no intensities and takes no row away.
    assert au.num_graded == 3 and au.tools["theirs"].agreement == {}
    found = {name: one.value for name, one in au.tools["ours"].agreement.items()}
    assert found == pytest.approx({"icc": 1, "mse": 1, "mae": 1, "ccc": 4 / 7, "pearson": 1})


def test_au_without_positives_is_told_with_its_conventions():
    labels = label_list([label_row(name, {12: 0}) for name in "abcdef"])
    comparison = compared(OURS, labels=labels)
    values = comparison.aus[0].tools["ours"].on_common
    # 2 of 5 decided present: F1 and MCC 0, AUC undefined, balanced accuracy the negatives' recall.
    assert values["f1"].value == 0 and values["mcc"].value == 0 and math.isnan(values["auc"].value)
    assert values["balanced_accuracy"].value == pytest.approx(3 / 5)
    assert "without a positive label: AU12" in format_comparison(comparison)


def test_aus_that_do_not_meet_are_refused_and_those_without_scores_are_named():
    labels = label_list([label_row(name, {1: 1}) for name in "abcdef"])
    with pytest.raises(UserError, match="the labels have the AUs 1, the tables 12: none in common"):
        compared(OURS, labels=labels)
    assert compared(OURS).aus_without_scores == [6]
    assert "labelled, but in no table: AU06" in format_comparison(compared(OURS))


def test_text_accounts_for_every_row():
    text = format_comparison(compared(OURS, THEIRS))
    assert (
        "ours (a program): 6 rows, 1 of them without a face, 6 of 6 labelled rows, 0 without a label" in text
    )
    assert (
        "theirs (a program): 6 rows, 0 of them without a face, 5 of 6 labelled rows, 1 without a label"
        in text
    )
    assert "95 % intervals over 2 persons (by hand); 200 resamples, seed 0" in text
    line = next(line for line in text.splitlines() if line.startswith("AU12  theirs") and "AU12_c" in line)
    assert line.split()[:7] == ["AU12", "theirs", "6", "3", "5", "0", "1"]


def test_files_have_the_same_numbers(tmp_path):
    comparison = compared(OURS, THEIRS)
    write_comparison(str(tmp_path / "out.json"), comparison)
    content = json.loads((tmp_path / "out.json").read_text())
    theirs = content["aus"]["AU12"]["tables"]["theirs"]
    assert theirs["on_common"]["f1"]["value"] == pytest.approx(2 / 3) and theirs["num_missing"] == 1
    assert content["tables"]["theirs"]["num_without_label"] == 1
    write_comparison(str(tmp_path / "out.csv"), comparison)
    table = pd.read_csv(tmp_path / "out.csv").set_index(["au", "table", "rows", "measure"])
    assert table.loc[("AU12", "theirs", "on_common", "f1"), "value"] == pytest.approx(2 / 3)
    assert table.loc[("AU12", "theirs", "on_common", "f1"), "num_rows"] == 4
    assert table.loc[("AU12", "theirs", "on_all", "num_no_row"), "value"] == 1
    assert table.loc[("mean", "theirs", "difference", "f1"), "value"] == pytest.approx(2 / 3 - 4 / 5)


def test_frames_of_two_programs_meet_at_the_labels_numbers(tmp_path):
    labels = label_list([frame_row("clip", number, {4: 1, 12: 1}) for number in (1, 2, 3, 4, 5)])
    openface = read_tool_table(put(tmp_path / "of/clip.csv", OPENFACE2_VIDEO))
    libreface = read_tool_table(put(tmp_path / "lf/clip.csv", LIBREFACE_VIDEO))
    au4, au12 = compared(openface, libreface, labels=labels, persons=(["p"] * 5, "")).aus
    # LibreFace counts 0, 1 and 4, which are frames 1, 2 and 5, and says au_4 on the last two.
    assert au4.tools["theirs"].num_scored == 3 and au4.tools["theirs"].num_missing == 2
    assert au4.tools["theirs"].on_all["accuracy"] == pytest.approx(2 / 5)
    # OpenFace's frame 3 failed though its smoothed AU12_c is 1, and there is no frame 5.
    numbers = au12.tools["ours"]
    assert (numbers.num_scored, numbers.num_failed, numbers.num_missing) == (3, 1, 1)
    assert numbers.on_all["accuracy"] == pytest.approx(3 / 5)
