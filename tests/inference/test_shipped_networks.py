"""What comes with the package for ONNX Runtime is what comes with it for TensorFlow."""

import json

import numpy as np
import onnxruntime
import pytest

from emotionet_tf.action_units import au_name
from emotionet_tf.faces.detectors.mtcnn import MtcnnDetector
from emotionet_tf.faces.detectors.mtcnn_networks import MtcnnNetworks, networks_of
from emotionet_tf.faces.detectors.mtcnn_settings import MtcnnSettings
from emotionet_tf.faces.head_pose import head_angles
from emotionet_tf.inference.exports.faces import FACES_DIR
from emotionet_tf.inference.scoring.keras_models import KerasScorer
from emotionet_tf.inference.scoring.onnx_file import METADATA_KEY, OnnxScorer
from emotionet_tf.inference.shipped_detectors import detector_folders, detector_names, onnx_file
from emotionet_tf.photos.reading import list_photos, read_photo
from emotionet_tf.runtimes import ONNX_DIR

REMEDY = "run light/make_networks.py"


@pytest.fixture(scope="module")
def photos():
    return [read_photo(FACES_DIR / name) for name in list_photos(FACES_DIR)]


@pytest.mark.parametrize("name", detector_names())
def test_detectors_file_is_of_the_packages_weights(name):
    session = onnxruntime.InferenceSession(str(onnx_file(name)))
    about = json.loads(session.get_modelmeta().custom_metadata_map[METADATA_KEY])["about"]
    for folder, model in zip(detector_folders(name), about["models"], strict=True):
        weights = json.loads((folder / "weights.json").read_text())
        assert model["weights_sha256"] == weights["weights_sha256"], REMEDY


@pytest.mark.parametrize("name", detector_names())
def test_detectors_file_scores_as_keras_does(name, photos):
    finder = MtcnnDetector()
    places = [(photo, faces[0]) for photo, faces in zip(photos, finder.detect(photos), strict=True)]
    angles = [head_angles(face.landmarks) for _, face in places]
    by_file, by_keras = OnnxScorer(onnx_file(name)), KerasScorer(detector_folders(name))
    assert by_file.aus == by_keras.aus
    assert by_file.about["model"] == by_keras.about["model"]
    np.testing.assert_array_equal(by_file.thresholds, by_keras.thresholds)
    found, expected = by_file.scores(places, angles), by_keras.scores(places, angles)
    np.testing.assert_allclose(found, expected, atol=1e-5, err_msg=REMEDY)
    happy = dict(zip(map(au_name, by_file.aus), found[0], strict=True))
    assert happy["AU12"] > 0.5 > happy["AU04"]


@pytest.mark.parametrize("name", MtcnnNetworks._fields)
def test_mtcnns_networks_give_what_tensorflow_gives(name):
    side = {"propose": 33, "refine": 24, "output": 48}[name]
    images = np.random.default_rng(0).normal(0, 0.5, (3, side, side, 3)).astype(np.float32)
    by_onnx, by_tensorflow = (
        getattr(networks_of(runtime), name)(images) for runtime in ("onnx", "tensorflow")
    )
    assert len(by_onnx) == len(by_tensorflow)
    for one, other in zip(by_onnx, by_tensorflow, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_mtcnn_finds_the_same_faces(photos):
    (by_onnx, by_tensorflow) = (
        MtcnnDetector(MtcnnSettings(runtime=runtime)).detect(photos, largest_only=False)
        for runtime in ("onnx", "tensorflow")
    )
    assert [len(faces) for faces in by_onnx] == [len(faces) for faces in by_tensorflow] == [1] * 10
    for (one,), (other,) in zip(by_onnx, by_tensorflow, strict=True):
        np.testing.assert_allclose(one.box, other.box, atol=0.01)
        np.testing.assert_allclose(one.landmarks, other.landmarks, atol=0.01)


def test_all_networks_are_there_and_fit_in_the_packages_room():
    files = {str(file.relative_to(ONNX_DIR)): file.stat().st_size for file in ONNX_DIR.rglob("*.onnx")}
    assert set(files) == {
        *(f"{name}.onnx" for name in detector_names()),
        *(f"mtcnn/{name}.onnx" for name in MtcnnNetworks._fields),
    }
    assert sum(files.values()) < 7.5e6
