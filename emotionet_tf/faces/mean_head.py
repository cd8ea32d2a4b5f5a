"""The five landmarks on a mean head, in three dimensions: what a face's landmarks are compared with."""

from __future__ import annotations

import numpy as np

PUPIL_DISTANCE_MM = 63.0

LANDMARK_NAMES = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")
"""The order of the five points everywhere; left and right are those of the image."""

FIVE_POINTS_MM = np.array(
    [
        [-31.5, 0.0, 0.0],
        [31.5, 0.0, 0.0],
        [0.0, 37.01, -28.32],
        [-24.93, 71.94, -7.27],
        [24.93, 71.94, -7.27],
    ]
)
"""[5, 3]: x to the image's right, y down, z away from the camera; the origin is halfway between the pupils.

Measured on the mean head of `emotionet_tf.synthetic` (its `mean_head_points`). MTCNN marks the nose's tip 34 to 36
mm below the eyes on photos of people who look straight ahead; each millimetre is worth about 2 degrees of pitch.
"""

SHAPE_MODES_MM = np.zeros((4, 5, 3))
"""[modes, 5, 3]: how heads and expressions differ from the mean, each by one standard deviation; rough."""
SHAPE_MODES_MM[0, 2, 1] = 3.5  # a longer nose
SHAPE_MODES_MM[1, 2, 2] = -3.0  # a nose that sticks out farther
SHAPE_MODES_MM[2, 3:, 1] = 5.0  # a lower mouth; the other way a smile
SHAPE_MODES_MM[3, 3:, 0] = (-4.0, 4.0)  # a wider mouth
