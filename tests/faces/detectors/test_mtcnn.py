import gc
from pathlib import Path

import cv2
import numpy as np
import pytest
from developer_photos import FOLDER, needs_photos, photo_rows

from emotionet_tf.errors import UserError
from emotionet_tf.faces.aligned_crops import crop_transform, reference_shape
from emotionet_tf.faces.detectors.mtcnn import (
    MtcnnDetector,
    MtcnnSettings,
    _enlarged,
    _suppress_contained,
    patches_of,
    pyramid_scales,
)
from emotionet_tf.photos.reading import read_photo


@pytest.fixture(scope="module")
def detector() -> MtcnnDetector:
    return MtcnnDetector()


@pytest.fixture(scope="module")
def photos() -> dict[str, np.ndarray]:
    return {row["file"]: read_photo(FOLDER / row["file"]) for row in photo_rows()}


@pytest.mark.parametrize("min_face_px", [12, 20, 40, 60, 200])
def test_no_step_of_the_pyramid_is_smaller_than_the_first_networks_window(min_face_px):
    scales = pyramid_scales(256, MtcnnSettings(min_face_px=min_face_px))
    assert all(int(256 * scale) >= 12 for scale in scales)
    assert scales[0] == 12 / min_face_px


def test_photo_smaller_than_a_face_has_no_steps():
    assert pyramid_scales(15, MtcnnSettings(min_face_px=20)) == []


def test_part_of_a_box_beyond_the_photo_is_mid_grey():
    photo = np.full((10, 10, 3), 255, np.uint8)
    patch = patches_of(photo, np.array([[-24.0, 0.0, 24.0, 10.0, 1.0]]), 24)[0]
    np.testing.assert_allclose(patch[:, :11], 0, atol=0.01)
    np.testing.assert_allclose(patch[:, 13:16], 127.5 / 128, atol=0.01)


def test_box_inside_a_better_one_is_suppressed():
    boxes = np.array([[0, 0, 4, 4, 0.9], [0, 0, 20, 20, 0.95], [30, 0, 50, 20, 0.5]])
    assert sorted(_suppress_contained(boxes, 0.7)) == [1, 2]


def test_box_of_a_scaled_down_photo_is_enlarged_from_its_pixels_outer_edges():
    # A photo of 20 x 30 px scaled to 10 x 10: its edges stay at -1/2, and its far corner goes to 19.5, 29.5.
    box = np.array([[-0.5, -0.5, 9.5, 9.5, 0.9]])
    np.testing.assert_allclose(_enlarged(box, np.array([2.0, 3.0])), [[-0.5, -0.5, 19.5, 29.5, 0.9]])


@pytest.mark.parametrize(
    ("settings", "name"), [({"min_face_px": 5}, "min_face_px"), ({"max_side_px": 9}, "max_side")]
)
def test_setting_out_of_range_is_named(settings, name):
    with pytest.raises(UserError, match=name):
        MtcnnSettings(**settings)


@needs_photos
def test_faces_of_a_photo_do_not_depend_on_the_batch(detector, photos):
    names = ["images/coffee.jpg", "images/london_001_neutral.jpg", "images/astronaut.jpg"]
    together = detector.detect([photos[name] for name in names])
    alone = [detector.detect([photos[name]])[0] for name in names]
    for first, second in zip(together, alone, strict=True):
        assert [face.box for face in first] == [face.box for face in second]


@needs_photos
def test_two_faces_come_largest_first_in_pixels_of_the_photo(detector, photos):
    large = photos["images/london_001_neutral.jpg"]
    small = cv2.resize(photos["images/astronaut.jpg"], (300, 300), interpolation=cv2.INTER_AREA)
    both = np.zeros((675, 975, 3), np.uint8)
    both[:300, :300], both[:, 300:] = small, large
    faces = detector.detect([both], largest_only=False)[0]
    assert len(faces) == 2
    assert faces[0].landmarks[:, 0].min() > 300 > faces[1].landmarks[:, 0].max()
    assert len(detector.detect([both])[0]) == 1


@needs_photos
@pytest.mark.parametrize("view", ["close_up", "context"])
def test_pupils_of_developer_photos_land_on_the_reference_shape(detector, photos, view):
    # The requirement: within 5 % of the eye distance, the detector's own error included.
    reference = reference_shape(view)[:2]
    eye_distance = reference[1, 0] - reference[0, 0]
    misses = []
    for row in photo_rows():
        if row["left_pupil_x"]:
            face = detector.detect([photos[row["file"]]])[0][0]
            transform = crop_transform(face.landmarks, view)
            pupils = np.array(
                [[float(row[f"{side}_pupil_{axis}"]) for axis in "xy"] for side in ("left", "right")]
            )
            aligned = pupils @ transform[:, :2].T + transform[:, 2]
            misses.append(np.linalg.norm(aligned - reference, axis=1) / eye_distance)
    print(
        "largest miss, share of the eye distance:", np.max(misses).round(4), "mean:", np.mean(misses).round(4)
    )
    assert len(misses) == 13
    assert np.max(misses) < 0.05


@needs_photos
def test_face_that_is_small_in_a_large_photo_keeps_its_landmarks(detector, photos):
    misses = []
    for row in photo_rows():
        if row["left_pupil_x"]:
            photo = photos[row["file"]]
            alone = detector.detect([photo])[0][0].landmarks
            # Scaled to 512 px, the face is about 30 px high.
            large = np.full((5120, 5120, 3), 128, np.uint8)
            large[900 : 900 + photo.shape[0], 2001 : 2001 + photo.shape[1]] = photo
            inside = detector.detect([large])[0][0].landmarks - (2001, 900)
            misses.append(np.linalg.norm(inside - alone, axis=1).mean() / np.linalg.norm(alone[1] - alone[0]))
    print("mean difference, share of the eye distance:", np.mean(misses).round(4), np.max(misses).round(4))
    assert np.mean(misses) < 0.03


def test_file_in_the_working_directory_is_not_taken_for_the_weights(tmp_path, monkeypatch):
    (tmp_path / "pnet.lz4").write_bytes(b"not weights")
    monkeypatch.chdir(tmp_path)
    assert MtcnnDetector().detect([np.zeros((80, 80, 3), np.uint8)]) == [[]]


def test_loading_the_weights_says_nothing(capfd):
    MtcnnDetector()
    gc.collect()
    assert "Exception ignored" not in capfd.readouterr().err


EXAMPLES = Path(__file__).parents[3] / "examples" / "photos"


@pytest.mark.parametrize("name", ["openpeople_001_happy.jpg", "openpeople_007_angry.jpg"])
def test_face_is_found_again_near_where_it_was(detector, name):
    photo = read_photo(EXAMPLES / name)
    ((face,),) = detector.detect([photo])
    left, top, width, height = face.box
    eyes = np.linalg.norm(face.landmarks[1] - face.landmarks[0])
    # As it was, moved by a twelfth of its width, and a little larger.
    near = [face.box, (left + width / 12, top, width, height), (left - 4, top - 4, width + 8, height + 8)]
    for again in detector.refined(photo, near):
        assert again.confidence > 0.8
        assert np.linalg.norm(again.landmarks - face.landmarks, axis=1).max() < 0.1 * eyes
    assert detector.refined(photo, [(0.0, 0.0, 30.0, 30.0)]) == [None]
    assert detector.refined(photo, []) == []
