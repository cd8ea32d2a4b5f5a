"""Compares programs on the same labels, in pairs, with intervals over persons.

`python -m emotionet_tf.bin.compare --labels=FILE [--report=PAGE.html] ours.csv openface/ pyfeat.csv`

Tables of `predict`, OpenFace 2 and 3, Py-Feat 2, LibreFace and PyAFAR are recognized by their columns.
"""

from emotionet_tf.cli import entry_point
from emotionet_tf.cli.config_flags import ConfigFlags
from emotionet_tf.inference.comparison.settings import CompareConfig

_CONFIG = ConfigFlags(CompareConfig)


def main(arguments: list[str]) -> None:
    """Compares, prints the tables and writes the files."""
    from emotionet_tf.inference.comparison.result_files import write_comparison
    from emotionet_tf.inference.comparison.run import compare_files
    from emotionet_tf.inference.comparison.text_tables import format_comparison
    from emotionet_tf.storage.files import check_writable
    from emotionet_tf.storage.paths import as_path

    config = _CONFIG.build(tables=tuple(arguments[1:]))
    if config.output is not None:
        check_writable(as_path(config.output), "output")
    if config.report is not None:
        from emotionet_tf.plots.comparison_page import check_comparison_page

        check_comparison_page(config.report)
    comparison = compare_files(config)
    print(format_comparison(comparison))
    if config.output is not None:
        write_comparison(config.output, comparison)
        print(f"\nresults: {config.output}")
    if config.report is not None:
        from emotionet_tf.plots.comparison_page import write_comparison_page

        write_comparison_page(as_path(config.report), comparison)
        print(f"page: {config.report}")


if __name__ == "__main__":
    entry_point.run(main)
