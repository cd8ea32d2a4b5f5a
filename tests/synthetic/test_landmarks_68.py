import numpy as np

from emotionet_tf.faces.landmarks_68 import POINTS_68_MM
from emotionet_tf.synthetic.person.landmarks_68 import mean_head_points_68


def test_points_of_the_mean_head_are_those_that_faces_are_registered_onto(head):
    np.testing.assert_allclose(mean_head_points_68(head), POINTS_68_MM, atol=0.01)
