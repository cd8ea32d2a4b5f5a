"""What is compared, with what, and how rows and persons are told. Needs no TensorFlow."""

from __future__ import annotations

from collections import Counter
from dataclasses import MISSING, dataclass
from pathlib import PurePath
from typing import TypeVar

from emotionet_tf.errors import UserError
from emotionet_tf.inference.comparison.row_matching import WAYS
from emotionet_tf.inference.other_tools.registry import BY_HEADER, TOOL_FORMATS, format_named
from emotionet_tf.label_lists.datasets.reading_settings import LabelReading
from emotionet_tf.resampling import NUM_DRAWS
from emotionet_tf.settings import check_settings, setting

OUTPUT_ENDINGS = (".json", ".csv")
_ONE_OR_EACH = "One for all tables, or one for each with commas between."
_Value = TypeVar("_Value")


@dataclass(frozen=True)
class CompareConfig:
    """A comparison; what each setting is, its declaration says.

    Attributes:
      tables: Prediction tables, or folders of them; differences are to the first.
    Raises:
      UserError: If a value is not valid, or a setting is neither one for all tables nor one for each.
    """

    tables: tuple[str, ...]
    labels: tuple[str, ...] = setting(
        MISSING,
        "Label list, as `evaluate` takes it, or a dataset's folder of label files. A * in quotes or a folder of lists "
        "stands for several; put commas between more, or repeat.",
        is_repeated=True,
    )
    names: tuple[str, ...] = setting(
        (), "What the tables are called, with commas between. Default: their files' names."
    )
    format: tuple[str, ...] = setting(
        (BY_HEADER,),
        f"Whose tables they are: {', '.join((BY_HEADER, *TOOL_FORMATS))}; {BY_HEADER} goes by the columns. "
        + _ONE_OR_EACH,
    )
    match: str = setting(
        "auto",
        "By what rows and labels belong together: picture (the path), frame (the video's name and the frame's number), "
        "or time (with --fps); auto takes frames where both have some, else pictures.",
        choices=WAYS,
    )
    reading: LabelReading = setting(LabelReading, "")
    table_frame_offset: tuple[int, ...] = setting(
        (0,),
        f"Added to a table's frame numbers, which count from 1 whatever the program does. {_ONE_OR_EACH}",
    )
    sequence_of: tuple[str, ...] | None = setting(
        None,
        "Regular expression that finds the labels' name of a video in the table's, by its first group or as a whole, "
        "such as SN[0-9]+. One for all tables, or repeat it for each.",
        is_repeated=True,
    )
    person_of: str | None = setting(
        None,
        "How persons are told, over whom intervals are drawn: 'folder', where each person has one, or a regular "
        "expression that finds the person in a photo's path or a video's name, by its first group or as a whole. "
        "Default: as the labels say; else each video, or each photo, is its own person.",
    )
    intensity_threshold: tuple[float, ...] = setting(
        (1.0,),
        "An AU is present from this intensity upward, 1 being FACS's A, where a table has neither decisions nor "
        f"probabilities of it. {_ONE_OR_EACH}",
        above=0,
        at_most=5,
    )
    num_draws: int = setting(NUM_DRAWS, "Bootstrap resamples of the persons.", at_least=100, at_most=100_000)
    seed: int = setting(0, "Of the resamples.", at_least=0, at_most=2**31 - 1)
    output: str | None = setting(
        None, f"Also write the results to this file; it ends in {' or '.join(OUTPUT_ENDINGS)}."
    )
    report: str | None = setting(
        None,
        "Also write a page with tables and a figure to this .html file, which loads nothing from elsewhere.",
    )

    def __post_init__(self) -> None:
        if not self.tables:
            raise UserError(
                "compare needs the tables to compare, as arguments: ours.csv openface/ pyfeat.csv"
            )
        check_settings(self)
        for name in self.format:
            format_named(name)
        if self.output is not None and not self.output.endswith(OUTPUT_ENDINGS):
            raise UserError(f"--output={self.output} must end in {' or '.join(OUTPUT_ENDINGS)}")
        for flag in ("format", "table_frame_offset", "intensity_threshold", "sequence_of"):
            self.for_each_table(flag, getattr(self, flag) or (None,))
        if self.names and len(self.names) != len(self.tables):
            raise UserError(f"--names has {len(self.names)} names for {len(self.tables)} tables")
        repeated = [name for name, count in Counter(self.table_names()).items() if count > 1]
        if repeated:
            raise UserError(f"two tables are called {repeated[0]}: each needs a name of its own, by --names")

    def for_each_table(self, flag: str, values: tuple[_Value, ...]) -> tuple[_Value, ...]:
        """Returns a flag's value for each table; raises UserError if it is neither one for all nor one for each."""
        if len(values) not in (1, len(self.tables)):
            raise UserError(
                f"--{flag} has {len(values)} values for {len(self.tables)} tables; give one, or one for each"
            )
        return values * len(self.tables) if len(values) == 1 else values

    def table_names(self) -> tuple[str, ...]:
        """Returns what the tables are called: their files' names, or their paths where these are not enough."""
        if self.names:
            return tuple(self.names)
        stems = tuple(PurePath(table).stem or table for table in self.tables)
        return stems if len(set(stems)) == len(stems) else self.tables
