"""What Werner et al. 2020 print beside Table 1: Tables 2 and 3, the view ablation, and which systems Fig. 2 shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from emotionet_tf.action_units import EXPRESSION, POSE
from emotionet_tf.experiments.published_scores import PublishedMeasures, PublishedScore
from emotionet_tf.experiments.werner2020.lineage import (
    FUSION_OF_WHOLE,
    OPENFACE_BASELINE,
    OWNNET8_BASELINE,
    VIEW_ABLATION,
)

OURS, COMPETITORS_2020, BEST_2018 = "The paper's models", "Competitors 2020", "Best results 2018"

TABLE_2 = (
    PublishedScore("Teacher T.0", OURS, "T.0", 0.7143, None, 0.7754),
    PublishedScore("Teacher T.1", OURS, "T.1", 0.7213, None, 0.7828),
    PublishedScore("Student A.1", OURS, "A.1", 0.7324, None, 0.7873),
    PublishedScore("Fusion A+B", OURS, "fusion-A+B", 0.7448, None, 0.8011),
    PublishedScore("Fusion A+B*", OURS, FUSION_OF_WHOLE.key, 0.7452, 0.7301, 0.8014, 0.7734),
    PublishedScore("TAL", COMPETITORS_2020, None, 0.7460, 0.7306, None, 0.7722),
    PublishedScore("UCAS-NTU", COMPETITORS_2020, None, 0.6363, 0.6711, None, 0.7377),
    PublishedScore("UCAS-alibaba", COMPETITORS_2020, None, None, 0.6053, None, 0.6428),
    PublishedScore("PingAn-GammaLab", BEST_2018, None, None, None, 0.7855, 0.7553),
    PublishedScore("VisionLabs", BEST_2018, None, None, None, 0.6788, 0.6718),
    PublishedScore("MIT", BEST_2018, None, None, None, 0.5995, 0.6711),
    PublishedScore("Univ. of Washington", BEST_2018, None, None, None, 0.6645, 0.6300),
)


TABLE_3 = (
    PublishedMeasures("TAL", None, 0.9147, 0.5465, 0.9499, 0.5945),
    # The paper submitted Fusion A+B* to the test set and nothing else.
    PublishedMeasures("Univ. of Magdeburg", FUSION_OF_WHOLE.key, 0.9124, 0.5478, 0.9458, 0.6009),
    PublishedMeasures("UCAS-NTU", None, 0.9013, 0.4410, 0.9485, 0.5268),
    PublishedMeasures("PingAn-GammaLab", None, None, None, 0.9446, 0.5659),
    PublishedMeasures("VisionLabs", None, None, None, 0.9207, 0.4229),
    PublishedMeasures("MIT", None, None, None, 0.9298, 0.4125),
)


@dataclass(frozen=True)
class ViewScore:
    """A mean of the view ablation (sec. 3, "Image Alignment"), on the opt-val set."""

    group: str
    aus: tuple[int, ...]
    close_up: float
    context: float


CLOSE_UP_KEY, CONTEXT_KEY = (row.key for row in VIEW_ABLATION)

VIEW_SCORES = (
    ViewScore("expression", EXPRESSION.aus, 0.784, 0.772),
    ViewScore("pose", POSE.aus, 0.528, 0.554),
)

FIGURE_2: Mapping[str, str] = {
    "OpenFace-Baseline": OPENFACE_BASELINE,
    "OwnNet8-Baseline": OWNNET8_BASELINE.key,
    "T.1": "T.1",
    "A.2": "A.2",
    "A+B": "fusion-A+B",
}
"""The systems of Fig. 2 and their keys, as its caption names them; its bars' values are not printed."""
