"""Detectors that come with the package, with small ones in their place."""

import shutil
import socket
from pathlib import Path

import numpy as np
import pytest
from setuptools import Distribution
from small_models import write_packed_model

from emotionet_tf.action_units import EXPRESSION, POSE
from emotionet_tf.errors import UserError
from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.inference import shipped_detectors
from emotionet_tf.inference.au_detector import ActionUnitDetector
from emotionet_tf.inference.prediction_settings import FusedModelUse, ModelUse
from emotionet_tf.inference.shipped_detectors import detector_folders, detector_names

ROOT = Path(__file__).parents[2]


class OneFace:
    """Finds one face in every photo."""

    name = "one_face"

    def detect(self, photos, *, largest_only=True, names=()):
        shape = np.array([[30, 30], [50, 30], [40, 43], [32, 53], [48, 53.0]])
        return [[Face((20.0, 20.0, 40.0, 50.0), 0.9, shape)] for _ in photos]


@pytest.fixture
def weights_dir(tmp_path, monkeypatch):
    """Returns the folder in the place of the package's."""
    monkeypatch.setattr(shipped_detectors, "WEIGHTS_DIR", tmp_path / "weights")
    return tmp_path / "weights"


@pytest.fixture
def two_detectors(weights_dir):
    """Returns the same with a detector `fast` of two models and a detector `accurate` of one."""
    for group in (POSE, EXPRESSION):
        write_packed_model(weights_dir / "fast" / group.name, group)
    write_packed_model(weights_dir / "accurate" / "expression", EXPRESSION)
    return weights_dir


def photo() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (90, 110, 3), np.uint8)


def test_default_comes_first_and_the_rest_by_the_alphabet(weights_dir):
    for name in ("zealous/a", "accurate/pose", "fast/b", "fast/a", "empty", "__pycache__/x", "fast/.cache"):
        (weights_dir / name).mkdir(parents=True)
    (weights_dir / "readme.txt").touch()
    assert detector_names() == ("fast", "accurate", "zealous")
    assert detector_folders() == (weights_dir / "fast/a", weights_dir / "fast/b")
    assert detector_folders("accurate") == (weights_dir / "accurate/pose",)


@pytest.mark.parametrize("name", ["quick", "", "../weights/fast", "Fast"])
def test_unknown_name_is_answered_by_those_there_are(weights_dir, name):
    for known in ("fast", "accurate"):
        (weights_dir / known / "expression").mkdir(parents=True)
    with pytest.raises(UserError, match=f"must be one of fast, accurate, got '{name}'"):
        detector_folders(name)


def test_package_without_weights_says_what_to_do(weights_dir):
    assert detector_names() == ()
    with pytest.raises(UserError, match=r"no trained detector comes with .*; give the folder of a model"):
        ActionUnitDetector(detector=OneFace())


def test_detector_without_folders_is_the_default_one(two_detectors):
    (face,) = ActionUnitDetector(detector=OneFace()).detect([photo()])[0]
    folders = [two_detectors / "fast/expression", two_detectors / "fast/pose"]
    (expected,) = ActionUnitDetector(folders, detector=OneFace()).detect([photo()])[0]
    assert len(face.aus) == 23
    np.testing.assert_array_equal(face.scores, expected.scores)
    (named,) = ActionUnitDetector(model="fast", detector=OneFace()).detect([photo()])[0]
    np.testing.assert_array_equal(named.scores, expected.scores)


def test_named_detector_is_taken(two_detectors):
    assert ActionUnitDetector(model="accurate", detector=OneFace()).aus == EXPRESSION.aus
    with pytest.raises(UserError, match="must be one of fast, accurate, got 'best'"):
        ActionUnitDetector(model="best", detector=OneFace())
    with pytest.raises(UserError, match="leave which=best out"):
        ActionUnitDetector(model="fast", which="best", detector=OneFace())


def test_folders_and_a_name_are_refused_and_so_is_a_name_in_the_folders_place(two_detectors):
    with pytest.raises(UserError, match="either model folders or the name of a detector, not both"):
        ActionUnitDetector([two_detectors / "fast/pose"], model="fast", detector=OneFace())
    with pytest.raises(UserError, match=r"are a list, got 'fast'; .* model=\.\.\. names a detector"):
        ActionUnitDetector("fast", detector=OneFace())


def test_damaged_detector_is_not_used_in_part(two_detectors):
    (two_detectors / "fast/pose/model.json").unlink()
    with pytest.raises(UserError, match=r"pose is not a model folder: its model\.json .*reinstall"):
        ActionUnitDetector(detector=OneFace())


def test_prediction_needs_no_network(two_detectors, monkeypatch):
    def refuse(*arguments, **options):
        raise AssertionError("a connection was made")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert ActionUnitDetector(detector=OneFace()).detect([photo()])[0]


def test_models_of_a_command_are_folders_or_a_detector(weights_dir):
    (weights_dir / "fast" / "pose").mkdir(parents=True)
    of_folders = FusedModelUse(model_dirs=("a", "b"))
    assert (of_folders.folders("fast"), of_folders.remark("fast")) == (("a", "b"), "")
    for use in (FusedModelUse(model="fast"), FusedModelUse()):
        assert use.folders("fast") == (str(weights_dir / "fast/pose"),)
        assert use.remark("fast") == "model: fast (emotionet_tf 0.1.0)"
    with pytest.raises(UserError, match="either --model_dir or --model, not both: got --model=fast"):
        ModelUse(model_dirs=("a",), model="fast")
    with pytest.raises(UserError, match="--model_dir must be given, or --model for a detector"):
        ModelUse().folders()


@pytest.mark.filterwarnings("ignore::Warning")  # setuptools would have folders of data be packages
def test_installed_package_has_every_file_of_a_detector(tmp_path, monkeypatch):
    for name in ("setup.cfg", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, tmp_path)
    names = ("model.json", "weights.npz", "weights.json", "thresholds.json")
    files = [f"configs/weights/{folder}/{name}" for folder in ("fast/pose", "slow/pose") for name in names]
    for file in ("__init__.py", "configs/__init__.py", "configs/demo.flags", *files):
        (tmp_path / "emotionet_tf" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "emotionet_tf" / file).touch()
    monkeypatch.chdir(tmp_path)
    project = Distribution()
    project.parse_config_files()
    project.script_name = "setup.py"
    build = project.get_command_obj("build_py")
    build.ensure_finalized()
    built = {Path(path).as_posix().partition("emotionet_tf/")[2] for path in build.get_outputs()}
    assert {*files, "configs/demo.flags"} <= built
