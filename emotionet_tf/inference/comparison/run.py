"""A comparison from its settings: tables and labels read, matched and scored."""

from __future__ import annotations

from emotionet_tf.inference.comparison.comparison import Comparison, NamedTable, compare
from emotionet_tf.inference.comparison.persons import persons_of
from emotionet_tf.inference.comparison.row_matching import MatchRules, match_rows
from emotionet_tf.inference.comparison.settings import CompareConfig
from emotionet_tf.inference.other_tools.reading import read_tool_table
from emotionet_tf.inference.other_tools.registry import format_named
from emotionet_tf.label_lists.rows import LabelList


def compare_tables(config: CompareConfig, labels: LabelList) -> Comparison:
    """Reads the tables, matches them with labels, and compares them.

    Args:
      config: The comparison; its labels are those that were read.
      labels: The labels, of at least one row.
    Raises:
      UserError: If a table cannot be read, has no row of a label, or no AU that is labelled.
    """
    persons = persons_of(labels.rows, config.person_of)
    formats = config.for_each_table("format", config.format)
    offsets = config.for_each_table("frame_offset", config.frame_offset)
    thresholds = config.for_each_table("intensity_threshold", config.intensity_threshold)
    sequences = config.for_each_table("sequence_of", config.sequence_of or (None,))
    tables = []
    for index, (name, path) in enumerate(zip(config.table_names(), config.tables, strict=True)):
        table = read_tool_table(path, format_named(formats[index]))
        rules = MatchRules(config.match, offsets[index], config.fps, sequences[index])
        tables.append(NamedTable(name, table, match_rows(labels.rows, table, name, rules), thresholds[index]))
    return compare(labels, tables, persons, num_draws=config.num_draws, seed=config.seed)
