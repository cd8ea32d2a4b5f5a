import json
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from small_models import write_small_model
from video_files import numbered_pictures, write_video

from emotionet_tf.action_units import POSE
from emotionet_tf.errors import UserError
from emotionet_tf.faces import photo_groups
from emotionet_tf.faces.aligned_crops import crop_transform, warp
from emotionet_tf.faces.box_crops import crop_face
from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.inference import au_detector as detector_module
from emotionet_tf.inference.au_detector import ActionUnitDetector
from emotionet_tf.inference.photo_prediction import predict_photos
from emotionet_tf.inference.prediction_settings import PredictConfig
from emotionet_tf.inference.scoring import interface as scoring
from emotionet_tf.inference.thresholds.threshold_files import THRESHOLDS_FILE
from emotionet_tf.models import LoadedModel, load_model
from emotionet_tf.storage.files import sha256_of

SHAPE = np.array([[30, 30], [50, 30], [40, 43], [32, 53], [48, 53.0]])


class StandInDetector:
    """Finds as many faces as the photo's upper left pixel says, each a few pixels further."""

    name = "stand_in"

    def detect(
        self, photos: Sequence[np.ndarray], *, largest_only: bool = True, names: Sequence[str] = ()
    ) -> list[list[Face]]:
        return [
            [Face((20.0, 20.0, 40.0, 50.0), 0.9, SHAPE + 2.0 * index) for index in range(photo[0, 0, 0])][
                : 1 if largest_only else None
            ]
            for photo in photos
        ]


def photo(num_faces: int, seed: int = 0) -> np.ndarray:
    pixels = np.random.default_rng(seed).integers(0, 256, (90, 110, 3), np.uint8)
    pixels[0, 0, 0] = num_faces
    return pixels


def write_photo(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), pixels[..., ::-1])


@pytest.mark.slow
def test_scores_are_those_of_the_model_on_the_crops_centre(tmp_path):
    folder = write_small_model(tmp_path / "a", (1, 12))
    pixels = photo(1)
    result = ActionUnitDetector([folder], detector=StandInDetector()).detect([pixels])[0][0]
    # 35 px crop, 32 px image: the centre starts at (35 - 32) // 2 = 1.
    image = warp(pixels, crop_transform(SHAPE, "close_up", 35), 35)[1:33, 1:33]
    expected = load_model(folder).predict_scores(image[None])[0]
    assert result.aus == (1, 12)
    np.testing.assert_allclose(result.scores, expected, atol=1e-6)
    np.testing.assert_array_equal(result.decisions, expected >= 0.5)


@pytest.mark.slow
def test_au_of_two_models_gets_their_mean_and_others_their_own(tmp_path):
    folders = [
        write_small_model(tmp_path / "a", (1, 12), seed=1),
        write_small_model(tmp_path / "b", (12, 25), view="context", seed=2),
    ]
    singles = [
        ActionUnitDetector([folder], detector=StandInDetector()).detect([photo(1)])[0][0].scores
        for folder in folders
    ]
    both = ActionUnitDetector(folders, detector=StandInDetector()).detect([photo(1)])[0][0]
    assert both.aus == (1, 12, 25)
    expected = [singles[0][0], (singles[0][1] + singles[1][0]) / 2, singles[1][1]]
    np.testing.assert_allclose(both.scores, expected, atol=1e-6)


@pytest.mark.slow
def test_pose_model_is_fed_the_head_angles(tmp_path):
    folder = write_small_model(tmp_path / "pose", POSE.aus, view="context", uses_angles=True)
    pixels = photo(1)
    result = ActionUnitDetector([folder], detector=StandInDetector()).detect([pixels])[0][0]
    image = warp(pixels, crop_transform(SHAPE, "context", 35), 35)[1:33, 1:33]
    model = load_model(folder)
    expected = model.predict_scores(image[None], np.array([result.angles]), np.ones((1, 3)))[0]
    np.testing.assert_allclose(result.scores, expected, atol=1e-6)
    assert not np.allclose(expected, model.predict_scores(image[None])[0])


def test_model_of_box_crops_sees_the_box(tmp_path):
    folder = write_small_model(tmp_path / "a", (1,), framing="box")
    pixels = photo(1)
    result = ActionUnitDetector([folder], detector=StandInDetector()).detect([pixels])[0][0]
    crops = [
        crop_face(pixels, Face((20.0, 20.0, 40.0, 50.0), 1.0, SHAPE), "close_up", 35, framing)[1:33, 1:33]
        for framing in ("box", "registered")
    ]
    expected, other = load_model(folder).predict_scores(np.stack(crops))
    np.testing.assert_allclose(result.scores, expected, atol=1e-6)
    assert not np.allclose(result.scores, other, atol=1e-6)


def test_decisions_are_made_at_the_models_thresholds(tmp_path):
    folder = write_small_model(tmp_path / "a", (1, 12))
    score = ActionUnitDetector([folder], detector=StandInDetector()).detect([photo(1)])[0][0].scores
    network = tmp_path / "a" / "best.keras"
    content = {
        "network": network.name,
        "network_sha256": sha256_of(network),
        "thresholds": {"AU01": score[0] - 1e-4, "AU12": score[1] + 1e-4},
    }
    (tmp_path / "a" / THRESHOLDS_FILE).write_text(json.dumps(content))
    tuned = ActionUnitDetector([folder], detector=StandInDetector())
    np.testing.assert_allclose(tuned.thresholds, [score[0] - 1e-4, score[1] + 1e-4])
    np.testing.assert_array_equal(tuned.detect([photo(1)])[0][0].decisions, [1, 0])
    plain = ActionUnitDetector([folder], detector=StandInDetector(), use_thresholds=False)
    np.testing.assert_array_equal(plain.detect([photo(1)])[0][0].decisions, score >= 0.5)
    low, between = score.min() - 1e-4, score.mean()
    for threshold in (low, between):
        for mirror in (False, True):
            fixed = ActionUnitDetector(
                [folder], detector=StandInDetector(), threshold=threshold, mirror=mirror
            )
            result = fixed.detect([photo(1)])[0][0]
            np.testing.assert_array_equal(fixed.thresholds, [threshold, threshold])
            np.testing.assert_array_equal(result.decisions, result.scores >= threshold)
        assert fixed.about["threshold"] == threshold and "threshold" not in tuned.about
        assert [model["decides_at"] for model in fixed.about["models"]] == [f"{threshold:g}"]
    assert [model["decides_at"] for model in tuned.about["models"]] == ["thresholds that were tuned"]


@pytest.mark.parametrize("threshold", [0, -0.2, 1.01, float("nan")])
def test_threshold_that_no_score_can_be_compared_with_is_refused(tmp_path, threshold):
    folder = write_small_model(tmp_path / "a", (1,))
    with pytest.raises(UserError, match="threshold must be above 0 and at most 1, got"):
        ActionUnitDetector([folder], detector=StandInDetector(), threshold=threshold)


def test_faces_stay_with_their_photos(tmp_path):
    detector = ActionUnitDetector([write_small_model(tmp_path / "a", (1,))], detector=StandInDetector())
    photos = [photo(0), photo(3, 1), photo(0), photo(1, 2)]
    results = detector.detect(photos, all_faces=True)
    assert [len(faces) for faces in results] == [0, 3, 0, 1]
    alone = detector.detect([photos[3]])[0][0]
    np.testing.assert_allclose(results[3][0].scores, alone.scores, atol=1e-6)
    assert [len(faces) for faces in detector.detect(photos)] == [0, 1, 0, 1]


def test_no_model_and_no_model_folder_are_refused(tmp_path):
    with pytest.raises(UserError, match="at least one model folder"):
        ActionUnitDetector([], detector=StandInDetector())
    with pytest.raises(UserError, match="is not a model folder"):
        ActionUnitDetector([tmp_path], detector=StandInDetector())


@pytest.mark.slow
def test_six_members_see_each_photo_read_and_found_once_and_each_view_cropped_once(tmp_path, monkeypatch):
    calls = Counter()

    def counted(name, do, count=lambda arguments: 1):
        def call(*args, **kwargs):
            calls[name] += count(args)
            return do(*args, **kwargs)

        return call

    finder = StandInDetector()
    monkeypatch.setattr(
        finder, "detect", counted("found", finder.detect, lambda args: len(args[0])), raising=False
    )
    monkeypatch.setattr(scoring, "crop_face", counted("cropped", crop_face))
    passes = counted("forward passes", LoadedModel.predict_scores_and_intensities)
    monkeypatch.setattr(LoadedModel, "predict_scores_and_intensities", passes)
    monkeypatch.setattr(photo_groups, "read_photo", counted("read", photo_groups.read_photo))
    for number in range(5):
        write_photo(tmp_path / "photos" / f"{number}.png", photo(num_faces=1, seed=number))
    members = [
        write_small_model(tmp_path / f"{view}{seed}", (1, 12), view=view, seed=seed)
        for seed in range(3)
        for view in ("close_up", "context")
    ]
    config = PredictConfig((str(tmp_path / "photos"),), str(tmp_path / "faces.csv"), batch_size=3)
    summary = predict_photos(config, ActionUnitDetector(members, detector=finder))
    assert summary.num_faces == 5
    # Two views of five faces; six members on two batches, of 3 and 2 photos.
    assert calls == {"read": 5, "found": 5, "cropped": 10, "forward passes": 12}


def test_more_faces_than_a_network_sees_together_get_the_same_scores(tmp_path, monkeypatch):
    folder = write_small_model(tmp_path / "a", POSE.aus, uses_angles=True)
    detector = ActionUnitDetector([folder], detector=StandInDetector())
    photos = [photo(3, seed=1), photo(2, seed=2)]
    together = detector.detect(photos, all_faces=True)
    monkeypatch.setattr(detector_module, "_FACES_AT_A_TIME", 2)
    apart = detector.detect(photos, all_faces=True)
    assert [len(faces) for faces in apart] == [3, 2]
    for one, other in zip(chain(*together), chain(*apart), strict=True):
        np.testing.assert_allclose(one.scores, other.scores, atol=1e-6)


class OneFace:
    """Finds one face in every frame, at the same place."""

    name = "one"

    def detect(self, photos, *, largest_only=True, names=()):
        return [[Face((20.0, 20.0, 40.0, 50.0), 0.9, SHAPE)] for _ in photos]


def test_video_gives_frames_with_their_times_and_the_results_of_photos(tmp_path):
    path = write_video(tmp_path / "a.mp4", numbered_pictures(40, 96, 96))
    detector = ActionUnitDetector([write_small_model(tmp_path / "model", (1, 12))], detector=OneFace())
    frames = list(detector.detect_video(path, every=2, start=0.4, end=0.8))
    assert [frame.number for frame in frames] == [10, 12, 14, 16, 18]
    assert [frame.seconds for frame in frames] == pytest.approx([0.4, 0.48, 0.56, 0.64, 0.72])
    for frame in frames:
        assert frame.face_ids == [0]
        ((alone,),) = detector.detect([frame.pixels])
        np.testing.assert_allclose(frame.faces[0].scores, alone.scores, atol=1e-6)


def test_photos_are_arrays_paths_or_pillows_images_one_or_many(tmp_path):
    detector = ActionUnitDetector([write_small_model(tmp_path / "model", (1, 12))], detector=OneFace())
    pixels = next(iter(numbered_pictures(1, 96, 96)))
    Image.fromarray(pixels).save(tmp_path / "a.png")
    ((wanted,),) = detector.detect([pixels])
    given = (pixels, tmp_path / "a.png", str(tmp_path / "a.png"), Image.fromarray(pixels), pixels[None])
    for photos in given:
        ((found,),) = detector.detect(photos)
        np.testing.assert_allclose(found.scores, wanted.scores, atol=1e-6)
    assert [len(faces) for faces in detector.detect([pixels, tmp_path / "a.png"])] == [1, 1]


def test_crops_are_those_that_networks_see(tmp_path):
    detector = ActionUnitDetector([write_small_model(tmp_path / "model", (1, 12))], detector=OneFace())
    pixels = next(iter(numbered_pictures(1, 96, 96)))
    ((crop,),) = detector.align(pixels, crop_size_px=40)
    face = OneFace().detect([pixels])[0][0]
    np.testing.assert_array_equal(crop, crop_face(pixels, face, "close_up", 40, "registered"))


def test_warmed_up_detector_traces_nothing_more_and_threads_may_share_it(tmp_path):
    detector = ActionUnitDetector([write_small_model(tmp_path / "model", (1, 12))], detector=OneFace())
    detector.warm_up()
    photos = list(numbered_pictures(8, 96, 96))
    alone = [detector.detect(photo)[0][0].scores for photo in photos]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda photo: detector.detect(photo)[0][0].scores, photos * 3))
    for scores, wanted in zip(together, alone * 3, strict=True):
        np.testing.assert_allclose(scores, wanted, atol=1e-6)
