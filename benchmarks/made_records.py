"""Records that benchmarks make for themselves."""

from __future__ import annotations

from pathlib import Path


def make_records(folder: Path, num_photos: int = 1024, size_px: int = 240) -> str:
    """Writes records of noisy photos with random labels; returns their folder.

    Args:
      folder: Where crops, lists and records go.
      num_photos: How many.
      size_px: Side of the crops in pixels; at 240 and JPEG quality 95 one has about 20 kB.
    """
    import cv2
    import numpy as np

    from emotionet_tf.action_units import NUM_AUS, VIEWS
    from emotionet_tf.faces.table import FaceRow, write_face_table
    from emotionet_tf.label_lists.formats.plain_csv import write_plain_csv
    from emotionet_tf.label_lists.rows import LabelRow
    from emotionet_tf.records.writing.au_records import RecordsConfig, write_records

    random = np.random.default_rng(0)
    faces, labels = [], []
    for number in range(num_photos):
        name = f"{number:05d}.jpg"
        smooth = cv2.resize(
            random.integers(0, 256, (12, 12, 3), np.uint8), (size_px, size_px), interpolation=2
        )
        noisy = np.clip(smooth + random.normal(0, 2, smooth.shape[:2])[..., None], 0, 255).astype(np.uint8)
        for view in VIEWS:
            (folder / view).mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(folder / view / name), noisy, [cv2.IMWRITE_JPEG_QUALITY, 95])
        crops = {view: f"{view}/{name}" for view in VIEWS}
        angles = {"pitch_radians": 0.0, "yaw_radians": 0.1, "roll_radians": 0.0}
        faces.append(FaceRow(name, name, 0, True, "none", **crops, **angles))
        labels.append(LabelRow(name, name, random.integers(0, 2, NUM_AUS), np.ones(NUM_AUS)))
    write_face_table(folder / "faces.csv", faces)
    write_plain_csv(folder / "labels.csv", labels)
    write_records(
        RecordsConfig(
            faces_dir=str(folder),
            dataset="made",
            output_dir=str(folder / "records"),
            label_files=(str(folder / "labels.csv"),),
        )
    )
    return str(folder / "records" / "made")


def make_labelled_records(folder: Path, num_photos: int, size_px: int) -> tuple[Path, Path]:
    """Writes records as `make_records` does, and label shards of other labels for them; returns both folders."""
    import numpy as np

    from emotionet_tf.action_units import NUM_AUS
    from emotionet_tf.records.dataset_info import load_dataset_info
    from emotionet_tf.records.reading.shard_reader import open_shards
    from emotionet_tf.records.writing.label_shards import LabelShard, write_label_shards

    records = Path(make_records(folder, num_photos, size_px))
    info = load_dataset_info(records)
    shards = open_shards(str(records), "close_up")
    label_shards = []
    for index in range(len(shards.files)):
        ids = [shards.parse(raw)["example_id"].numpy().decode() for raw in shards.read(index)]
        labels = np.random.default_rng(index).random((len(ids), NUM_AUS)).round()
        label_shards.append(LabelShard(ids, labels, np.ones_like(labels)))
    labels_dir = folder / "labels"
    write_label_shards(labels_dir, info, label_shards, teacher="none", is_soft=False)
    return records, labels_dir
