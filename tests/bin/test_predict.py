import subprocess
import sys

import pandas as pd
import pytest
from developer_photos import FOLDER, needs_photos, photo_rows
from small_models import write_model

from emotionet_tf.action_units import EXPRESSION, POSE


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
    assert not table.loc[table["found"] == 0, decisions].to_numpy().any()
