"""The packages that the library was asked to use serve it, where they exist."""

import sys

import cv2
import numpy as np
import pytest
from tensorflow import keras

from emotionet_tf.faces import aligned_crops
from emotionet_tf.faces.detectors import mtcnn_tensorflow
from emotionet_tf.models.backbones import resnet
from emotionet_tf.training.objectives.confusion_matrices import confusion_matrices

up_to_python_311 = pytest.mark.skipif(
    sys.version_info >= (3, 12), reason="is not installed from Python 3.12 on"
)


@up_to_python_311
def test_tensorflow_addons_counts_what_validation_measures():
    assert type(confusion_matrices(3)).__module__.startswith("tensorflow_addons.")


@up_to_python_311
def test_keras_cv_gives_the_imagenet_weights_of_resnet50(monkeypatch):
    import keras_cv

    asked = []
    monkeypatch.setattr(
        keras_cv.models.ResNetBackbone,
        "from_preset",
        classmethod(lambda cls, name, **options: asked.append(name) or keras.Model()),
    )
    resnet.build_published("imagenet")
    assert asked == ["resnet50_imagenet"]


def test_mtcnns_networks_find_faces():
    assert mtcnn_tensorflow.StagePNet.__module__.startswith("mtcnn.")


def test_opencv_warps_crops(monkeypatch):
    calls = []
    warp = cv2.warpAffine
    monkeypatch.setattr(cv2, "warpAffine", lambda *args, **kwargs: calls.append(1) or warp(*args, **kwargs))
    aligned_crops.warp(np.zeros((8, 8, 3), np.uint8), np.float64([[1, 0, 0], [0, 1, 0]]), 8)
    assert calls == [1]
