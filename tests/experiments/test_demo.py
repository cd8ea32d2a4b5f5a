import os
from itertools import groupby
from pathlib import Path

import pytest
import warm_commands

from emotionet_tf.experiments.demo import DemoSizes, demo_nodes, format_summary, read_scores
from emotionet_tf.experiments.figures import draw_per_au_scores
from emotionet_tf.experiments.runner.nodes import parents
from emotionet_tf.experiments.runner.run import run_nodes
from emotionet_tf.inference.prediction_files import read_predictions
from emotionet_tf.label_lists.reading import read_label_list

TINY = DemoSizes(
    num_train=24,
    num_opt=40,
    num_test=16,
    crop_size_px=48,
    image_size_px=44,
    num_steps=(6, 4),
    backbones=("ownnet1", "ownnet1"),
)


DRIVER = """
import sys
from pathlib import Path
from emotionet_tf.experiments.demo import demo_nodes
from emotionet_tf.experiments.runner.run import run_nodes
from test_demo import TINY
from warm_starts import start_commands_warm

start_commands_warm()
root, end = Path(sys.argv[1]), int(sys.argv[2])
run_nodes(demo_nodes(TINY)[:end], root / "state", show_output=True)
"""


@pytest.mark.slow
def test_whole_line_runs_from_nothing_to_the_table(tmp_path, capfd):
    nodes = demo_nodes(TINY)
    modules = [node.module for node in nodes]
    # Up to the teachers' labels the first command of each kind starts as users' runs do.
    num_cold = modules.index("emotionet_tf.bin.pseudo_label") + 1
    is_cold = [modules.index(node.module) == i < num_cold for i, node in enumerate(nodes[:-1])]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    begin = 0
    for is_of_cold, stretch in groupby(is_cold):
        end = begin + len(list(stretch))
        if is_of_cold:
            run_nodes(nodes[:end], tmp_path / "state", show_output=True)
        else:
            done = warm_commands.run(["-c", DRIVER, tmp_path, end], env=environment, timeout=600)
            assert done.returncode == 0, done.stdout + done.stderr
            assert done.stdout.count("done before") == begin
        begin = end
    assert begin == len(nodes) - 1
    scores = read_scores(tmp_path)
    assert list(scores) == ["majority baseline", "teacher", "student A", "student B", "fusion A+B"]
    assert format_summary(scores).count("\n") == len(scores)
    # Every photo of the test set is in every prediction file, those without a face too.
    photos = {row.example_id for row in read_label_list(tmp_path / "records" / "test" / "rows.csv").rows}
    assert len(photos) == TINY.num_test
    for name in ("teacher", "student_a", "student_b", "fusion"):
        predictions = read_predictions(tmp_path / "predictions" / f"{name}.csv")
        assert (set(predictions.ids), len(predictions.aus)) == (photos, 23)
    draw_per_au_scores(scores, "tiny", tmp_path / "chart.png")
    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")

    capfd.readouterr()
    run_nodes(nodes[:-1], tmp_path / "state", show_output=True)
    assert capfd.readouterr().out.count("done before") == len(nodes) - 1


def test_networks_wait_for_their_data_and_the_scores_for_their_predictions():
    above = parents(demo_nodes(TINY))
    assert above["train/teacher/pose"] == ("data/records_opt",)
    assert above["train/student_a/pose"] == ("data/records_opt", "data/records_train", "pseudo_label")
    assert above["evaluate/fusion"] == ("fuse", "data/records_test")
    assert len(above["predict"]) == 5
