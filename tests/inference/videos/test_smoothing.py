import numpy as np
import pandas as pd

from emotionet_tf.inference.videos.smoothing import smoothed


def table(rows) -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=["file", "seconds", "face_id", "AU12"])
    made["AU12_decision"] = (made["AU12"] >= 0.5).astype("Int64")
    return made.astype({"face_id": "Int64"})


def test_scores_are_means_over_the_window_and_decisions_follow():
    scores = [0.0, 0.3, 0.9, 0.6, 0.0]
    result = smoothed(
        table([("a", 0.1 * i, 0, score) for i, score in enumerate(scores)]), (12,), np.array([0.5]), 0.25
    )
    # 0.25 s hold a frame and its neighbours at 0.1 s.
    np.testing.assert_allclose(result["AU12"], [0.15, 0.4, 0.6, 0.5, 0.3], atol=1e-6)
    assert list(result["AU12_decision"]) == [0, 0, 1, 1, 0]


def test_intensities_are_means_as_well_and_decide_nothing():
    rows = table([("a", 0.1 * i, 0, 0.6) for i in range(3)]).assign(AU12_intensity=[0.0, 3.0, 1.5])
    result = smoothed(rows, (12,), np.array([0.5]), 0.25)
    np.testing.assert_allclose(result["AU12_intensity"], [1.5, 1.5, 2.25])
    assert list(result["AU12_decision"]) == [1, 1, 1]


def test_people_and_videos_are_apart_and_frames_without_a_face_stay_blank():
    rows = [
        ("a", 0.0, 0, 1.0),
        ("a", 0.0, 1, 0.0),
        ("b", 0.0, 0, 0.5),
        ("a", 0.1, None, np.nan),
        ("a", 0.2, 0, 0.0),
    ]
    result = smoothed(table(rows), (12,), np.array([0.5]), 1.0)
    np.testing.assert_allclose(result["AU12"], [0.5, 0.0, 0.5, np.nan, 0.5])


def test_order_of_rows_and_irregular_times_are_kept():
    rows = [("a", 0.30, 0, 0.9), ("a", 0.0, 0, 0.1), ("a", 0.05, 0, 0.3)]
    result = smoothed(table(rows), (12,), np.array([0.5]), 0.2)
    np.testing.assert_allclose(result["AU12"], [0.9, 0.2, 0.2])
