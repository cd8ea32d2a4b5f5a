"""`import emotionet_tf`: what it offers, and that TensorFlow is imported only once it is needed."""

import importlib
import subprocess
import sys

import pytest

import emotionet_tf
from emotionet_tf.action_units import ACTION_UNITS
from emotionet_tf.inference.au_detector import ActionUnitDetector
from emotionet_tf.photos.reading import read_photo


def test_names_are_those_of_their_modules():
    assert emotionet_tf.ActionUnitDetector is ActionUnitDetector
    assert emotionet_tf.read_photo is read_photo
    assert emotionet_tf.ACTION_UNITS is ACTION_UNITS
    assert set(emotionet_tf.__all__) <= set(dir(emotionet_tf))
    assert all(getattr(emotionet_tf, name) is not None for name in emotionet_tf.__all__)


@pytest.mark.parametrize(
    ("old", "module"),
    [
        ("emotionet_tf.inference.detector", "emotionet_tf.inference.au_detector"),
        ("emotionet_tf.faces.photos", "emotionet_tf.photos.reading"),
    ],
)
def test_module_is_imported_by_its_old_name(old, module):
    assert importlib.import_module(old) is sys.modules[module]
    assert sys.modules[module].__spec__.name == sys.modules[module].__name__ == module


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'emotionet_tf' has no attribute 'Detector'"):
        emotionet_tf.Detector  # noqa: B018


def test_table_version_and_photos_need_no_tensorflow():
    code = (
        "import sys, emotionet_tf; emotionet_tf.read_photo; emotionet_tf.ACTION_UNITS; emotionet_tf.__version__; "
        "print('tensorflow' in sys.modules)"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output == "False\n"
