import cv2
import numpy as np
import pytest

from emotionet_tf.inference.landmarker_labels.furrow_rules import (
    RULES,
    FurrowRule,
    Skin,
    frown_lines,
    turned_by,
)

SIDE = 192
# In pixels of the square: eyes 80 px apart, so that the rules look at half this size.
PLACES = {
    33: (46, 96),
    133: (66, 96),
    362: (126, 96),
    263: (146, 96),
    55: (80, 76),
    107: (80, 76),
    285: (112, 76),
    336: (112, 76),
    8: (96, 78),
    9: (96, 74),
    168: (96, 92),
    6: (96, 100),
    50: (60, 140),
    280: (132, 140),
    1: (96, 136),
}


def skin(*lines: tuple[tuple[int, int], tuple[int, int]], grey: int = 160, darker: int = 40) -> Skin:
    """Returns a face with dark lines on it, from and to pixels (x, y)."""
    square = np.full((SIDE, SIDE, 3), grey, np.uint8)
    for start, end in lines:
        cv2.line(square, start, end, (grey - darker,) * 3, 2)
    mesh = np.zeros((478, 3))
    for vertex, place in PLACES.items():
        mesh[vertex, :2] = (np.array(place) + 0.5) / SIDE
    return Skin(square, mesh)


FURROWS = (((90, 60), (90, 82)), ((102, 60), (102, 82)))
FOLD = ((88, 96), (104, 96))


def test_smooth_skin_has_the_faintest_lines_everywhere():
    # 1.4 * (1 - 0.3) between the brows, 1 - 0.5 at the nose's root, less 0.5 on the cheeks, of the faintest strength.
    assert frown_lines(skin()) == pytest.approx(0.98 * np.log(1e-4), abs=1e-3)


def test_lines_that_a_frown_makes_count_and_others_do_not():
    smooth, furrowed = frown_lines(skin()), frown_lines(skin(*FURROWS))
    assert furrowed > smooth + 4
    assert frown_lines(skin(*FURROWS, FOLD)) > furrowed + 2
    deep = frown_lines(skin(*FURROWS, darker=80))
    assert deep > furrowed + 0.5
    # Folds of raised brows cross the place; wrinkles all over are a person's own.
    raised = skin(((60, 66), (132, 66)), ((60, 74), (132, 74)))
    assert frown_lines(raised) < smooth
    cheeks = [((x, 126), (x, 152)) for x in (54, 60, 66, 126, 132, 138)]
    assert frown_lines(skin(*FURROWS, *cheeks)) < furrowed - 1


def test_light_does_not_count_and_a_tilted_head_is_turned_upright():
    face = skin(*FURROWS, FOLD, grey=200, darker=50)
    darker = skin(*FURROWS, FOLD, grey=100, darker=25)
    assert frown_lines(darker) == pytest.approx(frown_lines(face), abs=0.4)
    middle = ((SIDE - 1) / 2, (SIDE - 1) / 2)
    turn = cv2.getRotationMatrix2D(middle, 25, 1.0)
    tilted = cv2.warpAffine(face.square, turn, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
    mesh = face.mesh.copy()
    mesh[:, :2] = ((face.mesh[:, :2] * SIDE - 0.5) @ turn[:, :2].T + turn[:, 2] + 0.5) / SIDE
    assert frown_lines(Skin(tilted, mesh)) == pytest.approx(frown_lines(face), abs=0.4)


def test_between_the_limits_and_on_a_turned_face_the_label_is_unknown():
    face = skin(*FURROWS)
    lines = frown_lines(face)
    assert FurrowRule(lines - 2, lines - 0.1).label(face) is True
    assert FurrowRule(lines - 2, lines + 0.1).label(face) is None
    assert FurrowRule(lines + 0.1, lines + 2).label(face) is False
    # The nose's tip 10 px beside the middle of eyes that are 80 px apart.
    face.mesh[1, 0] += 10 / SIDE
    assert turned_by(face.mesh) == pytest.approx(0.125)
    assert FurrowRule(lines - 2, lines - 0.1).label(face) is None
    assert RULES[4].label(skin()) is False


def test_eyes_at_the_squares_edge_are_looked_at_as_far_as_it_goes():
    face = skin()
    face.mesh[:, 1] -= 0.5
    assert np.isfinite(frown_lines(face))
