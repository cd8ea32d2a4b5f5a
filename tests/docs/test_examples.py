"""The scripts and the notebook of `examples/`, on its three photos and untrained networks."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
PHOTOS = sorted((EXAMPLES / "photos").glob("*.jpg"))


def run(script: str, *arguments: object) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, str(EXAMPLES / script), *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.mark.slow
def test_photos_become_a_table_of_faces(tiny_models, tmp_path):
    result = run(
        "photos_to_table.py",
        EXAMPLES / "photos",
        tmp_path / "t.csv",
        tiny_models / "expression",
        tiny_models / "pose",
    )
    assert result.returncode == 0, result.stderr
    with (tmp_path / "t.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["photo"] for row in rows] == [path.name for path in PHOTOS]
    assert all(0 <= float(row["AU12"]) <= 1 and row["face"] == "0" for row in rows)


@pytest.mark.slow
def test_model_is_trained_on_a_csv(tmp_path):
    with (tmp_path / "codes.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "AU01", "AU12"])
        for person in range(6):
            (tmp_path / f"photos/{person}").mkdir(parents=True)
            for number, path in enumerate(PHOTOS):
                name = f"{person}/{person}_{number}.jpg"
                cv2.imwrite(str(tmp_path / "photos" / name), cv2.imread(str(path)) - 3 * person)
                writer.writerow([name, number % 2, number // 2])
    result = run("train_on_csv.py", tmp_path / "photos", tmp_path / "codes.csv", tmp_path / "out", 2)
    assert result.returncode == 0, result.stderr
    assert json.loads((tmp_path / "out/model/model.json").read_text())["prediction_head"] == "mine"
    assert (tmp_path / "out/model/best.keras").is_file()


@pytest.mark.slow
def test_network_is_trained_on_a_backbone_of_ones_own(tiny_records, tmp_path):
    result = subprocess.run(
        [sys.executable, "-m", "examples.new_backbone", tiny_records / "opt-train", tmp_path / "out", "2"],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert result.returncode == 0, result.stderr
    assert json.loads((tmp_path / "out/model.json").read_text())["backbone"] == "separable"


@pytest.mark.slow
def test_notebook_runs(tiny_models, monkeypatch):
    monkeypatch.setenv("EMOTIONET_TF_MODELS", str(tiny_models))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    notebook = nbformat.read(EXAMPLES / "first_steps.ipynb", as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(EXAMPLES)}}).execute()
    tables = [
        output["data"]["text/plain"]
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if "text/plain" in output.get("data", {})
    ]
    assert any("AU12 lip corner puller" in table for table in tables)


@pytest.mark.slow
def test_notebook_of_photos_and_videos_runs(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    notebook = nbformat.read(EXAMPLES / "photos_and_videos.ipynb", as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells)
    NotebookClient(notebook, timeout=180, resources={"metadata": {"path": str(EXAMPLES)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    texts = "".join(output.get("text", "") for output in outputs)
    assert "clip.mp4: 50 frames, 50 with a face" in texts and "True" in texts
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 3
