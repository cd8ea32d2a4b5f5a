import shutil

import numpy as np
import pandas as pd
import pytest
from video_files import write_video

from emotionet_tf.errors import UserError
from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.inference.au_detector import ActionUnitDetector
from emotionet_tf.inference.exports.faces import FACES_DIR
from emotionet_tf.inference.face_result import FaceResult
from emotionet_tf.page.layout import build_page
from emotionet_tf.page.views import Views, au_rows
from emotionet_tf.photos.reading import read_photo

HAPPY = FACES_DIR / "openpeople_001_happy.jpg"


@pytest.fixture(scope="module")
def detector() -> ActionUnitDetector:
    return ActionUnitDetector(runtime="onnx")


@pytest.fixture
def views(detector, tmp_path) -> Views:
    for name in ("shown", "uploads"):
        (tmp_path / name).mkdir()
    return Views(detector, tmp_path / "shown", tmp_path / "uploads", max_video_seconds=0.6)


def test_photo_gets_predicts_table_and_an_annotated_picture(views, detector):
    given = views.uploads / "face.jpg"
    shutil.copy(HAPPY, given)
    view = views.of_file(str(given))
    assert view.summary == "1 face" and view.video is None and view.picture.stat().st_size > 0
    table = pd.read_csv(view.table)
    pd.testing.assert_frame_equal(table, pd.read_csv(_written(detector.predict_table([given]), views)))
    row = view.aus.set_index("AU").loc["AU12"]
    assert row["what"] == "lip corner puller" and row["score"] == f"{table['AU12'][0]:.2f} ✓"
    assert "✓" not in view.aus.set_index("AU").loc["AU04", "score"]


def _written(table: pd.DataFrame, views: Views):
    path = views.folder / "expected.csv"
    table.to_csv(path, index=False)
    return path


def test_long_video_is_predicted_as_far_as_the_limit(views):
    photo = read_photo(HAPPY)[:320, :320]
    write_video(views.uploads / "clip.mp4", [photo] * 40)
    shares = []
    view = views.of_file(str(views.uploads / "clip.mp4"), on_progress=shares.append)
    assert view.summary == "15 frames, 15 with a face; 1 person" and shares[-1] == 1.0
    assert view.picture is None and view.video.stat().st_size > 0
    assert len(pd.read_csv(view.table)) == 15
    assert view.aus.set_index("AU").loc["AU12", "present in"] == "100 %"


def test_intensities_of_faces_are_shown_beside_their_scores():
    face = Face((0, 0, 9, 9), 1.0, np.zeros((5, 2)))
    results = [
        FaceResult(face, (0, 0, 0), (6, 12), np.array([0.2, 0.9]), np.array([0, 1], np.int8), {12: strength})
        for strength in (3.21, 4.0)
    ]
    alone = au_rows(results[:1]).set_index("AU")
    assert alone.loc["AU12", ["score", "intensity"]].tolist() == ["0.90 ✓", "3.2"]
    assert alone.loc["AU06", "intensity"] == ""
    both = au_rows(results).set_index("AU")
    assert both.loc["AU12", ["face 2", "intensity 2"]].tolist() == ["0.90 ✓", "4.0"]


def test_only_uploads_are_read(views):
    with pytest.raises(UserError, match="only files that were uploaded to this page are read"):
        views.of_file(str(HAPPY))
    (views.uploads / "link.jpg").symlink_to(HAPPY)
    with pytest.raises(UserError, match="only files that were uploaded"):
        views.of_file(str(views.uploads / "link.jpg"))


@pytest.mark.parametrize("name", ["text.jpg", "text.mp4"])
def test_file_that_cannot_be_read_is_named_without_its_place(views, name):
    (views.uploads / name).write_text("no picture")
    with pytest.raises(UserError, match=name) as raised:
        views.of_file(str(views.uploads / name))
    assert str(views.uploads) not in str(raised.value)


def test_picture_of_a_webcam_is_annotated(views):
    annotated, aus = views.of_picture(read_photo(HAPPY))
    assert annotated.shape[0] >= 640 and aus["AU"][0] == "AU01"
    black, nothing = views.of_picture(np.zeros((90, 120, 3), np.uint8))
    assert black.shape[2] == 3 and len(nothing) == 0 and len(au_rows([])) == 0


def test_markup_in_a_files_name_is_shown_as_text(views):
    gradio = pytest.importorskip("gradio")
    (views.uploads / "<b>bold.jpg").write_text("no picture")
    predict = next(one.fn for one in build_page(views).fns.values() if one.api_name == "predict")
    with pytest.raises(gradio.Error) as raised:
        predict(str(views.uploads / "<b>bold.jpg"), True)
    assert "&lt;b&gt;bold.jpg cannot be read" in raised.value.message and "<b>" not in raised.value.message
