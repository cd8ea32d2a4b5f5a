"""The 68 landmarks of the iBUG scheme: their order, where they are on a mean head, and what five points they hold."""

from __future__ import annotations

import numpy as np

NUM_POINTS = 68

EYES = (range(36, 42), range(42, 48))
"""The lids of the image-left and of the image-right eye."""

NOSE_TIP, MOUTH_CORNERS = 30, (48, 54)

MIRROR_68 = (
    *range(16, -1, -1),  # jaw, from the image-left ear over the chin (8) to the other
    *range(26, 16, -1),  # brows, each from left to right
    *range(27, 31),  # bridge of the nose, downward to the tip
    *range(35, 30, -1),  # below the nose, left to right
    *(
        45,
        44,
        43,
        42,
        47,
        46,
        39,
        38,
        37,
        36,
        41,
        40,
    ),  # eyes: left corner, upper lid, right corner, lower lid
    *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55),  # lips' outer edge: left corner, clockwise
    *(64, 63, 62, 61, 60, 67, 66, 65),  # lips' inner edge, alike
)
"""The number that each landmark has in a mirrored photo. Left, right and clockwise are those of the image."""

STABLE_SUBSET = (
    *(1, 2, 3, 4, 12, 13, 14, 15),
    *(27, 28, 29, 31, 32, 33, 34, 35),
    *(36, 39, 40, 41, 42, 45, 46, 47),
)
"""What hardly moves with expressions: jaw below the ears, nose, corners of the eyes and lower lids.

Source: OpenFace 2, which aligns faces by these 24.
"""

MIN_STABLE_POINTS = 12
"""With fewer known ones the five points align a face; half of the subset, our choice."""

STABLE_WEIGHTS = np.array([0.25 if number < 17 else 1.0 for number in STABLE_SUBSET])
"""[24]. OpenFace weighs all alike; the jaw counts less here, since it lies 5 cm behind the eyes.

A head that turns moves its jaw against its eyes, so that crops would slide aside and differ from those by five points.
On 600 renders, close-ups of 240 px by the true 24 and by the true five points are 6.0 px apart on average with equal
weights, and 3.7 px with these; on the 74 faces turned by 20 to 30 degrees, 10.8 and 5.8 px.
"""

POINTS_68_MM = np.array(
    [
        [-69.52, 1.75, 45.61],
        [-69.82, 22.28, 47.0],
        [-69.5, 38.02, 57.62],
        [-65.35, 60.52, 55.59],
        [-58.75, 80.91, 47.44],
        [-52.48, 93.15, 50.6],
        [-35.74, 107.99, 31.5],
        [-22.22, 114.51, 13.7],
        [0.0, 118.32, 6.62],
        [22.22, 114.51, 13.7],
        [35.74, 107.99, 31.5],
        [52.48, 93.15, 50.6],
        [58.75, 80.91, 47.44],
        [65.35, 60.52, 55.59],
        [69.5, 38.02, 57.62],
        [69.82, 22.28, 47.0],
        [69.52, 1.75, 45.61],
        [-56.05, -13.91, 10.92],
        [-51.02, -18.39, 4.01],
        [-43.64, -21.27, -1.91],
        [-26.11, -24.06, -9.23],
        [-16.59, -17.1, -10.91],
        [16.59, -17.1, -10.91],
        [26.11, -24.06, -9.23],
        [43.64, -21.27, -1.91],
        [51.02, -18.39, 4.01],
        [56.05, -13.91, 10.92],
        [0.0, -3.3, -8.83],
        [0.0, 10.11, -10.99],
        [0.0, 23.8, -19.94],
        [0.0, 37.01, -28.32],
        [-14.94, 47.95, -10.02],
        [-7.68, 47.08, -15.34],
        [0.0, 48.67, -21.61],
        [7.68, 47.08, -15.34],
        [14.94, 47.95, -10.02],
        [-45.51, 1.32, 6.85],
        [-35.99, -2.75, -1.14],
        [-27.96, -2.19, -1.3],
        [-17.94, 3.7, 2.18],
        [-28.52, 5.36, 1.06],
        [-36.21, 5.55, 1.52],
        [17.94, 3.7, 2.18],
        [27.96, -2.19, -1.3],
        [35.99, -2.75, -1.14],
        [45.51, 1.32, 6.85],
        [36.21, 5.55, 1.52],
        [28.52, 5.36, 1.06],
        [-24.93, 71.94, -7.27],
        [-17.92, 66.18, -14.41],
        [-5.33, 62.22, -21.0],
        [0.0, 63.16, -21.87],
        [5.33, 62.22, -21.0],
        [17.92, 66.18, -14.41],
        [24.93, 71.94, -7.27],
        [18.74, 82.04, -10.1],
        [6.71, 85.83, -15.22],
        [0.0, 86.23, -16.09],
        [-6.71, 85.83, -15.22],
        [-18.74, 82.04, -10.1],
        [-21.93, 72.0, -8.96],
        [-5.76, 72.1, -14.26],
        [0.0, 72.23, -14.74],
        [5.76, 72.1, -14.26],
        [21.93, 72.0, -8.96],
        [5.89, 74.14, -14.74],
        [0.0, 74.12, -15.62],
        [-5.89, 74.14, -14.74],
    ]
)
"""[68, 3] in the axes of `FIVE_POINTS_MM`: x to the image's right, y down, z away from the camera, pupils at y = 0.

Measured on the mean head of `emotionet_tf.synthetic` (its `mean_head_points_68`).
Means over hand-marked photos of nine real people who look straight ahead, pupils 63 mm apart, lie from these: corners
of the eyes 1.2 mm (x) and 1.0 mm (y), point 33 2.4 mm (y), the jaw's outline at the height of 1 to 4 1.1 mm (x), chin
0.3 mm (y).
"""

LIDS_BELOW_PUPILS = 0.029
"""How far the mean of an eye's six points lies below a pupil that looks straight ahead, in distances between the eyes:
1.8 of 64 mm on the mean head and as much on nine hand-marked photos."""


def five_of_68(points: np.ndarray) -> np.ndarray:
    """Returns the five landmarks that 68 hold, [5, 2] in the order of `LANDMARK_NAMES`; NaN where one is not known.

    The eyes are the lids' means, moved up to where pupils are: that is what other detectors mark, and what head angles
    are fitted to. On 23 photos of people, with the 68 points of MediaPipe's mesh, these five give angles that are 2.4
    degrees of pitch, 2.0 of yaw and 0.5 of roll from those by MTCNN's, mean of sizes; the means of pitch differ by 0.4.

    Args:
      points: [68, 2] pixels in the photo.
    """
    left, right = (points[list(lids)].mean(axis=0) for lids in EYES)
    x, y = right - left
    up = LIDS_BELOW_PUPILS * np.array([y, -x])
    return np.stack([left + up, right + up, points[NOSE_TIP], *points[list(MOUTH_CORNERS)]])


def known_stable_points(points: np.ndarray) -> list[int]:
    """Returns the numbers of the known points of the stable subset; none where they are too few to align a face.

    Args:
      points: [68, 2]; NaN where one is not known.
    """
    known = [number for number in STABLE_SUBSET if np.isfinite(points[number]).all()]
    has_eyes = all(any(number in lids for number in known) for lids in EYES)
    return known if has_eyes and len(known) >= MIN_STABLE_POINTS else []
