"""A sheet of crops with their labels, to see whether labels and crops are right."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, fields

import cv2
import numpy as np

from emotionet_tf.action_units import (
    ACTION_UNITS,
    DESCRIPTIONS,
    VIEWS,
    columns_of,
    facs_code,
    facs_codes,
    is_action_unit,
)
from emotionet_tf.errors import UserError
from emotionet_tf.inspection.folder_contents import RecordContents
from emotionet_tf.inspection.verifying_reader import ReadExamples
from emotionet_tf.photos.picture_sheets import BACKGROUND, GREY, WHITE, Line, in_rows, text_block, wrapped
from emotionet_tf.records.splits import unit_hash

_CROP_PX = 160
_GAP_PX = 8
_WIDTH_PX = 1968
_GREEN, _AMBER = (120, 230, 140), (240, 190, 90)
_NO_CROP = 48
# With fewer there is no room for a title.
_MIN_COLUMNS = 4
# Texts of AUs need at most so many lines; all 23 fit.
_MAX_LINES = 4


@dataclass(frozen=True)
class SheetChoice:
    """Which photos a sheet shows, and how.

    Attributes:
      num_photos: Photos of each records folder at most.
      seed: Another seed draws other photos.
      aus: Only photos where all of these are present.
      ids: These photos and no others.
      views: The crops to show of each.
    """

    num_photos: int = 24
    seed: int = 0
    aus: tuple[int, ...] = ()
    ids: tuple[str, ...] = ()
    views: tuple[str, ...] = VIEWS

    def __post_init__(self) -> None:
        unknown = [au for au in self.aus if not is_action_unit(au)]
        if unknown:
            raise UserError(f"AU {unknown[0]} must be one of FACS: {', '.join(map(str, DESCRIPTIONS))}")
        if self.num_photos < 1:
            raise UserError(f"num_photos must be 1 or more, got {self.num_photos}")

    def changed_names(self) -> list[str]:
        """Returns the names of the attributes that do not have their defaults."""
        return [one.name for one in fields(self) if getattr(self, one.name) != one.default]


@dataclass(frozen=True, eq=False)
class Shown:
    """A photo on a sheet: its labels and mask, [AUs], its class's index or None, and its crops' JPEG bytes by view.

    `aus` are the columns of labels and mask.
    """

    example_id: str
    labels: np.ndarray
    mask: np.ndarray
    class_index: int | None
    crops: dict[str, bytes]
    aus: tuple[int, ...] = ACTION_UNITS


class SheetPicker:
    """Picks the photos to show from a stream of them; no more of them are in memory than are shown.

    The lowest hashes of seed and id are picked, so that the order of the records does not matter.

    Args:
      choice: Which photos.
      aus: The columns of the records' labels.
    Attributes:
      num_matching: Photos so far that could be shown.
      found_ids: The requested ids that were seen, whatever their AUs.
    """

    def __init__(self, choice: SheetChoice, aus: tuple[int, ...] = ACTION_UNITS) -> None:
        if missing := [au for au in choice.aus if au not in aus]:
            raise UserError(
                f"AU {facs_code(missing[0])} is not in these records; they have {facs_codes(aus)}"
            )
        self.num_matching = 0
        self.found_ids: set[str] = set()
        self._choice = choice
        self._wanted = frozenset(choice.ids)
        self._aus = aus
        self._columns = columns_of(choice.aus, aus)
        self._picked: list[tuple[float, int, Shown]] = []

    def add(self, examples: ReadExamples) -> None:
        """Considers some examples."""
        self.found_ids.update(self._wanted.intersection(examples.ids))
        present = (examples.values["labels"] * examples.values["mask"])[:, self._columns] >= 0.5
        for place in np.flatnonzero(present.all(axis=1)):
            example_id = examples.ids[place]
            if self._wanted and example_id not in self._wanted:
                continue
            self.num_matching += 1
            rank = -unit_hash(f"sheet/{self._choice.seed}/{example_id}")
            is_full = not self._wanted and len(self._picked) >= self._choice.num_photos
            if is_full and rank <= self._picked[0][0]:
                continue
            push = heapq.heappushpop if is_full else heapq.heappush
            # The number orders records of the same id, which a damaged dataset may have.
            push(self._picked, (rank, self.num_matching, _shown(examples, int(place), self._aus)))

    def picked(self) -> list[Shown]:
        """Returns the picked photos: in the order of the requested ids, else sorted by id."""
        shown = sorted((shown for _, _, shown in self._picked), key=lambda shown: shown.example_id)
        if self._wanted:
            shown.sort(key=lambda shown: self._choice.ids.index(shown.example_id))
        return shown


def draw_section(contents: RecordContents, picker: SheetPicker, choice: SheetChoice) -> np.ndarray:
    """Returns one folder's section of a sheet, [height, width, 3] uint8 RGB: a title, then a tile for each photo."""
    views = [view for view in choice.views if view in contents.info.views]
    tile_px = _CROP_PX * len(views)
    num_columns = max(1, _WIDTH_PX // (tile_px + _GAP_PX))
    shown = picker.picked()
    # AUs that a dataset never labels are named once, not below each photo.
    labelled = contents.known > 0
    captions = [_caption(photo, labelled, contents.info.classes, tile_px) for photo in shown]
    pictures = [_crops(photo, views) for photo in shown]
    return _tiled(_title(contents, picker, choice, len(shown)), pictures, captions, num_columns, tile_px)


def draw_images(
    title: Sequence[Line],
    images: np.ndarray,
    photos: Sequence[Shown],
    names: Sequence[str],
    labelled: np.ndarray,
    classes: Sequence[str] = (),
) -> np.ndarray:
    """Returns a sheet of images, [height, width, 3] uint8 RGB.

    Args:
      title: The lines above them.
      images: [n, size, size, 3] uint8 RGB.
      photos: Their labels and classes; the crops are not used.
      names: The first line of each caption.
      labelled: [23], whether an AU is named where it is unknown; the others are never known.
      classes: The names of the photos' classes.
    """
    captions = [
        [(name, WHITE), *_caption(photo, labelled, classes, _CROP_PX)]
        for name, photo in zip(names, photos, strict=True)
    ]
    pictures = [_with_gap([_scaled(image)]) for image in images]
    num_columns = min(_WIDTH_PX // (_CROP_PX + _GAP_PX), max(len(pictures), _MIN_COLUMNS))
    return _tiled(title, pictures, captions, num_columns, _CROP_PX)


def stack_sections(sections: Sequence[np.ndarray]) -> np.ndarray:
    """Returns a sheet of sections, one below the other."""
    width = max(section.shape[1] for section in sections)
    return np.concatenate(
        [np.pad(section, ((0, 0), (0, width - section.shape[1]), (0, 0))) for section in sections]
    )


def _shown(examples: ReadExamples, place: int, aus: tuple[int, ...]) -> Shown:
    values = examples.values
    class_index = int(values["class_index"][place]) if "class_index" in values else None
    crops = {view: crops[place] for view, crops in examples.crops.items()}
    labels, mask = values["labels"][place], values["mask"][place]
    return Shown(examples.ids[place], labels, mask, class_index, crops, aus)


def _tiled(
    title: Sequence[Line],
    pictures: Sequence[np.ndarray],
    captions: Sequence[Sequence[Line]],
    num_columns: int,
    tile_px: int,
) -> np.ndarray:
    """Returns pictures with gaps between them, each with its caption below, in rows below a title."""
    num_lines = max(map(len, captions), default=0)
    tiles = [
        np.concatenate([picture, text_block(lines, tile_px + _GAP_PX, num_lines)])
        for picture, lines in zip(pictures, captions, strict=True)
    ]
    block = text_block(title, num_columns * (tile_px + _GAP_PX))
    return np.concatenate([block, in_rows(tiles, num_columns)]) if tiles else block


def _title(contents: RecordContents, picker: SheetPicker, choice: SheetChoice, num_shown: int) -> list[Line]:
    info = contents.info
    with_aus = f" with AU {' and '.join(map(facs_code, choice.aus))}" if choice.aus else ""
    lines: list[Line] = [
        (
            f"{contents.folder}: {num_shown} of {picker.num_matching} records{with_aus}; of {info.num_rows} rows "
            f"{info.num_without_face} are without a face and {info.num_rejected} rejected",
            WHITE,
        )
    ]
    never = [facs_code(au) for au, known in zip(info.aus, contents.known, strict=True) if not known]
    if never and contents.num_read:
        text = "no AU" if len(never) == len(info.aus) else f"all but AU {' '.join(never)}"
        lines.append((f"labelled here: {text}", GREY))
    lines.append(("below each photo: id; present AUs; ? unknown AUs", GREY))
    return lines


def _caption(photo: Shown, labelled: np.ndarray, classes: Sequence[str], width_px: int) -> list[Line]:
    present = [
        facs_code(au)
        for au, label, mask in zip(photo.aus, photo.labels, photo.mask, strict=True)
        if mask and label >= 0.5
    ]
    unknown = [
        facs_code(au)
        for au, mask, is_labelled in zip(photo.aus, photo.mask, labelled, strict=True)
        if is_labelled and not mask
    ]
    lines: list[Line] = [(text, GREY) for text in wrapped([photo.example_id], width_px)]
    if photo.class_index is not None and 0 <= photo.class_index < len(classes):
        lines += [(text, WHITE) for text in wrapped([classes[photo.class_index]], width_px)]
    if labelled.any():
        lines += [(text, _GREEN) for text in wrapped(["AU", *(present or ["none"])], width_px)[:_MAX_LINES]]
    if unknown:
        lines += [(text, _AMBER) for text in wrapped(["?", *unknown], width_px)[:_MAX_LINES]]
    return lines


def _crops(photo: Shown, views: Sequence[str]) -> np.ndarray:
    """Returns a photo's crops side by side, with a gap behind them; one that cannot be decoded is grey."""
    pictures = []
    for view in views:
        picture = cv2.imdecode(np.frombuffer(photo.crops[view], np.uint8), cv2.IMREAD_COLOR)
        if picture is None:
            pictures.append(np.full((_CROP_PX, _CROP_PX, 3), _NO_CROP, np.uint8))
            continue
        pictures.append(_scaled(picture)[:, :, ::-1])
    return _with_gap(pictures)


def _scaled(picture: np.ndarray) -> np.ndarray:
    how = cv2.INTER_AREA if picture.shape[0] > _CROP_PX else cv2.INTER_CUBIC
    return cv2.resize(picture, (_CROP_PX, _CROP_PX), interpolation=how)


def _with_gap(pictures: Sequence[np.ndarray]) -> np.ndarray:
    return np.concatenate([*pictures, np.full((_CROP_PX, _GAP_PX, 3), BACKGROUND, np.uint8)], axis=1)
