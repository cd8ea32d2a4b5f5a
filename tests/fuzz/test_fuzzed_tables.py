"""Tables of faces, scores and other programs that nobody foresaw: rows, rejected rows, or one line."""

import csv
import io

import pytest
from fuzz_inputs import file_of, read_or_refused, tables
from hypothesis import assume, given
from openface_inputs import XY, mean_face
from tool_inputs import TEXTS

from emotionet_tf.errors import UserError
from emotionet_tf.faces.detectors.openface.csv_files import UnusableCsvError, read_openface_csv
from emotionet_tf.faces.table import FaceRow, read_face_table, write_face_table
from emotionet_tf.inference.other_tools.reading import read_tool_table
from emotionet_tf.inference.prediction_files import read_predictions

OPENFACE_VIDEO = TEXTS["openface2_video"]
OPENFACE_LANDMARKS = "\n".join(
    [
        ",".join(["frame", "face_id", "confidence", "success", "pose_Rx", "pose_Ry", "pose_Rz", *XY]),
        *(f"{n},0,0.9,1,0.1,0,-0.1," + ",".join(map(str, mean_face().T.ravel())) for n in (1, 2)),
    ]
)
PREDICTIONS = (
    "id,AU01,AU12,AU12_intensity,AU01_threshold,thresholds_tuned_on_it\na,0.1,0.9,4.5,0.3,0\nb,0.5,0,,0.3,1\n"
)


def face_table() -> str:
    with file_of(b"", "faces.csv") as path:
        write_face_table(
            path,
            [
                FaceRow(
                    "a",
                    "a.jpg",
                    0,
                    True,
                    "mtcnn",
                    0.9,
                    "",
                    *range(1, 15),
                    0.1,
                    0.2,
                    0.3,
                    "c/a.jpg",
                    "x/a.jpg",
                ),
                FaceRow("b", "b.jpg", 0, False, "mtcnn", reason="no face"),
            ],
        )
        return path.read_text()


def filled_lines(content: bytes) -> int:
    """The lines behind the first filled one that have a filled cell, where none has quotes."""
    lines = io.StringIO(content.decode("utf-8-sig", errors="replace"), newline=None)
    return sum(bool(line.strip(" \t\n,;'\ufeff\xa0")) for line in lines) - 1


@given(content=tables(OPENFACE_VIDEO, TEXTS["openface2_image"], OPENFACE_LANDMARKS))
def test_openface_table_has_every_row_among_the_read_and_the_rejected(content):
    assume(b'"' not in content)
    with file_of(content, "one.csv") as path:
        table = read_or_refused(lambda: read_openface_csv(path), (UserError, UnusableCsvError))
    if table is not None:
        assert len(table.rows) + len(table.rejected) == filled_lines(content)


@pytest.mark.parametrize("name", list(TEXTS))
def test_table_of_another_program_gives_rows_or_one_line(name):
    @given(content=tables(TEXTS[name]))
    def check(content):
        with file_of(content, "table.csv") as path:
            table = read_or_refused(lambda: read_tool_table(path))
        if table is not None:
            lines = [row.line for row in table.rejected]
            assert len(lines) == len(set(lines)), lines
            assert table.rows

    check()


@given(content=tables(face_table()))
def test_face_table_has_all_its_rows_or_none(content):
    with file_of(content, "faces.csv") as path:
        rows = read_or_refused(lambda: read_face_table(path))
    if rows is not None:
        read = csv.reader(io.StringIO(content.decode(), newline=""))
        next(read, None)
        assert len(rows) == sum(bool(row) for row in read)


@given(content=tables(PREDICTIONS, TEXTS["ours"]))
def test_prediction_file_has_scores_in_range_or_is_refused(content):
    with file_of(content, "predictions.csv") as path:
        predictions = read_or_refused(lambda: read_predictions(path))
    if predictions is not None:
        assert predictions.scores.shape == (len(predictions.ids), len(predictions.aus))
        assert ((predictions.scores >= 0) & (predictions.scores <= 1)).all()
        assert ((predictions.thresholds > 0) & (predictions.thresholds <= 1)).all()
        assert len(set(predictions.ids)) == len(predictions.ids)
