import re
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from fake_run import save_fake_info

from emotionet_tf.errors import UserError
from emotionet_tf.experiments.reproduction import choose, reproduction_of, start, started
from emotionet_tf.experiments.runner.nodes import Node, parents
from emotionet_tf.experiments.runner.placeholders import RUN
from emotionet_tf.experiments.werner2020 import plan as werner2020_plan
from emotionet_tf.experiments.werner2020.lineage import ALL_FUSIONS, DECIDING, ROWS, TABLE_1, row_of
from emotionet_tf.experiments.werner2020.paper import PAPER
from emotionet_tf.experiments.werner2020.plan import Plan, plan_for

ROOT, RECORDS = Path("run"), Path("records")


werner_run = partial(reproduction_of, paper="werner2020")


def paper_plan(num_seeds: int | None = None) -> Plan:
    return plan_for(
        werner_run(ROOT, scale="paper", records_dir=RECORDS, num_seeds=num_seeds, must_exist=False)
    )


def by_name(nodes: list[Node]) -> dict[str, Node]:
    return {node.name: node for node in nodes}


# The table of the paper, line by line: identifier, architecture, score; the arrows are its indentation.
PRINTED = """
T.0 OwnNet3 0.7531
- OwnNet8 0.7647
- EfficientNet-B0 0.7661
T.1 OwnNet8 0.7637
B.1 MobileNetV3 0.7680
A.1 EfficientNet-B0 0.7699
- EfficientNet-B0 0.7694
- MobileNetV3 0.7671
- OwnNet8 0.7666
- MobileNetV3 0.7518
T.2 MobileNetV3 0.7603
- MobileNetV3 0.7623
- EfficientNet-B0 0.7666
B.2 EfficientNet-B0 0.7674
A.2 OwnNet8 0.7706
- OwnNet8 0.7634
- EfficientNet-B0 0.7602
T.3 EfficientNet-B0 0.7609
A.3 OwnNet8 0.7684
B.3 MobileNetV3 0.7680
""".strip().splitlines()


def test_table_1_has_the_printed_rows_in_their_order():
    assert len(TABLE_1) == len(PRINTED)
    for row, line in zip(TABLE_1, PRINTED, strict=True):
        identifier, architecture, score = line.split()
        assert (row.architecture, row.published) == (architecture, float(score))
        if identifier != "-":
            assert row.key == identifier


def test_rows_of_the_text_have_its_teachers():
    teachers = {row.key: row.teacher for row in TABLE_1 if row.teacher}
    assert Counter(teachers.values()) == {"T.0": 2, "T.1": 2, "A.1": 3, "T.2": 5, "T.3": 2}
    assert teachers["A.2"] == teachers["A.2-one-head"] == "T.2"


def test_dry_run_of_paper_is_exactly_the_tree():
    nodes = paper_plan().nodes()
    kinds = Counter(node.name.split("/")[0] for node in nodes)
    # 20 rows of Table 1 and 6 of A+B* have two networks each, but two rows share another's pose network;
    # then the baseline's one and the two views' one each.
    assert kinds["train"] == (20 + 6) * 2 - 2 + 1 + 2
    assert kinds["predict"] == 20 + 6 + 1 + 2
    assert kinds["pseudo_label"] == 5  # T.0, T.1, A.1, T.2, T.3
    assert kinds["fuse"] == 3 * 3 + 2  # opt-val, val and test; A+B* has learned from opt-val
    assert kinds["baseline"] == 1
    assert sum(kinds.values()) == len(nodes)


def test_student_waits_for_its_teachers_labels_and_those_for_both_networks():
    above = parents(paper_plan().nodes())
    assert above["train/A.2/seed0/pose"] == ("pseudo_label/T.2/seed0",)
    assert above["pseudo_label/T.2/seed0"] == (
        "train/T.2/seed0/expression",
        "train/mobilenet-opt/seed0/pose",
    )
    assert above["train/A.1-ownnet8/seed0/expression"] == ("pseudo_label/A.1/seed0",)
    assert above["predict/A.2/seed0"] == ("train/A.2/seed0/expression", "train/A.2/seed0/pose")
    assert above["fuse/fusion-A/seed0/test"] == tuple(f"predict/A.{n}/seed0" for n in (1, 2, 3))
    assert above["train/A.1-whole/seed0/pose"] == ("pseudo_label/T.1/seed0",)


def test_sources_follow_what_a_row_uses():
    nodes = by_name(paper_plan().nodes())

    def sources(name: str) -> list[str]:
        return [flag.removeprefix("--source=") for flag in nodes[name].arguments if "--source=" in flag]

    opt, pseudo = "opt=records/opt-train", "records/train@run/pseudo_labels/T.2/seed0"
    assert sources("train/T.1/seed0/pose") == [opt]
    assert sources("train/T.2/seed0/expression") == [opt, "train=records/train"]
    assert sources("train/A.2/seed0/pose") == [opt, f"train={pseudo}"]
    assert sources("train/A.2-one-head/seed0/pose") == [opt, f"opt={pseudo}"]
    assert sources("train/A.2-whole/seed0/pose") == ["opt=records/opt", f"train={pseudo}"]
    assert sources("train/ownnet8-baseline/seed0/expression") == ["train=records/train"]


def test_what_has_learned_from_opt_val_neither_sees_it_nor_is_scored_on_it():
    for node in paper_plan().nodes():
        if "-whole/" in node.name:
            assert not any("opt-val" in argument for argument in node.arguments)


def test_two_trainings_of_one_configuration_differ_in_their_seed():
    nodes = by_name(paper_plan().nodes())
    one, other = (nodes[f"train/{key}/seed0/pose"].arguments for key in ("T.2-efficientnet", "B.2"))
    assert {*one} ^ {*other} == {
        "--seed=0", "--seed=1000", "--output_dir=run/models/T.2-efficientnet/seed0/pose",
        "--output_dir=run/models/B.2/seed0/pose",
    }  # fmt: skip


def test_deciding_rows_are_trained_with_every_seed_and_all_they_need_is_there():
    nodes = by_name(paper_plan(num_seeds=3).nodes())
    parents(list(nodes.values()))
    for row in ROWS:
        seeds = {int(name.split("/seed")[1]) for name in nodes if name.startswith(f"predict/{row.key}/")}
        assert seeds == (set(range(3)) if row.key in DECIDING else {0}), row.key
    for fusion in ALL_FUSIONS[:3]:
        assert f"fuse/{fusion.key}/seed2/test" in nodes


def test_pose_network_that_is_lent_is_trained_with_the_borrowers_seeds(monkeypatch):
    monkeypatch.setattr(werner2020_plan, "DECIDING", DECIDING - {"mobilenet-opt"})
    nodes = by_name(paper_plan(num_seeds=3).nodes())
    assert "train/mobilenet-opt/seed2/pose" in nodes
    assert "train/mobilenet-opt/seed2/expression" not in nodes


def test_every_files_reader_of_a_rendered_run_has_its_writer():
    nodes = werner_run(ROOT, scale="demo").nodes()
    written = {path for node in nodes for path in node.outputs}
    read = {path for node in nodes for path in node.inputs if not path.name.endswith(".flags")}
    assert read <= written


def test_networks_of_a_reduced_scale_start_from_the_pretraining_of_their_architecture():
    nodes = by_name(werner_run(ROOT, scale="small").nodes())
    above = parents(list(nodes.values()))
    weights = "pretraining/models/mobilenet_v3_large_x0.5/last.keras"
    assert f"--init_weights={RUN}/{weights}" in nodes["train/B.1/seed2/pose"].arguments
    assert above["train/B.1/seed2/pose"] == (
        "data/records_opt", "data/records_train", "pseudo_label/T.1/seed2",
        "pretraining/mobilenet_v3_large_x0.5",
    )  # fmt: skip
    assert above["pretraining/mobilenet_v3_large_x0.5"] == ("pretraining/records_train",)
    assert not any("init_weights" in flag for flag in nodes["train/T.1/seed0/pose"].arguments)


def test_only_takes_a_row_with_what_it_needs():
    names = {node.name for node in choose(PAPER, paper_plan().nodes(), ["A.2"])}
    assert "predict/A.2/seed0" in names
    assert "train/T.2/seed0/expression" in names
    assert "train/mobilenet-opt/seed0/pose" in names
    assert not any("T.1" in name or "A.3" in name or "A.2-" in name for name in names)
    assert [node.name for node in choose(PAPER, paper_plan().nodes(), ["openface-baseline"])] == [
        "baseline/openface"
    ]


def plan_scored_on_opt_val() -> Plan:
    plan = paper_plan()
    return replace(plan, run=replace(plan.run, evaluated=("opt-val",)))


def test_models_of_the_whole_opt_set_are_not_scored_where_there_is_no_other_set():
    plan = plan_scored_on_opt_val()
    names = [node.name for node in plan.nodes()]
    assert "train/A.1-whole/seed0/pose" in names
    assert "predict/A.1/seed0" in names
    assert not any(name.startswith("predict/A.1-whole") or "fusion-A+B-whole" in name for name in names)
    assert all(node.outputs for node in plan.nodes())


@pytest.mark.parametrize("key", ["data", "fusion-A+B-whole"])
def test_only_says_where_it_leaves_nothing_to_do(key):
    nodes = plan_scored_on_opt_val().nodes()
    with pytest.raises(UserError, match=f"nothing is to be done for '{re.escape(key)}' with these records"):
        choose(PAPER, nodes, [key])


def test_unknown_row_lists_the_known_ones():
    with pytest.raises(
        UserError, match="--only must be one of data, T.0, .*fusion-A.*openface-baseline.*, got 'A.9'"
    ):
        choose(PAPER, paper_plan().nodes(), ["A.9"])


def test_paper_scale_asks_for_real_data():
    with pytest.raises(UserError, match="--scale=paper is for real data"):
        werner_run(ROOT, scale="paper")


def test_missing_records_are_named(tmp_path):
    with pytest.raises(UserError, match="it lacks opt-train, opt-val, opt, train"):
        werner_run(ROOT, scale="small", records_dir=tmp_path)


def test_mistyped_openface_csv_is_named_before_anything_runs():
    with pytest.raises(UserError, match="--openface_csv=gone.csv is missing"):
        werner_run(ROOT, scale="demo", openface_csvs=("gone.csv",))
    assert werner_run(ROOT, scale="demo", openface_csvs=("gone.csv",), must_exist=False).openface_csvs


def test_crops_of_another_size_are_named_in_scored_sets_too(tmp_path):
    for name in ("opt-train", "opt-val", "opt", "train", "test"):
        save_fake_info(tmp_path / name, name, crop_size_px=104 if name == "test" else 72)
    with pytest.raises(UserError, match=r"test holds crops of 104 px; --scale=small is for 72 px"):
        werner_run(ROOT, scale="small", records_dir=tmp_path)


def test_started_plan_is_the_one_that_was_started(tmp_path):
    plan = werner_run(tmp_path, scale="demo", num_seeds=2, seed=5)
    start(plan)
    assert started(tmp_path) == plan
    with pytest.raises(UserError, match="num_seeds was 2 and is now 1"):
        start(werner_run(tmp_path, scale="demo", seed=5))
    with pytest.raises(UserError, match="holds no reproduction"):
        started(tmp_path / "elsewhere")


def test_row_of_finds_a_row_by_its_key():
    assert row_of("A.2").teacher == "T.2"
