"""The light distribution: its modules alone, without TensorFlow and what else it does without, do the same."""

import os
import runpy
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from video_files import numbered_pictures, write_video

from emotionet_tf.errors import UserError
from emotionet_tf.inference.au_detector import ActionUnitDetector
from emotionet_tf.inference.exports.faces import FACES_DIR
from emotionet_tf.inference.photo_prediction import predict_photos
from emotionet_tf.inference.prediction_settings import PredictConfig, VideoSettings
from emotionet_tf.inference.videos.prediction import predict_videos
from emotionet_tf.light import command

ROOT = Path(__file__).parents[2]
SETUP = runpy.run_path(str(ROOT / "light" / "setup.py"), run_name="setup")
MISSING = (
    "tensorflow",
    "keras",
    "pandas",
    "absl",
    "tqdm",
    "mtcnn",
    "typing_extensions",
    "numba",
    "matplotlib",
)


@pytest.fixture(scope="module")
def alone(tmp_path_factory) -> Path:
    """A folder with nothing but what is in the distribution."""
    folder = tmp_path_factory.mktemp("light")
    data = [path for pattern in SETUP["DATA"] for path in (ROOT / "emotionet_tf").glob(pattern)]
    for path in [*SETUP["modules"](), *data]:
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return folder


@pytest.fixture(scope="module")
def detector() -> ActionUnitDetector:
    return ActionUnitDetector(runtime="onnx")


def run_alone(alone: Path, *arguments: str) -> subprocess.CompletedProcess:
    hidden = "".join(f"sys.modules[{name!r}] = None\n" for name in MISSING)
    code = f"import sys\n{hidden}from emotionet_tf.light.command import main\nmain()"
    env = {**os.environ, "PYTHONPATH": str(alone)}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], env=env, capture_output=True, text=True, cwd=alone
    )


def test_distribution_alone_writes_the_table_of_predict(alone, tmp_path, detector):
    light, whole = tmp_path / "light.csv", tmp_path / "whole.csv"
    (tmp_path / "photos").mkdir()
    for name in ("openpeople_001_happy.jpg", "openpeople_003_angry.jpg"):
        shutil.copy(FACES_DIR / name, tmp_path / "photos" / name)
    from PIL import Image

    Image.new("RGB", (64, 64)).save(tmp_path / "photos" / "black.png")
    (tmp_path / "photos" / "damaged.jpg").write_bytes(b"no picture")
    done = run_alone(alone, f"--output={light}", str(tmp_path / "photos"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "4 photos: 2 with a face (2 faces), 1 without, 1 unreadable" in done.stdout
    predict_photos(PredictConfig((str(tmp_path / "photos"),), str(whole)), detector)
    assert light.read_bytes() == whole.read_bytes()
    assert Path(f"{light}.about.json").read_bytes() == Path(f"{whole}.about.json").read_bytes()


def test_video_gets_the_table_of_predict(tmp_path, detector, capsys):
    clip = write_video(tmp_path / "clip.mp4", numbered_pictures(12))
    light, whole = tmp_path / "light.csv", tmp_path / "whole.csv"
    command.main([f"--output={light}", "--every=2", f"--annotated_dir={tmp_path / 'seen'}", str(clip)])
    assert "clip.mp4: 6 frames" in capsys.readouterr().out
    settings = VideoSettings(every=2)
    predict_videos(PredictConfig((str(clip),), str(whole), video=settings), detector)
    assert light.read_bytes() == whole.read_bytes()
    assert Path(f"{light}.about.json").read_bytes() == Path(f"{whole}.about.json").read_bytes()
    assert (tmp_path / "seen" / "clip.mp4").stat().st_size > 0


def test_annotated_pictures_are_written(tmp_path):
    photo = FACES_DIR / "openpeople_001_happy.jpg"
    command.main([f"--output={tmp_path / 'a.csv'}", f"--annotated_dir={tmp_path / 'seen'}", str(photo)])
    import cv2

    assert cv2.imread(str(tmp_path / "seen" / photo.name)).shape[0] >= 640


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.jpg"], "missing.jpg does not exist: expected a photo or a folder"),
        (
            ["--output=a.xlsx", "."],
            "--output=a.xlsx must end in .csv; emotionet_tf's predict writes other formats",
        ),
        (["--every=0", "."], "every must be at least 1, got 0"),
        (["--model=best", str(FACES_DIR)], "the detector's name must be one of fast, got 'best'"),
        (["--model=gone.onnx", str(FACES_DIR)], "gone.onnx cannot be read: No such file or directory"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"emotionet-tf-light: {message}\n"
    assert list(tmp_path.iterdir()) == []


def test_model_folder_is_refused_where_tensorflow_is_missing(tmp_path):
    with pytest.raises(UserError, match="a model folder, which TensorFlow runs; emotionet-tf export makes"):
        ActionUnitDetector([tmp_path], runtime="onnx")


def test_table_of_pandas_is_refused_in_words_where_pandas_is_missing(alone):
    hidden = "".join(f"sys.modules[{name!r}] = None\n" for name in MISSING)
    code = f"import sys\n{hidden}from emotionet_tf import ActionUnitDetector\n"
    code += f"ActionUnitDetector().predict_table([{str(FACES_DIR / 'openpeople_001_happy.jpg')!r}])"
    env = {**os.environ, "PYTHONPATH": str(alone)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, cwd=alone)
    assert done.stderr.endswith("UserError: a table of pandas's needs pandas: pip install pandas\n")


def test_modules_need_nothing_that_the_distribution_does_not_bring():
    brought = {"cv2", "numpy", "PIL", "simplejpeg", "onnxruntime", "emotionet_tf", *sys.stdlib_module_names}
    for path in SETUP["modules"]():
        foreign = {name.partition(".")[0] for name in SETUP["imported"](path)} - brought
        assert not foreign, f"{path} imports {foreign}"


@pytest.mark.slow
def test_wheel_has_these_modules_and_the_networks(tmp_path):
    for name in ("light", "emotionet_tf"):
        shutil.copytree(
            ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "weights", "build")
        )
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--quiet",
        "-w",
        str(tmp_path),
    ]
    subprocess.run([*build, str(tmp_path / "light")], check=True)
    (wheel,) = tmp_path.glob("emotionet_tf_light-*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("emotionet_tf/")}
    needed = {path.relative_to(ROOT).as_posix() for path in SETUP["modules"]()}
    files = ("fast.onnx", "mtcnn/propose.onnx", "mtcnn/refine.onnx", "mtcnn/output.onnx", "mtcnn/LICENSE")
    networks = {f"emotionet_tf/configs/onnx/{name}" for name in files}
    assert names == needed | networks | {"emotionet_tf/py.typed"}
    assert wheel.stat().st_size < 8e6
