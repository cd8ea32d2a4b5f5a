from emotionet_tf.action_units import ACTION_UNITS
from emotionet_tf.experiments.published_scores import CHALLENGES
from emotionet_tf.experiments.werner2020.paper import PAPER
from emotionet_tf.experiments.werner2020.published import FIGURE_2, TABLE_2, TABLE_3


def test_challenge_of_2018_lacks_the_aus_that_the_paper_names():
    assert set(ACTION_UNITS) - set(CHALLENGES["2018"]) == {10, 15, 18, 24, 28, 51, 52, 53, 54, 55, 56}


def test_final_ranking_scores_are_the_means_of_accuracy_and_f1():
    by_name = {row.name: row for row in TABLE_2} | {
        "Univ. of Magdeburg": next(row for row in TABLE_2 if row.name == "Fusion A+B*")
    }
    for row in TABLE_3:
        if row.accuracy_2020 is not None:
            assert abs((row.accuracy_2020 + row.f1_2020) / 2 - by_name[row.name].test_2020) < 2e-4
        if row.name != "MIT":
            assert abs((row.accuracy_2018 + row.f1_2018) / 2 - by_name[row.name].test_2018) < 2e-4


def test_every_row_of_ours_is_one_that_makes_predictions():
    ours = {row.key for row in (*TABLE_2, *TABLE_3) if row.key} | set(FIGURE_2.values())
    assert ours <= set(PAPER.keys)
