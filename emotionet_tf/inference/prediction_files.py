"""Prediction files: a CSV with an id and one named score column per AU, and with thresholds where they are not 0.5.

Where the thresholds were tuned on photos of the file itself, a last column says which: scores on these flatter.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from emotionet_tf.action_units import au_name, intensity_name, is_action_unit, parse_au_name, table_order
from emotionet_tf.errors import UserError
from emotionet_tf.inference.decisions import DECIMALS, HALF, threshold_columns, threshold_name
from emotionet_tf.inference.tables.handed_back import read_handed_back
from emotionet_tf.label_lists.formats.header_columns import unread_au_columns
from emotionet_tf.label_lists.name_forms import lookup_in_any_form
from emotionet_tf.label_lists.photo_ids import example_id
from emotionet_tf.storage.files import written_aside
from emotionet_tf.storage.write_locks import only_writer

_ID, _FOUND = "id", "found"
TUNED_ON = "thresholds_tuned_on_it"
"""The column that says which photos the thresholds were tuned on; in files that were tuned on none it is missing."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """Scores of some AUs for some photos.

    Attributes:
      ids: The photos, each once.
      aus: The AUs, in column order.
      scores: [photos, AUs] float64 in [0, 1].
      thresholds: [AUs] float64 in (0, 1]: an AU is present from this score upward. Never 0, so that a photo without
        a face, whose scores are 0, is "absent" whatever the thresholds.
      tuned_on: [photos] bool, the photos whose labels the thresholds were tuned on, as far as is known.
      intensities: By AU, [photos] float64 from 0 to 5, NaN for a photo without one; of the AUs that have some.
    """

    ids: tuple[str, ...]
    aus: tuple[int, ...]
    scores: np.ndarray
    thresholds: np.ndarray = field(default_factory=lambda: np.array(HALF))
    tuned_on: np.ndarray = field(default_factory=lambda: np.array(False))
    intensities: Mapping[int, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "thresholds", np.broadcast_to(self.thresholds, len(self.aus)))
        object.__setattr__(self, "tuned_on", np.broadcast_to(self.tuned_on, len(self.ids)))

    @property
    def has_own_thresholds(self) -> bool:
        """Whether some AU is decided at another threshold than 0.5."""
        return bool((self.thresholds != HALF).any())

    def without_thresholds(self) -> Predictions:
        """Returns the same scores, to be decided at 0.5."""
        return replace(self, thresholds=np.array(HALF), tuned_on=np.array(False))

    def scores_of(self, ids: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Returns the scores of these photos, [photos, AUs], and which of them have a prediction, [photos] bool.

        A photo without one gets 0, "absent", for every AU.
        """
        index = self._rows_of(ids)
        has_prediction = index >= 0
        if not self.ids:
            return np.zeros((len(ids), len(self.aus))), has_prediction
        return np.where(has_prediction[:, None], self.scores[index], 0.0), has_prediction

    def intensities_of(self, ids: Sequence[str]) -> dict[int, np.ndarray]:
        """Returns the intensities of these photos by AU, [photos], NaN for a photo without a prediction."""
        index = self._rows_of(ids)
        if not self.ids:
            return {au: np.full(len(ids), np.nan) for au in self.intensities}
        return {au: np.where(index >= 0, values[index], np.nan) for au, values in self.intensities.items()}

    def tuned_on_of(self, ids: Sequence[str]) -> np.ndarray:
        """Returns which of these photos the thresholds were tuned on, [photos] bool; none that has no prediction."""
        index = self._rows_of(ids)
        return (index >= 0) & (self.tuned_on[index] if self.ids else False)

    def _rows_of(self, ids: Sequence[str]) -> np.ndarray:
        rows: dict[str | None, int] = {example_id: row for row, example_id in enumerate(self.ids)}
        find = lookup_in_any_form(self.ids)
        return np.array([rows.get(find(example_id), -1) for example_id in ids], int)


def write_predictions(path: str | os.PathLike[str], predictions: Predictions) -> None:
    """Writes a prediction file in one piece; its columns of thresholds are constant."""
    table = pd.DataFrame(predictions.scores.round(DECIMALS), columns=[au_name(au) for au in predictions.aus])
    table.insert(0, _ID, predictions.ids)
    for au, values in predictions.intensities.items():
        table[intensity_name(au)] = values.round(DECIMALS)
    table = table.assign(**threshold_columns(predictions.aus, predictions.thresholds))
    if predictions.tuned_on.any():
        table[TUNED_ON] = predictions.tuned_on.astype(int)
    with only_writer(path), written_aside(path) as aside:
        table.to_csv(aside, index=False)


def read_predictions(path: str | os.PathLike[str]) -> Predictions:
    """Reads a prediction file.

    It is a CSV, with commas, or semicolons or tabs as spreadsheets write them, or an .xlsx, .parquet or .jsonl of
    `predict`. Ids are read as label lists' are, and AUs are named as there: AU01, AU1 or AU 1. Columns that are neither
    the id nor a score or its threshold are ignored, so that a table of `predict` can be scored, too. Its rows without
    a face have no scores: they are no predictions.

    Raises:
      UserError: If the file is missing or damaged, has rows with more cells than the header, no id or no AU column,
        columns of AUs under names that are not read, such as OpenFace's AU06_r, an id or an AU twice, a score outside
        [0, 1], thresholds that differ by row or lie outside (0, 1], or says neither 0 nor 1 of whether they were tuned
        on it.
    """
    try:
        table, header = read_handed_back(
            path, text_column=_ID, is_number=lambda name: _own_name(name)[1] is not None
        )
    except OSError as error:
        hint = "; predict_records and fuse make some" if isinstance(error, FileNotFoundError) else ""
        raise UserError(f"prediction file {path} cannot be read: {error.strerror}{hint}") from error
    own_names = [_own_name(name) for name in header]
    aus = table_order(au for _, au in own_names if au is not None)
    _check_names(path, header, own_names)
    table.columns = pd.Index([name for name, _ in own_names])
    # As label lists are read: Windows' separators, blanks behind a name.
    table[_ID] = table[_ID].map(example_id)
    _check_one_row_each(path, table)
    if _FOUND in table.columns:
        no_face = (table[_FOUND].astype(str) == "0") & table[[au_name(au) for au in aus]].isna().all(axis=1)
        table = table[~no_face].reset_index(drop=True)
    columns = {au: pd.to_numeric(table[au_name(au)], errors="coerce").to_numpy(float) for au in aus}
    for au, values in columns.items():
        bad = ~((values >= 0) & (values <= 1))
        if bad.any():
            row = int(np.argmax(bad))
            value = table[au_name(au)].astype(object).iloc[row]
            raise UserError(
                f"prediction file {path}, id {table[_ID].iloc[row]}: {au_name(au)} is {value!r}, not in [0, 1]"
            )
    scores = np.stack([columns[au] for au in aus], axis=1)
    intensities = _read_intensities(path, table, aus)
    thresholds = _read_thresholds(path, table, aus)
    return Predictions(tuple(table[_ID]), aus, scores, thresholds, _read_tuned_on(path, table), intensities)


def _check_one_row_each(path: str | os.PathLike[str], table: pd.DataFrame) -> None:
    """Raises UserError if a photo has several rows, and says what such tables are."""
    is_repeated = table[_ID].duplicated()
    if not is_repeated.any():
        return
    hint = ""
    if "frame" in table.columns:
        hint = ": it has a row for each frame of a video; emotionet-tf compare scores such tables"
    elif "face_index" in table.columns and table["face_index"].astype(str).nunique() > 1:
        hint = ": it has several faces of a photo; keep the rows whose face_index is 0, or predict without --all_faces"
    raise UserError(f"prediction file {path} has {table[_ID][is_repeated].iloc[0]!r} twice{hint}")


def _own_name(column: str) -> tuple[str, int | None]:
    """Returns a column's name as we write it, AU01 for AU1, and the AU whose scores it has; None for other columns."""
    column = column.strip()
    stem, ending = column, ""
    for own in (intensity_name, threshold_name):
        suffix = own(1).removeprefix(au_name(1))
        if column.endswith(suffix):
            stem, ending = column.removesuffix(suffix), suffix
    au = parse_au_name(stem)
    if au is None or not is_action_unit(au):
        return column, None
    return au_name(au) + ending, None if ending else au


def _check_names(
    path: str | os.PathLike[str], columns: Sequence[str], own_names: Sequence[tuple[str, int | None]]
) -> None:
    """Raises UserError if a column is missing or there twice, or AUs are there under names that are not ours."""
    names = [name for name, _ in own_names]
    unread = [column for column in unread_au_columns(columns) if not _is_beside(column, names)]
    hint = "emotionet-tf compare scores tables of OpenFace, Py-Feat, LibreFace and PyAFAR"
    if unread and any(au is not None for _, au in own_names):
        raise UserError(
            f"prediction file {path}: {', '.join(unread[:10])} would not be scored: scores are in columns such "
            f"as AU06; {hint}"
        )
    if _ID not in names or all(au is None for _, au in own_names):
        more = f"; {hint}" if unread else ""
        raise UserError(f"prediction file {path} needs a column 'id' and columns of AUs, such as AU01{more}")
    repeated = next((name for name, au in own_names if au is not None and names.count(name) > 1), None)
    if repeated:
        both = " and ".join(f"'{one.strip()}'" for one in columns if _own_name(one)[0] == repeated)
        raise UserError(f"prediction file {path} has two columns of {repeated}: {both}")


def _is_beside(column: str, names: Sequence[str]) -> bool:
    """Returns whether a column says more of an AU that has scores, such as AU12_present."""
    au = parse_au_name(column.strip().rpartition("_")[0])
    return au is not None and au_name(au) in names


def _read_intensities(
    path: str | os.PathLike[str], table: pd.DataFrame, aus: Sequence[int]
) -> dict[int, np.ndarray]:
    """Returns the intensities of a table's AUs that have some, NaN in empty cells."""
    found = {}
    for au in aus:
        if (name := intensity_name(au)) not in table.columns:
            continue
        texts = table[name].astype(object)
        is_blank = np.array([pd.isna(text) or not str(text).strip() for text in texts], bool)
        values = pd.to_numeric(texts, errors="coerce").to_numpy(float)
        bad = ~is_blank & ~((values >= 0) & (values <= 5))
        if bad.any():
            row = int(np.argmax(bad))
            raise UserError(
                f"prediction file {path}, id {table[_ID].iloc[row]}: {name} is {texts.iloc[row]!r}, no number "
                "from 0 to 5"
            )
        found[au] = values
    return found


def _read_thresholds(path: str | os.PathLike[str], table: pd.DataFrame, aus: Sequence[int]) -> np.ndarray:
    """Returns the thresholds of a table's AUs, 0.5 where it has no column for them."""
    thresholds = np.full(len(aus), HALF)
    for index, au in enumerate(aus):
        if threshold_name(au) not in table.columns or not len(table):
            continue
        values = pd.to_numeric(table[threshold_name(au)], errors="coerce").to_numpy(float)
        if not (0 < values[0] <= 1) or (values != values[0]).any():
            raise UserError(
                f"prediction file {path}: {threshold_name(au)} has to be one number in (0, 1] on every row"
            )
        thresholds[index] = values[0]
    return thresholds


def _read_tuned_on(path: str | os.PathLike[str], table: pd.DataFrame) -> np.ndarray:
    """Returns which rows' photos the thresholds were tuned on, none where no column says so."""
    if TUNED_ON not in table.columns:
        return np.array(False)
    values = pd.to_numeric(table[TUNED_ON], errors="coerce").to_numpy(float)
    if not np.isin(values, (0, 1)).all():
        raise UserError(f"prediction file {path}: {TUNED_ON} has to be 0 or 1 on every row")
    return values > 0
