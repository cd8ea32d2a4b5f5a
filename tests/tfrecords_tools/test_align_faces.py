import json
import signal
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
import warm_commands
from alignment_inputs import SHAPE, StandInDetector, align, photos_folder
from developer_photos import FOLDER, needs_photos, photo_rows

from emotionet_tf.errors import UserError
from emotionet_tf.faces import unfinished_alignment
from emotionet_tf.faces.align_photos import AlignSummary
from emotionet_tf.faces.aligned_crops import reference_shape
from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.faces.table import read_face_table
from emotionet_tf.records.writing.crop_files import framing_of


def test_every_photo_has_its_row_and_every_face_two_crops(tmp_path):
    photos_folder(tmp_path, {"b/N_0000000001_00002.jpg": 120, "a.png": 110, "none.jpg": 50})
    (tmp_path / "photos" / "cut.jpg").write_bytes(b"\xff\xd8\xff\xda")
    summary = align(tmp_path)
    assert summary == AlignSummary(
        4, 2, 1, 2, (("cut.jpg", "the file is cut off"),), {"stand_in": 2}
    )  # fmt: skip
    rows = read_face_table(tmp_path / "out" / "faces.csv")
    assert [(row.example_id, row.photo, row.found, row.reason) for row in rows] == [
        ("a.png", "a.png", True, ""),
        ("N_0000000001_00002", "b/N_0000000001_00002.jpg", True, ""),
        ("cut.jpg", "cut.jpg", False, "unreadable: the file is cut off"),
        ("none.jpg", "none.jpg", False, "no face"),
    ]
    assert rows[0].close_up == "close_up/a.png.jpg"
    assert rows[1].context == "context/b/N_0000000001_00002.jpg"
    for row in rows[:2]:
        for view in ("close_up", "context"):
            assert cv2.imread(str(tmp_path / "out" / getattr(row, view))).shape == (32, 32, 3)
    assert not (tmp_path / "out" / "parts").exists()


def test_all_faces_get_numbered_ids_and_crops_of_their_own(tmp_path):
    photos_folder(tmp_path, {"two.jpg": 220})
    assert align(tmp_path, all_faces=True).num_faces == 2
    rows = read_face_table(tmp_path / "out" / "faces.csv")
    assert [(row.example_id, row.face_index) for row in rows] == [("two.jpg", 0), ("two.jpg#1", 1)]
    assert len({row.close_up for row in rows}) == 2
    assert all((tmp_path / "out" / row.context).is_file() for row in rows)


def test_interrupted_run_goes_on_and_ends_in_the_same_table(tmp_path):
    photos_folder(tmp_path, {f"{index}.jpg": 120 for index in range(5)})

    class Interrupted(StandInDetector):
        def detect(self, photos, *, largest_only=True, names=()):
            if self.num_seen:
                raise KeyboardInterrupt
            return super().detect(photos, largest_only=largest_only)

    with pytest.raises(KeyboardInterrupt):
        align(tmp_path, Interrupted())
    assert not (tmp_path / "out" / "faces.csv").exists()
    second = StandInDetector()
    align(tmp_path, second)
    assert second.num_seen == 3
    align(tmp_path, output_dir=str(tmp_path / "whole"))
    assert (tmp_path / "out" / "faces.csv").read_text() == (tmp_path / "whole" / "faces.csv").read_text()


def test_photo_that_came_later_is_added_and_a_removed_one_dropped(tmp_path):
    photos_folder(tmp_path, {"a.jpg": 120, "c.jpg": 120})
    align(tmp_path)
    photos_folder(tmp_path, {"b.jpg": 120})
    (tmp_path / "photos" / "c.jpg").unlink()
    detector = StandInDetector()
    align(tmp_path, detector)
    assert detector.num_seen == 1
    assert [row.photo for row in read_face_table(tmp_path / "out" / "faces.csv")] == ["a.jpg", "b.jpg"]


def test_mended_photo_is_read_by_the_next_call(tmp_path):
    photos_folder(tmp_path, {"a.jpg": 120})
    (tmp_path / "photos" / "b.jpg").write_bytes(b"junk")
    assert len(align(tmp_path).unreadable) == 1
    photos_folder(tmp_path, {"b.jpg": 120})
    detector = StandInDetector()
    assert align(tmp_path, detector).num_with_face == 2
    assert detector.num_seen == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"crop_size_px": 48}, "crop_size_px was 32 and is now 48"),
        ({"all_faces": True}, "all_faces was False and is now True"),
        ({"settings": {"min_face_px": 40}}, "min_face_px was 20 and is now 40"),
    ],
)
def test_other_settings_in_the_same_folder_name_the_difference(tmp_path, changes, message):
    photos_folder(tmp_path, {"a.jpg": 120})
    align(tmp_path, settings={"min_face_px": 20})
    with pytest.raises(UserError, match=message):
        align(tmp_path, **{"settings": {"min_face_px": 20}, **changes})


def test_two_photos_of_one_id_are_named(tmp_path):
    photos_folder(tmp_path, {"a/N_0000000001_00002.jpg": 120, "b/N_0000000001_00002.jpg": 120})
    with pytest.raises(UserError, match=r"a/N_\S+ and b/N_\S+ share the id N_0000000001_00002"):
        align(tmp_path)


def test_output_inside_the_photos_folder_is_refused(tmp_path):
    photos_folder(tmp_path, {"a.jpg": 120})
    with pytest.raises(UserError, match="inside photos_dir"):
        align(tmp_path, output_dir=str(tmp_path / "photos" / "out"))


@pytest.mark.parametrize("changes", [{"crop_size_px": 3}, {"jpeg_quality": 0}, {"batch_size": 0}])
def test_setting_out_of_range_names_itself(tmp_path, changes):
    with pytest.raises(UserError, match=f"{next(iter(changes))} must be (between|at least) .*, got"):
        align(tmp_path, **changes)


def test_landmarks_land_on_the_reference_shape_in_the_crop(tmp_path):
    photo = np.full((60, 80, 3), 110, np.uint8)
    for x, y in SHAPE[:2].astype(int):
        photo[y - 1 : y + 2, x - 1 : x + 2] = 255
    (tmp_path / "photos").mkdir()
    cv2.imwrite(str(tmp_path / "photos" / "a.png"), photo)
    align(tmp_path, crop_size_px=240)
    crop = cv2.imread(str(tmp_path / "out" / "close_up" / "a.png.jpg"))
    for x, y in reference_shape("close_up", 240)[:2].round().astype(int):
        assert crop[y, x].min() > 200


def run_command(photos: Path, output: Path, *more: str) -> warm_commands.WarmProcess:
    command = ["-m", "tfrecords_tools.align_faces", f"--photos_dir={photos}", f"--output_dir={output}"]
    return warm_commands.start([*command, *more])


@pytest.mark.slow
def test_empty_folder_ends_in_one_line(tmp_path):
    (tmp_path / "photos").mkdir()
    process = run_command(tmp_path / "photos", tmp_path / "out")
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 2
    assert errors.strip().splitlines()[-1].startswith("error: photos folder")
    assert "Traceback" not in errors


@pytest.mark.slow
@needs_photos
def test_killed_command_goes_on_and_meets_the_face_counts(tmp_path):
    output = tmp_path / "out"
    process = run_command(FOLDER / "images", output, "--batch_size=4")
    deadline = time.monotonic() + 120
    while not list(output.glob("parts/part-*.csv")) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not (output / "faces.csv").exists()
    process = run_command(FOLDER / "images", output, "--batch_size=4")
    printed, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert "were done before; resuming" in printed
    assert "30 photos: 27 with a face (27 faces), 3 without, 0 unreadable" in printed
    counts = {row["file"].removeprefix("images/"): int(row["n_faces"]) for row in photo_rows()}
    assert {row.photo: int(row.found) for row in read_face_table(output / "faces.csv")} == counts
    assert json.loads((output / "align.json").read_text())["settings"]["crop_size_px"] == 240


def test_half_written_table_of_a_killed_run_does_not_hold_up_the_next(tmp_path):
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / ".part-000000.csv.123.part").write_text("half")
    unfinished_alignment.write_batch(tmp_path, [], {})
    unfinished_alignment.merge_batches(tmp_path, [], {})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["faces.csv", "photos.tsv"]


def test_box_crops_show_the_box_as_it_is_and_the_folder_remembers(tmp_path):
    from emotionet_tf.faces.box_crops import crop_face

    generator = np.random.default_rng(0)
    photo = cv2.resize(generator.integers(90, 140, (6, 8, 3), np.uint8), (80, 60))
    (tmp_path / "photos").mkdir()
    cv2.imwrite(str(tmp_path / "photos" / "a.png"), photo)
    align(tmp_path, framing="box")
    for view in ("close_up", "context"):
        written = cv2.imread(str(tmp_path / "out" / view / "a.png.jpg")).astype(int)
        expected = crop_face(photo, Face((10, 10, 40, 40), 1.0, SHAPE), view, 32, "box")
        assert np.abs(written - expected).mean() < 3, view
    assert json.loads((tmp_path / "out" / "align.json").read_text())["settings"]["framing"] == "box"
    assert framing_of(tmp_path / "out") == "box"
    with pytest.raises(UserError, match="framing was 'box' and is now 'registered'"):
        align(tmp_path)


def test_folder_that_is_older_than_the_choice_has_registered_crops_and_is_gone_on_with(tmp_path):
    photos_folder(tmp_path, {"a.png": 110})
    align(tmp_path)
    path = tmp_path / "out" / "align.json"
    content = json.loads(path.read_text())
    assert content["settings"].pop("framing") == "registered"
    path.write_text(json.dumps(content))
    assert framing_of(tmp_path / "out") == "registered"
    assert align(tmp_path).num_photos == 1
    with pytest.raises(UserError, match="framing was 'registered' and is now 'box'"):
        align(tmp_path, framing="box")


def test_unknown_framing_lists_the_known_ones(tmp_path):
    with pytest.raises(UserError, match="framing must be one of registered, box, got 'loose'"):
        align(tmp_path, framing="loose")


def is_of_full_colour(jpeg: bytes) -> bool:
    """Says whether a JPEG keeps colours as finely as brightness, by its frame header: ITU-T T.81, B.2.2."""
    frame = jpeg.index(b"\xff\xc0")
    # Marker, length, precision, height and width, number of components; then id and sampling factors of the first.
    return jpeg[frame + 11] == 0x11


def test_crops_keep_their_colours_and_a_folder_of_an_earlier_version_goes_on_in_its_own_way(tmp_path):
    photos_folder(tmp_path, {"a.jpg": 110})
    align(tmp_path)
    crops = tmp_path / "out" / "close_up"
    assert is_of_full_colour((crops / "a.jpg").read_bytes())
    path = tmp_path / "out" / "align.json"
    content = json.loads(path.read_text())
    assert content["settings"].pop("jpeg_chroma") == "4:4:4"
    path.write_text(json.dumps(content))
    photos_folder(tmp_path, {"b.jpg": 120})
    align(tmp_path)
    assert not is_of_full_colour((crops / "b.jpg").read_bytes())
    with pytest.raises(UserError, match="jpeg_chroma was '4:2:0' and is now '4:4:4'"):
        align(tmp_path, jpeg_chroma="4:4:4")
