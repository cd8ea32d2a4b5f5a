import numpy as np

from emotionet_tf.action_units import ACTION_UNITS, POSE
from emotionet_tf.models import ModelConfig
from emotionet_tf.training.targets import head_targets, model_inputs

CONFIG = ModelConfig("ownnet1", POSE.aus, "context", ("opt", "train"), "opt", True, 32, 36)


def batch_of(sources):
    num_rows = len(sources)
    generator = np.random.default_rng(0)
    return {
        "image": np.zeros((num_rows, 32, 32, 3), np.float32),
        "labels": generator.integers(0, 2, (num_rows, 23)).astype(np.float32),
        "mask": generator.integers(0, 2, (num_rows, 23)).astype(np.float32),
        "angles": np.zeros((num_rows, 3), np.float32),
        "angles_mask": np.zeros((num_rows, 3), np.float32),
        "source": np.array(sources, np.int32),
        "example_id": np.array([b"a"] * num_rows),
    }


def test_head_sees_the_rows_of_its_own_dataset_only():
    batch = batch_of([0, 1, 0, 1])
    targets = head_targets(batch, CONFIG, ["opt", "train"])
    columns = [ACTION_UNITS.index(au) for au in POSE.aus]
    for head, rows, others in (("opt", [0, 2], [1, 3]), ("train", [1, 3], [0, 2])):
        np.testing.assert_array_equal(targets[head][..., 0], batch["labels"][:, columns])
        np.testing.assert_array_equal(targets[head].numpy()[rows, :, 1], batch["mask"][rows][:, columns])
        np.testing.assert_array_equal(targets[head].numpy()[others, :, 1], 0)


def test_two_sources_that_share_a_head_both_train_it():
    config = ModelConfig("ownnet1", POSE.aus, "context", ("opt",), "opt", True, 32, 36)
    batch = batch_of([0, 1])
    targets = head_targets(batch, config, ["opt", "opt"])
    columns = [ACTION_UNITS.index(au) for au in POSE.aus]
    np.testing.assert_array_equal(targets["opt"][..., 1], batch["mask"][:, columns])


def test_inputs_hold_angles_only_where_the_network_uses_them():
    assert set(model_inputs(batch_of([0]), CONFIG)) == {"image", "angles", "angles_mask"}
    without = ModelConfig("ownnet1", POSE.aus, "context", ("opt",), "opt", False, 32, 36)
    assert set(model_inputs(batch_of([0]), without)) == {"image"}
