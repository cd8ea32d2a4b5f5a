from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.photo_conditions import (
    Photo,
    auc,
    auc_with_interval,
    mouth_width,
    photos_of_csv,
    photos_of_folders,
    report,
)
from emotionet_tf.errors import UserError


def score(result):
    return result.score


def faces_of(**scores):
    return [
        (Photo(f"{condition}/{index}.jpg", condition, str(index)), SimpleNamespace(score=value))
        for condition, values in scores.items()
        for index, value in enumerate(values)
    ]


def test_auc_counts_pairs_and_half_of_ties():
    # Of the four pairs 1 < 2, 1 < 3, 2 = 2 and 2 < 3 three and a half are won.
    low, high = np.array([2.0, 1.0]), np.array([2.0, 3.0])
    assert auc(low, high, np.ones(2), np.ones(2)) == 3.5 / 4
    # With 1 counted twice there are six pairs, of which five and a half are won.
    assert auc(low, high, np.array([1.0, 2.0]), np.ones(2)) == pytest.approx(5.5 / 6)
    assert np.isnan(auc(low, high, np.zeros(2), np.ones(2)))


def test_interval_is_that_of_the_resampled_groups_and_wider_for_fewer_of_them():
    random = np.random.default_rng(3)
    persons = random.normal(size=40)
    scores = np.concatenate([persons, persons + 1])
    is_second = np.arange(80) >= 40

    def interval(groups):
        return auc_with_interval(scores, is_second, groups, num_resamples=500, seed=0)

    alone = interval([str(index) for index in range(80)])
    together = interval([str(index // 8) for index in range(80)])
    assert alone[0] == together[0] == auc(persons, persons + 1, np.ones(40), np.ones(40))
    assert alone[1] < alone[0] < alone[2]
    # A person's two photos rise together, so that drawing persons leaves less to chance.
    pairs = interval([str(index % 40) for index in range(80)])
    assert pairs[2] - pairs[1] < alone[2] - alone[1]


def test_report_counts_photos_of_both_conditions_and_names_those_without_a_face():
    faces = [
        *faces_of(neutral=[0.1, 0.2], smiling=[0.9, 0.3]),
        (Photo("dark.jpg", "smiling", "9"), "no face"),
    ]
    lines = report(faces, ("neutral", "smiling"), {"AU12": score}, num_resamples=100, seed=0).splitlines()
    assert lines[:3] == [
        "neutral: 2 photos, 2 with a face",
        "smiling: 3 photos, 2 with a face",
        "  left out: dark.jpg: no face",
    ]
    assert lines[-1].split() == ["AU12", "1.00", "1.00", "to", "1.00", "0.15,", "0.60"]


def test_condition_without_a_face_is_an_error():
    faces = [*faces_of(neutral=[0.1]), (Photo("dark.jpg", "smiling", "9"), "no face")]
    with pytest.raises(UserError, match="no face in any of the 1 photos of smiling"):
        report(faces, ("neutral", "smiling"), {"AU12": score}, num_resamples=100, seed=0)


def test_folders_are_conditions(tmp_path):
    for name in ("calm/a.jpg", "calm/b.png", "angry/c.jpg", "angry/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    photos = photos_of_folders([f"neutral={tmp_path}/calm", f"angry={tmp_path}/angry"])
    assert [(photo.path.name, photo.condition) for photo in photos] == [
        ("a.jpg", "neutral"),
        ("b.png", "neutral"),
        ("c.jpg", "angry"),
    ]
    with pytest.raises(UserError, match="--condition=neutral: expected NAME=FOLDER"):
        photos_of_folders(["neutral"])


def test_any_two_labels_of_a_csv_are_conditions(tmp_path):
    path = tmp_path / "photos.csv"
    path.write_text("path,mood,who\na.jpg,calm,ann\nb.jpg,angry,ann\nc.jpg,sad,bob\n")
    photos = photos_of_csv(path, ["calm", "angry"], "mood", "who")
    assert photos == [Photo(tmp_path / "a.jpg", "calm", "ann"), Photo(tmp_path / "b.jpg", "angry", "ann")]
    with pytest.raises(UserError, match="no column 'expression'; its columns are path, mood, who"):
        photos_of_csv(path, ["calm", "angry"], "expression", None)
    with pytest.raises(UserError, match="mood 'glad' must be one of angry, calm, sad"):
        photos_of_csv(path, ["calm", "glad"], "mood", None)


def test_mouth_width_is_in_eye_distances():
    landmarks = np.array([[0, 0], [4, 0], [2, 2], [1, 4], [3, 4]])
    assert mouth_width(SimpleNamespace(face=SimpleNamespace(landmarks=landmarks))) == 0.5
