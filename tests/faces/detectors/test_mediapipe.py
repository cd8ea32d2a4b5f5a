import csv
import json
import multiprocessing
import re
import subprocess
import sys
import types
from pathlib import Path

import cv2
import numpy as np
import pytest
from developer_photos import FOLDER, needs_photos, photo_rows
from mediapipe_models import HAS_SOLUTIONS, default_model, skip_without_models

from emotionet_tf.errors import UserError
from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.faces.detectors.mediapipe.detector import (
    MediapipeDetector,
    MediapipeSettings,
    _are_one,
)
from emotionet_tf.faces.detectors.mediapipe.points import NUM_VERTICES, VERTICES_68
from emotionet_tf.faces.detectors.mediapipe.squares import square_about
from emotionet_tf.photos.reading import read_photo


@pytest.fixture(scope="module")
def detector() -> MediapipeDetector:
    skip_without_models()
    return MediapipeDetector()


@pytest.fixture(scope="module")
def photos() -> dict[str, np.ndarray]:
    return {row["file"]: read_photo(FOLDER / row["file"]) for row in photo_rows()}


def bits(found: list[list[Face]]) -> list[tuple]:
    return [
        (face.box, face.confidence, face.landmarks.tobytes(), face.points.tobytes())
        for faces in found
        for face in faces
    ]


def test_every_landmark_has_a_vertex_of_its_own():
    assert VERTICES_68.shape == (68, 2)
    assert VERTICES_68.max() < NUM_VERTICES
    assert len({tuple(pair) for pair in VERTICES_68.tolist()}) == 68


@pytest.mark.parametrize("box", [(20, 10, 40, 40), (-30, 20, 60, 40), (-200, -100, 500, 300)])
def test_shares_of_a_square_lead_back_to_the_photos_pixels(box):
    photo = np.zeros((120, 160, 3), np.uint8)
    photo[38:46, 28:36] = 255
    square, to_photo = square_about(photo, np.array(box, float))
    rows, columns = np.nonzero(square[:, :, 0] > 127)
    # The white spot's middle, which lies between pixels 31 and 32, and 41 and 42.
    middle = np.array([[columns.mean() + 0.5, rows.mean() + 0.5]]) / len(square)
    np.testing.assert_allclose(to_photo(middle), [[31.5, 41.5]], atol=0.6 * 2.2 * max(box[2:]) / len(square))
    assert len(square) <= 512


def test_boxes_that_share_half_of_the_smaller_one_are_one_face():
    def face(*box: float) -> Face:
        return Face(box, 0.9, np.zeros((5, 2)))

    assert _are_one(face(0, 0, 100, 100), face(40, 40, 50, 50))
    assert not _are_one(face(0, 0, 100, 100), face(80, 0, 100, 100))


@pytest.mark.parametrize("confidence", [0.0, 1.0])
def test_confidence_out_of_range_is_named(confidence):
    with pytest.raises(UserError, match=f"min_confidence is {confidence}"):
        MediapipeSettings(min_confidence=confidence)


def test_missing_package_names_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    with pytest.raises(UserError, match=r"pip install 'emotionet_tf\[mesh\]'"):
        MediapipeDetector()


def test_wrong_model_file_is_named_with_the_right_ones_address(tmp_path):
    pytest.importorskip("mediapipe")
    with pytest.raises(
        UserError, match=r"^--mediapipe_model .*nowhere is missing; the file is https://\S+\.task$"
    ):
        MediapipeDetector(MediapipeSettings(mediapipe_model=str(tmp_path / "nowhere")))
    (tmp_path / "other.task").write_bytes(b"PK")
    with pytest.raises(UserError, match=r"other\.task is not the .*SHA-256 6418\w{60}\); that is https://"):
        MediapipeDetector(MediapipeSettings(mediapipe_model=str(tmp_path / "other.task")))


def test_package_without_models_says_where_to_put_them(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, "mediapipe", types.SimpleNamespace(__version__="1.2.3"))
    place = re.escape(str(tmp_path / "emotionet_tf" / "face_landmarker.task"))
    with pytest.raises(
        UserError, match=rf"^MediaPipe's models are missing: download https://\S+ .* to {place}, or .*=FILE$"
    ):
        MediapipeDetector()


@needs_photos
def test_landmarks_are_where_people_marked_them(detector, photos):
    marked = json.loads((FOLDER / "webmorph_points.json").read_text())
    # Landmark of the 68 and number in the hand-marked template of 189 points: corners of the eyes and of the
    # mouth, lids, below the nose, middles of the lips' edges.
    pairs = {36: 18, 39: 22, 42: 23, 45: 27, 37: 19, 44: 26, 33: 55, 48: 87, 54: 93, 51: 90, 57: 106}
    misses, pupil_misses = [], []
    for name, points in marked.items():
        if len(points) != 189:
            continue
        points = np.array(points)
        face = detector.detect([photos[name]])[0][0]
        distance = np.linalg.norm(points[1] - points[0])
        misses.append(
            np.linalg.norm(face.points[list(pairs)] - points[list(pairs.values())], axis=1) / distance
        )
        pupil_misses.append(np.linalg.norm(face.landmarks[:2] - points[:2], axis=1) / distance)
    assert len(misses) == 9
    assert np.mean(pupil_misses) < 0.02
    assert np.mean(misses, axis=0).max() < 0.04


@needs_photos
def test_results_are_the_same_bits_alone_and_in_batches(detector, photos):
    some = [
        photos[f"images/{name}.jpg"] for name in ("coffee", "london_001_neutral", "astronaut", "zoom_60cm")
    ]
    expected = bits(detector.detect(some))
    assert bits([detector.detect([photo])[0] for photo in some]) == expected
    assert bits(detector.detect(some[::-1])[::-1]) == expected


@needs_photos
@pytest.mark.skipif(
    not HAS_SOLUTIONS, reason="a process that mediapipe 1.0 or later has worked in cannot fork"
)
def test_forked_process_finds_the_same_bits(detector, photos):
    some = [photos["images/coffee.jpg"]]
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=lambda: sender.send(bits(detector.detect(some))))
    child.start()
    assert receiver.poll(60)
    assert receiver.recv() == bits(detector.detect(some))
    child.join()


@pytest.mark.skipif(HAS_SOLUTIONS, reason="graphs up to 0.10.29 may be used in a forked process")
def test_forked_process_is_told_that_it_cannot(detector, monkeypatch):
    monkeypatch.setattr(detector._package, "_used_in", -1)
    monkeypatch.setattr(detector._process, "number", -1)
    with pytest.raises(RuntimeError, match="cannot find faces in a process that was forked"):
        detector.detect([np.zeros((64, 64, 3), np.uint8)])


@needs_photos
def test_small_face_in_a_large_photo_is_found_in_a_part_of_it(detector, photos):
    face = cv2.resize(photos["images/london_001_neutral.jpg"], (240, 240), interpolation=cv2.INTER_AREA)
    alone = detector.detect([face])[0][0]
    large = np.full((2400, 2400, 3), 128, np.uint8)
    large[1900:2140, 300:540] = face
    inside = detector.detect([large])[0][0]
    distance = np.linalg.norm(alone.landmarks[1] - alone.landmarks[0])
    np.testing.assert_allclose(inside.landmarks - (300, 1900), alone.landmarks, atol=0.1 * distance)


@needs_photos
def test_two_faces_come_largest_first_each_with_its_own_landmarks(detector, photos):
    both = np.zeros((675, 975, 3), np.uint8)
    both[:300, :300] = cv2.resize(photos["images/astronaut.jpg"], (300, 300), interpolation=cv2.INTER_AREA)
    both[:, 300:] = photos["images/london_001_neutral.jpg"]
    faces = detector.detect([both], largest_only=False)[0]
    assert len(faces) == 2
    assert faces[0].points[:, 0].min() > 300 > faces[1].points[:, 0].max()
    assert len(detector.detect([both])[0]) == 1


@pytest.mark.slow
def test_command_finds_a_face_in_each_photo_of_the_examples(tmp_path):
    """In an interpreter of its own: MediaPipe imports TensorFlow, which the command has not imported yet."""
    skip_without_models()
    photos = Path(__file__).resolve().parents[3] / "examples" / "photos"
    command = [
        "-m",
        "tfrecords_tools.align_faces",
        f"--photos_dir={photos}",
        f"--output_dir={tmp_path / 'out'}",
    ]
    run = subprocess.run(
        [sys.executable, *command, "--detectors=mediapipe"], capture_output=True, text=True, timeout=240
    )
    assert run.returncode == 0, run.stderr
    with (tmp_path / "out" / "faces.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["photo"] for row in rows] == sorted(path.name for path in photos.glob("*.jpg"))
    assert all(float(row["confidence"]) > 0.5 for row in rows)
    # What MediaPipe's native code remarks on is not for a person.
    assert all(re.match(r"\d+/3 photos|$", line) for line in run.stderr.splitlines()), run.stderr


@pytest.mark.slow
def test_networks_that_were_closed_are_not_closed_again_at_the_end():
    pytest.importorskip("mediapipe")
    if not default_model().is_file():
        pytest.skip("face_landmarker.task is not in the cache folder")
    lines = (
        "from emotionet_tf.faces.detectors.mediapipe.landmarker import FaceLandmarker",
        "FaceLandmarker('').close()",
    )
    ended = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 0 and not ended.stderr, ended.stderr
