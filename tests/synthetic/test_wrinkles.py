from __future__ import annotations

import numpy as np
import pytest

from emotionet_tf.synthetic.person import wrinkles
from emotionet_tf.synthetic.person.face_map import to_map

BROW_HEIGHT, NASION_HEIGHT = 7.475, 7.33


def _drawing(name: str) -> np.ndarray:
    return wrinkles.drawings()[wrinkles.NAMES.index(name)]


def _middle(drawing: np.ndarray) -> tuple[float, float]:
    """Returns the column and row about which a drawing lies."""
    weights = np.clip(drawing, 0, None)
    rows, columns = np.indices(drawing.shape)
    return float((columns * weights).sum() / weights.sum()), float((rows * weights).sum() / weights.sum())


@pytest.mark.parametrize(("name", "side"), [("glabella_left", 1), ("glabella_right", -1)])
def test_upright_furrows_of_au4_lie_between_the_brows(name, side):
    column, row = _middle(_drawing(name))
    left, right = sorted((to_map(0, BROW_HEIGHT)[0], to_map(side * 0.13, BROW_HEIGHT)[0]))
    assert left < column < right
    assert abs(row - to_map(0, BROW_HEIGHT)[1]) < abs(
        to_map(0, BROW_HEIGHT)[1] - to_map(0, BROW_HEIGHT + 0.02)[1]
    )


def test_crease_of_au4_crosses_the_root_of_the_nose():
    column, row = _middle(_drawing("nose_root_crease"))
    assert column == pytest.approx(float(to_map(0, NASION_HEIGHT)[0]), abs=0.5)
    assert to_map(0, NASION_HEIGHT + 0.05)[1] < row < to_map(0, NASION_HEIGHT - 0.05)[1]


def test_skin_beside_the_furrows_is_raised_and_not_darkened():
    bulge = _drawing("brow_bulge")
    assert bulge.max() <= 0 and bulge.min() < -0.3


@pytest.mark.parametrize(("age", "share"), [(0.42, 0.5), (0.67, 0.75), (0.92, 1.0)])
def test_furrows_deepen_with_age(age, share):
    still, alike = np.zeros(len(wrinkles.NAMES)), np.ones(len(wrinkles.NAMES))
    shown = wrinkles.strengths({4: 0.5}, age, still, alike)
    assert shown[wrinkles.NAMES.index("glabella_left")] == pytest.approx(0.5 * share)
    assert shown[wrinkles.NAMES.index("crow_feet")] == 0
