"""The head: one mesh with its shapes."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

SKIN, EYE, TEETH, TONGUE, LASH = range(5)
"""Materials of the mesh's triangles."""

TARGET_UNIT = 0.0005
"""Offsets are kept as whole multiples of this length; the head is about 2.5 high."""

_ROUND_AN_EYE = 0.35
"""Reach of the skin that can touch an eyeball from its centre at rest, whose radius is about 0.15."""


@dataclass(frozen=True)
class Head:
    """A mesh of head and shoulders at rest, with everything that moves it.

    x points to the subject's left (image right), y up, z to the camera; a unit is a decimetre or so.

    Attributes:
      vertices: [V, 3] float32 at rest.
      joints: [J, 3] float32: 8 corners each of the joints head, neck, left eye, right eye.
      triangles: [T, 3] int32, counter-clockwise seen from outside; the lashes come last.
      materials: [T] int32.
      vertex_materials: [V] int32.
      lip_coordinates: [V, 2] float32: where each vertex lies in `lip_mask`, in its pixels.
      lip_mask: [h, w] float32 in [0, 1].
      inside_mouth: [V] float32 in [0, 1].
      openness: [V] float32 in [0, 1]: the share of the sky that the vertex sees at rest.
      head_weights: [V] float32: 1 where a vertex follows the head's rotation, 0 where it stays with the body.
      target_names: [K] names of the shapes.
      target_offsets: [K, V + J, 3] int16, in `TARGET_UNIT`.
    """

    vertices: np.ndarray
    joints: np.ndarray
    triangles: np.ndarray
    materials: np.ndarray
    vertex_materials: np.ndarray
    lip_coordinates: np.ndarray
    lip_mask: np.ndarray
    inside_mouth: np.ndarray
    openness: np.ndarray
    head_weights: np.ndarray
    target_names: np.ndarray
    target_offsets: np.ndarray

    @functools.cached_property
    def rest_points(self) -> np.ndarray:
        """Vertices and joints at rest, [V + J, 3] float32."""
        return np.concatenate([self.vertices, self.joints])

    @functools.cached_property
    def target_index(self) -> dict[str, int]:
        """The row of each shape."""
        return {str(name): row for row, name in enumerate(self.target_names)}

    @functools.cached_property
    def skin_triangles(self) -> np.ndarray:
        """The triangles of the skin alone."""
        return np.ascontiguousarray(self.triangles[self.materials == SKIN])

    @functools.cached_property
    def eyes(self) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
        """For each eye the vertices of the eyeball, and those of the skin about it."""
        found = []
        for side in (-1, 1):
            ball = np.flatnonzero((self.vertex_materials == EYE) & (side * self.vertices[:, 0] > 0))
            distance = np.linalg.norm(self.vertices - self.vertices[ball].mean(axis=0), axis=1)
            found.append((ball, np.flatnonzero((self.vertex_materials == SKIN) & (distance < _ROUND_AN_EYE))))
        return tuple(found)

    def nearest(self, point: tuple[float, float, float]) -> int:
        """Returns the skin vertex nearest to a point at rest."""
        distance = np.square(self.vertices - np.asarray(point, np.float32)).sum(1)
        return int(np.where(self.vertex_materials == SKIN, distance, np.inf).argmin())

    def displacement(self, weights: dict[str, float]) -> np.ndarray:
        """Returns the sum of shapes, [V + J, 3] float32.

        Raises:
          KeyError: If a shape is unknown.
        """
        moved = np.zeros(self.rest_points.shape, np.float32)
        for name, weight in weights.items():
            if abs(weight) > 1e-4:
                moved += np.float32(weight * TARGET_UNIT) * self.target_offsets[self.target_index[name]]
        return moved
