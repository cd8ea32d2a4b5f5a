import numpy as np
import pandas as pd

from emotionet_tf.inference.tables.face_rows import TableHead, columns, table_of_rows
from emotionet_tf.inference.tables.other_layouts import LAYOUTS, in_layout

AUS = (4, 12, 43)
FACE = {
    "id": "a/x.jpg", "file": "a/x.jpg", "face_index": 0, "found": 1, "reason": "", "detector": "mtcnn",
    "confidence": 0.875, "photo_width_px": 60, "photo_height_px": 50, "box_left_px": 1.0, "box_top_px": 2.0,
    "box_width_px": 30.0, "box_height_px": 40.0, "yaw_degrees": 10.0,
    "AU04": 0.25, "AU12": 0.75, "AU43": 0.5, "AU04_decision": 0, "AU12_decision": 1, "AU43_decision": 1,
}  # fmt: skip
SECOND = {**FACE, "id": "a/x.jpg#1", "face_index": 1, "AU12": 0.125, "AU12_decision": 0}
NONE = {"id": "b.jpg", "file": "b.jpg", "face_index": 0, "found": 0, "reason": "no face", "photo_width_px": 9}


def table() -> pd.DataFrame:
    return table_of_rows([FACE, SECOND, NONE], TableHead(AUS, np.full(3, 0.5), "fast@12345678"))


def test_openface_has_presences_and_no_intensities():
    rows = in_layout(table(), "openface")
    # Counted in a file that OpenFace 2.2 wrote of a video; the first and the last of its columns.
    assert rows.shape == (3, 714) and [rows.columns[0], rows.columns[-1]] == ["frame", "AU45_c"]
    assert rows.columns.is_unique
    assert rows["frame"].tolist() == [1, 1, 2] and rows["face_id"].tolist() == [0, 1, 0]
    assert rows["success"].tolist() == [1, 1, 0]
    assert rows["AU12_c"].tolist()[:2] == [1, 0] and rows["AU12_c"].isna().tolist() == [False, False, True]
    assert rows["AU12_r"].isna().all() and rows["pose_Ry"].isna().all() and rows["AU01_c"].isna().all()
    assert "AU43_c" not in rows


def test_openface_has_the_intensities_of_models_with_some():
    head = TableHead(AUS, np.full(3, 0.5), "strong@12345678", intensity_aus=(12, 43))
    rows = in_layout(
        table_of_rows([{**FACE, "AU12_intensity": 2.5, "AU43_intensity": 4.0}, NONE], head), "openface"
    )
    assert rows["AU12_r"].tolist()[0] == 2.5 and rows["AU12_r"].isna().tolist() == [False, True]
    # OpenFace has no AU43, and what the models do not estimate is blank.
    assert "AU43_r" not in rows and rows["AU04_r"].isna().all()


def test_pyfeat_has_scores_box_and_size():
    rows = in_layout(table(), "pyfeat")
    assert rows.shape == (3, 694) and [rows.columns[0], rows.columns[-1]] == ["FaceRectX", "Identity"]
    assert rows.loc[0, ["FaceRectX", "FaceRectY", "FaceRectWidth", "FaceRectHeight"]].tolist() == [
        1,
        2,
        30,
        40,
    ]
    assert rows["AU43"].tolist()[:2] == [0.5, 0.5]
    # As Py-Feat leaves a photo without a face: all blank but its size, name and number.
    last = rows.loc[2]
    assert last[["input", "frame", "FrameWidth"]].tolist() == ["b.jpg", 1, 9]
    assert last.drop(["input", "frame", "FrameWidth"]).isna().all()


def test_layouts_read_only_columns_that_our_table_has():
    own = set(columns(AUS))
    for layout in LAYOUTS.values():
        assert set(layout.fill(table()[[name for name in table() if name in own]])) <= set(layout.columns)
