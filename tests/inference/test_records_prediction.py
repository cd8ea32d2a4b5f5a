import numpy as np
import pytest

from emotionet_tf import models
from emotionet_tf.action_units import EXPRESSION, POSE
from emotionet_tf.errors import UserError
from emotionet_tf.inference import records_prediction
from emotionet_tf.inference.records_prediction import predict_dataset, predict_datasets
from emotionet_tf.records.dataset_info import load_dataset_info
from emotionet_tf.stream.batches import evaluation_stream

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model_dirs(tmp_path_factory):
    folders = []
    for group in (EXPRESSION, POSE):
        config = models.ModelConfig("ownnet1", group.aus, group.view, ("opt",), "opt", False, 32, 36)
        folder = tmp_path_factory.mktemp(group.name)
        models.save_model(models.build_model(config), config, folder, "last")
        folders.append(str(folder))
    return folders


def test_several_datasets_are_predicted_as_one_by_one_with_models_loaded_once(
    model_dirs, tiny_records, monkeypatch
):
    folders = [str(tiny_records / name) for name in ("opt-val", "train")]
    expected = [predict_dataset(model_dirs, folder, batch_size=16) for folder in folders]
    loaded = []
    original = records_prediction.load_model
    monkeypatch.setattr(
        records_prediction, "load_model", lambda *args: loaded.append(args[0]) or original(*args)
    )
    results = list(predict_datasets(model_dirs, folders, batch_size=16))
    assert loaded == model_dirs
    for folder, one, other in zip(folders, results, expected, strict=True):
        assert (one.ids, one.aus) == (other.ids, other.aus)
        assert len(one.ids) == load_dataset_info(folder).num_rows
        np.testing.assert_allclose(one.scores, other.scores, atol=1e-6)


def test_mirrored_prediction_lies_between_those_of_the_records_and_of_mirrored_ones(model_dirs, tiny_records):
    folder = str(tiny_records / "opt-val")
    plain, mirrored = (
        records_prediction.predict_records(model_dirs, folder, batch_size=16, mirror=mirror)
        for mirror in (False, True)
    )
    assert plain.ids == mirrored.ids and np.abs(plain.scores - mirrored.scores).max() > 1e-6
    model = models.load_model(model_dirs[0], None)
    stream = evaluation_stream(
        folder, view=model.config.view, batch_size=16, image_size_px=32, is_accurate=True
    )
    flipped = [model.predict_scores(batch["image"].numpy()[:, :, ::-1]) for batch in stream]
    # The expression network has neither angles nor AUs of a side: half its scores are those of the flipped images.
    columns = [mirrored.aus.index(au) for au in EXPRESSION.aus]
    expected = (plain.scores[:, columns] + np.concatenate(flipped)) / 2
    np.testing.assert_allclose(mirrored.scores[:, columns], expected, atol=1e-6)


def test_wrong_second_folder_is_told_before_the_first_is_predicted(model_dirs, tiny_records, tmp_path):
    with pytest.raises(UserError, match="is not a records folder"):
        next(predict_datasets(model_dirs, [str(tiny_records / "opt-val"), str(tmp_path)], batch_size=16))


def test_batches_that_are_done_are_not_predicted_again_and_scores_keep_their_bits(
    model_dirs, tiny_records, tmp_path, monkeypatch
):
    folder, output = str(tiny_records / "train"), str(tmp_path / "a.csv")
    (expected,) = predict_datasets(model_dirs, [folder], batch_size=4)
    original, asked = records_prediction.scored_batches, []

    def counted(model, records_dir, batch_size, *, num_skipped, **reading):
        batches = original(model, records_dir, batch_size, num_skipped=num_skipped, **reading)
        for number, batch in enumerate(batches):
            if len(asked) == 3:
                asked.append("killed")
                raise UserError("killed")
            asked.append(num_skipped + batch_size * number)
            yield batch

    monkeypatch.setattr(records_prediction, "scored_batches", counted)
    with pytest.raises(UserError, match="killed"):
        next(predict_datasets(model_dirs, [folder], batch_size=4, outputs=[output]))
    (found,) = predict_datasets(model_dirs, [folder], batch_size=4, outputs=[output])
    starts = list(range(0, load_dataset_info(folder).num_examples, 4))
    assert asked == [0, 4, 8, "killed", *starts[3:], *starts]
    assert found.ids == expected.ids
    np.testing.assert_array_equal(found.scores, expected.scores)
    assert list(tmp_path.iterdir()) == []
