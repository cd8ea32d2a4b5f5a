"""Label files of datasets become rows with faces, and what is said of them is said."""

from pathlib import Path

import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.faces.table import FaceRow
from emotionet_tf.label_lists.datasets.reading_settings import LabelReading
from emotionet_tf.label_lists.label_file_arguments import expand_label_files
from emotionet_tf.records.writing.labelled_faces import join_labels


def faces_of(pictures):
    return [FaceRow(picture, picture, 0, True, "mtcnn") for picture in pictures]


PICTURES = [f"F001/T1/{number:03d}.jpg" for number in range(12, 16)]


@pytest.fixture
def table(tmp_path) -> Path:
    """A BP4D table of four frames, of which the last is flagged."""
    coded = {*(1, 2, 4, 5, 6, 7), *range(9, 19), 20, 22, 23, 24, 27, 28}
    rows = [
        ",".join([str(frame), *("0" if au in coded else "9" for au in range(1, 99)), str(int(frame == 15))])
        for frame in range(12, 16)
    ]
    path = tmp_path / "AU_OCC/F001_T1.csv"
    path.parent.mkdir()
    path.write_text("\n".join([",".join(map(str, range(100))), *rows, ""]))
    return tmp_path / "AU_OCC"


def test_frames_meet_their_pictures_faces_and_the_rest_is_rejected_with_its_place(table):
    faces = faces_of(PICTURES[1:])
    files = expand_label_files([str(table)])
    joined = join_labels(files, faces, "faces")
    assert [(one.face.photo, one.label.frame.number) for one in joined.rows] == [
        (PICTURES[1], 13),
        (PICTURES[2], 14),
    ]
    assert {(one.line, one.reason) for one in joined.rejected} == {
        (2, "no photo"),
        (5, "flagged as a whole (column 99): not coded"),
    }
    assert all(one.source == f"{table}, F001_T1.csv" for one in joined.rejected)
    assert "BP4D, 3 rows of 1 persons" in joined.remarks[0]


def test_setting_reaches_the_reader(table):
    faces = faces_of(PICTURES)
    with pytest.raises(UserError, match="--frame_offset says -1"):
        join_labels([str(table)], faces, "faces", LabelReading(frame_offset=-1))
