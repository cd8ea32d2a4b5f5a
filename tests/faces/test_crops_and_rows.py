import pytest

from emotionet_tf.faces.crops_and_rows import crop_path, row_of_face
from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.faces.landmarks_68 import POINTS_68_MM
from emotionet_tf.faces.mean_head import FIVE_POINTS_MM

FIVE = FIVE_POINTS_MM[:, :2] + 100
POINTS = POINTS_68_MM[:, :2] + 100


@pytest.mark.parametrize(
    ("points", "framing", "expected"),
    [(None, "registered", "five"), (POINTS, "registered", "stable68"), (POINTS, "box", "")],
)
def test_row_says_what_a_face_was_registered_by(points, framing, expected):
    face = Face((1.0, 2.0, 3.0, 4.0), 0.5, FIVE, points, "finder")
    row = row_of_face("a.jpg", 0, face, "finder,other", framing=framing)
    assert (row.registered_by, row.detector, row.confidence) == (expected, "finder", 0.5)


def test_photos_with_names_inside_names_have_crops_of_their_own():
    faces = [
        ("x.png", 0),
        ("x.png.jpg", 0),
        ("x.png.jpg.jpg", 0),
        ("a.jpg", 0),
        ("a.jpg", 1),
        ("a.jpg#1.jpg", 0),
    ]
    places = [crop_path("close_up", *face) for face in faces]
    assert places[:4] == [
        "close_up/x.png.jpg",
        "close_up/x.png.jpg.jpg",
        "close_up/x.png.jpg.jpg.jpg",
        "close_up/a.jpg",
    ]
    assert places[4:] == ["close_up/a.jpg#1.jpg", "close_up/a.jpg#1.jpg.jpg"]
