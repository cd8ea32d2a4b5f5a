"""A comparison from its settings: tables and labels read, matched and scored."""

from __future__ import annotations

from emotionet_tf.errors import UserError
from emotionet_tf.inference.comparison.comparison import Comparison, NamedTable, compare
from emotionet_tf.inference.comparison.persons import persons_of
from emotionet_tf.inference.comparison.row_matching import MatchRules, match_rows
from emotionet_tf.inference.comparison.settings import CompareConfig
from emotionet_tf.inference.other_tools.reading import read_tool_table
from emotionet_tf.inference.other_tools.registry import format_named
from emotionet_tf.label_lists.label_file_arguments import expand_label_files
from emotionet_tf.label_lists.reading import read_label_lists
from emotionet_tf.label_lists.rows import LabelList, place_of


def compare_files(config: CompareConfig) -> Comparison:
    """Reads labels and tables, matches and compares them; prints what should be known of the labels.

    Args:
      config: The comparison.
    Raises:
      UserError: If a file cannot be read, no label row can be used, or a table has no row of a label or no AU that is
        labelled.
    """
    labels = read_label_lists(expand_label_files(config.labels))
    if labels.remark:
        print(labels.remark)
    if labels.rejected:
        first = labels.rejected[0]
        print(
            f"{len(labels.rejected)} label rows could not be used; the first is {place_of(first)}: {first.reason}"
        )
    if not labels.rows:
        raise UserError(f"{config.labels[0]}: no label row can be used")
    persons = persons_of(labels.rows, config.person_of)
    tables = _matched_tables(config, labels)
    return compare(labels, tables, persons, num_draws=config.num_draws, seed=config.seed)


def _matched_tables(config: CompareConfig, labels: LabelList) -> list[NamedTable]:
    formats = config.for_each_table("format", config.format)
    offsets = config.for_each_table("frame_offset", config.frame_offset)
    thresholds = config.for_each_table("intensity_threshold", config.intensity_threshold)
    sequences = config.for_each_table("sequence_of", config.sequence_of or (None,))
    tables = []
    for index, (name, path) in enumerate(zip(config.table_names(), config.tables, strict=True)):
        table = read_tool_table(path, format_named(formats[index]))
        rules = MatchRules(config.match, offsets[index], config.fps, sequences[index])
        matched = match_rows(labels.rows, table, name, rules)
        tables.append(NamedTable(name, table, matched, thresholds[index]))
    return tables
