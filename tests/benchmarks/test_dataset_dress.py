"""Renders dressed as DISFA and as BP4D are read back as what they show."""

import pytest

from benchmarks.dataset_dress import dress_as_bp4d, dress_as_disfa, intensity_of
from emotionet_tf.label_lists.reading import read_label_list

# AU12 at 0.55 of its strongest, no AU1; AU 14 is not among the renderer's.
SMILE = {"path": "a.jpg", "AU12": "1", "AU12_intensity": "0.550", "AU01": "0", "AU01_intensity": "0.000"}
REST = {"path": "b.jpg", "AU12": "0", "AU12_intensity": "0.000", "AU01": "0", "AU01_intensity": "0.000"}


@pytest.fixture
def photos(tmp_path):
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(b"")
    return tmp_path


def test_intensity_is_graded_from_2_and_unknown_where_the_renderer_lacks_the_au():
    faint = {**SMILE, "AU12_intensity": "0.100"}
    assert [intensity_of(row, 12) for row in (SMILE, faint, REST)] == [3, 2, 0]
    assert intensity_of(SMILE, 14) is None


def test_disfa_s_files_say_what_the_renders_show(photos):
    dress_as_disfa([[SMILE, REST], [REST]], photos, photos / "disfa")
    pictures = ["SN001/0.jpg", "SN001/1.jpg", "SN002/0.jpg"]
    assert all((photos / "disfa" / "photos" / picture).is_file() for picture in pictures)
    rows = read_label_list(photos / "disfa" / "ActionUnit_Labels", pictures=pictures).rows
    assert [(row.photo, row.person) for row in rows] == [(one, one[:5]) for one in pictures]
    assert [row.labels[row.aus.index(12)] for row in rows] == [1, 0, 0]
    assert [row.intensities[row.aus.index(12)] for row in rows] == [3, 0, 0]


def test_bp4d_s_files_say_what_the_renders_show(photos):
    dress_as_bp4d([[SMILE, REST, SMILE]], photos, photos / "bp4d")
    pictures = ["F001/T1/0017.jpg", "F001/T1/0018.jpg", "F001/T6/0017.jpg"]
    assert all((photos / "bp4d" / "photos" / picture).is_file() for picture in pictures)
    rows = read_label_list(photos / "bp4d" / "AUCoding", pictures=pictures).rows
    assert [(row.photo, row.person) for row in rows] == [(one, "F001") for one in pictures]
    assert [row.labels[row.aus.index(12)] for row in rows] == [1, 0, 1]
    assert [row.mask[row.aus.index(14)] for row in rows] == [0, 0, 0]
