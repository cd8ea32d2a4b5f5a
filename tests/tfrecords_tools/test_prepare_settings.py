"""What other settings, lists and divisions do to work that is done, and what a failed start leaves behind."""

import pytest
from preparation_inputs import (
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
from emotionet_tf.faces.crops_and_rows import CropStyle
from emotionet_tf.label_lists.formats.emotionet import write_opt_list
from emotionet_tf.preparation import plan
from emotionet_tf.preparation.prepare_dataset import prepare
from emotionet_tf.records.splits import Split

OTHER_CROPS = {"style": CropStyle(48, 90)}


def test_unfinished_work_is_left_for_its_settings_when_others_are_tried(
    tmp_path, detector, monkeypatch, capsys
):
    monkeypatch.setattr(plan, "CHUNK_ROWS", 5)
    photos = write_inputs(tmp_path)
    for changes, num_chunks in (({}, 3), (OTHER_CROPS, 2)):
        with pytest.raises(StoppedError):
            prepare(config_of(tmp_path, **changes), stopping_after(num_chunks))
    printed = capsys.readouterr().out
    assert (
        "unfinished work of other settings is kept until this dataset is finished: crop_size_px is 48"
        in printed
    )
    num_seen = len(detector.seen)
    (info,) = prepare(config_of(tmp_path), run_directly)
    # 14 of the 28 photos that can be read are in the three chunks.
    assert info.crop_size_px == 32
    assert len(detector.seen) - num_seen < len(photos) - 10
    assert sorted(path.name for path in (tmp_path / "records").iterdir()) == ["opt"]


def test_finished_folder_of_other_settings_is_made_anew_and_kept_until_then(tmp_path, detector, capsys):
    write_inputs(tmp_path)
    prepare(config_of(tmp_path), run_directly)
    before = folder_bytes(tmp_path / "records/opt")
    with pytest.raises(StoppedError):
        prepare(config_of(tmp_path, **OTHER_CROPS), stopping_after(1))
    folder = tmp_path / "records/opt"
    assert f"{folder} is made again, and stays as it is until then: crop_size_px is 48 and was 32" in (
        capsys.readouterr().out
    )
    assert folder_bytes(folder) == before
    (info,) = prepare(config_of(tmp_path, **OTHER_CROPS), run_directly)
    assert info.crop_size_px == 48


def run_and_stop_after_a_shard(config, shards):
    run_directly(config, shards[:1])
    stopping_after(2)(config, shards[1:])


def test_stopped_run_with_other_rows_and_parts_takes_over_what_is_done(tmp_path, detector, monkeypatch):
    monkeypatch.setattr(plan, "CHUNK_ROWS", 5)
    photos = write_inputs(tmp_path)
    with pytest.raises(StoppedError):
        prepare(config_of(tmp_path), run_and_stop_after_a_shard)
    num_seen = len(detector.seen)
    assert num_seen > 15
    write_photo(tmp_path / "photos" / photo_name(30), 30)
    write_opt_list(tmp_path / "third.csv", [label_row(photo_name(30)), *map(label_row, photos[:3])])
    lists = tuple(str(tmp_path / name) for name in ("first.csv", "second.csv", "third.csv"))
    changes = {"label_files": lists, "split": Split(0.3, seed=2), "num_shards": 3}
    prepare(config_of(tmp_path, **changes), run_directly)
    assert len(detector.seen) == len(set(detector.seen)) == 29  # all that can be read, once
    prepare(config_of(tmp_path, **changes, output_dir=str(tmp_path / "fresh")), run_directly)
    for part in ("opt-train", "opt-val"):
        assert folder_bytes(tmp_path / "records" / part) == folder_bytes(tmp_path / "fresh" / part)


def test_line_inserted_into_a_list_makes_no_chunk_anew(tmp_path, detector):
    photos = write_inputs(tmp_path)
    write_opt_list(tmp_path / "first.csv", map(label_row, photos))
    one_list = {"label_files": (str(tmp_path / "first.csv"),)}
    with pytest.raises(StoppedError):
        prepare(config_of(tmp_path, **one_list), stopping_after(1000))
    detector.seen.clear()
    write_opt_list(tmp_path / "first.csv", map(label_row, ["N_0000000999/N_0000000999_00001.jpg", *photos]))
    prepare(config_of(tmp_path, **one_list), run_directly)
    assert not detector.seen
    # Photo 7, which cannot be read, was in line 9.
    assert "\nN_0000000001_00007,10," in (tmp_path / "records/opt/rejected.csv").read_text()


def test_start_that_fails_leaves_nothing_behind(tmp_path, detector):
    write_inputs(tmp_path)

    def fail(config, shards):
        raise UserError("a package is missing")

    with pytest.raises(UserError, match="a package is missing"):
        prepare(config_of(tmp_path), fail)
    assert not (tmp_path / "records").exists()


def test_folder_of_another_division_is_named_and_left_alone(tmp_path, detector, capsys):
    write_inputs(tmp_path)
    prepare(config_of(tmp_path), run_directly)
    assert "warning" not in capsys.readouterr().out
    prepare(config_of(tmp_path, split=Split(0.3)), run_directly)
    printed = capsys.readouterr().out
    assert (
        f"warning: {tmp_path}/records/opt, of an earlier run with --val_fraction=0.0, has the same" in printed
    )
    assert "as opt-train and opt-val" in printed
    assert (tmp_path / "records/opt/dataset.json").is_file()
    prepare(config_of(tmp_path), run_directly)
    printed = capsys.readouterr().out
    assert [
        name for name in ("opt-train", "opt-val") if f"warning: {tmp_path}/records/{name}, " in printed
    ] == [
        "opt-train",
        "opt-val",
    ]
