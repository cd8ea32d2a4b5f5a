import dataclasses
from pathlib import Path

import numpy as np
import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.faces.table import LANDMARK_COLUMNS, FaceRow, read_face_table, write_face_table

FOUND = FaceRow(
    example_id="a/b.jpg",
    photo="a/b.jpg",
    face_index=0,
    found=True,
    detector="mtcnn",
    confidence=0.75,
    box_left_px=-1.5,
    box_top_px=2.0,
    box_width_px=30.25,
    box_height_px=40.0,
    **{name: float(index) for index, name in enumerate(LANDMARK_COLUMNS)},
    pitch_radians=0.125,
    yaw_radians=-0.25,
    roll_radians=0.0,
    close_up="close_up/a/b.jpg",
    context="context/a/b.jpg",
    registered_by="stable68",
)
NOT_FOUND = FaceRow("c, d.jpg", "c, d.jpg", 0, False, "mtcnn", reason='unreadable: "cut" off')


def written(folder: Path, *lines: str) -> Path:
    path = folder / "faces.csv"
    write_face_table(path, [FOUND, NOT_FOUND])
    if lines:
        path.write_text("\n".join((path.read_text().splitlines()[0], *lines)) + "\n")
    return path


def test_written_table_reads_back_equal(tmp_path):
    assert read_face_table(written(tmp_path)) == [FOUND, NOT_FOUND]


def test_older_table_without_how_faces_were_registered_is_read(tmp_path):
    path = written(tmp_path)
    older = [line.rpartition(",")[0] for line in path.read_text().splitlines()]
    assert older[0].endswith(",context")
    path.write_text("\n".join(older) + "\n")
    assert read_face_table(path) == [dataclasses.replace(FOUND, registered_by=""), NOT_FOUND]


def test_landmarks_come_as_points_in_order():
    np.testing.assert_array_equal(FOUND.landmarks, np.arange(10.0).reshape(5, 2))
    assert FOUND.angles == (0.125, -0.25, 0.0)


def test_row_without_face_has_neither_landmarks_nor_angles():
    assert NOT_FOUND.landmarks is None
    assert NOT_FOUND.angles is None


def test_missing_file_names_it(tmp_path):
    with pytest.raises(UserError, match=r"nothing\.csv: No such file"):
        read_face_table(tmp_path / "nothing.csv")


def test_missing_column_is_named(tmp_path):
    path = tmp_path / "faces.csv"
    path.write_text("example_id,photo\na,b\n")
    with pytest.raises(UserError, match=r"lacks the column.*face_index, found"):
        read_face_table(path)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a,a,0,yes,mtcnn" + "," * 21, "line 2: found is 'yes', expected 0 or 1"),
        ("a,a,-1,1,mtcnn" + "," * 21, "line 2: face_index is '-1'"),
        ("a,a,0,1,mtcnn,high" + "," * 20, "line 2: confidence is 'high', expected a number or a blank"),
        ("a,a,0,1,mtcnn,nan" + "," * 20, "line 2: confidence is 'nan', expected a finite number"),
        ("a,a,0,1", "line 2: the row ends before column detector"),
    ],
)
def test_bad_cell_names_line_and_column(tmp_path, line, message):
    with pytest.raises(UserError, match=message):
        read_face_table(written(tmp_path, line))
