"""What align_faces and write_records do again when a photo has another content under the same name."""

import os
from pathlib import Path

import cv2
import numpy as np
from alignment_inputs import StandInDetector, align, photos_folder

from emotionet_tf.faces import unfinished_alignment
from emotionet_tf.faces.table import read_face_table


def looked_at(tmp_path: Path, **changes) -> int:
    detector = StandInDetector()
    align(tmp_path, detector, **changes)
    return detector.num_seen


def write_bitmap(tmp_path: Path, name: str, level: int, seconds: int) -> Path:
    """Writes a photo whose length does not depend on its content."""
    path = Path(photos_folder(tmp_path, {name: level})) / name
    os.utime(path, (seconds, seconds))
    return path


def test_replaced_photo_is_cropped_again_and_only_that(tmp_path):
    write_bitmap(tmp_path, "a.bmp", 120, 1000)
    write_bitmap(tmp_path, "b.bmp", 120, 1000)
    assert looked_at(tmp_path) == 2
    write_bitmap(tmp_path, "a.bmp", 180, 2000)  # same length, another time
    summary = align(tmp_path, detector := StandInDetector())
    assert (detector.num_seen, summary.num_changed) == (1, 1)
    crop = cv2.imread(str(tmp_path / "out/close_up/a.bmp.jpg"))
    assert abs(float(np.median(crop)) - 180) < 3
    assert looked_at(tmp_path) == 0


def test_copied_photos_are_not_looked_at_again(tmp_path):
    write_bitmap(tmp_path, "a.bmp", 120, 1000)
    looked_at(tmp_path)
    write_bitmap(tmp_path, "a.bmp", 120, 2000)
    table = (tmp_path / "out" / "faces.csv").read_bytes()
    assert looked_at(tmp_path) == 0
    assert (tmp_path / "out" / "faces.csv").read_bytes() == table


def test_crops_of_faces_that_a_replaced_photo_no_longer_shows_are_removed(tmp_path):
    photos_folder(tmp_path, {"a.jpg": 220, "b.jpg": 120})
    align(tmp_path, all_faces=True)
    second = tmp_path / "out" / read_face_table(tmp_path / "out" / "faces.csv")[1].close_up
    assert second.is_file()
    photos_folder(tmp_path, {"a.jpg": 20})
    align(tmp_path, all_faces=True)
    assert not second.exists()
    assert sorted(path.name for path in (tmp_path / "out" / "close_up").iterdir()) == ["b.jpg"]


def test_folder_made_before_versions_were_written_is_kept_until_a_photo_changes(tmp_path):
    write_bitmap(tmp_path, "a.bmp", 120, 1000)
    looked_at(tmp_path)
    (tmp_path / "out" / unfinished_alignment.VERSIONS_NAME).unlink()
    assert looked_at(tmp_path) == 0
    write_bitmap(tmp_path, "a.bmp", 180, 2000)
    assert looked_at(tmp_path) == 1


def test_photo_that_changed_while_a_run_was_stopped_is_looked_at_again(tmp_path):
    for name in ("a.bmp", "b.bmp", "c.bmp"):
        write_bitmap(tmp_path, name, 120, 1000)

    class Stopped(StandInDetector):
        def detect(self, photos, *, largest_only=True, names=()):
            if self.num_seen:
                raise KeyboardInterrupt
            return super().detect(photos, largest_only=largest_only)

    try:
        align(tmp_path, Stopped())
    except KeyboardInterrupt:
        write_bitmap(tmp_path, "b.bmp", 180, 2000)
    assert looked_at(tmp_path) == 2
