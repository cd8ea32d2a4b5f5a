"""SIAT-NTU's tables as data, and the commands that are made of them."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from command_flags import default_of_flags

from emotionet_tf.errors import UserError
from emotionet_tf.experiments.paper import Reproduction
from emotionet_tf.experiments.reproduction import choose, reproduction_of
from emotionet_tf.experiments.runner.nodes import Node, parents
from emotionet_tf.experiments.runner.placeholders import RUN
from emotionet_tf.experiments.scored_systems import Kind
from emotionet_tf.experiments.siat_ntu2020.lineage import (
    BALANCED,
    BALANCING,
    MEANS,
    SYSTEMS,
    TABLE_1,
    TABLE_2,
    THRESHOLDED,
    Row,
    row_of,
)
from emotionet_tf.experiments.siat_ntu2020.paper import PAPER
from emotionet_tf.experiments.siat_ntu2020.published import MEASURES, SCORES, SLIDES

ROOT, RECORDS = Path("run"), Path("records")

# The slides' Tables 1 and 2, line by line: method, accuracy, F1, average.
PRINTED = """
ResNet-18 0.901 0.364 0.633
ResNet-50 0.905 0.409 0.657
ResNet-152 0.905 0.474 0.690
F_face 0.921 0.384 0.652
F_emotion 0.925 0.429 0.677
F_face + F_emotion 0.925 0.494 0.710
Align + F_face + F_emotion 0.927 0.527 0.727
Align + F_face + F_emotion + balancing 0.915 0.552 0.734
""".strip().splitlines()


def paper_run(num_seeds: int | None = None) -> Reproduction:
    return reproduction_of(
        ROOT,
        paper="siat_ntu2020",
        scale="paper",
        records_dir=RECORDS,
        num_seeds=num_seeds,
        must_exist=False,
    )


def by_name(nodes: list[Node]) -> dict[str, Node]:
    return {node.name: node for node in nodes}


def test_tables_have_the_printed_rows_in_their_order():
    for row, line in zip((*TABLE_1, *TABLE_2), PRINTED, strict=True):
        title, *figures = line.rsplit(" ", 3)
        assert row.title == title
        published = row.published
        assert [published.accuracy, published.f1, published.score] == [float(figure) for figure in figures]


def test_printed_averages_are_the_means_of_accuracy_and_f1():
    for row in (*TABLE_1, *TABLE_2):
        # The mean of two figures that are off by up to .0005 each is, and so is the printed one.
        assert row.published.score == pytest.approx(
            (row.published.accuracy + row.published.f1) / 2, abs=0.0011
        )


def test_slides_and_werner_et_al_print_the_same_challenge():
    final = {line.name: line for line in SLIDES["test"]}
    for line in (one for one in MEASURES if one.accuracy_2020 is not None):
        slide = final[line.name.replace("Univ.", "University")]
        assert (slide.accuracy, slide.f1) == (line.accuracy_2020, line.f1_2020)
    validation = {line.name: line.score for line in SLIDES["val"]}
    for line in SCORES:
        if line.test_2020 is not None:
            assert final[line.name].score == line.test_2020
        if line.val_2020 is not None:
            assert validation[line.name] == line.val_2020
    assert [line.name for line in SCORES if line.key] == ["SIAT-NTU"]


def test_dry_run_of_paper_is_exactly_the_tables():
    kinds = Counter(node.name.split("/")[0] for node in paper_run().nodes())
    # Three backbones from face recognition and the selected one from expression recognition. Table 1; F_face, F_emotion
    # and both on boxes; aligned F_emotion and both; damping, sampling, selective learning, and the last two together.
    assert kinds == {
        "pretrain": 3 + 1,
        "train": 3 + 3 + 2 + 4,
        "predict": 12 + 1,  # aligned F_face is Table 1's row once more
        "thresholds": 5,  # nothing, damping, sampling, selective learning, and the last two together
        "fuse": 2 * 3,
    }


def test_rows_start_from_their_transfers_and_see_their_crops():
    nodes = by_name(paper_run().nodes())

    def flags(name: str, flag: str) -> list[str]:
        return [
            one.removeprefix(f"--{flag}=") for one in nodes[name].arguments if one.startswith(f"--{flag}=")
        ]

    face, emotion = (
        f"{RUN}/pretraining/models/resnet152-{task}/seed0" for task in ("identity", "expression")
    )
    assert flags("train/box-both/seed0", "init_backbone") == [face, emotion]
    assert flags("train/box-both/seed0", "backbone") == ["resnet152+resnet152"]
    assert flags("train/box-both/seed0", "source") == ["opt=records/box/opt-train"]
    assert flags("predict/box-both/seed0", "records_dir")[0] == "records/box/opt-val"
    assert flags("train/align-both/seed0", "source") == ["opt=records/opt-train"]
    assert flags("train/align-emotion/seed0", "init_backbone") == [emotion]
    resnet18 = f"{RUN}/pretraining/models/resnet18-identity/seed0"
    assert flags("train/resnet18/seed0", "init_backbone") == [resnet18]
    assert flags("predict/align-face/seed0", "model_dir") == [f"{RUN}/models/resnet152/seed0/all"]


def test_whole_system_waits_for_both_transfers_and_tunes_on_opt_val_only():
    nodes = paper_run().nodes()
    above = parents(nodes)
    assert above["train/sampling-selective/seed0"] == (
        "pretrain/identity/resnet152/seed0",
        "pretrain/expression/resnet152/seed0",
    )
    assert above["thresholds/align-both-balanced/seed0"] == ("predict/sampling-selective/seed0",)
    tuning = by_name(nodes)["thresholds/align-both-balanced/seed0"].arguments
    assert tuning[:2] == (
        f"--predictions={RUN}/predictions/sampling-selective/seed0/opt-val.csv",
        "--labels=records/opt-val/rows.csv",
    )
    assert not any("opt-val" in argument for argument in tuning[2:])


def test_what_is_tuned_on_opt_val_is_not_scored_on_it():
    tuned = {one.key for one in THRESHOLDED}
    assert {system.key for system in SYSTEMS if "opt-val" in system.unscored} == tuned
    assert {system.key for system in SYSTEMS if system.kind is Kind.VARIANT} == {*tuned, "align-face"}


def test_strategies_differ_in_nothing_but_their_strategy():
    strategies = {key: row_of(key) for key, _ in BALANCING if key not in {one.key for one in THRESHOLDED}}
    plain = {
        replace(row, key="", title="", published=None, damping=0.0, has_sampling=False, has_selective=False)
        for row in strategies.values()
    }
    assert len(plain) == 1
    settings = {(row.damping, row.has_sampling, row.has_selective) for row in strategies.values()}
    assert settings == {
        (0, False, False), (0.5, False, False), (0, True, False), (0, False, True), (0, True, True),
    }  # fmt: skip


def test_balancing_flags_reach_the_training_and_no_other_row_has_them():
    nodes = by_name(paper_run().nodes())
    for name, node in nodes.items():
        if name.startswith("train/"):
            row: Row = row_of(name.split("/")[1])
            assert ("--balance_sampling" in node.arguments) == row.has_sampling
            assert ("--selective_target=0.5" in node.arguments) == row.has_selective
            assert f"--damping={row.damping}" in node.arguments


def test_aligned_face_is_the_selected_backbones_row_at_every_scale():
    small = by_name(reproduction_of(ROOT, paper="siat_ntu2020", scale="small").nodes())
    assert f"--model_dir={RUN}/models/resnet18/seed2/all" in small["predict/align-face/seed2"].arguments


def test_rows_that_decide_have_every_seed_and_a_pretraining_each():
    nodes = by_name(reproduction_of(ROOT, paper="siat_ntu2020", scale="small").nodes())
    parents(list(nodes.values()))
    rows = {name.split("/")[1] for name in nodes if name.startswith("train/") and name.endswith("/seed2")}
    assert rows == {name.split("/")[1] for name in nodes if name.startswith("train/")} - {"align-emotion"}
    assert any(name.startswith("pretrain/expression/") and name.endswith("/seed2") for name in nodes)
    assert "fuse/box-mean/seed2/test" in nodes
    assert "fuse/align-mean/seed1/test" not in nodes


def test_every_file_that_a_rendered_run_reads_has_its_writer():
    nodes = reproduction_of(ROOT, paper="siat_ntu2020", scale="demo").nodes()
    written = {path for node in nodes for path in node.outputs}
    read = {path for node in nodes for path in node.inputs if not path.name.endswith(".flags")}
    assert read <= written


def test_every_system_has_its_predictions_on_every_set_it_is_scored_on():
    run = reproduction_of(ROOT, paper="siat_ntu2020", scale="demo")
    written = {path for node in run.nodes() for path in node.placed(ROOT).outputs}
    for system in SYSTEMS:
        for name in run.evaluated:
            is_there = run.layout.predictions(system.key, 0, name) in written
            assert is_there == (name not in system.unscored), (system.key, name)


@pytest.mark.parametrize("scale", ["demo", "small", "paper"])
def test_every_flag_is_one_that_its_command_has(scale):
    run = reproduction_of(
        ROOT,
        paper="siat_ntu2020",
        scale=scale,
        records_dir=RECORDS if scale == "paper" else None,
        must_exist=False,
    )
    for node in run.nodes():
        known = {*default_of_flags(node.module), "flagfile"}
        for argument in node.placed(ROOT).arguments:
            if not argument.startswith("--flagfile="):
                assert name_of(argument) in known or not argument.startswith("--"), (node.name, argument)
                continue
            lines = Path(argument.removeprefix("--flagfile=")).read_text(encoding="utf-8").splitlines()
            unknown = [line for line in lines if line.startswith("--") and name_of(line) not in known]
            assert not unknown, (argument, unknown)


def name_of(argument: str) -> str:
    return argument.removeprefix("--").partition("=")[0]


def test_only_takes_a_row_with_what_it_needs():
    names = {node.name for node in choose(PAPER, paper_run().nodes(), [MEANS[0].key])}
    assert names == {
        *(f"fuse/box-mean/seed0/{name}" for name in ("opt-val", "val", "test")),
        *(f"{what}/{key}/seed0" for what in ("train", "predict") for key in ("box-face", "box-emotion")),
        *(f"pretrain/{task}/resnet152/seed0" for task in ("identity", "expression")),
    }


def test_tuning_needs_a_set_beside_opt_val():
    nodes = replace(paper_run(), evaluated=("opt-val",)).nodes()
    with pytest.raises(UserError, match=f"nothing is to be done for '{BALANCED.key}' with these records"):
        choose(PAPER, nodes, [BALANCED.key])


def test_missing_records_are_named(tmp_path):
    with pytest.raises(UserError, match="it lacks opt-train, opt-val, box/opt-train, .*identity-train"):
        reproduction_of(ROOT, paper="siat_ntu2020", scale="small", records_dir=tmp_path)


def test_every_strategy_of_the_table_stands_there_with_and_without_thresholds():
    keys = {key for key, _ in BALANCING}
    untuned = {one.key: one.untuned for one in THRESHOLDED}
    assert keys == {*untuned, *untuned.values()}
    assert len(set(untuned.values())) == len(untuned)
