"""With a stand-in for the package face-alignment 1.5: its weights download, so the real one cannot be had in tests."""

import sys
from types import SimpleNamespace
from urllib.error import URLError

import numpy as np
import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.faces.box_crops import box_of_68
from emotionet_tf.faces.detectors.retinaface import RetinafaceDetector
from emotionet_tf.faces.landmarks_68 import five_of_68

SHAPE = np.random.default_rng(0).uniform(0, 1, (68, 2))


class FaceAlignment:
    """Takes and gives what the package's class does: boxes as lists, landmarks as float32, None without a face."""

    def __init__(self, landmarks_type, network_size=4, device="cuda", face_detector="sfd", compile=True):
        assert (landmarks_type, device, face_detector, compile) == (1, "cpu", "retinaface", False)
        self.face_detector = self

    def detect_from_image(self, image):
        """A face for each of the brightest pixels, which is its left upper corner; its side is what blue says."""
        self.num_columns = image.shape[1]
        rows, columns = np.nonzero(image[:, :, 0] == 255)
        sides = image[rows, columns, 2].astype(float)
        return [
            [float(left), float(top), left + side, top + side, 0.5 + side / 1000]
            for left, top, side in zip(columns, rows, sides, strict=True)
        ]

    def get_landmarks_from_image(self, image, detected_faces=None):
        assert len(detected_faces)
        return [(SHAPE * (box[2:4] - box[:2]) + box[:2]).astype(np.float32) for box in detected_faces]


def install(monkeypatch, aligner=FaceAlignment) -> None:
    package = SimpleNamespace(FaceAlignment=aligner, LandmarksType=SimpleNamespace(TWO_D=1))
    torch = SimpleNamespace(hub=SimpleNamespace(get_dir=lambda: "/home/who/.cache/torch/hub"))
    monkeypatch.setitem(sys.modules, "face_alignment", package)
    monkeypatch.setitem(sys.modules, "torch", torch)


def photo_with(*faces: tuple[int, int, int], height: int = 200, width: int = 300) -> np.ndarray:
    photo = np.zeros((height, width, 3), np.uint8)
    for left, top, side in faces:
        photo[top, left] = (255, 0, side)
    return photo


def test_faces_come_largest_first_with_their_68_and_five_points(monkeypatch):
    install(monkeypatch)
    photo = photo_with((10, 20, 40), (100, 30, 80))
    faces = RetinafaceDetector().detect([photo], largest_only=False)[0]
    assert [face.box for face in faces] == [box_of_68(face.points) for face in faces]
    assert [face.confidence for face in faces] == pytest.approx([0.58, 0.54])
    np.testing.assert_allclose(faces[0].points, SHAPE * 80 + (100, 30), atol=1e-4)
    np.testing.assert_allclose(faces[0].landmarks, five_of_68(faces[0].points))
    np.testing.assert_allclose(faces[1].points, SHAPE * 40 + (10, 20), atol=1e-4)
    assert [face.box for face in RetinafaceDetector().detect([photo])[0]] == [faces[0].box]


def test_photo_without_a_face_or_smaller_than_any_is_empty(monkeypatch):
    install(monkeypatch)
    assert RetinafaceDetector().detect([photo_with(), np.full((8, 8, 3), 255, np.uint8)]) == [[], []]


def test_large_photo_is_scaled_down_to_find_faces_whose_boxes_are_in_its_pixels(monkeypatch):
    install(monkeypatch)
    photo = np.zeros((1000, 2048, 3), np.uint8)
    # A block of 2 x 2 pixels is one in the photo scaled to 1024 x 500.
    photo[100:102, 400:402] = (255, 0, 60)
    detector = RetinafaceDetector()
    np.testing.assert_allclose(detector.detect([photo])[0][0].points, SHAPE * 120 + (400, 100), atol=1e-4)
    assert detector._aligner.num_columns == 1024


def test_missing_package_names_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "face_alignment", None)
    with pytest.raises(UserError, match=r"pip install 'emotionet_tf\[retinaface\]'"):
        RetinafaceDetector()


@pytest.mark.parametrize(
    "problem", [URLError("no route to host"), RuntimeError("invalid magic number; corrupt file?\nat byte 0")]
)
def test_weights_that_cannot_be_had_are_named_with_their_place_in_one_line(monkeypatch, problem):
    def fail(*arguments, **options):
        raise problem

    install(monkeypatch, fail)
    with pytest.raises(UserError) as error:
        RetinafaceDetector()
    message = str(error.value)
    assert "\n" not in message
    assert "no route to host" in message or "corrupt file?" in message
    assert "put retinaface_mobilenet0.25.pth and 2DFAN4-11f355bf06.pth.tar from https://" in message
    assert message.endswith("into /home/who/.cache/torch/hub/checkpoints")
