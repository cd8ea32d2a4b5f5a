from pathlib import Path

import numpy as np
import pytest
from tensorflow import keras

from emotionet_tf.errors import UserError
from emotionet_tf.models import ModelConfig, build_model, load_model
from emotionet_tf.models.backbones.init_weights import refresh_normalization
from emotionet_tf.stream.augmentation_ranges import NO_AUGMENTATION
from emotionet_tf.stream.sources import Source
from emotionet_tf.training import starting_weights, train
from emotionet_tf.training.lifecycle.checkpoints import RunState
from emotionet_tf.training.optimization.training_network import TrainingNetwork
from emotionet_tf.training.train_config import TrainConfig

NARROW = "mobilenet_v3_large_x0.1"
MEAN, VARIANCE = np.float32([0.5, 0.4, 0.3]), np.float32([0.04, 0.05, 0.06])


def build(backbone: str) -> keras.Model:
    config = ModelConfig(backbone, (51, 52), "context", ("opt",), "opt", image_size_px=32, crop_size_px=36)
    return build_model(config)


def backbone_of(model: keras.Model) -> keras.Model:
    return next(layer for layer in model.layers if isinstance(layer, keras.Model))


def config_of(records: Path, output_dir: Path, **changes: object) -> TrainConfig:
    values = dict(
        output_dir=str(output_dir),
        sources=(Source("opt", str(records / "opt-train")),),
        group="pose",
        backbone=NARROW,
        image_size_px=32,
        num_steps=2,
        batch_size=4,
        augmentation=NO_AUGMENTATION,
        checkpoint_interval_steps=2,
        validation_interval_steps=2,
    )
    return TrainConfig(**{**values, **changes})


@pytest.mark.slow
def test_restored_checkpoint_normalises_images_as_the_saved_one_did(tmp_path):
    saved, restored = build("efficientnet_b0_x0.1"), build("efficientnet_b0_x0.1")
    trainers = [TrainingNetwork(model) for model in (saved, restored)]
    for trainer in trainers:
        trainer.compile(keras.optimizers.SGD(0.1))
    layers = backbone_of(saved).layers
    normalization = next(layer for layer in layers if isinstance(layer, keras.layers.Normalization))
    normalization.set_weights([MEAN, VARIANCE, np.int64(0)])
    refresh_normalization(saved)
    RunState(saved, trainers[0], tmp_path).save()
    RunState(restored, trainers[1], tmp_path).restore()
    images = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype(np.float32)
    np.testing.assert_array_equal(restored({"image": images})["opt"], saved({"image": images})["opt"])


@pytest.mark.slow
def test_weights_are_read_at_the_start_only_and_another_file_is_refused(
    tiny_records, tmp_path, monkeypatch, capsys
):
    file, folder = tmp_path / "best.keras", tmp_path / "model"
    pretrained = build(NARROW)
    pretrained.save(file)
    # Without a learning rate that moves them, the trained kernels are still those of the file.
    config = config_of(tiny_records, folder, init_weights=str(file), learning_rate=0.0)
    train.train(config)
    assert f"the backbone starts from {file}" in capsys.readouterr().out
    trained = load_model(folder, "last").network
    for one, other in zip(
        backbone_of(trained).trainable_weights, backbone_of(pretrained).trainable_weights, strict=True
    ):
        np.testing.assert_array_equal(one, other)

    # As if it had been killed after its last checkpoint.
    (folder / "train.json").unlink()
    with monkeypatch.context() as patched:
        patched.setattr(
            starting_weights, "load_backbone_weights", lambda *_: pytest.fail("the weights were read again")
        )
        train.train(config)

    file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(UserError, match=r"checksum of .*best\.keras was"):
        train.train(config)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"backbone": "ownnet1", "init_weights": "imagenet"}, "'ownnet1' cannot start from ImageNet weights"),
        ({"init_weights": "missing.keras"}, r"missing\.keras is not a file"),
        ({"init_weights": "damaged.keras"}, r"damaged\.keras is not a model that can be loaded"),
    ],
)
def test_weights_that_cannot_be_used_leave_no_folder(tiny_records, tmp_path, monkeypatch, changes, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "damaged.keras").write_bytes(b"no model")
    with pytest.raises(UserError, match=message):
        train.train(config_of(tiny_records, tmp_path / "model", **changes))
    assert not (tmp_path / "model").exists()
