"""What every detector has to do; what each does its own way is tested beside it."""

import numpy as np
import pytest
from developer_photos import FOLDER, needs_photos, photo_rows
from mediapipe_models import skip_without_models

from emotionet_tf.faces.detectors.choice import DetectorChoice, build_detector
from emotionet_tf.faces.detectors.interface import Detector
from emotionet_tf.photos.reading import read_photo


@pytest.fixture(scope="module", params=["mtcnn", "mediapipe"])
def detector(request: pytest.FixtureRequest) -> Detector:
    if request.param != "mtcnn":
        skip_without_models()
    return build_detector(DetectorChoice((request.param,)))


def test_photos_without_faces_or_of_odd_sizes_are_empty(detector):
    photos = [
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((300, 200, 3), np.uint8),
        np.full((3, 900, 3), 255, np.uint8),
        np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8),
    ]
    assert detector.detect(photos) == [[]] * 4
    assert detector.detect([]) == []


@needs_photos
@pytest.mark.parametrize("largest_only", [True, False])
def test_developer_photos_have_their_number_of_faces(detector, largest_only):
    rows = photo_rows()
    found = detector.detect([read_photo(FOLDER / row["file"]) for row in rows], largest_only=largest_only)
    assert [len(faces) for faces in found] == [int(row["n_faces"]) for row in rows]
