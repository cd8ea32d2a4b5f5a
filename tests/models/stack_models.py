"""python tests/models/stack_models.py: writes small models of this environment's Keras and their scores, for the tests.

They lie in `stack_models/keras2` and `stack_models/keras3`, and the tests of both stacks read both.
"""

from pathlib import Path

import numpy as np

from emotionet_tf.action_units import EXPRESSION, POSE, AuGroup
from emotionet_tf.keras_versions import KERAS_MAJOR
from emotionet_tf.models import ModelConfig, build_model, load_model, save_model
from emotionet_tf.models.backbones.init_weights import refresh_normalization
from emotionet_tf.models.model_folders import LoadedModel

FOLDER = Path(__file__).with_name("stack_models")
SIDE_PX = 32
MODELS: dict[str, tuple[str, AuGroup]] = {
    "efficientnet": ("efficientnet_b0_x0.1_d0.1", POSE),
    "resnet18": ("resnet18_x0.05", EXPRESSION),
}


def scores_of(model: LoadedModel) -> np.ndarray:
    """Returns a model's scores on eight made-up photos, [8, AUs]."""
    random = np.random.default_rng(0)
    images = random.uniform(0, 255, (8, SIDE_PX, SIDE_PX, 3)).astype(np.float32)
    angles = random.normal(0, 0.3, (8, 3)).astype(np.float32)
    return model.predict_scores(images, angles, np.ones((8, 3), np.float32))


def _changed(weight: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Returns a weight or running statistic with values of their own, as after training; variances stay positive."""
    values = np.where(
        weight == 0, random.normal(0, 0.1, weight.shape), weight * random.uniform(0.5, 1.5, weight.shape)
    )
    return values.astype(weight.dtype)


def write_all() -> None:
    for name, (backbone, group) in MODELS.items():
        config = ModelConfig(
            backbone,
            group.aus,
            group.view,
            ("opt", "train"),
            "opt",
            uses_angles=group.uses_angles,
            image_size_px=SIDE_PX,
            crop_size_px=SIDE_PX + 4,
            angle_units=4,
        )
        network = build_model(config)
        random = np.random.default_rng(1)
        network.set_weights([_changed(one, random) for one in network.get_weights()])
        refresh_normalization(network)
        folder = FOLDER / f"keras{KERAS_MAJOR}" / name
        save_model(network, config, folder, "best")
        np.savetxt(folder / "scores.csv", scores_of(load_model(folder)), "%.9g", delimiter=",")


if __name__ == "__main__":
    write_all()
