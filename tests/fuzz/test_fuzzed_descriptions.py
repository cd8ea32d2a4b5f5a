"""Descriptions in JSON, flag files and TFRecord files that nobody foresaw."""

import dataclasses
import json
import struct
import tempfile
from pathlib import Path

import pytest
from absl import flags
from fuzz_inputs import damaged, file_of, odd_json, read_or_refused
from hypothesis import given
from hypothesis import strategies as st

from emotionet_tf.cli import flag_parsing
from emotionet_tf.cli.flag_parsing import parse_flags, passed_on_flags
from emotionet_tf.inference.thresholds.threshold_files import load_thresholds, read_tuned_on
from emotionet_tf.models.backbones.backbone_folders import BackboneInfo, read_backbone_info
from emotionet_tf.models.config import ModelConfig
from emotionet_tf.models.model_folders import read_model_config
from emotionet_tf.records.dataset_info import (
    DatasetInfo,
    LabelInfo,
    Shard,
    load_dataset_info,
    load_label_info,
)
from emotionet_tf.records.reading.tfrecord_frames import crc32c, read_frames
from emotionet_tf.storage.files import sha256_of

SHARD = Shard("a.tfrecord", 2, 0, "ab")
COUNTS = {"AU01": 1.0, "AU02": 2.0}
DATASET = DatasetInfo("opt", {"context": (SHARD,)}, 2, 3, 1, 0, 240, COUNTS, COUNTS, (0.0, 0.1, 0.2), "ab")
LABELS = LabelInfo("opt", "ab", "teacher", True, (SHARD,), 2, COUNTS, COUNTS)
MODEL = ModelConfig(
    "ownnet1",
    (1, 2),
    "context",
    ("opt", "noisy"),
    "opt",
    learnt={"noisy": (1,)},
    intensities="regression",
    intensities_learnt={"opt": (1,)},
)
BACKBONE = BackboneInfo("ownnet1", 64, 72, "context", "identity", ("a", "b"))


def loaded(content: bytes, name: str, load):
    """What a folder with one file is read as; None where it is refused."""
    with file_of(content, name) as path:
        return read_or_refused(lambda: load(path.parent))


@given(content=odd_json(dataclasses.asdict(DATASET)))
def test_dataset_description_is_of_the_right_types_or_refused(content):
    info = loaded(content, "dataset.json", lambda folder: load_dataset_info(folder, check_shards=False))
    if info is not None:
        assert all(isinstance(shard.file, str) for shards in info.views.values() for shard in shards)
        assert isinstance(info.num_examples, int) and all(isinstance(au, int) for au in info.aus)
        assert len(info.checksum) == 64


@given(content=odd_json(dataclasses.asdict(DATASET)))
def test_dataset_whose_shards_are_looked_at_is_refused_in_one_line(content):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "a.tfrecord").write_bytes(b"")
        Path(folder, "dataset.json").write_bytes(content)
        read_or_refused(lambda: load_dataset_info(folder))


@given(content=odd_json(dataclasses.asdict(LABELS)))
def test_label_description_is_of_the_right_types_or_refused(content):
    info = loaded(content, "labels.json", lambda folder: load_label_info(folder, check_shards=False))
    if info is not None:
        assert isinstance(info.num_examples, int) and len(info.checksum) == 64


@given(content=odd_json(MODEL.to_dict()))
def test_model_description_is_valid_or_refused(content):
    config = loaded(content, "model.json", read_model_config)
    if config is not None:
        assert isinstance(config.backbone, str) and isinstance(config.neck_units, int)
        assert len(config.deciding_heads) == len(config.aus)
        assert len(config.intensity_heads) == len(config.intensity_aus)
        assert json.dumps(config.to_dict())


@given(content=odd_json(BACKBONE.to_dict()))
def test_backbone_description_is_valid_or_refused(content):
    info = loaded(content, "backbone.json", read_backbone_info)
    if info is not None:
        assert isinstance(info.backbone, str) and isinstance(info.image_size_px, int)
        assert all(isinstance(name, str) for name in info.classes)


@given(data=st.data())
def test_thresholds_are_in_range_or_refused(data):
    with tempfile.TemporaryDirectory() as folder:
        network = Path(folder, "best.keras")
        network.write_bytes(b"network")
        good = {
            "network": "best.keras",
            "network_sha256": sha256_of(network),
            "thresholds": {"AU01": 0.3, "AU02": 1.0},
        }
        tuned_on = {"records_dir": "records", "checksum": "ab"}
        Path(folder, "thresholds.json").write_bytes(data.draw(odd_json({**good, "tuned_on": tuned_on})))
        thresholds = read_or_refused(lambda: load_thresholds(folder, None, (1, 2)))
        read_tuned_on(folder)
    if thresholds is not None:
        assert ((thresholds > 0) & (thresholds <= 1)).all()


FLAG_LINES = (
    "--num_steps=3",
    "--share=0.5",
    "--all_faces",
    "--noall_faces",
    "--view=context",
    "--aus=1,2",
    "# words",
    "",
)


def own_flags() -> flags.FlagValues:
    own = flags.FlagValues()
    flags.DEFINE_integer("num_steps", 1, "A number.", lower_bound=0, flag_values=own)
    flags.DEFINE_float("share", 0.5, "A number.", flag_values=own)
    flags.DEFINE_bool("all_faces", False, "Or not.", flag_values=own)
    flags.DEFINE_enum("view", "both", ["both", "context"], "One of them.", flag_values=own)
    flags.DEFINE_list("aus", [], "Some.", flag_values=own)
    return own


@given(
    content=st.permutations(FLAG_LINES).flatmap(lambda lines: damaged("\n".join(lines).encode()))
    | st.binary()
)
def test_flag_file_is_read_or_refused_in_one_line(content):
    with pytest.MonkeyPatch.context() as patch, file_of(content, "some.flags") as path:
        patch.setattr(flag_parsing.flags, "FLAGS", own := own_flags())
        if read_or_refused(lambda: parse_flags(["command", f"--flagfile={path}"])) is not None:
            assert own.num_steps >= 0 and own.view in ("both", "context")
        read_or_refused(lambda: passed_on_flags([], str(path), {"share": "it"}))


def framed(data: bytes) -> bytes:
    """A record as TFRecord files have it."""

    def masked(part: bytes) -> bytes:
        crc = crc32c(part)
        return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)

    head = struct.pack("<Q", len(data))
    return head + masked(head) + data + masked(data)


RECORDS = [b"first", b"", b"third record", b"4" * 40]


@given(
    content=damaged(b"".join(map(framed, RECORDS))) | st.binary(), search=st.booleans(), verify=st.booleans()
)
def test_damaged_records_are_named_and_no_byte_is_skipped_in_silence(content, search, verify):
    with file_of(content, "one.tfrecord") as path:
        frames = list(read_frames(path, verify=verify, search=search))
    assert bool(frames) == bool(content)
    ends = [frame.offset for frame in frames[1:]] + [len(content)][: len(frames)]
    for frame, end in zip(frames, ends, strict=True):
        # A sound record is where it says, up to the next one.
        if not frame.problem:
            assert content[frame.offset + 12 : end - 4] == frame.data
            assert not verify or content[frame.offset : end] == framed(frame.data)


@given(place=st.integers(0, len(b"".join(map(framed, RECORDS))) - 1), bit=st.integers(0, 7))
def test_flipped_bit_costs_one_record_and_no_other(place, bit):
    content = bytearray(b"".join(map(framed, RECORDS)))
    content[place] ^= 1 << bit
    with file_of(bytes(content), "one.tfrecord") as path:
        frames = list(read_frames(path, verify=True, search=True))
    kept = [frame.data for frame in frames if not frame.problem]
    assert sum(bool(frame.problem) for frame in frames) == 1
    assert len(kept) == len(RECORDS) - 1 and all(data in RECORDS for data in kept)
