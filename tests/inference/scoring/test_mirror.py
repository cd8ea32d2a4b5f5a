import numpy as np
import pytest
import warm_commands

from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.inference.scoring.interface import CropKind, angle_inputs
from emotionet_tf.inference.scoring.mirror import MirroredScorer, mean_of_sides

LEFT_12, RIGHT_12 = 1012, 2012


def test_mean_takes_the_partners_of_sided_aus_from_the_mirror_image():
    aus = (12, 51, 52, LEFT_12, RIGHT_12)
    seen = np.array([[0.2, 0.4, 0.6, 0.1, 0.9]])
    mirrored = np.array([[0.4, 0.8, 0.2, 0.7, 0.3]])
    # 12: (.2 + .4)/2; 51: (.4 + .2 of 52)/2; 52: (.6 + .8)/2; left: (.1 + .3)/2; right: (.9 + .7)/2.
    np.testing.assert_allclose(mean_of_sides(seen, mirrored, aus), [[0.3, 0.3, 0.7, 0.2, 0.8]])


def test_au_without_its_partner_keeps_its_own_value():
    np.testing.assert_allclose(mean_of_sides(np.array([[0.4]]), np.array([[0.9]]), (55,)), [[0.4]])


def test_no_columns_stay_none():
    assert mean_of_sides(np.zeros((3, 0)), np.zeros((3, 0)), ()).shape == (3, 0)


class BrightSide:
    """Says AU51 of how bright the left half of a crop is, AU52 of the right one; AU55 of the yaw."""

    aus, thresholds, intensity_aus, about = (51, 52, 55), np.full(3, 0.5), (51,), {}

    def scores_and_intensities(self, places, angles, *, mirrored=False):
        crops = CropKind("close_up", 32, "box").of(places, mirrored=mirrored).astype(float) / 255
        yaw = angle_inputs(angles, mirrored=mirrored)[0][:, 1]
        left, right = crops[:, :, :16].mean(axis=(1, 2, 3)), crops[:, :, 16:].mean(axis=(1, 2, 3))
        return np.column_stack([left, 0.5 * right, yaw]), left[:, None] * 5


def test_photo_and_its_mirror_image_get_the_same_scores_with_sides_swapped():
    photo = np.zeros((64, 64, 3), np.uint8)
    photo[:, :32] = 200
    face = Face((16, 8, 31, 40), 1.0, np.zeros((5, 2)))
    # Left edge 16 and width 31 of 64 columns: the box, whose middle is 31.5, lies as far from both sides.
    scorer = MirroredScorer(BrightSide())
    seen, strengths = scorer.scores_and_intensities([(photo, face)], [(0.0, 0.3, 0.1)])
    other, _ = scorer.scores_and_intensities([(photo[:, ::-1].copy(), face)], [(0.0, -0.3, -0.1)])
    assert seen[0, 0] > seen[0, 1] + 0.1
    np.testing.assert_allclose(seen[0, :2], other[0, [1, 0]], atol=1e-6)
    # AU55's partner is not predicted: its score is the face's own.
    np.testing.assert_allclose([seen[0, 2], other[0, 2]], [0.3, -0.3], rtol=1e-6)
    assert strengths.shape == (1, 1)


@pytest.mark.parametrize("roll, shown", [(0.2, 0.2), (np.pi / 2 + 0.2, 0.2), (-np.pi + 0.1, 0.1)])
def test_networks_see_the_roll_of_the_photo_turned_upright(roll, shown):
    values, known = angle_inputs([(0.1, 0.2, roll), None])
    np.testing.assert_allclose(values, [[0.1, 0.2, shown], [0, 0, 0]], atol=1e-6)
    np.testing.assert_array_equal(known, [[1, 1, 1], [0, 0, 0]])


def test_export_names_who_mirrors():
    done = warm_commands.run(["-m", "emotionet_tf.bin.export", "--output=a.onnx", "--mirror"])
    assert done.returncode == 2 and "give --mirror to the predict that runs the file" in done.stderr
