import numpy as np
import pytest

from emotionet_tf.faces.detectors.mediapipe import upright_mesh
from emotionet_tf.faces.detectors.mediapipe.upright_mesh import upright
from emotionet_tf.faces.head_pose import rotation_matrix

MEAN = np.array(list(upright_mesh._RIGID.values()))


def mean_mesh() -> np.ndarray:
    """Returns a mesh whose rigid vertices are the mean head's, and whose others are anywhere."""
    mesh = np.random.default_rng(1).normal(0, 0.3, (478, 3))
    mesh[list(upright_mesh._RIGID)] = MEAN
    return mesh


@pytest.mark.parametrize("angles", [(0.0, 0.0, 0.0), (0.5, 0.0, 0.0), (0.0, -0.8, 0.0), (-0.3, 0.4, 2.5)])
def test_mean_head_is_found_again_from_any_side_and_distance(angles):
    mesh = mean_mesh()
    turned = 0.13 * mesh @ rotation_matrix(*angles).T + [0.4, 0.6, -2.0]
    np.testing.assert_allclose(upright(turned), mesh, atol=1e-9)


def test_mean_head_is_symmetric_with_the_eyes_one_apart():
    mesh = mean_mesh()
    mesh[:, 0] *= -1
    assert np.linalg.norm(mesh[33] - mesh[263]) == 1
    in_order = upright_mesh._VERTICES
    pairs = {33: 263, 133: 362, 127: 356, 234: 454, 54: 284}
    other = {**pairs, **{right: left for left, right in pairs.items()}}
    mirrored = [in_order.index(other.get(vertex, vertex)) for vertex in in_order]
    np.testing.assert_array_equal(MEAN[mirrored], MEAN * [-1, 1, 1])


def test_expression_changes_no_frame():
    mesh = mean_mesh()
    moved = mesh.copy()
    moved[13] += [0.0, 0.2, 0.0]
    difference = upright(moved) - upright(mesh)
    np.testing.assert_allclose(difference[13], [0.0, 0.2, 0.0], atol=1e-9)
    assert not np.delete(difference, 13, axis=0).any()


def test_mesh_that_is_inside_out_is_turned_and_not_mirrored():
    mirrored = mean_mesh() * [-1, 1, 1]
    origin, axes = 0, [1, 2, 3]
    mirrored[[origin, *axes]] = np.concatenate([np.zeros((1, 3)), np.eye(3)])
    turned = upright(mirrored)
    assert np.linalg.det(turned[axes] - turned[origin]) > 0
