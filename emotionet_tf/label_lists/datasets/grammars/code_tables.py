"""Files with a line for each AU of one face: the AU and its intensity, in scientific notation."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from emotionet_tf.label_lists.datasets.coded_sequences import ReadingLog
from emotionet_tf.label_lists.datasets.grammars.numbers import au_number, number
from emotionet_tf.label_lists.datasets.label_folders import LabelFile
from emotionet_tf.label_lists.tables.text_lines import read_lines


@dataclass
class CodeTable:
    """A face's codes.

    Attributes:
      codes: Intensity by AU.
      is_whole: Whether every line could be read; else an AU that is not listed may be on the line that could not.
    """

    codes: dict[int, float] = field(default_factory=dict)
    is_whole: bool = True


def read_code_table(file: LabelFile, num_cells: int, what: str, log: ReadingLog) -> CodeTable:
    """Reads a file of codes; one without a line has none.

    A second line of an AU is rejected; where both differ, its intensity is unknown. Every line of a file in which one
    cannot be read is rejected.

    Args:
      file: The file.
      num_cells: Of each line; those behind the second are not read.
      what: The face, as the log is to call it.
      log: Where lines go that cannot be used.
    """
    table = CodeTable()
    lines = [line for line in read_lines(file.path) if line.text.strip()]
    problem = ""
    for line in lines:
        cells = line.text.split()
        try:
            if len(cells) != num_cells:
                raise ValueError(f"{len(cells)} numbers instead of {num_cells}")
            au, intensity = au_number(cells[0]), number(cells[1])
            for cell in cells[2:]:
                number(cell)
            if intensity not in range(6):
                raise ValueError(f"intensity '{cells[1][:40]}' is not one of 0 to 5")
        except ValueError as error:
            problem = problem or f"line {line.number}: {error}"
            continue
        if au in table.codes:
            same = "same" if table.codes[au] == intensity else "conflicting"
            log.reject(file.name, line.number, what, f"duplicate AU {au}, {same} intensity")
            intensity = intensity if same == "same" else np.nan
        table.codes[au] = intensity
    if problem:
        log.reject(
            file.name,
            1,
            what,
            f"codes that cannot be read as a whole, {problem}; its {len(lines)} lines are left out",
        )
        return CodeTable({}, is_whole=False)
    return table
