"""A comparison from its settings: tables and labels read, matched and scored."""

from __future__ import annotations

from collections.abc import Sequence

from emotionet_tf.errors import UserError
from emotionet_tf.inference.comparison.comparison import Comparison, NamedTable, compare
from emotionet_tf.inference.comparison.persons import persons_of
from emotionet_tf.inference.comparison.row_matching import MatchRules, match_rows
from emotionet_tf.inference.comparison.settings import CompareConfig
from emotionet_tf.inference.other_tools.reading import read_tool_table
from emotionet_tf.inference.other_tools.registry import format_named
from emotionet_tf.inference.other_tools.tool_table import ToolTable
from emotionet_tf.label_lists.label_file_arguments import expand_label_files
from emotionet_tf.label_lists.reading import read_label_lists
from emotionet_tf.label_lists.rejection_reasons import commonest_reasons
from emotionet_tf.label_lists.rows import LabelList, place_of


def compare_files(config: CompareConfig) -> Comparison:
    """Reads labels and tables, matches and compares them; prints what should be known of the labels.

    Args:
      config: The comparison.
    Raises:
      UserError: If a file cannot be read, no label row can be used, or a table has no row of a label or no AU that is
        labelled.
    """
    tables = _read_tables(config)
    label_files = expand_label_files(config.labels, config.reading)
    labels = read_label_lists(label_files, config.reading, _pictures_of(tables))
    if labels.remark:
        print(labels.remark)
    if labels.rejected:
        first = labels.rejected[0]
        print(
            f"{len(labels.rejected)} label rows could not be used; the first is {place_of(first)}: {first.reason}"
        )
    if not labels.rows:
        reasons = commonest_reasons(labels.rejected) or "it has none"
        raise UserError(f"{config.labels[0]}: no label row can be used: {reasons}")
    persons = persons_of(labels.rows, config.person_of)
    matched = _match_tables(config, tables, labels)
    return compare(labels, matched, persons, num_draws=config.num_draws, seed=config.seed)


def _read_tables(config: CompareConfig) -> list[ToolTable]:
    formats = config.for_each_table("format", config.format)
    return [
        read_tool_table(path, format_named(name)) for path, name in zip(config.tables, formats, strict=True)
    ]


def _pictures_of(tables: Sequence[ToolTable]) -> list[str] | None:
    """Returns the pictures of the first table of pictures, which tell what a dataset's pictures count from."""
    for table in tables:
        if pictures := list(dict.fromkeys(row.picture for row in table.rows if row.picture)):
            return pictures
    return None


def _match_tables(config: CompareConfig, tables: Sequence[ToolTable], labels: LabelList) -> list[NamedTable]:
    offsets = config.for_each_table("table_frame_offset", config.table_frame_offset)
    thresholds = config.for_each_table("intensity_threshold", config.intensity_threshold)
    sequences = config.for_each_table("sequence_of", config.sequence_of or (None,))
    found = []
    for index, (name, table) in enumerate(zip(config.table_names(), tables, strict=True)):
        rules = MatchRules(config.match, offsets[index], config.reading.fps, sequences[index])
        matched = match_rows(labels.rows, table, name, rules)
        found.append(NamedTable(name, table, matched, thresholds[index]))
    return found
