"""The pose AUs from three head angles: a support vector machine per AU, the pose half of the OpenFace baseline.

Source: Werner et al. 2020, sec. 3, "Per-AU comparison": "an RBF-SVM trained on the head orientation angles". The paper
names no parameter. Ours: angles scaled to mean 0 and variance 1, scikit-learn's default kernel width
(`gamma="scale"`, a third for three scaled angles) and no class weights; C is the one of `CHOICES_OF_C` with the best
challenge score in a cross-validation over `NUM_FOLDS` groups of photos. On two shared cores, 20,000 faces with noisy
labels took 72 s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from emotionet_tf.action_units import POSE, columns_of
from emotionet_tf.errors import UserError
from emotionet_tf.records.splits import unit_hash
from emotionet_tf.training.objectives.challenge_score import score_decisions

CHOICES_OF_C = (0.1, 1.0, 10.0, 100.0)
DEFAULT_C = 1.0
"""scikit-learn's, for faces that are all of one group."""

NUM_FOLDS = 3
MAX_ROWS_TO_CHOOSE_C = 6000
"""A cross-validation needs no more, and an SVM's time grows with the square of the rows and faster."""

_CACHE_MB = 500
_JUST_BELOW_HALF = 0.499999
"""The largest score that still rounds to "absent" in a prediction file, which has six decimals."""


@dataclass(frozen=True, eq=False)
class PoseFaces:
    """Faces with their head angles and labels.

    Attributes:
      ids: Each face's example id.
      angles: [faces, 3] pitch, yaw, roll in radians; of one source, as the conventions of sources differ.
      angles_mask: [faces, 3], 1 = known.
      labels: [faces, 23], 0 or 1.
      mask: [faces, 23], 1 = known.
      groups: Names of what stays together in cross-validation, such as each face's person.
    """

    ids: tuple[str, ...]
    angles: np.ndarray
    angles_mask: np.ndarray
    labels: np.ndarray
    mask: np.ndarray
    groups: tuple[str, ...]

    def filled_angles(self, mean_angles: np.ndarray) -> np.ndarray:
        """Returns the angles with a mean in place of unknown ones."""
        return np.where(self.angles_mask > 0, self.angles, mean_angles)


@dataclass(frozen=True, eq=False)
class PoseSvm:
    """What `fit_pose_svm` learned.

    Attributes:
      mean_angles: [3] radians, what replaces an unknown angle.
      chosen_c: By AU the C that was chosen; an AU of one class only has none.
      classifiers: By AU a fitted scikit-learn pipeline, or the only class there was.
    """

    mean_angles: np.ndarray
    chosen_c: dict[int, float]
    classifiers: dict[int, Any]

    def predict_scores(self, faces: PoseFaces) -> np.ndarray:
        """Returns [faces, 6] scores in [0, 1], columns as in `POSE.aus`.

        A score is the logistic function of the distance from the decision border: an order, no probability. It is
        at least 0.5 exactly where the SVM says "present", also after it was written with six decimals.
        """
        angles = faces.filled_angles(self.mean_angles)
        return np.stack([_scores(self.classifiers[au], angles) for au in POSE.aus], axis=1)


def check_scikit_learn() -> None:
    """Raises UserError with the command that installs scikit-learn where it is missing."""
    try:
        import sklearn.svm  # noqa: F401
    except ImportError as error:
        raise UserError(
            "the pose AUs' SVM needs scikit-learn: pip install 'emotionet_tf[baselines]'"
        ) from error


def fit_pose_svm(faces: PoseFaces) -> PoseSvm:
    """Fits an SVM per pose AU on the faces whose label is known.

    The result is a function of the faces, not of their order, as far as the optimiser's tolerance goes.

    Raises:
      UserError: If scikit-learn is missing, or a pose AU has no known label.
    """
    check_scikit_learn()
    known = faces.angles_mask > 0
    mean_angles = np.where(known, faces.angles, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    angles = faces.filled_angles(mean_angles)
    folds = np.array([int(unit_hash(f"fold/{group}") * NUM_FOLDS) for group in faces.groups], int)
    ranks = np.array([unit_hash(f"rank/{example_id}") for example_id in faces.ids])
    chosen_c: dict[int, float] = {}
    classifiers: dict[int, Any] = {}
    for au, column in zip(POSE.aus, columns_of(POSE.aus), strict=True):
        rows = np.flatnonzero(faces.mask[:, column] > 0)
        if not rows.size:
            raise UserError(f"no face to train on has a known label of AU {au}")
        present = faces.labels[:, column] > 0.5
        if len(np.unique(present[rows])) > 1:
            some = rows[np.argsort(ranks[rows])[:MAX_ROWS_TO_CHOOSE_C]]
            chosen_c[au] = _best_c(angles[some], present[some], folds[some])
        classifiers[au] = _fitted(angles[rows], present[rows], chosen_c.get(au, DEFAULT_C))
    return PoseSvm(mean_angles, chosen_c, classifiers)


def _best_c(angles: np.ndarray, present: np.ndarray, folds: np.ndarray) -> float:
    """Returns the C with the best (accuracy + F1) / 2 of faces that were left out; of equal ones the smallest."""

    def score(c: float) -> float:
        decisions = np.zeros(len(present), bool)
        for fold in np.unique(folds):
            inside = folds == fold
            classifier = _fitted(angles[~inside], present[~inside], c)
            decisions[inside] = _scores(classifier, angles[inside]) >= 0.5
        scores = score_decisions(present[:, None], np.ones((len(present), 1)), decisions[:, None])
        return scores.ranking_score

    if len(np.unique(folds)) == 1:
        return DEFAULT_C  # nothing can be left out
    return max(CHOICES_OF_C, key=score)


def _fitted(angles: np.ndarray, present: np.ndarray, c: float) -> Any:
    """Returns a fitted pipeline, or the only class where there is just one."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    if len(np.unique(present)) == 1:
        return bool(present[0])
    machine = SVC(C=c, kernel="rbf", gamma="scale", cache_size=_CACHE_MB)
    return make_pipeline(StandardScaler(), machine).fit(angles, present)


def _scores(classifier: Any, angles: np.ndarray) -> np.ndarray:
    """Returns [faces] scores in [0, 1]; one class only is certain."""
    if isinstance(classifier, bool) or not len(angles):
        return np.full(len(angles), float(classifier is True))
    distances = classifier.decision_function(angles)
    scores = (1 + np.tanh(distances / 2)) / 2
    return np.where(distances > 0, np.maximum(scores, 0.5), np.minimum(scores, _JUST_BELOW_HALF))
