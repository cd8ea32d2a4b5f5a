"""What a measure of a validation is: how it is computed, and where a person sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emotionet_tf.action_units import au_name

CROSS_ENTROPY_TAG = "cross_entropy_{head}/{au}"
"""TensorBoard's tag of an AU's mean cross-entropy over known labels, in training and in validation."""


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A measure of a validation.

    What it is computed from is `au_measures.AuCounts` in a run that learns AUs, `class_scores.ClassPredictions` in one
    that learns classes.

    Attributes:
      name: In the logs and in `curves.csv` it is `val_<name>`, and `AU01_<name>` of an AU.
      overall: Returns the one number of the validation; None where there is only one of each AU. It may return None
        where it is not defined.
      per_au: Returns that of each AU, [AUs], NaN where no label is known; None for a measure without AUs.
      is_score: Whether it chooses the best network. Then it is `val_score` as well.
      has_au_columns: Whether `curves.csv` has a column of each AU.
      progress_text: What the progress line calls it after the score; None leaves it out.
      overall_tag: TensorBoard's, with the name in place of {name}.
      au_tag: TensorBoard's of each AU, with name, AU and validated head in place of {name}, {au} and {head}.
    """

    name: str
    overall: Callable[[Any], Any] | None = None
    per_au: Callable[[Any], Any] | None = None
    is_score: bool = False
    has_au_columns: bool = True
    progress_text: str | None = None
    overall_tag: str = "{name}/all"
    au_tag: str = "{name}/{au}"

    @property
    def key(self) -> str:
        """Its name in the logs, and its column."""
        return f"val_{self.name}"

    def au_key(self, au: int) -> str:
        """Returns an AU's name in the logs, and its column."""
        return f"{au_name(au)}_{self.name}"
