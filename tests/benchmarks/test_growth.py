import numpy as np

from benchmarks.growth import CROP_PX, repeat_folder
from benchmarks.made_records import make_labelled_records
from emotionet_tf.records.dataset_info import check_labels_fit, load_dataset_info, load_label_info
from emotionet_tf.stream.batches import training_stream
from emotionet_tf.stream.sources import Source


def test_repeated_shards_are_records_with_labels_that_can_be_trained_on(tmp_path):
    records, labels = make_labelled_records(tmp_path / "base", 6, CROP_PX)
    repeat_folder(records, tmp_path / "records", 3)
    repeat_folder(labels, tmp_path / "labels", 3)
    info, label_info = load_dataset_info(tmp_path / "records"), load_label_info(tmp_path / "labels")
    check_labels_fit(label_info, "labels", info, "records")
    assert (info.num_examples, label_info.num_examples) == (18, 18)
    assert info.known["AU12"] == 18
    source = Source("opt", str(tmp_path / "records"), str(tmp_path / "labels"))
    stream = training_stream([source], view="close_up", batch_size=18, image_size_px=32, seed=0)
    (batch,) = stream.take(1).as_numpy_iterator()
    assert list(np.unique(batch["example_id"], return_counts=True)[1]) == [3] * 6
