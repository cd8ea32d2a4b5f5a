"""The package's public names, which are looked up when they are used."""

import subprocess
import sys

import pytest
from small_models import write_small_model

from emotionet_tf import models
from emotionet_tf.models.backbones.entry import BackboneSize
from emotionet_tf.models.backbones.names import list_backbones, parse_backbone


@pytest.mark.parametrize("name", models.__all__)
def test_public_name_is_there_under_its_own_name(name):
    assert getattr(models, name).__name__ == name
    assert name in dir(models)


def test_name_that_is_none_is_an_attribute_error():
    with pytest.raises(
        AttributeError, match=r"module 'emotionet_tf\.models' has no attribute 'build_modell'"
    ):
        models.build_modell  # noqa: B018


def test_checking_a_configuration_does_not_import_tensorflow():
    check = (
        "import sys; from emotionet_tf.models import ModelConfig; "
        "from emotionet_tf.training.pretrain_config import PretrainConfig; "
        "from emotionet_tf.training.train_config import TrainConfig; from emotionet_tf.stream.sources import Source; "
        "PretrainConfig(task='identity', records_dir='a', output_dir='b', backbone='resnet18'); "
        "TrainConfig(output_dir='out', sources=(Source('opt', 'a'),), group='all').model_config(240); "
        "sys.exit('tensorflow' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", check], check=True)


def test_each_listed_backbone_is_a_whole_network():
    for name in list_backbones():
        size = parse_backbone(name)
        is_ownnet = size.family == "ownnet"
        assert name == (f"ownnet{size.width:g}" if is_ownnet else size.family)
        assert is_ownnet or (size.width, size.depth) == (1, 1)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("ownnet12", BackboneSize("ownnet", 12)),
        ("mobilenet_v3_large_x.5", BackboneSize("mobilenet_v3_large", 0.5)),
        ("resnet152_x0.125", BackboneSize("resnet152", 0.125)),
        ("efficientnet_b0_x0.5_d0.3", BackboneSize("efficientnet_b0", 0.5, 0.3)),
    ],
)
def test_name_of_another_size_says_its_factors(name, size):
    assert parse_backbone(name) == size


@pytest.mark.slow
@pytest.mark.parametrize("imports", ["import tensorflow as tf; keras = tf.keras", "import keras"])
def test_plain_keras_opens_our_files_once_models_is_imported(tmp_path, imports):
    folder = write_small_model(tmp_path / "a", (51, 52), view="context", uses_angles=True)
    code = (
        f"import emotionet_tf.models, sys\nassert 'tensorflow' not in sys.modules\n{imports}\n"
        f"print(sorted(keras.models.load_model({f'{folder}/best.keras'!r}).output))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "['opt']\n", done.stderr
