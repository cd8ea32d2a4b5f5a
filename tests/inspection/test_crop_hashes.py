import cv2
import numpy as np
import pytest

from emotionet_tf.inspection.crop_hashes import content_code, difference_code, near_pairs


def jpeg(picture, quality=95):
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def picture(seed):
    small = np.random.default_rng(seed).integers(0, 256, (9, 9, 3), np.uint8)
    return cv2.resize(small, (96, 96), interpolation=cv2.INTER_CUBIC)


def distance(first, second):
    return int(np.unpackbits((first ^ second).view(np.uint8)).sum())


def test_picture_that_darkens_or_brightens_to_the_right_has_all_bits_0_or_1():
    ramp = np.tile(np.arange(0, 240, 3, dtype=np.uint8), (80, 1))
    assert distance(difference_code(jpeg(ramp)), np.full(4, 2**64 - 1, np.uint64)) == 0
    assert distance(difference_code(jpeg(ramp[:, ::-1])), np.zeros(4, np.uint64)) == 0


def test_copies_are_near_and_other_pictures_far():
    code = difference_code(jpeg(picture(0)))
    assert distance(code, difference_code(jpeg(picture(0), quality=60))) <= 8
    halved = cv2.resize(picture(0), (48, 48), interpolation=cv2.INTER_AREA)
    assert distance(code, difference_code(jpeg(halved))) <= 8
    assert distance(code, difference_code(jpeg(picture(1)))) > 40


def test_what_is_no_picture_has_a_code_too():
    assert difference_code(b"no jpeg").tolist() == [0, 0, 0, 0]


def test_content_tells_files_apart():
    assert content_code(b"a") == content_code(b"a") != content_code(b"b")


@pytest.mark.parametrize("max_distance", [0, 4, 11])
def test_near_pairs_are_those_of_comparing_all(max_distance):
    random = np.random.default_rng(3)
    codes = random.integers(0, 2**63, (300, 4), np.uint64)
    for number in range(60):  # copies with 0 to 14 bits changed
        bits = np.unpackbits(codes[number].view(np.uint8))
        bits[random.choice(256, number % 15, replace=False)] ^= 1
        codes[200 + number] = np.packbits(bits).view(np.uint64)
    codes[299] = codes[298] = codes[0]
    expected = {
        (first, second)
        for first in range(300)
        for second in range(first + 1, 300)
        if distance(codes[first], codes[second]) <= max_distance
    }
    found = [tuple(pair) for pairs in near_pairs(codes, max_distance) for pair in pairs.tolist()]
    assert len(found) == len(set(found))
    assert set(found) == expected


def test_distance_beyond_what_is_found_surely_is_refused():
    with pytest.raises(ValueError, match="max_distance must be 0 to 11, got 12"):
        list(near_pairs(np.zeros((2, 4), np.uint64), 12))
