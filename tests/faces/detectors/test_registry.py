import json
import pickle
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from absl import flags
from openface_inputs import mean_face, write_csv

from emotionet_tf.cli import detector_flags  # noqa: F401 - defines the flags
from emotionet_tf.errors import UserError
from emotionet_tf.faces.detectors import entry
from emotionet_tf.faces.detectors.choice import DetectorChoice, build_detector
from emotionet_tf.faces.detectors.mtcnn_settings import MtcnnSettings
from emotionet_tf.faces.detectors.openface.settings import OpenFaceSettings
from emotionet_tf.faces.detectors.registry import DETECTORS

KNOWN = ", ".join(DETECTORS)


def openface(path):
    return {"openface": OpenFaceSettings((str(path),))}


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ((), f"no detector is named, expected at least one of {KNOWN}$"),
        (("mtccn",), f"detector 'mtccn' must be one of {KNOWN}$"),
        (("mtcnn", ""), "detector '' must be one of"),
        (("mtcnn", "mediapipe", "mtcnn"), "detector mtcnn is named twice"),
        (("openface", "mtcnn"), r"detector openface needs OpenFace's CSV files \(--openface_csvs\)"),
    ],
)
def test_wrong_names_are_told_with_the_right_ones(names, message):
    with pytest.raises(UserError, match=message):
        DetectorChoice(names)


def test_openface_files_without_the_detector_or_missing_are_named(tmp_path):
    with pytest.raises(UserError, match="are for the detector openface, which is not among mtcnn"):
        DetectorChoice(settings_of=openface(tmp_path))
    with pytest.raises(UserError, match="OpenFace CSV nowhere is missing"):
        DetectorChoice(("openface",), openface("nowhere"))


def test_confidence_out_of_range_is_refused_and_the_flags_default_is_the_choices(tmp_path):
    with pytest.raises(UserError, match="openface_min_confidence is 70, expected 0 to 1"):
        OpenFaceSettings((str(tmp_path),), 70)
    assert flags.FLAGS["openface_min_confidence"].default == OpenFaceSettings().openface_min_confidence


def test_openfaces_files_are_asked_only_where_it_is_a_detector(tmp_path):
    assert DetectorChoice().openface_photos() is None
    write_csv(tmp_path / "a.csv", "face,confidence", [("0,0.6", mean_face())])
    choice = DetectorChoice(("mtcnn", "openface"), openface(tmp_path))
    photos = choice.openface_photos()
    assert photos.faces("a.jpg") == []
    assert photos.remarks() == ["openface: 1 photo has only faces of a confidence below 0.7"]


def test_settings_of_mtcnn_alone_are_those_of_folders_that_are_older_than_the_choice():
    assert DetectorChoice(turned_faces=False).as_begun({}).settings() == {
        "max_side_px": 512,
        "min_face_px": 20,
        "turned_faces": False,
    }


def test_settings_hold_only_what_the_chosen_detectors_obey(tmp_path):
    mtcnn = {"mtcnn": MtcnnSettings(max_side_px=800)}
    assert DetectorChoice(("mediapipe",), mtcnn).settings() == {"turned_faces": True}
    choice = DetectorChoice(("openface", "mtcnn"), mtcnn | openface(tmp_path / ".." / tmp_path.name))
    expected = {
        "max_side_px": 800,
        "min_face_px": 20,
        "openface_csvs": [str(tmp_path.resolve())],
        "openface_min_confidence": 0.7,
        "turned_faces": True,
    }
    assert choice.settings() == expected
    assert json.loads(json.dumps(expected)) == expected


def test_choice_survives_pickling_for_workers_to_build_from():
    choice = DetectorChoice(("mediapipe", "mtcnn"), {"mtcnn": MtcnnSettings(min_face_px=40)})
    assert pickle.loads(pickle.dumps(choice)) == choice


@pytest.mark.slow
def test_every_detector_is_built_by_its_module_and_several_become_a_cascade(monkeypatch, tmp_path):
    def module_of(path: str) -> SimpleNamespace:
        name = path.rpartition(".")[2]
        return SimpleNamespace(build=lambda settings: SimpleNamespace(name=name, settings=settings))

    monkeypatch.setattr(entry, "import_module", module_of)
    for name in DETECTORS:
        settings = openface(tmp_path) if name == "openface" else {}
        choice = DetectorChoice((name,), settings, turned_faces=False)
        assert (build_detector(choice).name, build_detector(choice).settings) == (name, choice.of(name))
    assert build_detector(DetectorChoice(("mediapipe", "mtcnn"))).name == "mediapipe,mtcnn"


@pytest.mark.parametrize("name", DETECTORS)
def test_every_detectors_file_has_a_builder(name):
    module = Path(entry.__file__).with_name(DETECTORS[name].module)
    source = module / "__init__.py" if module.is_dir() else module.with_suffix(".py")
    assert "\ndef build(" in source.read_text()


def test_package_that_is_missing_is_told_with_how_to_get_it(monkeypatch):
    monkeypatch.setattr(entry, "find_spec", lambda package: None)
    with pytest.raises(
        UserError,
        match=r"retinaface needs face-alignment, which is not installed: pip install 'emo.*\[retinaface\]'",
    ):
        DETECTORS["retinaface"].check_package()
    DETECTORS["openface"].check_package()


def test_every_detectors_settings_are_flags():
    assert set(DETECTORS) >= {"mtcnn", "openface", "mediapipe", "retinaface"}
    assert "retinaface (with FAN's landmarks" in flags.FLAGS["detectors"].help
    assert (flags.FLAGS["max_side_px"].default, flags.FLAGS["min_face_px"].default) == (512, 20)
    assert flags.FLAGS["openface_csvs"].default == []


def test_choosing_imports_no_network():
    slow = ("tensorflow", "mtcnn", "mediapipe", "torch", "numpy", "cv2")
    code = f"import sys, emotionet_tf.cli.detector_flags; print([name for name in {slow} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"
