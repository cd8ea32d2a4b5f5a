import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import warm_commands
from developer_photos import FOLDER, needs_photos, photo_rows
from small_models import write_model, write_packed_model

from emotionet_tf.action_units import EXPRESSION, POSE
from emotionet_tf.inference.exports.faces import FACES_DIR


@pytest.mark.slow
@pytest.mark.parametrize("runtime", ["tensorflow", "onnx"])
def test_nothing_is_said_on_stderr(tmp_path, runtime):
    given = [
        f"--runtime={runtime}",
        f"--output={tmp_path / 'out.csv'}",
        str(FACES_DIR / "openpeople_001_happy.jpg"),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "emotionet_tf.bin.predict", *given], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 photos: 1 with a face" in done.stdout


@pytest.mark.slow
@needs_photos
@pytest.mark.parametrize("mode", [(), ("--all_faces",)])
def test_developer_photos_meet_their_face_counts(tmp_path, mode):
    for group in (EXPRESSION, POSE):
        write_model(tmp_path / group.name, group)
    models = [f"--model_dir={tmp_path / group.name}" for group in (EXPRESSION, POSE)]
    (tmp_path / "pose" / "run.json").write_text("{}")
    (tmp_path / "damaged.jpg").write_bytes(b"junk")
    result = subprocess.run(
        [
            *(
                sys.executable,
                "-m",
                "emotionet_tf.bin.predict",
                *models,
                f"--output={tmp_path / 'out.csv'}",
                *mode,
            ),
            *(str(FOLDER / "images"), str(tmp_path / "damaged.jpg")),
        ],
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert result.returncode == 0, result.stderr
    assert "31 photos: 27 with a face (27 faces), 3 without, 1 unreadable" in result.stdout
    assert f"{tmp_path / 'pose'}: training is not finished" in result.stdout
    assert f"{tmp_path / 'expression'}: training" not in result.stdout
    assert "damaged.jpg: no photo of a known kind" in result.stdout
    table = pd.read_csv(tmp_path / "out.csv", index_col="id")
    counts = {row["file"].removeprefix("images/"): int(row["n_faces"]) for row in photo_rows()}
    assert table["found"].to_dict() == {**counts, "damaged.jpg": 0}
    decisions = [column for column in table.columns if column.endswith("_decision")]
    assert len(decisions) == 23
    assert table.loc[table["found"] == 0, decisions].isna().to_numpy().all()
    assert table.loc[table["found"] == 1, decisions].notna().to_numpy().all()


PHOTOS = Path(__file__).parents[2] / "examples" / "photos"
PREDICT = """
import runpy, sys
from pathlib import Path
from emotionet_tf.inference import shipped_detectors
shipped_detectors.WEIGHTS_DIR = Path(sys.argv.pop(1))
runpy.run_module("emotionet_tf.bin.predict", run_name="__main__", alter_sys=True)
"""


def predict(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Runs the command in a folder, whose `weights` are those of the package."""
    source = Path(__file__).parents[2]
    code = f"import sys; sys.path.insert(0, {str(source)!r}){PREDICT}"
    return warm_commands.run(["-c", code, folder / "weights", *arguments], cwd=folder, timeout=240)


def error_line(folder: Path, *arguments: object) -> str:
    """Returns the only line that a mistake prints."""
    result = predict(folder, *arguments)
    assert result.returncode == 2, result
    (line,) = result.stderr.splitlines()
    return line.removeprefix("error: ")


@pytest.mark.slow
def test_photos_alone_are_predicted_by_the_packages_detector(tmp_path):
    for group in (EXPRESSION, POSE):
        write_packed_model(tmp_path / "weights" / "fast" / group.name, group)
    write_packed_model(tmp_path / "weights" / "zealous" / "pose", POSE)
    for flags, line, num_aus in (((), "model: fast (", 23), (("--model=zealous",), "model: zealous (", 6)):
        result = predict(tmp_path, *flags, PHOTOS)
        assert result.returncode == 0, result.stderr
        assert f"{line}emotionet_tf 0.1.0)\n" in result.stdout
        assert "table: predictions.csv" in result.stdout
        table = pd.read_csv(tmp_path / "predictions.csv")
        assert len(table) == 3
        assert len([column for column in table.columns if column.endswith("_decision")]) == num_aus


def test_choice_of_models_that_is_no_choice_is_told_in_one_line(tmp_path):
    assert "no trained detector comes with this copy" in error_line(tmp_path, PHOTOS)
    for name in ("fast", "accurate"):
        (tmp_path / "weights" / name / "pose").mkdir(parents=True)
    both = error_line(tmp_path, "--model=fast", "--model_dir=models/mine", PHOTOS)
    assert both.startswith("give either --model_dir or --model, not both")
    assert "must be one of fast, accurate, got 'quick'" in error_line(tmp_path, "--model=quick", PHOTOS)


def test_table_that_is_not_ours_is_kept(tmp_path):
    write_packed_model(tmp_path / "weights" / "fast" / "pose", POSE)
    (tmp_path / "predictions.csv").write_text("my,own,numbers\n")
    assert "predictions.csv exists and is not a table of predict" in error_line(tmp_path, PHOTOS)
    assert (tmp_path / "predictions.csv").read_text() == "my,own,numbers\n"


@pytest.mark.slow
def test_aus_are_declared_from_the_score_that_is_asked_for(tmp_path):
    write_packed_model(tmp_path / "weights" / "fast" / "expression", EXPRESSION)
    for threshold in ("0", "1.5"):
        refused = error_line(tmp_path, f"--threshold={threshold}", PHOTOS)
        assert refused == f"threshold must be above 0 and at most 1, got {float(threshold)}"
    assert predict(tmp_path, PHOTOS).returncode == 0
    scores = pd.read_csv(tmp_path / "predictions.csv")["AU12"]
    asked = float(scores.median()) - 1e-5
    # The same command with another threshold does not take over what the first one decided.
    assert predict(tmp_path, f"--threshold={asked}", PHOTOS).returncode == 0
    table = pd.read_csv(tmp_path / "predictions.csv")
    assert table["AU12"].tolist() == scores.tolist()
    assert table["AU12_decision"].tolist() == (scores >= asked).astype(int).tolist()
    assert table["AU12_threshold"].tolist() == pytest.approx([asked] * len(scores), abs=1e-6)
    about = json.loads((tmp_path / "predictions.csv.about.json").read_text())
    assert about["threshold"] == asked
