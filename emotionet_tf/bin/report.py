"""The report of a reproduction: `python -m emotionet_tf.bin.report --run_dir=DIR`.

One HTML page that loads nothing from elsewhere, its figures as PNG, its tables as CSV and Markdown. A run that is not
finished is shown as far as it is.
"""

from pathlib import Path

from absl import flags

from emotionet_tf.cli import entry_point
from emotionet_tf.storage.paths import refuse_remote

_RUN_DIR = flags.DEFINE_string(
    "run_dir", None, "Folder of a reproduction: --output_dir of emotionet_tf.bin.reproduce.", required=True
)
_OUTPUT_DIR = flags.DEFINE_string(
    "output_dir", None, "Folder to write the report to. Default: `report` in the run's folder."
)


def main(arguments: list[str]) -> None:
    """Writes the report and says where it is."""
    entry_point.refuse_arguments(arguments)
    refuse_remote(run_dir=_RUN_DIR.value, output_dir=_OUTPUT_DIR.value)
    from emotionet_tf.experiments.report.report_files import PAGE_FILE, write_report

    facts = write_report(Path(_RUN_DIR.value), Path(_OUTPUT_DIR.value) if _OUTPUT_DIR.value else None)
    folder = Path(_OUTPUT_DIR.value) if _OUTPUT_DIR.value else facts.run.layout.report
    missing = (
        f"; {facts.num_missing} of {len(facts.nodes)} commands are not done" if facts.num_missing else ""
    )
    print(f"the report: {folder / PAGE_FILE}{missing}")


if __name__ == "__main__":
    entry_point.run(main)
