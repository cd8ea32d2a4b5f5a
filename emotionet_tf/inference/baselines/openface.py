"""The OpenFace baseline: OpenFace's own decisions for expression AUs, an SVM on head angles for pose AUs.

Source: Werner et al. 2020, sec. 3, "Per-AU comparison", and Fig. 2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from emotionet_tf.action_units import ACTION_UNITS, POSE, au_name
from emotionet_tf.console.progress import CountLine
from emotionet_tf.errors import UserError
from emotionet_tf.faces.detectors.openface.csv_files import (
    ANGLE_COLUMNS,
    OpenFaceRow,
    find_openface_csvs,
    format_rejected,
    photo_key,
    read_openface_csv,
    surest_face,
)
from emotionet_tf.inference.baselines.pose_svm import PoseFaces, PoseSvm, check_scikit_learn, fit_pose_svm
from emotionet_tf.inference.prediction_files import Predictions
from emotionet_tf.label_lists.reading import read_label_list
from emotionet_tf.label_lists.rejection_reasons import RejectedRow
from emotionet_tf.label_lists.rows import LabelRow
from emotionet_tf.records.checking.broken_records import RecordFolder, broken_records_named
from emotionet_tf.records.dataset_info import load_dataset_info
from emotionet_tf.records.fields import EXAMPLE_FIELDS, parse, with_au_set
from emotionet_tf.records.reading.shard_reader import in_columns
from emotionet_tf.records.splits import Split
from emotionet_tf.storage.paths import as_path

OPENFACE_AUS = (1, 2, 4, 5, 6, 9, 10, 12, 15, 17, 20, 25, 26, 28)
"""The expression AUs that OpenFace decides. It has none for AU 18, 24 and 43; its AU45, a blink, is another AU of FACS
than 43, closed eyes, and the paper does not say that it stood in: these three stay without a prediction."""

ANGLE_SOURCES = ("records", "openface")
_FIELDS = {name: field for name, field in EXAMPLE_FIELDS.items() if name != "image"}


@dataclass(frozen=True)
class OpenFaceBaselineConfig:
    """What the baseline learns from and predicts.

    Attributes:
      train_records_dir: Dataset whose known labels the SVMs learn from; the paper's is the opt-train set.
      records_dirs: Datasets to predict.
      openface_csvs: CSV files of OpenFace, or folders of them; none gives the pose AUs only.
      angles: "records" for the head angles of the records; "openface" for those of the CSVs, which then are of the
        photos to train on, too. As both have conventions of their own they are never mixed.
    Raises:
      UserError: If `angles` is neither, or "openface" without CSVs.
    """

    train_records_dir: str
    records_dirs: tuple[str, ...]
    openface_csvs: tuple[str, ...] = ()
    angles: str = "records"

    def __post_init__(self) -> None:
        if self.angles not in ANGLE_SOURCES:
            raise UserError(f"angles come from one of {', '.join(ANGLE_SOURCES)}, got {self.angles!r}")
        if self.angles == "openface" and not self.openface_csvs:
            raise UserError("angles of OpenFace need its CSV files: --openface_csv=FILE_OR_FOLDER")


def predict_openface_baseline(config: OpenFaceBaselineConfig) -> Iterator[Predictions]:
    """Yields the baseline's scores of each dataset, for every photo of it.

    Expression AUs are 0 or 1, as OpenFace decided for the photo's surest face. A photo without a face gets 0, "absent":
    without one in the CSVs for what comes from OpenFace, without one in the records for what comes from these.

    Raises:
      UserError: If scikit-learn is missing, a folder or file is not what it should be, the datasets have no label to
        learn from, or the CSVs are of other photos.
    """
    check_scikit_learn()
    rows = {folder: read_label_list(as_path(folder) / "rows.csv").rows for folder in config.records_dirs}
    for folder in (config.train_records_dir, *config.records_dirs):
        load_dataset_info(folder)
    openface = read_openface_faces(config.openface_csvs)
    svm = _trained(config, openface)
    for folder in config.records_dirs:
        yield _predicted(config, folder, rows[folder], svm, openface)


def read_openface_faces(paths: tuple[str, ...]) -> dict[str, OpenFaceRow]:
    """Reads each photo's surest face from CSV files or folders of them; prints what could not be used.

    Returns:
      Rows by `photo_key`. Photos without a face are left out.
    Raises:
      UserError: If a file is missing or of something else, holds frames of a video, or lacks angles or AU decisions.
    """
    if not paths:
        return {}
    faces: dict[str, OpenFaceRow] = {}
    rejected: list[RejectedRow] = []
    files = find_openface_csvs(paths)
    show = CountLine("OpenFace CSVs")
    show(0, len(files))
    for number, (key, path) in enumerate(files, start=1):
        content = read_openface_csv(path)
        rejected += content.rejected
        if content.num_frames > 1:
            raise UserError(
                f"{path} holds {content.num_frames} frames and does not say of which photos; run OpenFace's "
                "FaceLandmarkImg, which writes a CSV per photo"
            )
        if face := surest_face(content.rows):
            _check_columns(face, path)
            faces[key] = face
        show(number, len(files))
    print(f"OpenFace found a face in {len(faces)} of {len(files)} photos")
    if rejected:
        print(format_rejected(len(rejected), rejected[0]))
    return faces


def _check_columns(face: OpenFaceRow, path: Path) -> None:
    missing = [f"{au_name(au)}_c" for au in OPENFACE_AUS if au not in face.decisions]
    if face.angles is None:
        missing += ANGLE_COLUMNS
    if missing:
        raise UserError(f"{path} has no column {missing[0]}; let OpenFace write pose and AUs (-pose -aus)")


def _trained(config: OpenFaceBaselineConfig, openface: Mapping[str, OpenFaceRow]) -> PoseSvm:
    """Fits the SVMs and prints what was chosen."""
    faces = _with_angles(config, read_pose_faces(config.train_records_dir), openface)
    if not faces.ids:
        raise UserError(f"no OpenFace CSV is of a photo of {config.train_records_dir}")
    print(
        f"fitting SVMs for {len(POSE.aus)} pose AUs on the head angles of {len(faces.ids)} faces", flush=True
    )
    svm = fit_pose_svm(faces)
    chosen = [f"{au_name(au)} {svm.chosen_c[au]:g}" for au in POSE.aus if au in svm.chosen_c]
    constant = [au_name(au) for au in POSE.aus if au not in svm.chosen_c]
    print(f"C by cross-validation: {', '.join(chosen) or 'none'}")
    if constant:
        print(f"labelled with one class only, which is predicted always: {', '.join(constant)}")
    return svm


def _predicted(
    config: OpenFaceBaselineConfig,
    records_dir: str,
    rows: list[LabelRow],
    svm: PoseSvm,
    openface: Mapping[str, OpenFaceRow],
) -> Predictions:
    ids = tuple(row.example_id for row in rows)
    faces = _with_angles(config, read_pose_faces(records_dir), openface)
    pose = Predictions(faces.ids, POSE.aus, svm.predict_scores(faces)).scores_of(ids)[0]
    if not config.openface_csvs:
        return Predictions(ids, POSE.aus, pose)
    found = [openface.get(photo_key(example_id)) for example_id in ids]
    if not any(found):
        raise UserError(
            f"no OpenFace CSV is of a photo of {records_dir}: it has {photo_key(ids[0])}, they have "
            f"{next(iter(openface), 'no face')}"
        )
    missing = sum(face is None for face in found)
    if missing:
        print(
            f"{records_dir}: {missing} of {len(ids)} photos have no face in OpenFace's CSVs and count as absent"
        )
    decisions = [[float(face.decisions[au]) if face else 0.0 for au in OPENFACE_AUS] for face in found]
    aus = tuple(au for au in ACTION_UNITS if au in OPENFACE_AUS + POSE.aus)
    return Predictions(ids, aus, np.concatenate([np.array(decisions), pose], axis=1))


def read_pose_faces(records_dir: str) -> PoseFaces:
    """Reads angles and labels of a dataset's records; of the images nothing is decoded.

    The groups are the photos' folders, where the dataset was divided by these, else the photos themselves.
    """
    info = load_dataset_info(records_dir)
    folder = RecordFolder(records_dir, next(iter(info.views)))
    spec, aus = with_au_set(_FIELDS, info.aus), ACTION_UNITS
    with broken_records_named(folder):
        batches = [
            {
                name: value.numpy()
                for name, value in in_columns(parse(serialized, spec), info.aus, aus).items()
            }
            for serialized in tf.data.TFRecordDataset(list(folder.open().files)).batch(1024)
        ]
    fields = {name: np.concatenate([batch[name] for batch in batches]) for name in _FIELDS}
    ids = tuple(example_id.decode() for example_id in fields.pop("example_id"))
    groups = ids
    if (split_by := info.settings.get("split_by", "id")) != "id":
        rows = {row.example_id: row for row in read_label_list(as_path(records_dir) / "rows.csv").rows}
        group_of = Split(split_by=split_by).group_of
        groups = tuple(group_of(name, rows[name].photo, rows[name].person) for name in ids)
    return PoseFaces(ids=ids, groups=groups, **fields)


def _with_angles(
    config: OpenFaceBaselineConfig, faces: PoseFaces, openface: Mapping[str, OpenFaceRow]
) -> PoseFaces:
    """Returns the faces as they are, or those that OpenFace found, with its angles."""
    if config.angles == "records":
        return faces
    found = [openface.get(photo_key(example_id)) for example_id in faces.ids]
    rows = [row for row, face in enumerate(found) if face]
    angles = np.array([face.angles for face in found if face], np.float64).reshape(-1, 3)
    return PoseFaces(
        ids=tuple(faces.ids[row] for row in rows),
        angles=angles,
        angles_mask=np.ones_like(angles),
        labels=faces.labels[rows],
        mask=faces.mask[rows],
        groups=tuple(faces.groups[row] for row in rows),
    )
