"""Records to damage, find and repair."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from damaged_shards import streamed_ids

from emotionet_tf.records.checking.broken_records import RecordFolder
from emotionet_tf.records.dataset_info import load_dataset_info
from emotionet_tf.records.writing.label_shards import LabelShard, write_label_shards


@pytest.fixture
def records(tiny_records, tmp_path) -> Path:
    """A copy of a records folder with 3 shards a view."""
    return Path(shutil.copytree(tiny_records / "train", tmp_path / "train"))


@pytest.fixture
def shard(records) -> Path:
    return records / "close_up-00001-of-00003.tfrecord"


@pytest.fixture
def labels(records, tmp_path) -> Path:
    """Label shards for the records."""
    info = load_dataset_info(records)
    ids = streamed_ids(RecordFolder(str(records), "close_up"))
    shards, begin = [], 0
    for entry in info.views["close_up"]:
        own = ids[begin : begin + entry.num_examples]
        values = np.full((len(own), 23), 0.25, np.float32)
        shards.append(LabelShard(own, values, np.ones_like(values)))
        begin += entry.num_examples
    write_label_shards(tmp_path / "labels", info, shards, teacher="none", is_soft=True)
    return tmp_path / "labels"
