"""The results of a run's validation: their names in Keras's logs, and where a person sees each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from emotionet_tf.action_units import au_name
from emotionet_tf.training.objectives.measure import Measure

_ALL = "all"
_LOSS, SCORE = "val_loss", "val_score"


@dataclass(frozen=True)
class ValidationResults:
    """The results of a run's validation.

    In every run there are `val_loss`, the loss with all its weights, and `val_score`, which chooses the best network.

    Attributes:
      measures: The others.
      aus: The AUs that have results of their own, if the run learns AUs.
      head: The head that is validated, where the network has several.
    """

    measures: Sequence[Measure]
    aus: Sequence[int] = ()
    head: str | None = None

    def curve_columns(self) -> tuple[str, ...]:
        """Returns the results that are columns of `curves.csv`, in their order."""
        overall = [measure.key for measure in self.measures if measure.overall]
        of_aus = [
            measure.au_key(au)
            for au in self.aus
            for measure in self.measures
            if measure.per_au and measure.has_au_columns
        ]
        return tuple(dict.fromkeys([_LOSS, SCORE, *overall, *of_aus]))

    def tensorboard_tags(self) -> dict[str, str]:
        """Returns the tag of each result in TensorBoard."""
        # The loss is that of one head: it goes into the chart of this head's loss in training.
        tags = {_LOSS: f"loss/{self.head or _ALL}", SCORE: f"score/{_ALL}"}
        for measure in self.measures:
            if measure.overall:
                tags[measure.key] = measure.overall_tag.format(name=measure.name)
            for au in self.aus if measure.per_au else ():
                names = dict(name=measure.name, au=au_name(au), head=self.head or _ALL)
                tags[measure.au_key(au)] = measure.au_tag.format(**names)
        return tags

    def progress_text(self, logs: Mapping[str, float]) -> str:
        """Returns what the progress line says of a validation."""
        measures = ", ".join(
            f"{measure.progress_text} {logs[measure.key]:.4f}"
            for measure in self.measures
            if measure.progress_text and measure.key in logs
        )
        loss = f", loss {logs[_LOSS]:.4f}" if _LOSS in logs else ""
        return f"validation: score {logs[SCORE]:.4f} ({measures}){loss}"
