"""Several looks at an image: their matrices against values by hand, networks with them against their parts."""

import dataclasses

import cv2
import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from emotionet_tf.errors import UserError
from emotionet_tf.models import LoadedModel, ModelConfig, build_model, load_model, save_model
from emotionet_tf.models.looks.layers import Looks, MeanOfLooks
from emotionet_tf.models.looks.look import Look
from emotionet_tf.models.packed_weights import weighted_layers
from emotionet_tf.models.packing import pack_model

PLAIN = ModelConfig("ownnet1", (1, 4, 12), "close_up", ("opt",), "opt", image_size_px=32, crop_size_px=36)
LOOKS = ("0.95", "1.05:1.2:mirrored")
IMAGES = np.random.default_rng(0).uniform(0, 255, (3, 32, 32, 3)).astype(np.float32)


def network_of(config: ModelConfig) -> keras.Model:
    """Returns a network whose weights depend on the seed alone."""
    keras.utils.set_random_seed(3)
    return build_model(config)


def with_looks(network: keras.Model, looks: tuple[str, ...]) -> keras.Model:
    looking = build_model(dataclasses.replace(PLAIN, looks=looks))
    for own, layer in zip(weighted_layers(looking), weighted_layers(network), strict=True):
        own.set_weights(layer.get_weights())
    return looking


def seen_by_opencv(image: np.ndarray, look: Look) -> np.ndarray:
    """Returns a look as OpenCV makes it."""
    image = image[:, ::-1] if look.is_mirrored else image
    middle = (len(image) - 1) * (1 - look.scale) / 2
    matrix = np.array([[look.scale, 0, middle], [0, look.scale, middle]])
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen = cv2.warpAffine(image, matrix, image.shape[:2], flags=how, borderMode=cv2.BORDER_REFLECT)
    if not look.blur_px:
        return seen
    return cv2.GaussianBlur(seen, (0, 0), look.blur_px, borderType=cv2.BORDER_REFLECT)


def test_texts_say_looks():
    assert Look.from_text("1") == Look()
    assert Look.from_text("0.95") == Look(0.95)
    assert Look.from_text("1.05:1.2") == Look(1.05, 1.2)
    assert Look.from_text("1.05:0:mirrored") == Look(1.05, 0.0, True)


@pytest.mark.parametrize(
    "text",
    ["", "one", "0", "0.4", "2.1", "nan", "1:11", "1:-1", "1:0:turned", "1::mirrored", "1:0:mirrored:", "-1"],
)
def test_what_is_no_look_is_told(text):
    with pytest.raises(UserError, match="a look must be SCALE, SCALE:BLUR or SCALE:BLUR:mirrored"):
        Look.from_text(text)


def test_a_farther_look_shows_twice_as_much_and_reflects_the_edges():
    rows, columns = Look(2.0).matrices(4)
    # The places are -1.5, 0.5, 2.5 and 4.5; beyond the edges, -2 and -1 show 1 and 0, 4 and 5 show 3 and 2.
    expected = [[0.5, 0.5, 0, 0], [0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5], [0, 0, 0.5, 0.5]]
    np.testing.assert_allclose(rows, expected)
    np.testing.assert_allclose(columns, expected)


def test_a_nearer_look_shows_half():
    rows, _ = Look(0.5).matrices(4)
    # 0.75, 1.25, 1.75 and 2.25.
    expected = [[0.25, 0.75, 0, 0], [0, 0.75, 0.25, 0], [0, 0.25, 0.75, 0], [0, 0, 0.75, 0.25]]
    np.testing.assert_allclose(rows, expected)


def test_only_columns_are_mirrored():
    rows, columns = Look(is_mirrored=True).matrices(3)
    np.testing.assert_array_equal(rows, np.eye(3))
    np.testing.assert_array_equal(columns, np.eye(3)[::-1])


def test_a_blur_spreads_a_line_by_the_gaussian():
    rows, _ = Look(blur_px=0.5).matrices(9)
    # exp(-2), exp(-8) beside a middle of 1; what is farther is below 1e-7.
    near, far = np.exp(-2), np.exp(-8)
    total = 1 + 2 * near + 2 * far
    np.testing.assert_allclose(rows[4, 2:7] * total, [far, near, 1, near, far], rtol=1e-6)
    np.testing.assert_allclose(rows.sum(1), 1)
    # At the edge, what would lie outside is reflected.
    np.testing.assert_allclose(rows[0, :3] * total, [1 + near, near + far, far], rtol=1e-6)


@pytest.mark.parametrize("text", ["1", "0.95", "1.05:1.2", "0.9:0.8:mirrored", "1.2:0:mirrored"])
def test_the_layer_sees_what_opencv_makes(text):
    (seen,) = np.split(Looks([text])(IMAGES[:1]).numpy(), 1)
    expected = seen_by_opencv(IMAGES[0], Look.from_text(text))
    # OpenCV rounds places to 1/32 of a pixel.
    np.testing.assert_allclose(seen[0], expected, atol=8)
    assert np.abs(seen[0] - expected).mean() < 1


def test_looks_at_an_image_are_neighbours():
    seen = Looks(["1", "1:0:mirrored"])(IMAGES).numpy()
    np.testing.assert_allclose(seen[0::2], IMAGES, rtol=1e-6)
    np.testing.assert_allclose(seen[1::2], IMAGES[:, :, ::-1], rtol=1e-6)
    means = MeanOfLooks(2)(tf.constant([[1.0, 0], [3, 2], [5, 6], [6, 8]])).numpy()
    np.testing.assert_array_equal(means, [[2, 1], [5.5, 7]])


def test_logits_are_the_mean_over_the_looks():
    network = network_of(PLAIN)
    looking = with_looks(network, LOOKS)
    each = [network(Looks([look])(IMAGES))["opt"].numpy() for look in LOOKS]
    assert np.abs(each[0] - each[1]).max() > 1e-3
    np.testing.assert_allclose(looking({"image": IMAGES})["opt"].numpy(), (each[0] + each[1]) / 2, atol=1e-5)


@pytest.mark.parametrize("neck", ["none", "bn_dropout_fc_bn"])
def test_logits_are_that_mean_with_angles_and_a_neck_too(neck, tmp_path):
    config = dataclasses.replace(PLAIN, uses_angles=True, angle_units=4, neck=neck, neck_units=8)
    network = network_of(config)
    random = np.random.default_rng(4)
    for layer in weighted_layers(network):
        layer.set_weights(
            [
                array.astype(np.float16)
                if array.ndim >= 2
                else array + random.uniform(0.01, 0.1, array.shape)
                for array in layer.get_weights()
            ]
        )
    save_model(network, config, tmp_path / "model", "best")
    looks = ("0.9", "1.2:1")
    pack_model(load_model(tmp_path / "model"), tmp_path / "packed", looks=looks, provenance={})
    angles, known = (
        random.normal(0, 0.3, (3, 3)).astype(np.float32),
        np.array([[1, 1, 1], [1, 0, 1], [0, 0, 0]]),
    )
    inputs = {"angles": angles, "angles_mask": known.astype(np.float32)}
    each = [network({"image": Looks([look])(IMAGES).numpy(), **inputs})["opt"].numpy() for look in looks]
    assert np.abs(each[0] - each[1]).max() > 1e-3
    packed = load_model(tmp_path / "packed").predict_logits(IMAGES, angles, inputs["angles_mask"])
    np.testing.assert_allclose(packed, sum(each) / 2, atol=5e-4)


def test_a_mirror_image_gets_the_same_logits_where_each_look_is_mirrored_too():
    looking = with_looks(network_of(PLAIN), ("0.95:0.5", "0.95:0.5:mirrored"))
    seen, mirrored = (looking({"image": images})["opt"].numpy() for images in (IMAGES, IMAGES[:, :, ::-1]))
    np.testing.assert_allclose(seen, mirrored, atol=1e-5)


def test_a_saved_network_keeps_its_looks(tmp_path):
    config = dataclasses.replace(PLAIN, looks=LOOKS)
    network = network_of(config)
    save_model(network, config, tmp_path, "best")
    loaded = load_model(tmp_path)
    assert loaded.config == config
    np.testing.assert_array_equal(loaded.network({"image": IMAGES})["opt"], network({"image": IMAGES})["opt"])


def test_packing_adds_looks_and_keeps_them(tmp_path):
    network = network_of(PLAIN)
    save_model(network, PLAIN, tmp_path / "model", "best")
    pack_model(load_model(tmp_path / "model"), tmp_path / "packed", looks=LOOKS, provenance={})
    packed = load_model(tmp_path / "packed")
    assert packed.config.looks == LOOKS
    expected = with_looks(network, LOOKS)({"image": IMAGES})["opt"].numpy()
    np.testing.assert_allclose(packed.predict_logits(IMAGES), expected, atol=5e-3)
    pack_model(packed, tmp_path / "again", provenance={})
    again: LoadedModel = load_model(tmp_path / "again")
    np.testing.assert_array_equal(again.predict_logits(IMAGES), packed.predict_logits(IMAGES))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"looks": ("1",) * 17}, "at most 16 times, got 17 looks"),
        ({"looks": ("much",)}, "a look must be"),
        ({"looks": ("1:0:mirrored",), "uses_angles": True}, "uses head angles cannot look at mirror images"),
        ({"looks": ("1:0:mirrored",), "aus": (51, 52)}, "in a mirrored look AU51 would be on the other side"),
    ],
)
def test_looks_that_a_network_cannot_have_are_told(changes, message):
    with pytest.raises(UserError, match=message):
        dataclasses.replace(PLAIN, **changes)


def test_unmirrored_looks_do_for_aus_of_one_side():
    assert dataclasses.replace(PLAIN, looks=("0.95",), aus=(51, 52)).looks == ("0.95",)
