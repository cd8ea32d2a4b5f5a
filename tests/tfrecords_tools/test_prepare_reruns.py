"""What a second call of prepare finds and says: damage, what changed, and how soon."""

import hashlib
import itertools
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from preparation_inputs import (
    STYLE,
    StoppedError,
    config_of,
    folder_bytes,
    label_row,
    photo_name,
    run_directly,
    stopping_after,
    write_inputs,
    write_photo,
)

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.formats.emotionet import write_opt_list
from emotionet_tf.preparation import plan, required_packages
from emotionet_tf.preparation.prepare_dataset import prepare
from emotionet_tf.records.splits import Split
from emotionet_tf.records.writing.up_to_date_folders import describe_changes

ROOT = Path(__file__).parent.parent.parent
EARLIER_SETTINGS = {
    "photos_dir", "crop_size_px", "jpeg_quality", "framing", "detector", "max_side_px", "min_face_px"
}  # fmt: skip


class Clock:
    """Goes on by 10 s each time somebody looks."""

    def __init__(self):
        self._looks = itertools.count()

    def monotonic(self):
        return 10.0 * next(self._looks)


def overwrite(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def test_shard_with_overwritten_bytes_is_made_anew_and_the_other_one_taken_over(tmp_path, detector, capsys):
    photos = write_inputs(tmp_path)
    (info,) = prepare(config_of(tmp_path), run_directly)
    whole = folder_bytes(tmp_path / "records/opt")
    shards = info.shards_of("close_up")
    overwrite(tmp_path / "records/opt" / shards[1].file, 500)
    detector.seen.clear()
    capsys.readouterr()
    (mended,) = prepare(config_of(tmp_path), run_directly)
    printed = capsys.readouterr().out
    assert f"is made again, and stays as it is until then: {shards[1].file}: other bytes" in printed
    assert "checking the 4 shards of" in printed
    assert mended == info
    assert folder_bytes(tmp_path / "records/opt") == whole
    # Faces of the sound shard are taken over, and so is what had no face: only the damaged shard's are looked at.
    assert len(detector.seen) == shards[1].num_examples < len(photos) / 2


def replace_by_another_of_its_length(folder: Path, number: int, seconds: int) -> None:
    """Writes another photo's content where one lies, with zeros behind it so that both are of one length."""
    path = folder / "photos" / photo_name(number)
    length = path.stat().st_size
    write_photo(path, number + 100)
    content = path.read_bytes()
    assert len(content) <= length, "the other photo is longer: take another number"
    path.write_bytes(content + bytes(length - len(content)))
    os.utime(path, (seconds, seconds))


def pad(folder: Path, number: int) -> None:
    """Makes a photo longer, so that any other fits in its place."""
    path = folder / "photos" / photo_name(number)
    path.write_bytes(path.read_bytes() + bytes(2000))
    os.utime(path, (1000, 1000))


def test_photo_replaced_by_one_of_its_length_is_looked_at_again_and_a_copied_one_is_not(
    tmp_path, detector, capsys
):
    write_inputs(tmp_path)
    pad(tmp_path, 0)
    prepare(config_of(tmp_path), run_directly)
    detector.seen.clear()
    os.utime(tmp_path / "photos" / photo_name(1), (2000, 2000))
    prepare(config_of(tmp_path), run_directly)
    assert detector.seen == []
    replace_by_another_of_its_length(tmp_path, 0, 2000)
    capsys.readouterr()
    prepare(config_of(tmp_path), run_directly)
    assert f"photos changed, such as {photo_name(0)}" in capsys.readouterr().out
    # Beside those that could not be read, whose content nobody knows to be in records.
    assert set(detector.seen) == {photo_name(0)}
    prepare(config_of(tmp_path, output_dir=str(tmp_path / "fresh")), run_directly)
    made, fresh = (folder_bytes(tmp_path / name / "opt") for name in ("records", "fresh"))
    assert {name for name in fresh if made[name] != fresh[name]} <= {"faces.csv"}
    capsys.readouterr()
    prepare(config_of(tmp_path), run_directly)
    assert "is up to date" in capsys.readouterr().out


def test_photo_replaced_while_a_run_was_stopped_is_looked_at_again(tmp_path, detector):
    write_inputs(tmp_path)
    for number in range(30):
        if number not in (7, 8):
            pad(tmp_path, number)
    with pytest.raises(StoppedError):
        prepare(config_of(tmp_path), stopping_after(1))
    done = detector.seen[0]
    number = next(number for number in range(30) if photo_name(number) == done)
    replace_by_another_of_its_length(tmp_path, number, 2000)
    prepare(config_of(tmp_path), run_directly)
    assert detector.seen.count(done) == 2


def test_folder_made_before_versions_were_written_gives_its_crops(tmp_path, detector):
    write_inputs(tmp_path)
    prepare(config_of(tmp_path), run_directly)
    table = tmp_path / "records/opt/faces.csv"
    table.write_text("".join(line.rsplit(",", 2)[0] + "\n" for line in table.read_text().splitlines()))
    detector.seen.clear()
    prepare(config_of(tmp_path, split=Split(val_fraction=0.4)), run_directly)
    assert detector.seen == []


def test_removed_shard_is_made_again_from_its_photos_alone(tmp_path, detector):
    write_inputs(tmp_path)
    (info,) = prepare(config_of(tmp_path), run_directly)
    whole = folder_bytes(tmp_path / "records/opt")
    (tmp_path / "records/opt" / info.shards_of("context")[0].file).unlink()
    detector.seen.clear()
    prepare(config_of(tmp_path), run_directly)
    assert len(detector.seen) == info.shards_of("context")[0].num_examples
    assert folder_bytes(tmp_path / "records/opt") == whole


@pytest.mark.slow
def test_crops_of_a_damaged_shard_go_to_no_other_division(tmp_path, detector):
    write_inputs(tmp_path)
    (info,) = prepare(config_of(tmp_path), run_directly)
    overwrite(tmp_path / "records/opt" / info.shards_of("close_up")[0].file, 500)
    halves = {"split": Split(0.3, seed=1)}
    prepare(config_of(tmp_path, **halves), run_directly)
    prepare(config_of(tmp_path, **halves, output_dir=str(tmp_path / "fresh")), run_directly)
    for part in ("opt-train", "opt-val"):
        assert folder_bytes(tmp_path / "records" / part) == folder_bytes(tmp_path / "fresh" / part)


def test_photos_are_said_to_have_changed_only_where_nothing_else_explains_their_checksum():
    before = {"val_fraction": 0.2, "seed": 0, "photos": "a" * 64}
    photos = {"photos": "b" * 64}
    assert describe_changes(before, before | photos) == ["photos came, went, or were changed"]
    assert describe_changes(before, before | photos | {"seed": 1}) == ["seed is 1 and was 0"]
    assert describe_changes(before | {"positive_from": 1.0}, before) == [
        "positive_from is not set and was 1.0"
    ]
    openface = {"openface_csvs": ["of"]}
    assert describe_changes(before | openface, before | openface | photos) == [
        "photos came, went, or were changed, or OpenFace's files say something else of some"
    ]


def test_summary_counts_all_rows_of_rejected_csv(tmp_path, detector, capsys):
    write_inputs(tmp_path)
    prepare(config_of(tmp_path), run_directly)
    folder = tmp_path / "records/opt"
    num_lines = len((folder / "rejected.csv").read_text().splitlines()) - 1
    assert f"no record came of {num_lines} rows, without a face or rejected: all are in {folder}/rej" in (
        capsys.readouterr().out
    )


def test_stopped_run_says_what_it_keeps_and_counts_the_speed_of_its_own_photos(
    tmp_path, detector, monkeypatch, capsys
):
    monkeypatch.setattr(plan, "CHUNK_ROWS", 5)
    write_inputs(tmp_path)
    with pytest.raises(StoppedError):
        prepare(config_of(tmp_path), stopping_after(3))
    (work,) = (tmp_path / "records").glob(".opt.work/*/chunks")
    num_kept = sum(len(json.loads(path.read_text())) for path in work.glob("*.json"))
    capsys.readouterr()
    monkeypatch.setattr("emotionet_tf.console.progress.time", Clock())
    prepare(config_of(tmp_path), run_directly)
    printed = capsys.readouterr().out
    assert f"{num_kept} of 30 photos were done before; resuming\n" in printed
    last = next(line for line in printed.splitlines() if line.startswith("30/30 photos, "))
    # Each look at the clock finds it 10 s later, and the watch takes one at its start, and one or more to the end.
    speed, seconds = re.fullmatch(r"30/30 photos, ([\d.]+)/s, took (\d+) s", last).groups()
    assert float(speed) == pytest.approx((30 - num_kept) / int(seconds), abs=0.06)


def test_one_unreadable_photo_is_one(tmp_path, detector, capsys):
    photos = write_inputs(tmp_path)
    write_opt_list(tmp_path / "few.csv", map(label_row, photos[:8]))
    prepare(config_of(tmp_path, label_files=(str(tmp_path / "few.csv"),)), run_directly)
    assert "  1 photo cannot be read, and its row is rejected:\n" in capsys.readouterr().out


def test_missing_photos_folder_is_named_before_the_lists_are_read(tmp_path):
    config = config_of(tmp_path, photos_dir=str(tmp_path / "nowhere"))
    with pytest.raises(UserError, match="photos folder .*nowhere is missing"):
        prepare(config, run_directly)
    assert list(tmp_path.iterdir()) == []


def test_detector_whose_package_is_missing_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(
        required_packages, "find_spec", lambda name: None if name == "face_alignment" else True
    )
    required_packages.check_packages(["openface", "mtcnn"])
    with pytest.raises(UserError, match=r"retinaface needs face-alignment.*pip install.*\[retinaface\]"):
        required_packages.check_packages(["mtcnn", "retinaface"])
    monkeypatch.setattr(required_packages, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"Apache Beam: pip install"):
        required_packages.check_packages([])


def without_later_settings(path: Path) -> dict:
    """Makes settings those of an earlier version, and returns what was taken out."""
    content = json.loads(path.read_text())
    settings = content.get("settings", content)
    taken = {name: settings.pop(name) for name in ("jpeg_chroma", "turned_faces")}
    path.write_text(json.dumps(content))
    return taken


def test_dataset_of_an_earlier_version_stays_up_to_date_unless_another_chroma_is_asked_for(
    tmp_path, detector, capsys
):
    write_inputs(tmp_path)
    config = config_of(tmp_path)
    prepare(config, run_directly)
    assert without_later_settings(tmp_path / "records/opt/dataset.json") == {
        "jpeg_chroma": "4:4:4",
        "turned_faces": True,
    }
    prepare(config, run_directly)
    assert "opt is up to date" in capsys.readouterr().out
    prepare(replace(config, style=replace(config.style, jpeg_chroma="4:4:4")), run_directly)
    assert "jpeg_chroma is 4:4:4 and was 4:2:0" in capsys.readouterr().out


def test_half_done_work_of_an_earlier_version_is_taken_up(tmp_path, detector):
    write_inputs(tmp_path)
    config = config_of(tmp_path)
    before = config.as_begun({"photos_dir": "of an earlier version"})
    # Earlier versions named the folder of their work by the settings that they had.
    known = {name: value for name, value in before.face_settings().items() if name in EARLIER_SETTINGS}
    assert before.work_dir.name == hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()[:12]
    with pytest.raises(StoppedError):
        prepare(before, stopping_after(1))
    without_later_settings(before.work_dir / "settings.json")
    num_before = len(detector.seen)
    prepare(config, run_directly)
    assert num_before and len(set(detector.seen)) == len(detector.seen)


@pytest.mark.slow
def test_finished_dataset_is_up_to_date_without_tensorflow_and_beam(tmp_path, detector):
    write_inputs(tmp_path)
    config = config_of(tmp_path)
    prepare(config, run_directly)
    command = "import sys; sys.modules['tensorflow'] = None; import runpy\n"
    command += "try: runpy.run_module('tfrecords_tools.prepare', run_name='__main__')\n"
    command += "finally: print('beam', 'apache_beam' in sys.modules)"
    arguments = [f"--labels={','.join(config.label_files)}", f"--photos_dir={config.photos_dir}"]
    arguments += [f"--output_dir={config.output_dir}", "--dataset=opt", "--num_shards=2"]
    arguments += [f"--crop_size_px={STYLE.crop_size_px}", f"--jpeg_quality={STYLE.jpeg_quality}"]
    done = subprocess.run(
        [sys.executable, "-c", command, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "opt is up to date" in done.stdout
    assert done.stdout.endswith("beam False\n")
