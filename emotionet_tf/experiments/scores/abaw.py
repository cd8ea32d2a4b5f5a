"""The official scores of the ABAW challenges' AU track, on Aff-Wild2.

F1 of each AU is of all frames of all videos together, not a mean over videos; an unknown label is in no count. The
challenge's readers drop a frame if one of its AUs is unknown; here its other AUs count.

Sources: Kollias et al., the challenges of 2020 (8 AUs), 2021 (12 AUs), and from 2022 on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from emotionet_tf.action_units import au_name
from emotionet_tf.au_sets import AU_SETS
from emotionet_tf.errors import UserError
from emotionet_tf.training.objectives.challenge_score import AuScores


def mean_f1(scores: AuScores) -> float:
    """Returns the mean F1 of the AUs: the score from 2022 on."""
    return scores.mean_f1


def f1_and_accuracy(scores: AuScores) -> float:
    """Returns 0.5 x mean F1 + 0.5 x the share of right decisions of all AUs together: the score of 2020 and 2021."""
    is_known = scores.num_known > 0
    num_right = (scores.accuracy[is_known] * scores.num_known[is_known]).sum()
    return float(0.5 * scores.mean_f1 + 0.5 * num_right / scores.num_known.sum())


@dataclass(frozen=True)
class AbawMetric:
    """The score of a challenge.

    Attributes:
      title: What it is, for people.
      aus: The AUs that are scored.
      score: Returns it from the scores of these AUs.
    """

    title: str
    aus: tuple[int, ...]
    score: Callable[[AuScores], float]

    def of(self, aus: Sequence[int], scores: AuScores) -> float:
        """Returns the score of a system.

        Args:
          aus: The AUs that the scores are of, in their order.
          scores: Of all frames of all videos together.
        Raises:
          UserError: If one of the challenge's AUs is not among them, or has no known label.
        """
        missing = [au for au in self.aus if au not in aus or not scores.num_known[list(aus).index(au)]]
        if missing:
            raise UserError(
                f"{self.title} is of {len(self.aus)} AUs; {', '.join(map(au_name, missing))} have no prediction or no "
                "label"
            )
        columns = np.array([list(aus).index(au) for au in self.aus])
        names = ("num_known", "num_positive", "accuracy", "f1")
        return self.score(replace(scores, **{name: getattr(scores, name)[columns] for name in names}))


ABAW_METRICS: Mapping[str, AbawMetric] = {
    "abaw2020": AbawMetric(
        "ABAW 2020's score, 0.5 x mean F1 + 0.5 x accuracy", AU_SETS["aff_wild2_2020"], f1_and_accuracy
    ),
    "abaw2021": AbawMetric(
        "ABAW 2021's score, 0.5 x mean F1 + 0.5 x accuracy", AU_SETS["aff_wild2"], f1_and_accuracy
    ),
    "abaw2022": AbawMetric("ABAW's score from 2022 on, mean F1", AU_SETS["aff_wild2"], mean_f1),
}
"""By the name that `evaluate --metric` takes."""
