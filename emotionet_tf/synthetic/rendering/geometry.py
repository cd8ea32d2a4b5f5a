"""Where everything is in one photo: expression, turn and camera applied to a person's head, nothing drawn yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from emotionet_tf.synthetic.person import landmarks_5
from emotionet_tf.synthetic.person.expression import expression_offsets, shape_weights
from emotionet_tf.synthetic.person.face_map import AXIS_Z
from emotionet_tf.synthetic.person.head import SKIN, Head
from emotionet_tf.synthetic.person.person import Body
from emotionet_tf.synthetic.rendering.pose import HeadAngles, mesh_rotation, pivot_of, turned_head
from emotionet_tf.synthetic.rendering.scene import Camera, Scene, camera_for, project


@dataclass(frozen=True)
class Pose:
    """What a face does in one photo.

    Attributes:
      intensities: From 0 to 1 by expression AU.
      angles: Of the head.
      distractors: Weights of movements that are no AUs.
      asymmetry: By how much the subject's left half moves more.
      gaze: Turn of the eyes to the image's right and up, in radians.
      lips_part: Whether AU 25 is on.
    """

    intensities: dict[int, float]
    angles: HeadAngles
    distractors: dict[str, float] = field(default_factory=dict)
    asymmetry: float = 0.0
    gaze: tuple[float, float] = (0.0, 0.0)
    lips_part: bool = True


@dataclass(frozen=True)
class Geometry:
    """Where everything is in one photo, before anything is drawn.

    Attributes:
      face_points: [5, 3] landmarks of the unturned head.
      vertices: [V, 3] of the turned head.
      rotation: [3, 3] of the head.
      pivot: [3] about which it turns.
      camera: The camera.
    """

    face_points: np.ndarray
    vertices: np.ndarray
    rotation: np.ndarray
    pivot: np.ndarray
    camera: Camera


def place(head: Head, body: Body, pose: Pose, scene: Scene) -> Geometry:
    """Computes where a person's head lies in a photo."""
    weights = shape_weights(
        pose.intensities, distractors=pose.distractors, asymmetry=pose.asymmetry, gaze=pose.gaze
    )
    form = body.points + head.displacement(body.resting_shapes)
    points = form + expression_offsets(head, weights, pose.lips_part, form)
    rotation, pivot = mesh_rotation(pose.angles), pivot_of(points)
    neutral = body.points[: len(head.vertices)]
    nose = landmarks_5.face_points(body.points)[2]
    middle = np.asarray(
        [0, nose[1] + 0.12, neutral[head.vertex_materials == SKIN, 2].max() * 0.45], np.float32
    )
    target = (middle - pivot) @ rotation.T + pivot
    return Geometry(
        landmarks_5.face_points(points),
        turned_head(head, points, pose.angles),
        rotation,
        pivot,
        camera_for(scene, target),
    )


def image_landmarks(geometry: Geometry, side_px: int) -> np.ndarray:
    """Returns the five landmarks in a photo of a given side, [5, 2] in pixels, in `LANDMARK_NAMES`' order.

    As everywhere in the library a pixel's centre has integer coordinates; the camera's are whole at pixels' corners.
    """
    return face_to_image(geometry, side_px)(geometry.face_points) - 0.5


def face_box(head: Head, geometry: Geometry, side_px: int) -> np.ndarray:
    """Returns the box from brow to chin and cheek to cheek: left, top, right, bottom in pixels."""
    x, y, z = head.vertices.T
    azimuth = np.abs(np.arctan2(x, z - AXIS_Z))
    is_face = (head.vertex_materials == SKIN) & (azimuth < 1.25) & (y > 6.05) & (y < 8.0) & (z > 0.5)
    pixels = project(geometry.camera, geometry.vertices[is_face], side_px)[:, :2]
    return np.concatenate([pixels.min(0), pixels.max(0)]) - 0.5


def face_to_image(geometry: Geometry, side_px: int) -> Callable[[np.ndarray], np.ndarray]:
    """Returns a function that turns points [N, 3] near the unturned face into pixels [N, 2] of a photo."""

    def to_image(points: np.ndarray) -> np.ndarray:
        turned = (points - geometry.pivot) @ geometry.rotation.T + geometry.pivot
        return project(geometry.camera, turned, side_px)[:, :2]

    return to_image
