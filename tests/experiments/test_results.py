import json
from dataclasses import replace

import numpy as np
import pytest
from fake_run import NUM_PHOTOS, make_fake_run

from emotionet_tf.action_units import ACTION_UNITS, AUTOMATIC_AUS, EXPRESSION, POSE
from emotionet_tf.errors import UserError
from emotionet_tf.experiments.run_layout import RunLayout
from emotionet_tf.experiments.scores.results import Results, load_results
from emotionet_tf.experiments.scores.scored_sets import folders_are_persons, load_scored_set
from emotionet_tf.experiments.scores.seed_scores import confusion_counts
from emotionet_tf.experiments.werner2020.lineage import FUSION_OF_WHOLE, OPENFACE_BASELINE
from emotionet_tf.experiments.werner2020.paper import PAPER
from emotionet_tf.inference.evaluation import evaluate
from emotionet_tf.inference.prediction_files import Predictions, read_predictions
from emotionet_tf.label_lists.reading import read_label_list


@pytest.fixture(scope="module")
def layout(tmp_path_factory):
    return make_fake_run(tmp_path_factory.mktemp("run")).layout


@pytest.fixture(scope="module")
def results(layout):
    return load_results(PAPER.systems, layout, training_sets=("opt-train", "opt", "train"), num_draws=100)


def small_truth(folder, split_by):
    layout = RunLayout(folder, folder / "records")
    layout.records("test").mkdir(parents=True)
    layout.records("opt-val").mkdir()
    layout.truth("test").write_text(
        "id,path,AU1,AU51\na,p/a.jpg,1,0\nb,p/b.jpg,0,999\nc,q/c.jpg,1,1\nd,d.jpg,1,0\n"
    )
    (layout.records("opt-val") / "dataset.json").write_text(json.dumps({"settings": {"split_by": split_by}}))
    return layout


def known_labels(path):
    rows = read_label_list(path).rows
    return np.stack([row.labels for row in rows]), np.stack([row.mask for row in rows])


def test_counts_are_per_folder_and_a_photo_without_prediction_is_absent(tmp_path):
    truth = load_scored_set(small_truth(tmp_path, "folder"), "test", by_folder=True)
    predictions = Predictions(("a", "b", "c"), (1, 51), np.array([[0.9, 0.2], [0.5, 0.9], [0.1, 0.6]]))
    counts = confusion_counts(predictions, truth, (1, 51))
    # Folder p: AU1 one hit, one false alarm (.5 rounds up); AU51 one right "absent", one unknown.
    np.testing.assert_array_equal(counts[0], [[1, 1, 0, 0], [0, 0, 0, 1]])
    # Folder q: AU1 missed, AU51 found. Photo d, without folder, is by itself: AU1 missed, AU51 rightly absent.
    np.testing.assert_array_equal(counts[1], [[0, 0, 1, 0], [1, 0, 0, 0]])
    np.testing.assert_array_equal(counts[2], [[0, 0, 1, 0], [0, 0, 0, 1]])


@pytest.mark.parametrize(("split_by", "num_identities"), [("folder", 3), ("id", 4)])
def test_folders_are_persons_where_the_opt_set_was_divided_by_folder(tmp_path, split_by, num_identities):
    layout = small_truth(tmp_path, split_by)
    persons = folders_are_persons(layout)
    assert persons == (split_by == "folder")
    assert load_scored_set(layout, "test", persons).num_identities == num_identities


def test_damaged_dataset_json_is_named(tmp_path):
    with pytest.raises(UserError, match="opt-val/dataset.json has no entry 'num_rows'"):
        load_results(PAPER.systems, small_truth(tmp_path, "id"))


def test_dataset_json_of_something_else_is_named(tmp_path):
    layout = small_truth(tmp_path, "id")
    (layout.records("opt-val") / "dataset.json").write_text("[]")
    with pytest.raises(UserError, match="opt-val/dataset.json cannot be read: it holds no settings"):
        load_results(PAPER.systems, layout)


def test_au_of_which_nothing_is_known_has_no_score_and_no_difference(layout, results):
    column = ACTION_UNITS.index(51)
    scores = {
        name: replace(one, totals=one.totals * (np.arange(len(one.aus)) != column)[:, None])
        for name, one in results.scores.items()
        if name[0] in ("T.1", "A.1")
    }
    unlabelled = Results(PAPER.systems, results.sets, scores)
    assert unlabelled.score("T.1", "test", aus=(51,)) is None
    assert unlabelled.difference("A.1", "T.1", "test", aus=(51,)) is None
    assert unlabelled.score("T.1", "test", aus=(52,)) is not None


def test_score_is_the_mean_over_seeds_of_what_evaluate_says(layout, results):
    labels = read_label_list(layout.truth("test"))
    scores = [
        evaluate(read_predictions(layout.predictions("A.2", seed, "test")), labels).scores
        for seed in range(3)
    ]
    found = results.score("A.2", "test")
    assert found.estimate == pytest.approx(np.mean([one.ranking_score for one in scores]))
    assert results.score("A.2", "test", measure="f1").estimate == pytest.approx(
        np.mean([one.mean_f1 for one in scores])
    )
    assert found.low < found.estimate < found.high
    assert (found.num_seeds, found.num_identities) == (3, NUM_PHOTOS["test"] // 4)
    per_au = results.per_au("A.2", "test")
    np.testing.assert_allclose(per_au.f1, np.mean([one.f1 for one in scores], axis=0))
    assert per_au.num_positive[0] == scores[0].num_positive[0]
    one_au = results.score("A.2", "test", aus=(51,))
    assert one_au.estimate == pytest.approx(per_au.ranking_score_per_au[ACTION_UNITS.index(51)])


def test_row_trained_once_has_the_other_rows_spread_and_a_wider_interval(results):
    once, thrice = results.score("T.0", "test"), results.score("T.1", "test")
    assert (once.num_seeds, thrice.num_seeds) == (1, 3)
    assert once.seed_error == pytest.approx(3**0.5 * thrice.seed_error)


def test_row_is_scored_on_the_aus_that_it_learned(results):
    assert results.aus("ownnet8-baseline", "test") == AUTOMATIC_AUS
    assert results.score("ownnet8-baseline", "test", aus=ACTION_UNITS) is None
    assert results.aus(OPENFACE_BASELINE, "test") == POSE.aus
    assert results.score(OPENFACE_BASELINE, "test", aus=POSE.aus).seed_error == 0
    assert results.score("T.1", "test", aus=EXPRESSION.aus) is not None


@pytest.mark.slow
def test_fusion_of_models_that_saw_opt_val_has_no_score_there(layout, results):
    path = layout.predictions("A.1-whole", 0, "opt-val")
    path.write_bytes(layout.predictions("A.1", 0, "opt-val").read_bytes())
    try:
        again = load_results(PAPER.systems, layout, num_draws=10)
    finally:
        path.unlink()
    assert again.seeds("A.1-whole", "opt-val") == ()
    assert results.score(FUSION_OF_WHOLE.key, "opt-val") is None
    assert results.score(FUSION_OF_WHOLE.key, "test") is not None


def test_difference_is_paired_in_identities_and_seeds(results):
    found = results.difference("A.2", "T.2", "test")
    ours, theirs = results.score("A.2", "test"), results.score("T.2", "test")
    assert found.estimate == pytest.approx(ours.estimate - theirs.estimate)
    assert found.num_seeds == 3
    # Seed 0 alone has a counterpart.
    single = results.difference("T.2-mobilenet", "T.2", "test")
    teacher = results.scores["T.2", 0, "test"]
    student = results.scores["T.2-mobilenet", 0, "test"]
    means = [one.draws[:, 0].mean() for one in (student, teacher)]
    assert single.estimate == pytest.approx(means[0] - means[1])
    assert single.num_seeds == 1
    # The same persons for both: the difference's error is not that of two independent scores.
    both = results.score("fusion-A", "test"), results.score("A.2", "test")
    assert (
        results.difference("fusion-A", "A.2", "test").identity_error
        < sum(one.identity_error**2 for one in both) ** 0.5
    )


@pytest.mark.slow
def test_same_seed_gives_the_same_intervals_and_more_identities_narrower_ones(layout, results):
    again = load_results(PAPER.systems, layout, num_draws=100)
    assert again.difference("A.2", "T.2", "test") == results.difference("A.2", "T.2", "test")
    widths = [results.score("A.2", name).identity_error for name in ("test", "opt-val")]
    assert widths[0] < widths[1]  # 30 and 15 persons


def test_unfinished_run_shows_what_there_is_and_names_what_is_damaged(tmp_path):
    layout = make_fake_run(tmp_path, num_seeds=1, keys=frozenset({"T.1", "A.1", "B.1"})).layout
    for key in PAPER.keys:
        for name in ("val", "test"):
            layout.predictions(key, 0, name).unlink(missing_ok=True)
    layout.predictions("B.1", 0, "opt-val").write_text("id,AU01\nsomebody,2\n")
    layout.truth("test").unlink()
    results = load_results(PAPER.systems, layout, num_draws=50)
    assert results.keys() == ("T.1", "A.1")
    assert results.datasets() == ("opt-val",)
    assert "AU01 is 2" in results.problems[0] and len(results.problems) == 1
    assert results.score("A.2", "opt-val") is None and results.per_au("A.2", "opt-val") is None
    # Nothing was trained twice.
    assert not results.score("T.1", "opt-val").covers_seeds
    assert not results.difference("A.1", "T.1", "opt-val").covers_seeds


def test_empty_folder_has_no_results(tmp_path):
    results = load_results(PAPER.systems, RunLayout(tmp_path, tmp_path / "records"))
    assert results.keys() == () and results.datasets() == () and results.label_table("test") is None


def test_label_table_counts_all_photos_of_a_scored_set_and_the_faces_of_a_training_set(layout, results):
    table = results.label_table("test")
    labels, mask = known_labels(layout.truth("test"))
    assert table.positives[1] == labels[:, 0].sum()
    assert table.positives[1] + table.negatives[1] == mask[:, 0].sum()
    assert table.positives[1] + table.negatives[1] + table.unknown[1] == len(labels) == table.num_photos
    train = results.label_table("train")
    assert (train.num_photos, train.num_without_face, train.with_faceless) == (NUM_PHOTOS["train"], 2, False)
    # The fake run's last two photos have no face.
    labels, mask = (values[:-2] for values in known_labels(layout.truth("train")))
    assert train.positives[51] == labels[:, 17].sum()
    assert train.positives[51] + train.negatives[51] == mask[:, 17].sum()
