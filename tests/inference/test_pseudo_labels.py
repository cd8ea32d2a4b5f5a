import numpy as np
import pytest
import tensorflow as tf

from emotionet_tf import models
from emotionet_tf.action_units import EXPRESSION, POSE, columns_of
from emotionet_tf.errors import UserError
from emotionet_tf.inference.decisions import decide
from emotionet_tf.inference.pseudo_labels import write_pseudo_labels
from emotionet_tf.inference.records_prediction import predict_records
from emotionet_tf.records.dataset_info import load_label_info
from emotionet_tf.stream.batches import evaluation_stream

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def teachers(tmp_path_factory):
    folders = []
    for group in (EXPRESSION, POSE):
        tf.keras.utils.set_random_seed(5)
        config = models.ModelConfig(
            "ownnet1", group.aus, group.view, ("opt",), "opt", group.uses_angles, 32, 36, angle_units=8
        )
        folder = tmp_path_factory.mktemp(group.name)
        models.save_model(models.build_model(config), config, folder, "last")
        folders.append(str(folder))
    return folders


@pytest.mark.parametrize("kind", ["hard", "soft"])
def test_student_reads_the_teachers_scores_as_labels(teachers, tiny_records, tmp_path, kind):
    records = str(tiny_records / "train")
    write_pseudo_labels(teachers, records, str(tmp_path / "labels"), kind=kind, batch_size=7)
    (batch,) = evaluation_stream(
        records, view="context", batch_size=64, image_size_px=32, labels_dir=str(tmp_path / "labels")
    ).as_numpy_iterator()
    expected = predict_records(teachers, records, batch_size=64, is_accurate=False)
    ids = [example_id.decode() for example_id in batch["example_id"]]
    scores = expected.scores_of(ids)[0]
    np.testing.assert_array_equal(batch["mask"], 1)
    np.testing.assert_allclose(batch["labels"], scores if kind == "soft" else decide(scores), atol=1e-6)
    assert len(np.unique(batch["labels"].round(4))) > (2 if kind == "soft" else 1)


def test_aus_that_no_teacher_predicts_stay_unknown(teachers, tiny_records, tmp_path):
    write_pseudo_labels(teachers[1:], str(tiny_records / "train"), str(tmp_path / "labels"))
    info = load_label_info(str(tmp_path / "labels"))
    known = np.array(list(info.known.values()))
    np.testing.assert_array_equal(known[columns_of(POSE.aus)], info.num_examples)
    np.testing.assert_array_equal(known[columns_of(EXPRESSION.aus)], 0)


def test_model_of_another_crop_size_is_refused(tiny_records, tmp_path):
    config = models.ModelConfig("ownnet1", POSE.aus, "context", ("opt",), "opt", False, 32, 40)
    models.save_model(models.build_model(config), config, tmp_path / "model", "last")
    with pytest.raises(UserError, match="holds crops of 36 px, but the model in .* was trained on 40 px"):
        write_pseudo_labels([str(tmp_path / "model")], str(tiny_records / "train"), str(tmp_path / "labels"))


def test_unknown_kind_lists_the_known_ones(tiny_records, tmp_path):
    with pytest.raises(UserError, match="one of the kinds hard, soft, got 'firm'"):
        write_pseudo_labels([], str(tiny_records / "train"), str(tmp_path / "labels"), kind="firm")


def test_folder_of_something_else_is_never_replaced(teachers, tiny_records, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years")
    with pytest.raises(UserError, match="mine"):
        write_pseudo_labels(teachers, str(tiny_records / "train"), str(tmp_path / "mine"))
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years"
