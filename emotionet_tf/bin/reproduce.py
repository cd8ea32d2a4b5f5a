"""Runs a paper's whole tree of trainings: `python -m emotionet_tf.bin.reproduce --scale=small --output_dir=DIR`.

Every node is one command. What is done is skipped, so that the same call goes on with a run that was interrupted.
"""

from pathlib import Path

from absl import flags

from emotionet_tf import command_line

_PAPER = flags.DEFINE_enum("paper", "werner2020", ["werner2020"], "Which system: werner2020 (Magdeburg).")
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
    "Your own data: a folder with the records folders opt-train, opt-val, opt and train, and val and test where you "
    "have them, as write_records makes them. Default: faces are rendered (not at scale paper).",
)
_OPENFACE_CSVS = flags.DEFINE_multi_string(
    "openface_csv", [], "OpenFace's output for your photos, for the OpenFace baseline; repeat for more."
)
_ONLY = flags.DEFINE_list(
    "only", [], "Rows, fusions or baselines to make, such as A.2,fusion-A, with what they need. Default: all."
)
_NUM_SEEDS = flags.DEFINE_integer(
    "num_seeds", None, "Trainings of the rows that decide a claim. Default: the scale's.", lower_bound=1
)
_SEED = flags.DEFINE_integer(
    "seed", 0, "Of the rendered faces, and the first of the trainings.", lower_bound=0
)
_JOBS = flags.DEFINE_integer(
    "jobs", 1, "Commands at work at a time, each on its share of the processor's cores.", lower_bound=1
)
_DRY_RUN = flags.DEFINE_boolean("dry_run", False, "Print the commands in order, with what each waits for.")
_REDO_OUTDATED = flags.DEFINE_boolean(
    "redo_outdated", False, "Make anew what was made by another command or from other input."
)


def main(arguments: list[str]) -> None:
    """Plans the tree and runs or prints it."""
    command_line.refuse_arguments(arguments)
    from emotionet_tf.experiments.reproduction import plan_of, start
    from emotionet_tf.experiments.runner.nodes import format_commands
    from emotionet_tf.experiments.runner.run import run_nodes
    from emotionet_tf.experiments.werner2020.plan import choose

    plan = plan_of(
        Path(_OUTPUT_DIR.value),
        scale=_SCALE.value,
        records_dir=Path(_RECORDS_DIR.value) if _RECORDS_DIR.value else None,
        num_seeds=_NUM_SEEDS.value,
        seed=_SEED.value,
        openface_csvs=tuple(_OPENFACE_CSVS.value),
        must_exist=not _DRY_RUN.value,
    )
    nodes = plan.nodes()
    if _ONLY.value:
        nodes = choose(nodes, _ONLY.value)
    if _DRY_RUN.value:
        print(format_commands(nodes), end="")
        return
    start(plan, _PAPER.value)
    run_nodes(nodes, plan.layout.state, jobs=_JOBS.value, redo_outdated=_REDO_OUTDATED.value)
    print(f"done; the report: python -m emotionet_tf.bin.report --run_dir={plan.layout.root}")


if __name__ == "__main__":
    command_line.run(main)
