from pathlib import Path

import numpy as np
import pytest
from developer_photos import FOLDER
from openface_inputs import mean_face, write_csv

from emotionet_tf.errors import UserError
from emotionet_tf.faces.box_crops import BOX_CENTRE_BELOW_EYES_MM, BOX_SIDE_MM, box_of_68
from emotionet_tf.faces.crops_and_rows import row_of_face
from emotionet_tf.faces.detectors.cascade import CascadeDetector
from emotionet_tf.faces.detectors.interface import Face, remarks_of
from emotionet_tf.faces.detectors.openface.detector import OpenFaceDetector
from emotionet_tf.faces.detectors.openface.photos import OpenFacePhotos
from emotionet_tf.faces.landmarks_68 import POINTS_68_MM, five_of_68

SAMPLE = FOLDER / "openface" / "openface_v1_pyfeat_OpenFace_Test.csv"


def detector_of(*paths: Path, min_confidence: float = 0.0) -> OpenFaceDetector:
    return OpenFaceDetector(OpenFacePhotos(paths, min_confidence))


def detect(detector: OpenFaceDetector, *names: str, largest_only: bool = True):
    photos = [np.zeros((4, 4, 3), np.uint8)] * len(names)
    return detector.detect(photos, largest_only=largest_only, names=names)


def test_photo_gets_the_faces_of_its_csv_the_largest_first(tmp_path):
    small, large = mean_face(0.5), mean_face(2.0, (400, 300))
    write_csv(tmp_path / "anna" / "smile.csv", "face,confidence", [("0,0.9", small), ("1,0.4", large)])
    detector = detector_of(tmp_path)
    ((face,),) = detect(detector, "anna/smile.jpg")
    np.testing.assert_array_equal(face.points, large)
    np.testing.assert_allclose(face.landmarks, five_of_68(large))
    assert (face.confidence, face.detector) == (0.4, "openface")
    (faces,) = detect(detector, "anna/smile.jpg", largest_only=False)
    assert [found.confidence for found in faces] == [0.4, 0.9]
    assert row_of_face("anna/smile.jpg", 0, face, "openface").registered_by == "stable68"


def test_csv_of_an_emotionet_photo_may_lie_in_the_folder_itself_and_names_may_lack_folders(tmp_path):
    write_csv(tmp_path / "N_0000000201_00001.csv", "face, confidence", [("0, 0.9", mean_face())], ", ")
    photo = "N_0000000201/N_0000000201_00001.jpg"
    assert [len(faces) for faces in detect(detector_of(tmp_path), photo)] == [1]
    by_file = detector_of(tmp_path / "N_0000000201_00001.csv")
    assert [len(faces) for faces in detect(by_file, photo, "smile.jpg")] == [1, 0]
    assert by_file.remarks() == ["openface: 1 photo has no CSV"]


def test_photo_of_a_sequence_gets_its_frame_and_a_lost_face_is_none(tmp_path):
    first = "frame, face_id, timestamp, confidence, success"
    rows = [
        ("1, 0, 0, 0.9, 1", mean_face()),
        ("2, 0, 0, 0.1, 0", np.zeros((68, 2))),
        ("3, 0, 0, 0.8, 1", mean_face(2)),
    ]
    write_csv(tmp_path / "of" / "clip.csv", first, rows, ", ")
    names = [f"clip/frame_{number:05d}.png" for number in (3, 2, 1, 4)]
    found = detect(detector_of(tmp_path / "of"), *names)
    assert [[face.confidence for face in faces] for faces in found] == [[0.8], [], [0.9], []]


def test_photo_of_a_sequence_without_a_frames_number_is_refused(tmp_path):
    write_csv(tmp_path / "clip.csv", "frame,confidence,success", [("1,0.9,1", mean_face())])
    with pytest.raises(UserError, match=r"photo clip/a0\.jpg belongs to the frames of .*clip\.csv"):
        detect(detector_of(tmp_path), "clip/a0.jpg")


def test_many_frames_under_a_photos_name_are_refused(tmp_path):
    rows = [("1,0.9,1", mean_face()), ("2,0.9,1", mean_face())]
    write_csv(tmp_path / "a.csv", "frame,confidence,success", rows)
    with pytest.raises(UserError, match=r"a\.csv holds 2 frames, but is named like one photo"):
        detect(detector_of(tmp_path), "a.jpg")


def test_remarks_are_those_of_the_files_and_other_detectors_have_none(tmp_path):
    write_csv(tmp_path / "a.csv", "face,confidence", [])
    openface = detector_of(tmp_path)
    detect(openface, "none.jpg")
    assert openface.remarks() == ["openface: 1 photo has no CSV"]
    assert remarks_of(CascadeDetector([openface, openface])) == 2 * openface.remarks()
    assert remarks_of(object()) == []


def test_next_detector_of_a_cascade_is_asked_where_openface_is_unsure(tmp_path):
    class Second:
        name = "second"

        def detect(self, photos, *, largest_only=True, names=()):
            return [[] if name == "c.jpg" else [Face((0, 0, 1, 1), 0.2, np.zeros((5, 2)))] for name in names]

    for name, confidence in [("a", 0.69), ("b", 0.7), ("c", 0.1)]:
        write_csv(tmp_path / f"{name}.csv", "face,confidence", [(f"0,{confidence}", mean_face())])
    openface = detector_of(tmp_path, min_confidence=0.7)
    found = detect(CascadeDetector([openface, Second()]), "a.jpg", "b.jpg", "c.jpg")
    # The limit is OpenFace's alone, and a face that nobody is sure of is none.
    assert [[(face.detector, face.confidence) for face in faces] for faces in found] == [
        [("second", 0.2)], [("openface", 0.7)], [],
    ]  # fmt: skip
    assert openface.remarks() == ["openface: 2 photos have only faces of a confidence below 0.7"]


def test_csv_without_landmarks_says_what_openface_is_to_write(tmp_path):
    (tmp_path / "a.csv").write_text("face,confidence,pose_Rx\n0,0.9,0.1\n")
    with pytest.raises(UserError, match=r"a\.csv has no columns x_0 to y_67; .* \(-2Dfp\)"):
        detect(detector_of(tmp_path), "a.jpg")


def test_missing_paths_empty_folders_and_unknown_names_are_refused(tmp_path):
    with pytest.raises(UserError, match=r"OpenFace CSV .*none\.csv is missing"):
        detector_of(tmp_path / "none.csv")
    with pytest.raises(UserError, match="holds no OpenFace CSV"):
        detector_of(tmp_path)
    path = write_csv(tmp_path / "a.csv", "face,confidence", [])
    with pytest.raises(UserError, match="are both of the photo a"):
        detector_of(path, path)
    with pytest.raises(UserError, match="knows photos by their names"):
        detector_of(path).detect([np.zeros((4, 4, 3), np.uint8)])


def test_box_of_the_mean_head_is_the_one_that_box_crops_expect():
    left, top, width, height = box_of_68(POINTS_68_MM[:, :2])
    assert height == pytest.approx(BOX_SIDE_MM)
    assert top + height / 2 == pytest.approx(BOX_CENTRE_BELOW_EYES_MM)
    assert left + width / 2 == pytest.approx(0)
    assert width < height


@pytest.mark.skipif(not SAMPLE.is_file(), reason=f"no OpenFace sample {SAMPLE}")
def test_frames_of_a_real_file_become_faces():
    detector = detector_of(SAMPLE)
    sequence = SAMPLE.stem
    found = detect(detector, *(f"{sequence}/{number:04d}.jpg" for number in range(1, 101)))
    assert [len(faces) for faces in found] == [1] * 100
    face = found[0][0]
    assert face.points[0].tolist() == [277.276, 181.19]
    assert face.landmarks[0] == pytest.approx(face.points[36:42].mean(axis=0), abs=3)
