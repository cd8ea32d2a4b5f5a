import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.records.splits import Split, shard_and_rank, unit_hash


def test_whole_dataset_is_one_split():
    split = Split()
    assert split.names("opt") == ("opt",)
    assert split.name_of("opt", "x", "a/x.jpg") == "opt"


def test_fraction_of_the_ids_goes_to_validation():
    split = Split(val_fraction=0.2, seed=1)
    splits = [split.name_of("opt", f"id{number}", "x.jpg") for number in range(5000)]
    # Standard deviation of a binomial share: sqrt(0.2 * 0.8 / 5000) = 0.0057.
    assert splits.count("opt-val") / 5000 == pytest.approx(0.2, abs=0.02)


def test_another_seed_gives_other_splits():
    splits = [
        [Split(0.5, seed).name_of("opt", f"id{number}", "x.jpg") for number in range(100)] for seed in (0, 1)
    ]
    assert splits[0] != splits[1]


def test_folder_stays_in_one_split():
    split = Split(val_fraction=0.5, split_by="folder")
    for folder in range(20):
        splits = {split.name_of("opt", f"id{number}", f"{folder}/{number}.jpg") for number in range(10)}
        assert len(splits) == 1


@pytest.mark.parametrize(("fraction", "split_by"), [(-0.1, "id"), (1.0, "id"), (0.2, "subject")])
def test_bad_values_are_refused(fraction, split_by):
    with pytest.raises(UserError, match="val_fraction|split_by"):
        Split(fraction, split_by=split_by)


def test_hashes_are_spread_evenly_and_never_reach_1():
    hashes = [unit_hash(str(number)) for number in range(10_000)]
    assert 0 <= min(hashes) < 0.01
    assert 0.99 < max(hashes) < 1
    assert sum(hashes) / 10_000 == pytest.approx(0.5, abs=0.02)


def test_shards_get_similar_shares():
    shards = [shard_and_rank(str(number), 4)[0] for number in range(4000)]
    assert all(shards.count(shard) == pytest.approx(1000, abs=120) for shard in range(4))
