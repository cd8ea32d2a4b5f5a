from pathlib import Path

import pytest
from developer_photos import FOLDER

from emotionet_tf.errors import UserError
from emotionet_tf.faces.detectors.openface.csv_files import (
    find_openface_csvs,
    photo_key,
    read_openface_csv,
    surest_face,
)

SAMPLES = FOLDER / "openface"
IMAGE = (
    "face,confidence,gaze_0_x,pose_Tx,pose_Rx,pose_Ry,pose_Rz,x_0,X_0,AU01_r,AU12_r,AU01_c,AU12_c,AU28_c\n"
    "0,0.6,0,1,0.1,-0.2,0.3,10,-4,0.00,2.10,0.00,1.00,0.00\n"
    "1,0.975,0,1,0.4,0.5,-0.6,10,-4,1.20,0.00,1.00,0.00,1.00\n"
)
VIDEO = (
    "frame, face_id, timestamp, confidence, success, pose_Rx, pose_Ry, pose_Rz, AU01_r, AU01_c\n"
    "1, 0, 0.000, 0.98, 1, 0.1, 0.2, 0.3, 0.5, 1.00\n"
    "2, 0, 0.033, 0.00, 0, 0, 0, 0, 0, 0.00\n"
)
OLDER = "frame, timestamp, confidence, success, pose_Rx, pose_Ry, pose_Rz, AU01_c\n1,0,0.883333,1,0.29,-0.06,-0.01,0\n"


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_file_of_a_photo_gives_each_face_with_its_number(tmp_path):
    first, second = read_openface_csv(write(tmp_path, "a.csv", IMAGE)).rows
    assert (first.face, first.frame, first.confidence, first.success) == (0, None, 0.6, True)
    assert first.angles == (0.1, -0.2, 0.3)
    assert first.decisions == {1: 0, 12: 1, 28: 0}
    assert (second.face, second.decisions) == (1, {1: 1, 12: 0, 28: 1})


def test_blanks_after_commas_hide_no_column(tmp_path):
    content = read_openface_csv(write(tmp_path, "a.csv", VIDEO))
    found, lost = content.rows
    assert (found.face, found.frame, found.angles, found.decisions) == (0, 1, (0.1, 0.2, 0.3), {1: 1})
    assert (lost.success, lost.angles) == (False, None)
    assert content.num_frames == 2


def test_file_without_landmarks_has_none(tmp_path):
    assert {row.points for row in read_openface_csv(write(tmp_path, "a.csv", IMAGE)).rows} == {None}


def test_older_file_without_face_numbers_is_read(tmp_path):
    (row,) = read_openface_csv(write(tmp_path, "a.csv", OLDER)).rows
    assert (row.face, row.frame, row.confidence, row.decisions) == (0, 1, 0.883333, {1: 0})


def test_surest_face_wins_and_a_lost_one_never_does(tmp_path):
    faces = read_openface_csv(write(tmp_path, "a.csv", IMAGE)).rows
    assert surest_face(faces).face == 1
    assert surest_face(read_openface_csv(write(tmp_path, "b.csv", VIDEO)).rows).frame == 1
    assert surest_face(read_openface_csv(write(tmp_path, "c.csv", IMAGE.splitlines()[0])).rows) is None


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("0.3,10,-4,0.00,2.10,0.00,1.00,0.00", "0.3,10", "8 fields instead of 14"),
        ("0,0.6,", "0,sure,", "confidence is 'sure', no finite number"),
        ("0.1,-0.2", "-nan(ind),-0.2", "pose_Rx is '-nan(ind)', no finite number"),
        ("2.10,0.00,1.00", "2.10,0.00,0.50", "AU12_c is 0.5, neither 0 nor 1"),
    ],
)
def test_damaged_row_is_rejected_with_line_and_reason_and_the_others_stay(tmp_path, old, new, reason):
    assert old in IMAGE
    content = read_openface_csv(write(tmp_path, "a.csv", IMAGE.replace(old, new, 1)))
    assert [row.face for row in content.rows] == [1]
    (rejected,) = content.rejected
    assert rejected.line == 2
    assert rejected.reason.startswith(reason)


def test_table_of_something_else_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"OpenFace CSV \S+a\.csv: no CSV of OpenFace, its first line has no"):
        read_openface_csv(write(tmp_path, "a.csv", "id,AU01\nx,1\n"))
    with pytest.raises(UserError, match=r"none\.csv: no such"):
        read_openface_csv(tmp_path / "none.csv")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_file_that_a_spreadsheet_saved_again_reads_as_before(tmp_path, encoding, delimiter):
    text = IMAGE.replace(",", delimiter).replace(".", ",")
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    first, second = read_openface_csv(tmp_path / "a.csv").rows
    assert (first.confidence, first.angles) == (0.6, (0.1, -0.2, 0.3))
    assert (second.face, second.confidence, second.decisions) == (1, 0.975, {1: 1, 12: 0, 28: 1})


@pytest.mark.parametrize(
    ("example_id", "csv"),
    [
        ("N_0000000201_00001", "N_0000000201/N_0000000201_00001"),
        ("anna/smile.jpg", "anna/smile"),
        ("smile.v2.PNG", "smile.v2"),
        ("smile", "smile"),
    ],
)
def test_id_and_csv_of_a_photo_have_one_key(example_id, csv):
    assert photo_key(example_id) == photo_key(csv)


def test_folder_gives_its_csvs_by_key(tmp_path):
    write(tmp_path, "of/anna/smile.csv", IMAGE)
    write(tmp_path, "of/anna/smile_of_details.txt", "")
    single = write(tmp_path, "bob.csv", IMAGE)
    found = find_openface_csvs([tmp_path / "of", single])
    assert found == [("anna/smile", tmp_path / "of/anna/smile.csv"), ("bob", single)]


def test_two_csvs_of_one_photo_a_missing_path_and_an_empty_folder_are_refused(tmp_path):
    write(tmp_path, "a/x.csv", IMAGE)
    write(tmp_path, "b/x.csv", IMAGE)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="are both of the photo x"):
        find_openface_csvs([tmp_path / "a", tmp_path / "b"])
    with pytest.raises(UserError, match=r"none\.csv is missing"):
        find_openface_csvs([tmp_path / "none.csv"])
    with pytest.raises(UserError, match="empty holds no OpenFace CSV"):
        find_openface_csvs([tmp_path / "empty"])


needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"no OpenFace samples in {SAMPLES}")


@needs_samples
@pytest.mark.parametrize(
    "name",
    ["header_openface22_image.txt", "header_openface22_video_nospace.txt", "header_openface2_video.txt"],
)
def test_header_of_a_real_version_is_understood(tmp_path, name):
    # The samples are headers only: a row of ones, but for landmarks, is a face that is found, with all AUs present.
    header = (SAMPLES / name).read_text().strip()
    columns = [column.strip() for column in header.split(",")]
    points = {
        f"{axis}_{number}": str(100 * k + number) for number in range(68) for k, axis in enumerate("xy")
    }
    row = ",".join(points.get(column, "1") for column in columns)
    (face,) = read_openface_csv(write(tmp_path, "a.csv", f"{header}\n{row}\n")).rows
    assert face.angles == (1, 1, 1)
    assert face.points.tolist() == [[number, 100 + number] for number in range(68)]
    assert sorted(face.decisions) == [1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 28, 45]


@needs_samples
def test_file_of_a_real_run_is_read_whole():
    content = read_openface_csv(SAMPLES / "openface_v1_pyfeat_OpenFace_Test.csv")
    assert (len(content.rows), content.rejected) == (100, ())
    assert content.rows[0].angles == (0.29759, -0.063753, -0.0192347)
    assert content.num_frames == 100
    # x_0 and y_0, not X_0 and Y_0.
    assert content.rows[0].points[0].tolist() == [277.276, 181.19]


def test_column_that_is_there_twice_is_named(tmp_path):
    path = write(tmp_path, "a.csv", "face,confidence,success,confidence\n0,0.9,1,0.1\n")
    with pytest.raises(UserError, match="its first line has the column 'confidence' twice"):
        read_openface_csv(path)
