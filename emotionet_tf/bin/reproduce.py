"""Runs a paper's whole tree of trainings: `python -m emotionet_tf.bin.reproduce --scale=small --output_dir=DIR`.

Every node is one command. What is done is skipped, so that the same call resumes an interrupted run.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags

from emotionet_tf.cli import entry_point
from emotionet_tf.experiments.paper import PAPER_NAMES
from emotionet_tf.storage.paths import refuse_remote

if TYPE_CHECKING:
    from emotionet_tf.experiments.paper import Reproduction
    from emotionet_tf.experiments.runner.nodes import Node

_PAPER = flags.DEFINE_enum(
    "paper",
    "werner2020",
    list(PAPER_NAMES),
    "Which system: werner2020 (Magdeburg: self-training, fusion) or siat_ntu2020 (SIAT-NTU: transfer, balancing).",
)
_SCALE = flags.DEFINE_enum(
    "scale",
    "small",
    ["demo", "small", "paper"],
    "demo: minutes, to see that everything runs; small: about two hours on 2 cores; paper: the paper's own sizes, for "
    "GPUs or TPUs and real data.",
)
_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Folder for everything that is made.", required=True)
_RECORDS_DIR = flags.DEFINE_string(
    "records_dir",
    None,
    "Your own data: a folder with the paper's records folders, as write_records and write_class_records make them. "
    "werner2020: opt-train, opt-val, opt and train; siat_ntu2020: opt-train and opt-val, the same of detector boxes "
    "below box, and identity- and expression-train and -val; either: val and test (and box/val, box/test) where you "
    "have them. Default: faces are rendered (not at scale paper).",
)
_OPENFACE_CSVS = flags.DEFINE_multi_string(
    "openface_csv",
    [],
    "werner2020: OpenFace's output for your photos, for its OpenFace baseline; repeat for more.",
)
_ONLY = flags.DEFINE_list(
    "only",
    [],
    "Rows, fusions, baselines or other steps to make, such as A.2,fusion-A, with what they need; a wrong one's message "
    "lists the paper's. Default: all.",
)
_NUM_SEEDS = flags.DEFINE_integer(
    "num_seeds", None, "Trainings of the rows that decide a claim. Default: the scale's.", lower_bound=1
)
_SEED = flags.DEFINE_integer(
    "seed", 0, "Of the rendered faces, and the first of the trainings.", lower_bound=0
)
_JOBS = flags.DEFINE_integer(
    "jobs",
    1,
    "Commands at work at a time, each on its share of the processor's cores; on a GPU each takes the memory that it "
    "needs.",
    lower_bound=1,
)
_DRY_RUN = flags.DEFINE_boolean("dry_run", False, "Print the commands in order, with what each waits for.")
_WRITE_WORKFLOW = flags.DEFINE_string(
    "write_workflow",
    None,
    "Folder to write the commands into as a Snakemake workflow, one job a node, instead of running them.",
)
_WORKFLOW_GPUS = flags.DEFINE_integer(
    "workflow_gpus", 0, "GPUs of a workflow's job that trains or predicts.", lower_bound=0
)
_NODE = flags.DEFINE_string(
    "node",
    None,
    "Run this one alone, as a workflow's job: what it reads is there, and others may be at work elsewhere.",
)
_ATTEMPT = flags.DEFINE_integer(
    "attempt",
    1,
    "With --node, how many times its job has been started: one that failed by itself is not tried again.",
    lower_bound=1,
)
_REDO_OUTDATED = flags.DEFINE_boolean(
    "redo_outdated", False, "Make again what was made by another command or from other input."
)


def main(arguments: list[str]) -> None:
    """Plans the tree and runs or prints it."""
    entry_point.refuse_arguments(arguments)
    refuse_remote(
        output_dir=_OUTPUT_DIR.value, records_dir=_RECORDS_DIR.value, write_workflow=_WRITE_WORKFLOW.value
    )
    from emotionet_tf.experiments.reproduction import choose, missing_inputs, reproduction_of, start
    from emotionet_tf.experiments.runner.nodes import format_commands
    from emotionet_tf.experiments.runner.run import run_nodes
    from emotionet_tf.experiments.runner.single_node import run_single

    run = reproduction_of(
        Path(_OUTPUT_DIR.value),
        paper=_PAPER.value,
        scale=_SCALE.value,
        records_dir=Path(_RECORDS_DIR.value) if _RECORDS_DIR.value else None,
        num_seeds=_NUM_SEEDS.value,
        seed=_SEED.value,
        openface_csvs=tuple(_OPENFACE_CSVS.value),
        must_exist=not _DRY_RUN.value,
    )
    nodes = run.nodes()
    if _ONLY.value:
        nodes = choose(run.paper, nodes, _ONLY.value)
    if _DRY_RUN.value:
        print(format_commands([node.placed(run.layout.root) for node in nodes]), end="")
        for sentence in missing_inputs(run):
            print(f"warning: {sentence}", file=sys.stderr)
        return
    start(run)
    if _WRITE_WORKFLOW.value:
        _write_workflow(Path(_WRITE_WORKFLOW.value), nodes, run)
        return
    if _NODE.value:
        run_single(
            nodes, _NODE.value, run.layout.state, attempt=_ATTEMPT.value, redo_outdated=_REDO_OUTDATED.value
        )
        return
    run_nodes(nodes, run.layout.state, jobs=_JOBS.value, redo_outdated=_REDO_OUTDATED.value)
    print(f"done; the report: python -m emotionet_tf.bin.report --run_dir={run.layout.root}")


def _write_workflow(folder: Path, nodes: Sequence[Node], run: Reproduction) -> None:
    from emotionet_tf.experiments.workflow.snakemake import write_workflow

    placed = [node.placed(run.layout.root) for node in nodes]
    write_workflow(folder, placed, run.layout.state, _command_of_a_node(), num_gpus=_WORKFLOW_GPUS.value)
    print(
        f"{len(nodes)} jobs are in {folder}: snakemake --snakefile={folder}/Snakefile --cores=all runs them here, "
        f"--profile={folder}/slurm in its place by Slurm; resources are in {folder}/config.yaml"
    )


def _command_of_a_node() -> list[str]:
    """Returns this command as a workflow's jobs call it, without what says which nodes."""
    given = [_PAPER, _SCALE, _OUTPUT_DIR, _RECORDS_DIR, _OPENFACE_CSVS, _NUM_SEEDS, _SEED, _REDO_OUTDATED]
    words = [flags.FLAGS[flag.name].serialize().split("\n") for flag in given if flag.present]
    return ["python", "-m", "emotionet_tf.bin.reproduce", *(word for several in words for word in several)]


if __name__ == "__main__":
    entry_point.run(main)
