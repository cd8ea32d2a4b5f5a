import json
import pickle
import subprocess
import sys

import pytest
from absl import flags
from openface_inputs import mean_face, write_csv

from emotionet_tf.cli import detector_flags  # noqa: F401 - defines the flags
from emotionet_tf.errors import UserError
from emotionet_tf.faces.detectors import registry
from emotionet_tf.faces.detectors.mtcnn_settings import MtcnnSettings
from emotionet_tf.faces.detectors.registry import DETECTORS, DetectorChoice, build_detector


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ((), "no detector is named, expected at least one of mtcnn, openface, mediapipe, retinaface"),
        (("mtccn",), "detector 'mtccn' is none of mtcnn, openface, mediapipe, retinaface"),
        (("mtcnn", ""), "detector '' is none of"),
        (("mtcnn", "mediapipe", "mtcnn"), "detector mtcnn is named twice"),
        (("openface", "mtcnn"), "detector openface needs OpenFace's CSV files \(--openface_csvs\)"),
    ],
)
def test_wrong_names_are_told_with_the_right_ones(names, message):
    with pytest.raises(UserError, match=message):
        DetectorChoice(names)


def test_openface_files_without_the_detector_or_missing_are_named(tmp_path):
    with pytest.raises(UserError, match="are for the detector openface, which is not among mtcnn"):
        DetectorChoice(openface_paths=(str(tmp_path),))
    with pytest.raises(UserError, match="OpenFace CSV nowhere is missing"):
        DetectorChoice(("openface",), openface_paths=("nowhere",))


def test_confidence_out_of_range_is_refused_and_the_flags_default_is_the_choices(tmp_path):
    with pytest.raises(UserError, match="openface_min_confidence is 70, expected 0 to 1"):
        DetectorChoice(("openface",), openface_paths=(str(tmp_path),), openface_min_confidence=70)
    assert flags.FLAGS["openface_min_confidence"].default == DetectorChoice().openface_min_confidence


def test_openfaces_files_are_asked_only_where_it_is_a_detector(tmp_path):
    assert DetectorChoice().openface_photos() is None
    write_csv(tmp_path / "a.csv", "face,confidence", [("0,0.6", mean_face())])
    choice = DetectorChoice(("mtcnn", "openface"), openface_paths=(str(tmp_path),))
    photos = choice.openface_photos()
    assert photos.faces("a.jpg") == []
    assert photos.remarks() == ["openface: 1 photo has only faces of a confidence below 0.7"]


def test_settings_of_mtcnn_alone_are_those_of_folders_that_are_older_than_the_choice():
    assert DetectorChoice().settings() == {"max_side_px": 512, "min_face_px": 20}


def test_settings_hold_only_what_the_chosen_detectors_obey(tmp_path):
    mtcnn = MtcnnSettings(max_side_px=800)
    assert DetectorChoice(("mediapipe",), mtcnn).settings() == {}
    choice = DetectorChoice(("openface", "mtcnn"), mtcnn, (str(tmp_path / ".." / tmp_path.name),))
    expected = {
        "max_side_px": 800,
        "min_face_px": 20,
        "openface_csvs": [str(tmp_path.resolve())],
        "openface_min_confidence": 0.7,
    }
    assert choice.settings() == expected
    assert json.loads(json.dumps(expected)) == expected


def test_choice_survives_pickling_for_workers_to_build_from():
    choice = DetectorChoice(("mediapipe", "mtcnn"), MtcnnSettings(min_face_px=40))
    assert pickle.loads(pickle.dumps(choice)) == choice


def test_every_detector_has_a_builder_and_several_become_a_cascade(monkeypatch, tmp_path):
    class Named:
        def __init__(self, name: str) -> None:
            self.name = name

    for name in DETECTORS:
        monkeypatch.setattr(registry, f"_{name}", lambda choice, name=name: Named(name))
    for name in DETECTORS:
        paths = (str(tmp_path),) if name == "openface" else ()
        assert build_detector(DetectorChoice((name,), openface_paths=paths)).name == name
    assert build_detector(DetectorChoice(("mediapipe", "mtcnn"))).name == "mediapipe,mtcnn"


def test_choosing_imports_no_network():
    slow = ("tensorflow", "mtcnn", "mediapipe", "torch")
    code = f"import sys, emotionet_tf.faces.detectors.registry; print([name for name in {slow} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"
