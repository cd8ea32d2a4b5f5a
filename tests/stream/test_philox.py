import numpy as np
import pytest
import tensorflow as tf

from emotionet_tf.stream.philox import _block, uniform


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        # The known answers of Philox4x32-10 that its authors publish with their library, Random123.
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((2**32 - 1,) * 4, (2**32 - 1,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_blocks_are_the_published_ones(counter, key, words):
    made = _block(tuple(np.array([word], np.uint64) for word in counter), tuple(map(np.uint64, key)))
    assert tuple(int(word[0]) for word in made) == words


@pytest.mark.parametrize("count", [1, 4, 18, 21])
def test_numbers_are_those_of_tensorflow(count):
    random = np.random.default_rng(0)
    seeds = np.concatenate(
        [
            random.integers(-(2**63), 2**63 - 1, (50, 2), np.int64),
            [[0, 0], [0, 1], [-1, -1], [7, 2**40], [-(2**63), 2**63 - 1]],
        ]
    )
    expected = np.stack([tf.random.stateless_uniform([count], seed) for seed in seeds])
    np.testing.assert_array_equal(uniform(seeds, count), expected)
