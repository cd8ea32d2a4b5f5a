import numpy as np
import pytest

from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.inference.annotated_pictures import _panel_lines, annotate
from emotionet_tf.inference.face_result import FaceResult


def result(*, present: bool = True) -> FaceResult:
    landmarks = np.array([[30, 30], [50, 30], [40, 43], [32, 53], [48, 53.0]])
    scores = np.array([0.91, 0.2]) if present else np.array([0.1, 0.2])
    face = Face((20.0, 20.0, 40.0, 50.0), 0.9, landmarks)
    return FaceResult(face, (0.1, -0.2, 0.3), (12, 51), scores, (scores >= 0.5).astype(np.int8))


@pytest.mark.parametrize("size", [(60, 70), (100, 80), (1500, 3000), (3000, 500), (40, 2000)])
def test_picture_has_one_readable_size_whatever_the_photos(size):
    before = np.zeros((*size, 3), np.uint8)
    picture = annotate(before, [result()])
    assert picture.dtype == np.uint8
    assert picture.shape[0] >= 640
    assert picture.shape[1] <= 1280 + 400
    assert not before.any()


def test_box_is_drawn_where_the_face_is():
    picture = annotate(np.zeros((80, 100, 3), np.uint8), [result()])
    # 80 px become 640 px, so the box begins at 8 * 20 = 160.
    assert picture[300, 160].any()
    assert not picture[300, 140].any()


def test_panel_names_present_aus_with_scores_and_angles_in_degrees():
    lines = [line.text for line in _panel_lines([result()], [7])]
    assert lines == ["face 7", "pitch +6  yaw -11  roll +17 degrees", "AU12  lip corner puller  0.91"]


def test_bar_under_a_score_is_as_long_as_the_score():
    picture = annotate(np.zeros((80, 100, 3), np.uint8), [result()])
    # The panel's third line is AU 12's; of its 400 px 14 are margin on each side.
    panel = picture[:, -400:]
    bar = panel[14 + 2 * 24 + 21]
    is_bar = (bar != (32, 32, 32)).any(axis=1)
    assert is_bar[14] and is_bar.sum() == round(0.91 * 372) and not is_bar[14 + is_bar.sum() :].any()


def test_panel_says_where_nothing_is_present_or_found():
    assert _panel_lines([result(present=False)], [1])[-1][0] == "no action unit present"
    assert _panel_lines([], [])[0][0] == "no face found"


def test_many_faces_make_the_panel_higher():
    photo = np.zeros((80, 100, 3), np.uint8)
    assert annotate(photo, [result()] * 20).shape[0] > annotate(photo, [result()]).shape[0]
