import cv2
import numpy as np
import pytest

from emotionet_tf.inference.au_detector import ActionUnitDetector
from emotionet_tf.inference.exports.faces import FACES_DIR
from emotionet_tf.photos.reading import list_photos
from emotionet_tf.plots.examples import strongest_examples
from emotionet_tf.plots.files import draw_examples


@pytest.fixture(scope="module")
def detector() -> ActionUnitDetector:
    return ActionUnitDetector(runtime="onnx")


@pytest.fixture(scope="module")
def table(detector):
    return detector.predict_table([FACES_DIR])


def photos():
    return {name: FACES_DIR / name for name in list_photos(FACES_DIR)}


def test_examples_are_the_declared_faces_with_the_highest_scores(detector, table):
    asked = []

    def look(pixels):
        asked.append(pixels)
        return detector.detect(pixels, all_faces=True)[0]

    examples = strongest_examples(table, detector.aus, photos(), look)
    for au in detector.aus:
        own = table[table[f"AU{au:02d}_decision"] == 1].nlargest(6, f"AU{au:02d}")
        assert [(one.file, one.score) for one in examples.get(au, [])] == list(
            zip(own["file"], own[f"AU{au:02d}"], strict=True)
        )
    smile = examples[12][0]
    assert smile.crop.shape == smile.heat.shape == (112, 112, 3) and (smile.crop != smile.heat).any()
    assert len(asked) <= 10  # once for each photo, whatever the AUs


def test_examples_without_heat_and_without_their_photos(detector, table):
    some = {name: place for name, place in photos().items() if "happy" not in name}
    examples = strongest_examples(table, (12, 25), some)
    faces = [face for own in examples.values() for face in own]
    assert faces and all(face.heat is None and "happy" not in face.file for face in faces)
    assert strongest_examples(table, (12,), {}) == {}


def test_sheets_are_drawn(detector, table, tmp_path):
    look = lambda pixels: detector.detect(pixels, all_faces=True)[0]  # noqa: E731
    examples = strongest_examples(table, (12, 25), photos(), look)
    plain, heat = (cv2.imread(str(file)) for file in draw_examples(examples, tmp_path))
    assert plain.shape == heat.shape and plain.shape[0] == 2 * 130
    assert (plain != heat).any() and np.ptp(plain) > 100
    draw_examples({}, tmp_path)
