"""Contact sheets: one face showing each AU, and photos as they come, to judge the look at a glance."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from emotionet_tf.action_units import DESCRIPTIONS, EXPRESSION, POSE, table_order
from emotionet_tf.photos.picture_sheets import captioned, in_rows, write_png
from emotionet_tf.synthetic.dataset.photo_plan import (
    PhotoPlan,
    body_stream,
    identities,
    plan_photo,
    surface_stream,
)
from emotionet_tf.synthetic.person.emotions import EMOTIONS
from emotionet_tf.synthetic.person.expression import FURTHER_AUS
from emotionet_tf.synthetic.person.head_cache import load_head
from emotionet_tf.synthetic.person.person import Person, make_body, make_person
from emotionet_tf.synthetic.rendering.degradation import developed
from emotionet_tf.synthetic.rendering.geometry import Pose, place
from emotionet_tf.synthetic.rendering.photo import photo_jpeg
from emotionet_tf.synthetic.rendering.pose import POSE_AUS, HeadAngles
from emotionet_tf.synthetic.rendering.renderer import render
from emotionet_tf.synthetic.rendering.scene import plain_scene

_TILE_PX = 256
_COLUMNS = 8
_POSE_DEGREES = 25.0


def write_contact_sheet(path: Path, seed: int) -> None:
    """Writes a PNG: one person at rest and with each of the 26 AUs, 40 photos of 20 persons, a row for each emotion."""
    tiles = au_tiles(seed) + photo_tiles(seed, 40) + emotion_tiles(seed)
    write_png(path, in_rows(tiles, _COLUMNS))


def au_tiles(seed: int) -> list[np.ndarray]:
    """Returns 27 captioned pictures: one person's neutral face, then each AU at full intensity."""
    head = load_head()
    for identity, _ in identities(seed, "test", 400):
        body = make_body(head, identity, body_stream(seed, "test", identity))
        person = make_person(head, body, surface_stream(seed, "test", identity))
        if person.style.length < 0.6 and person.style.name != "bald":
            break
    tiles = [captioned(_portrait(person, Pose({}, HeadAngles(0, 0, 0), lips_part=False), True), "neutral")]
    for au in table_order(EXPRESSION.aus + FURTHER_AUS):
        pose = Pose({au: 1.0, 25: float(au in (25, 26))}, HeadAngles(0, 0, 0), lips_part=au in (25, 26))
        tiles.append(captioned(_portrait(person, pose, True), f"AU{au} {DESCRIPTIONS[au]}"))
    for au in POSE.aus:
        name, sign = POSE_AUS[au]
        angles = HeadAngles(0, 0, 0)._replace(**{name: sign * math.radians(_POSE_DEGREES)})
        tiles.append(
            captioned(
                _portrait(person, Pose({}, angles, lips_part=False), False), f"AU{au} {DESCRIPTIONS[au]}"
            )
        )
    return tiles


def _portrait(person: Person, pose: Pose, is_close: bool) -> np.ndarray:
    head = load_head()
    scene = plain_scene(1.2, (0.0, -0.1)) if is_close else plain_scene()
    geometry = place(head, person.body, pose, scene)
    rng = np.random.default_rng(0)
    image = render(head, person, pose, scene, geometry=geometry, cover="", side_px=_TILE_PX, rng=rng)
    return developed(image, scene)


def photo_tiles(seed: int, num_photos: int) -> list[np.ndarray]:
    """Returns photos as a set has them, two of each person."""
    tiles = []
    for identity, _ in list(identities(seed, "opt", 8 * num_photos))[: num_photos // 2]:
        tiles += [tile for _, tile in _photos_of(seed, "opt", identity, 2)]
    return tiles


def emotion_tiles(seed: int) -> list[np.ndarray]:
    """Returns captioned photos of the set of expressions, eight persons with each category, category by category."""
    persons = list(identities(seed, "expression", _COLUMNS * len(EMOTIONS)))
    by_emotion: dict[str, list[np.ndarray]] = {name: [] for name in EMOTIONS}
    for identity, count in persons:
        for plan, tile in _photos_of(seed, "expression", identity, count):
            by_emotion[plan.emotion].append(captioned(tile, plan.emotion))
    return [tile for tiles in by_emotion.values() for tile in tiles]


def _photos_of(
    seed: int, set_name: str, identity: int, num_photos: int
) -> Iterator[tuple[PhotoPlan, np.ndarray]]:
    """Yields a person's first photos, as their set has them but of a tile's size."""
    head = load_head()
    body = make_body(head, identity, body_stream(seed, set_name, identity))
    person = make_person(head, body, surface_stream(seed, set_name, identity))
    for index in range(1, num_photos + 1):
        plan = plan_photo(seed, set_name, identity, index, (_TILE_PX, _TILE_PX))
        geometry = place(head, body, plan.pose, plan.scene)
        jpeg = photo_jpeg(head, person, plan, geometry, seed)
        bgr = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert bgr is not None  # it was encoded a moment ago
        yield plan, np.ascontiguousarray(bgr[:, :, ::-1])
