"""What people do on one machine works without what only Linux, or only Unix, has."""

import subprocess
import sys
from pathlib import Path

import pytest
from small_models import write_model

from emotionet_tf.action_units import EXPRESSION

pytestmark = pytest.mark.slow
PHOTOS = Path(__file__).parents[1] / "examples" / "photos"
SCRIPT = Path(__file__).with_name("without_linux.py")


def run(module: str, *arguments: object) -> str:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), module, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_photos_are_predicted_and_their_predictions_scored(tmp_path):
    write_model(tmp_path / "model", EXPRESSION)
    table, codes = tmp_path / "faces.csv", tmp_path / "codes.csv"
    flags = [
        f"--model_dir={tmp_path / 'model'}",
        f"--output={table}",
        f"--annotated_dir={tmp_path / 'pictures'}",
    ]
    run("emotionet_tf.bin.predict", *flags, PHOTOS)
    assert len(table.read_text().splitlines()) == 4
    assert len(list((tmp_path / "pictures").glob("*.jpg"))) == 3
    names = sorted(path.name for path in PHOTOS.glob("*.jpg"))
    codes.write_text("path,AU12\n" + "".join(f"{name},{number % 2}\n" for number, name in enumerate(names)))
    printed = run("emotionet_tf.bin.evaluate", f"--predictions={table}", f"--labels={codes}")
    assert "AU12" in printed


def test_network_is_trained_and_resumed(tiny_records, tmp_path):
    flags = [
        *(f"--source=opt={tiny_records / 'opt-train'}", f"--val_records_dir={tiny_records / 'opt-val'}"),
        *(f"--output_dir={tmp_path / 'model'}", "--group=pose", "--backbone=ownnet1", "--image_size_px=32"),
        *(
            "--num_steps=4",
            "--batch_size=8",
            "--checkpoint_interval_steps=2",
            "--validation_interval_steps=2",
        ),
    ]
    assert "trained 4 steps" in run("emotionet_tf.bin.train", *flags)
    assert "already trained" in run("emotionet_tf.bin.train", *flags)
