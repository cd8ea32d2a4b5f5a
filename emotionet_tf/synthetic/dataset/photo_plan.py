"""What each rendered photo shows: a function of seed, set, identity and index alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

import numpy as np

from emotionet_tf.action_units import ACTION_UNITS, EXPRESSION, POSE
from emotionet_tf.synthetic.dataset.expression_mixtures import (
    MIXTURES,
    ExpressionMixture,
    sample_further,
    sample_resting_face,
)
from emotionet_tf.synthetic.dataset.label_sampling import (
    automatic_labels,
    sample_intensities,
    sample_known,
    sample_pose_labels,
)
from emotionet_tf.synthetic.person.emotions import EMOTIONS, sample_emotion
from emotionet_tf.synthetic.person.expression import AU_SHAPES, DISTRACTORS
from emotionet_tf.synthetic.rendering.geometry import Pose
from emotionet_tf.synthetic.rendering.occlusion import HIDDEN_AUS, sample_cover
from emotionet_tf.synthetic.rendering.pose import sample_angles
from emotionet_tf.synthetic.rendering.scene import Scene, sample_scene

# A set's place is part of its seeds: new sets go to the end.
SETS = ("train", "opt", "val", "test", "identity", "expression")
_FIRST_IDENTITY = {name: index * 1_000_000 + 201 for index, name in enumerate(SETS)}
_FEW_PHOTOS, _MANY_PHOTOS, _EACH_EMOTION = (4, 8), (12, 24), (len(EMOTIONS), len(EMOTIONS))
PHOTOS_PER_IDENTITY = {
    **dict.fromkeys(("train", "opt", "val", "test"), _FEW_PHOTOS),
    "identity": _MANY_PHOTOS,
    "expression": _EACH_EMOTION,
}
"""Fewest and most photos of a person. In the set of expressions everybody shows every category once, so that the
categories are balanced and a face's identity says nothing about them."""

# Purposes of random numbers: each has its own stream, so that a change of one leaves the others as they were.
_COUNT, _BODY, _SURFACE, _LABELS, _POSE, _KNOWN, _SCENE, _PIXELS, _EMOTIONS, _RESTING, _FURTHER = range(11)


@dataclass(frozen=True)
class PhotoPlan:
    """One photo, before it is taken.

    Attributes:
      set_name: One of `SETS`.
      identity: Number of the person, unique over the sets.
      index: Of the photo among the person's, from 1.
      side_px: Of the square photo.
      labels: The true labels of the 23 AUs, and of the mixture's further ones.
      known: Whether a coder knew each of them.
      automatic: What the automatic labeller says about its 12 AUs.
      pose: Expression and angles.
      scene: Camera and light.
      cover: What hides part of the face, a key of `occlusion.HIDDEN_AUS`.
      emotion: The category of the expression, a key of `EMOTIONS`; empty outside the set of expressions.
    """

    set_name: str
    identity: int
    index: int
    side_px: int
    labels: dict[int, int]
    known: dict[int, bool]
    automatic: dict[int, int]
    pose: Pose
    scene: Scene
    cover: str
    emotion: str = ""

    @property
    def photo_id(self) -> str:
        """The id, in EmotioNet's form."""
        return PurePosixPath(self.path).stem

    @property
    def further_aus(self) -> tuple[int, ...]:
        """The labelled AUs beyond the 23."""
        return tuple(au for au in self.labels if au not in ACTION_UNITS)

    @property
    def path(self) -> str:
        """Path of the photo below the photo folder."""
        return photo_path(self.identity, self.index)


def photo_path(identity: int, index: int) -> str:
    """Returns a photo's path in the photo folder, as EmotioNet's folders have it."""
    return f"N_{identity:010d}/N_{identity:010d}_{index:05d}.jpg"


def stream(purpose: int, seed: int, set_name: str, identity: int, index: int = 0) -> np.random.Generator:
    """Returns the random numbers for one purpose of one person or photo."""
    return np.random.default_rng([seed, SETS.index(set_name), identity, index, purpose])


def body_stream(seed: int, set_name: str, identity: int) -> np.random.Generator:
    """Returns the random numbers of a person's shape."""
    return stream(_BODY, seed, set_name, identity)


def surface_stream(seed: int, set_name: str, identity: int) -> np.random.Generator:
    """Returns the random numbers of a person's surface."""
    return stream(_SURFACE, seed, set_name, identity)


def pixel_stream(seed: int, plan: PhotoPlan) -> np.random.Generator:
    """Returns the random numbers of a photo's background, cover and noise."""
    return stream(_PIXELS, seed, plan.set_name, plan.identity, plan.index)


def identities(seed: int, set_name: str, num_photos: int) -> Iterator[tuple[int, int]]:
    """Yields the persons of a set and how many photos each has; the last one's are cut to reach `num_photos`."""
    identity, remaining = _FIRST_IDENTITY[set_name], num_photos
    while remaining > 0:
        low, high = PHOTOS_PER_IDENTITY[set_name]
        count = int(stream(_COUNT, seed, set_name, identity).integers(low, high + 1))
        yield identity, min(count, remaining)
        remaining -= count
        identity += 1


def plan_photo(
    seed: int,
    set_name: str,
    identity: int,
    index: int,
    side_range_px: tuple[int, int],
    mixture: str = "emotionet",
) -> PhotoPlan:
    """Draws what a photo shows.

    Args:
      seed: Of all sets together.
      set_name: One of `SETS`.
      identity: Number of the person.
      index: Of the photo among the person's, from 1.
      side_range_px: Smallest and largest side of the photo.
      mixture: What expressions are shown outside the set of expressions, a key of `MIXTURES`.
    """
    key = (seed, set_name, identity, index)
    drawn_from = MIXTURES[mixture]
    label_rng, pose_rng, known_rng, scene_rng = (stream(p, *key) for p in (_LABELS, _POSE, _KNOWN, _SCENE))
    emotion = _emotion_of(*key) if set_name == "expression" else ""
    shown = sample_emotion(emotion, label_rng) if emotion else None
    expression = shown.labels if shown else drawn_from.sample(label_rng)
    labels = expression | sample_pose_labels(label_rng)
    pose = _sample_pose(labels, drawn_from, pose_rng)
    if drawn_from.has_resting_faces:
        resting = sample_resting_face(stream(_RESTING, seed, set_name, identity))
        pose = replace(pose, distractors=pose.distractors | resting)
    cover = sample_cover(scene_rng)
    if shown:
        asymmetry = pose.asymmetry if shown.asymmetry is None else shown.asymmetry
        pose = replace(pose, intensities=shown.intensities, distractors=shown.movements, asymmetry=asymmetry)
        # Who sorts faces by their expression drops those whose face is hidden.
        cover = "" if HIDDEN_AUS[cover] else cover
    further_rng = stream(_FURTHER, *key)
    further = _further_labels(drawn_from, expression, pose if shown else None, further_rng)
    known = sample_known(HIDDEN_AUS[cover], known_rng)
    return PhotoPlan(
        set_name=set_name,
        identity=identity,
        index=index,
        side_px=int(scene_rng.integers(side_range_px[0], side_range_px[1] + 1)),
        labels=labels | further,
        known=known | sample_known(HIDDEN_AUS[cover], further_rng, tuple(further)),
        automatic=automatic_labels(labels, known_rng),
        pose=_with_further(pose, further, drawn_from, further_rng),
        scene=sample_scene(scene_rng),
        cover=cover,
        emotion=emotion,
    )


def _emotion_of(seed: int, set_name: str, identity: int, index: int) -> str:
    """Returns what a person's photo shows: they go through the categories in an order of their own."""
    order = stream(_EMOTIONS, seed, set_name, identity).permutation(len(EMOTIONS))
    return list(EMOTIONS)[order[(index - 1) % len(EMOTIONS)]]


def _further_labels(
    mixture: ExpressionMixture, expression: dict[int, int], shown: Pose | None, rng: np.random.Generator
) -> dict[int, int]:
    """Draws the labels of the mixture's further AUs; an emotion that is shown has those whose shapes it moves."""
    if shown is None:
        return sample_further(expression, mixture.further_aus, rng)
    return {au: int(bool(AU_SHAPES[au].keys() & shown.distractors.keys())) for au in mixture.further_aus}


def _with_further(
    pose: Pose, labels: dict[int, int], mixture: ExpressionMixture, rng: np.random.Generator
) -> Pose:
    """Returns a pose that moves further AUs as well, and their shapes for no other reason."""
    drawn = sample_intensities(labels, rng, weakest=mixture.weakest, residual=mixture.residual)
    moved = {shape for au in labels for shape in AU_SHAPES[au]}
    others = {shape: weight for shape, weight in pose.distractors.items() if shape not in moved}
    return replace(pose, intensities=pose.intensities | drawn, distractors=others)


def _sample_pose(labels: dict[int, int], mixture: ExpressionMixture, rng: np.random.Generator) -> Pose:
    distractors = {}
    for name, largest in DISTRACTORS.items():
        chance, weight = rng.random(), largest * rng.uniform(0.2, 1)
        if chance < 0.05:
            distractors[name] = float(weight)
    looks_at_camera = rng.random() < 0.6
    angles = sample_angles({au: labels[au] for au in POSE.aus}, rng)
    # Eyes on the camera turn against the head; otherwise they wander.
    straight = (-0.5 * angles.yaw, 0.5 * angles.pitch) if looks_at_camera else (0.0, 0.0)
    wander = rng.normal(0, 0.05 if looks_at_camera else 0.16, 2)
    return Pose(
        intensities=sample_intensities(
            {au: labels[au] for au in EXPRESSION.aus}, rng, weakest=mixture.weakest, residual=mixture.residual
        ),
        angles=angles,
        distractors=distractors,
        asymmetry=float(rng.normal(0, 0.08)),
        gaze=(
            float(np.clip(straight[0] + wander[0], -0.4, 0.4)),
            float(np.clip(straight[1] + wander[1], -0.3, 0.3)),
        ),
        lips_part=bool(labels[25]),
    )
