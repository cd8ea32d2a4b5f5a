import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.photo_bar import Interval, news_photos, portraits, studio_photos
from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.inference.face_result import FaceResult

AUS = (1, 2, 4, 5, 6, 9, 10, 12, 15, 17, 20, 25, 26, 51)
INTERVAL = Interval(num_resamples=100, seed=0)


class BrightnessDetector:
    """Finds a face in every photo, whose scores are all the photo's brightness, and decides at a half."""

    aus = AUS

    def detect(self, photos, *, all_faces=False, names=()):
        return [[self._result(float(photo.mean()) / 255)] for photo in photos]

    def _result(self, brightness):
        landmarks = np.array([[0, 0], [10, 0], [5, 5], [2, 10], [2 + 20 * brightness, 10]])
        scores = np.full(len(AUS), brightness)
        face = Face((0.0, 0.0, 10.0, 10.0), 0.9, landmarks)
        return FaceResult(face, None, AUS, scores, (scores >= 0.5).astype(np.int8))


def write_photos(folder: Path, table: str, rows: list[tuple[str, str, float]], person: str) -> Path:
    """Writes photos of a brightness, and their table: expression, person, brightness."""
    folder.mkdir()
    with (folder / table).open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "expression", person])
        for number, (expression, who, brightness) in enumerate(rows):
            cv2.imwrite(str(folder / f"{number}.png"), np.full((8, 8, 3), round(255 * brightness), np.uint8))
            writer.writerow([f"{number}.png", expression, who])
    return folder


def test_news_photos_are_ranked_against_neutral_ones(tmp_path, capsys):
    rows = [("neutral", "a", 0.2), ("neutral", "b", 0.6), ("happiness", "c", 0.8), ("happiness", "d", 0.4)]
    rows += [("surprise", "e", 0.9), ("anger", "f", 0.1), ("sadness", "g", 0.4)]
    folder = write_photos(tmp_path / "news", "labels.csv", rows, "person")
    rival = {f"AU{au:02d}": lambda photo, result: -float(result.scores[0]) for au in AUS}
    news_photos(folder, BrightnessDetector(), INTERVAL, rival)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "news: 7 photos, 7 with a face"
    # Three of four pairs of a happy and a neutral face are in order, and the mouth's width follows the brightness.
    assert lines[1].startswith("  happiness  AU12  0.750 (")
    # Of the happy faces only the first is brighter than a half, of the neutral ones only the second.
    assert lines[1].endswith("mouth width 0.750  blendshapes 0.250  declared on 0.50 (0.50 of neutral)")
    assert [line.split()[2] for line in lines[4:9]] == ["1.000"] * 5
    assert (lines[9].split()[:3], lines[10].split()[2]) == (["anger", "AU04", "0.000"], "0.500")
    # 3 x 3/4, 5 x 1, 0, 3 x 1/2.
    assert lines[13] == "  mean AUC of 12 proxies: 0.729"
    # Ahead of its opposite but on anger, and on sadness, where both are a half.
    assert lines[14] == "  blendshapes: 0.271; the detector is ahead on 8 of 12"
    # One of the two neutral faces, on which all 13 expression AUs are declared, and AU 51 beside them.
    assert lines[15] == "  expression AUs declared on a neutral face: 6.50 (2 faces)"


def test_portraits_are_ranked_against_the_same_persons_neutral_ones(tmp_path, capsys):
    expressions = (
        "happy",
        "surprised",
        "shocked",
        "angry",
        "determined",
        "confused",
        "sad",
        "scared",
        "disgusted",
    )
    rows = [("neutral", "a", 0.5), ("neutral", "b", 0.1), ("playful", "a", 0.4), ("playful", "b", 0.6)]
    rows += [(expression, "a", 0.7) for expression in expressions]
    folder = write_photos(tmp_path / "portraits", "expressions.csv", rows, "person")
    portraits(folder, BrightnessDetector(), INTERVAL)
    lines = capsys.readouterr().out.splitlines()
    # A person without the expression is left out: one pair each, but for the last.
    assert lines[1].startswith("  happy      AU06  1.000") and lines[1].endswith(
        "rises in 1.00 of 1 persons  declared on 1.00"
    )
    assert lines[-2].startswith("  playful    AU25  0.750") and lines[-2].endswith(
        "rises in 0.50 of 2 persons  declared on 0.50"
    )
    assert lines[-1] == f"  mean of 29 pairs: AUC {28.75 / 29:.3f}, rises in {28.5 / 29:.3f}"


def test_studio_photos_count_what_is_declared(tmp_path, capsys):
    rows = [("neutral", "a", 0.2), ("smiling", "a", 0.9), ("smiling", "b", 0.4)]
    folder = write_photos(tmp_path / "studio", "images.csv", rows, "subject")
    studio_photos(folder, BrightnessDetector())
    assert capsys.readouterr().out.splitlines()[1:] == [
        "  AU12 declared on 1 of 2 smiling faces",
        "  AU12 declared on 0 of 1 neutral faces",
    ]


@pytest.mark.parametrize(
    ("flags", "message"), [(("--data_dir=missing",), "photos_expressions is missing; --data_dir")]
)
def test_missing_photos_are_named(tmp_path, flags, message):
    import warm_commands

    done = warm_commands.run(["-m", "benchmarks.real_photos", "--all", *flags])
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert message in done.stderr
