"""Labels joined with faces: every row of the label lists is a face, a photo without one, or rejected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from emotionet_tf.action_units import ACTION_UNITS
from emotionet_tf.au_sets import common_au_set
from emotionet_tf.errors import UserError
from emotionet_tf.faces.table import FaceRow
from emotionet_tf.label_lists.datasets.reading_settings import DEFAULT_READING, LabelReading
from emotionet_tf.label_lists.joined_rows import RowsOfOneId
from emotionet_tf.label_lists.name_forms import lookup_in_any_form
from emotionet_tf.label_lists.near_ids import near_ids
from emotionet_tf.label_lists.reading import read_label_list
from emotionet_tf.label_lists.rejection_reasons import NO_PHOTO, RejectedRow
from emotionet_tf.label_lists.rows import LabelList, LabelRow, source_name
from emotionet_tf.storage.paths import as_path


@dataclass(frozen=True, eq=False)
class LabelledFace:
    """A row of a label list and its photo's face, found or not."""

    label: LabelRow
    face: FaceRow
    file: str

    def rejected(self, reason: str) -> RejectedRow:
        """Returns the row as a rejected one."""
        source = source_name(self.file, self.label.source)
        return RejectedRow(
            self.label.line, self.label.example_id, reason, source, self.face.photo, self.label.person
        )


@dataclass(frozen=True, eq=False)
class JoinedRows:
    """All rows of the label lists: `rows` and `rejected` together.

    Attributes:
      rows: The usable ones.
      rejected: The others.
      remarks: On the lists, for the user.
      aus: The columns of the rows' labels.
    """

    rows: list[LabelledFace]
    rejected: list[RejectedRow]
    remarks: tuple[str, ...] = ()
    aus: tuple[int, ...] = ACTION_UNITS


def join_labels(
    label_files: Sequence[str],
    faces: Sequence[FaceRow],
    faces_dir: str,
    reading: LabelReading = DEFAULT_READING,
) -> JoinedRows:
    """Reads label lists and joins them with a face table, as `join_lists` does.

    Raises:
      UserError: If a list or the table is invalid, or no labelled photo is in the table.
    """
    photos = list(dict.fromkeys(face.photo for face in faces))
    return join_lists(
        ((file, read_label_list(file, reading, photos)) for file in label_files), faces, faces_dir
    )


def join_lists(
    lists: Iterable[tuple[str, LabelList]], faces: Sequence[FaceRow], faces_dir: str
) -> JoinedRows:
    """Joins lists, each given with its file, with a face table by the example id.

    Raises:
      UserError: If the table is invalid, or no listed photo is in it.
    """
    table = _by_id(faces, faces_dir)
    find = lookup_in_any_form(table)
    joined = JoinedRows([], [])
    places: dict[str, int] = {}
    repeated: dict[str, RowsOfOneId] = {}
    without_photo: list[RejectedRow] = []
    remarks, sets = [], []
    for file, labels in lists:
        sets.append(labels.aus)
        remarks += [labels.remark] if labels.remark else []
        for bad in labels.rejected:
            joined.rejected.append(replace(bad, source=source_name(file, bad.source), photo=bad.example_id))
        for row in labels.rows:
            # In the photo's own form of Unicode, whatever the list's is.
            face_id = find(row.example_id)
            if face_id is None:
                source = source_name(file, row.source)
                rejected = RejectedRow(row.line, row.example_id, NO_PHOTO, source, row.example_id, row.person)
                without_photo.append(rejected)
                joined.rejected.append(rejected)
                continue
            row = replace(row, example_id=face_id)
            labelled = LabelledFace(row, table[face_id], file)
            if (place := places.get(face_id)) is not None:
                earlier = joined.rows[place]
                of_id = repeated.setdefault(face_id, RowsOfOneId(earlier.label, earlier.file))
                rejected = labelled.rejected(of_id.add(row, file))
                joined.rejected.append(replace(rejected, person=row.person or of_id.row.person))
                joined.rows[place] = replace(earlier, label=of_id.row)
                continue
            places[face_id] = len(joined.rows)
            joined.rows.append(labelled)
    near = near_ids([row.example_id for row in without_photo], [one for one in table if one not in places])
    if without_photo and not joined.rows:
        raise UserError(
            f"{without_photo[0].source}: none of its photos is in the face table of {faces_dir}; "
            f"the list has '{without_photo[0].example_id}', the table '{next(iter(table), 'nothing')}'"
            + (f"; {near}" if near else "")
        )
    remarks += [f"warning: of {len(without_photo)} rows without a photo, {near}"] if near else []
    aus = common_au_set(sets) if sets else ACTION_UNITS
    rows = [replace(row, label=row.label.in_columns(aus)) for row in joined.rows]
    return replace(joined, rows=rows, remarks=tuple(remarks), aus=aus)


def _by_id(faces: Sequence[FaceRow], faces_dir: str) -> dict[str, FaceRow]:
    table: dict[str, FaceRow] = {}
    for face in faces:
        if face.example_id in table:
            raise UserError(
                f"{as_path(faces_dir)}: photos {table[face.example_id].photo} and {face.photo} have the same id "
                f"'{face.example_id}'; rename one"
            )
        table[face.example_id] = face
    return table
