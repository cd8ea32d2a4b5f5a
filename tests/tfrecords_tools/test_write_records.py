from pathlib import Path

import pytest
import warm_commands

from emotionet_tf.records.dataset_info import load_dataset_info

ROOT = Path(__file__).parent.parent.parent


def run(*arguments):
    return warm_commands.run(["-m", "tfrecords_tools.write_records", *arguments], cwd=ROOT, timeout=120)


@pytest.mark.slow
def test_command_writes_both_splits_and_says_so(tmp_path, make_labelled_faces):
    faces, labels = make_labelled_faces(tmp_path / "opt", 30)
    arguments = (
        f"--faces_dir={faces}",
        f"--labels={labels}",
        "--dataset=opt",
        f"--output_dir={tmp_path}/records",
    )
    result = run(*arguments, "--val_fraction=0.3", "--seed=2", "--num_shards=2")
    assert result.returncode == 0, result.stderr
    infos = [load_dataset_info(tmp_path / "records" / split) for split in ("opt-train", "opt-val")]
    assert sum(info.num_examples for info in infos) == 30
    for info in infos:
        assert f"{info.name}: {info.num_rows} rows = {info.num_examples} records" in result.stdout


@pytest.mark.slow
def test_missing_label_list_is_one_line(tmp_path, make_labelled_faces):
    faces, _ = make_labelled_faces(tmp_path / "opt", 3)
    result = run(
        f"--faces_dir={faces}", "--labels=gone.csv", "--dataset=opt", f"--output_dir={tmp_path}/records"
    )
    assert result.returncode == 2
    assert result.stderr == "error: gone.csv: no such label list\n"
