"""Labels faces by MediaPipe's blendshapes, by the shape of its mesh, or by furrows where the mesh says.

`python -m tfrecords_tools.label_blendshapes --photos_dir=DIR --faces_dir=DIR --output=FILE.csv`

Takes the faces that `align_faces` has found and writes a label list for `write_records`, in which what these
do not tell is unknown. The labels are a machine's: useful to train on, not to score with. Needs the extra `mesh` and
MediaPipe's file face_landmarker.task. Running the same command again resumes where it was stopped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from absl import flags

from emotionet_tf.action_units import ACTION_UNITS, au_name
from emotionet_tf.cli import entry_point, landmarker_flag
from emotionet_tf.errors import UserError

if TYPE_CHECKING:
    from emotionet_tf.label_lists.rows import LabelRow

flags.adopt_module_key_flags(landmarker_flag)

_PHOTOS_DIR = flags.DEFINE_string(
    "photos_dir", None, "Folder of the photos, as for align_faces.", required=True
)
_FACES_DIR = flags.DEFINE_string("faces_dir", None, "Output folder of align_faces.", required=True)
_OUTPUT = flags.DEFINE_string("output", None, "The label list to write, a CSV file.", required=True)
_BY = flags.DEFINE_enum(
    "by",
    "blendshapes",
    ["blendshapes", "mesh", "furrows"],
    "What labels: blendshapes, distances between vertices of the mesh, or lines in the skin between the brows.",
)
_AUS = flags.DEFINE_list(
    "aus",
    [],
    "Which AUs to label. Blendshapes: of 1, 2, 4, 5, 6, 10, 12, 15, 17, 20, 25, 26, 43; default: those that they are "
    "trusted with, 1, 2, 5, 12, 25, 26, 43. Mesh: of 1, 4, 6, 12, 26; default: all. Furrows: 4.",
)


def main(arguments: list[str]) -> None:
    """Labels the faces and prints how often each AU was found."""
    entry_point.refuse_arguments(arguments)
    from emotionet_tf.console.progress import CountLine
    from emotionet_tf.faces.detectors.mediapipe.graphs import default_model
    from emotionet_tf.faces.detectors.mediapipe.landmarker import FaceLandmarker
    from emotionet_tf.faces.table import FACE_TABLE_NAME, read_face_table
    from emotionet_tf.faces.unfinished_alignment import finished_versions
    from emotionet_tf.inference.landmarker_labels.face_labels import LABELLERS, label_faces
    from emotionet_tf.label_lists.formats.plain_csv import write_plain_csv
    from emotionet_tf.storage.files import check_writable, sha256_of
    from emotionet_tf.storage.paths import as_path
    from emotionet_tf.storage.rows_so_far import rows_so_far

    labeller = LABELLERS[_BY.value]
    aus = _chosen(tuple(labeller.rules), tuple(labeller.trusted))
    photos_dir, table = as_path(_PHOTOS_DIR.value), as_path(_FACES_DIR.value) / FACE_TABLE_NAME
    if not photos_dir.is_dir():
        raise UserError(f"photos folder {photos_dir} is missing or not a folder")
    rows = [row for row in read_face_table(table) if row.found]
    check_writable(as_path(_OUTPUT.value), "output")
    if as_path(_OUTPUT.value).resolve() == table.resolve():
        raise UserError(f"output {_OUTPUT.value} is the face table; choose another file")
    labelled, reasons = [], Counter[str]()
    line = CountLine("faces")
    versions = finished_versions(as_path(_FACES_DIR.value))
    landmarker = FaceLandmarker(landmarker_flag.MODEL.value)
    made_by = {
        "photos_dir": str(photos_dir.resolve()),
        "faces": sha256_of(table),
        "by": _BY.value,
        "aus": aus,
        "model": sha256_of(landmarker_flag.MODEL.value or default_model()),
    }
    with rows_so_far(_OUTPUT.value, made_by, "faces") as so_far:
        num_before = len(so_far.entries)
        line(num_before, len(rows))
        faces = label_faces(rows, photos_dir, landmarker, labeller, aus, versions, so_far)
        for number, (_, label_row, reason) in enumerate(faces, start=1):
            if label_row is None:
                reasons[reason] += 1
            else:
                labelled.append(label_row)
            if number > num_before:
                line(number, len(rows))
        if not labelled:
            raise UserError(
                f"none of {len(rows)} faces could be labelled: {_listed(reasons) or 'the table has none'}"
            )
        write_plain_csv(_OUTPUT.value, labelled)
    print(f"{len(labelled)} of {len(rows)} faces labelled in {_OUTPUT.value}")
    if reasons:
        print(f"without labels: {_listed(reasons)}")
    _print_counts(labelled, aus)


def _print_counts(labelled: Sequence[LabelRow], aus: Sequence[int]) -> None:
    """Prints of how many faces each AU is present, absent and unknown."""
    for au in aus:
        column = ACTION_UNITS.index(au)
        known = [row for row in labelled if row.mask[column]]
        positive = sum(bool(row.labels[column]) for row in known)
        print(
            f"  {au_name(au)}: {positive} present, {len(known) - positive} absent, {len(labelled) - len(known)} unknown"
        )


def _chosen(known: tuple[int, ...], trusted: tuple[int, ...]) -> tuple[int, ...]:
    named = _AUS.value or [str(au) for au in trusted]
    unknown = [name for name in named if name.strip() not in {str(au) for au in known}]
    if unknown:
        raise UserError(f"--aus: {unknown[0]!r} must be one of {', '.join(map(str, known))}")
    return tuple(sorted({int(name) for name in named}))


def _listed(reasons: Counter[str]) -> str:
    return "; ".join(f"{number} {reason}" for reason, number in reasons.most_common())


if __name__ == "__main__":
    entry_point.run(main)
