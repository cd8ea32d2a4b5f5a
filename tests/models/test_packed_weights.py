"""Packed model folders: plain arrays that are checked before they are used."""

import hashlib
import io
import json
import socket
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from stack_models import FOLDER, scores_of
from tensorflow import keras

from emotionet_tf.errors import UserError
from emotionet_tf.models import ModelConfig, build_model, load_model
from emotionet_tf.models.model_folders import CONFIG_FILE, network_path
from emotionet_tf.models.packed_weights import weighted_layers, write_packed
from emotionet_tf.models.packing import pack_model
from emotionet_tf.storage.files import sha256_of, write_json

ZIP_CLOCK_SECONDS = 2
"""Zip archives hold even seconds only."""
HALF_PRECISION = 2.0**-11
"""The relative rounding error of float16."""


def config_of(backbone: str = "ownnet1", **changes) -> ModelConfig:
    settings = {"uses_angles": True, "image_size_px": 32, "crop_size_px": 36, "angle_units": 4, **changes}
    return ModelConfig(backbone, (1, 2), "context", ("opt",), "opt", **settings)


def network_of(config: ModelConfig, seed: int = 3) -> keras.Model:
    """Returns a network whose every weight has a value of its own."""
    network = build_model(config, (0.1, 0.2, 0.3))
    random = np.random.default_rng(seed)
    for layer in weighted_layers(network):
        layer.set_weights([random.uniform(0.01, 0.3, array.shape) for array in layer.get_weights()])
    return network


def write(folder: Path, config: ModelConfig | None = None, seed: int = 3) -> Path:
    config = config or config_of()
    write_json(folder / CONFIG_FILE, config.to_dict())
    write_packed(network_of(config, seed), folder, {"data": ["renders"]})
    return folder


def complaint(folder: Path) -> str:
    with pytest.raises(UserError) as error:
        load_model(folder)
    assert "\n" not in str(error.value)
    return str(error.value)


def replace_weights(folder: Path, content: bytes) -> None:
    """Puts other bytes in the weights' place, with their checksum."""
    (folder / "weights.npz").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    (folder / "weights.json").write_text(json.dumps({"weights_sha256": digest}))


def test_kernels_come_back_rounded_to_float16_and_all_else_exactly(tmp_path):
    network = network_of(config_of())
    loaded = load_model(write(tmp_path)).network
    kinds = set()
    for before, after in zip(weighted_layers(network), weighted_layers(loaded), strict=True):
        for one, other in zip(before.get_weights(), after.get_weights(), strict=True):
            kinds.add(one.ndim >= 2)
            if one.ndim >= 2:
                np.testing.assert_array_equal(other, one.astype(np.float16).astype(np.float32))
                np.testing.assert_allclose(other, one, rtol=HALF_PRECISION)
            else:
                np.testing.assert_array_equal(other, one)
    assert kinds == {True, False}


def test_scores_are_those_of_the_network_with_rounded_kernels(tmp_path):
    network = network_of(config_of())
    loaded = load_model(write(tmp_path))
    network.set_weights(
        [w.astype(np.float16).astype(np.float32) if w.ndim >= 2 else w for w in network.get_weights()]
    )
    images = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype(np.float32)
    angles, known = np.full((2, 3), 0.2, np.float32), np.float32([[1, 1, 1], [0, 1, 0]])
    expected = network({"image": images, "angles": angles, "angles_mask": known})["opt"].numpy()
    assert expected.std() > 0
    np.testing.assert_allclose(loaded.predict_logits(images, angles, known), expected, rtol=1e-5)


@pytest.mark.slow
def test_equal_networks_written_at_different_times_make_equal_bytes(tmp_path):
    first = write(tmp_path / "first")
    time.sleep(ZIP_CLOCK_SECONDS + 0.1)
    second, other = write(tmp_path / "second"), write(tmp_path / "other", seed=4)
    for name in ("weights.npz", "weights.json", "model.json"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
    assert sha256_of(first / "weights.npz") != sha256_of(other / "weights.npz")


def test_files_are_readable_without_this_library(tmp_path):
    folder = write(tmp_path)
    info = json.loads((folder / "weights.json").read_text())
    assert info == {
        "weights_sha256": sha256_of(folder / "weights.npz"),
        "model_sha256": sha256_of(folder / "model.json"),
        "provenance": {"data": ["renders"]},
    }
    with np.load(folder / "weights.npz", allow_pickle=False) as archive:
        name = next(name for name in archive.files if "_head_opt/" in name)
        # 128 features of the backbone and 4 of the angles, 2 AUs.
        assert (archive[name].shape, archive[name].dtype) == ((132, 2), np.float16)
        assert archive[name.replace("/0", "/1")].dtype == np.float32
    with zipfile.ZipFile(folder / "weights.npz") as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_kernels_of_fewer_bits_are_rounded_and_take_less_space(tmp_path):
    network = network_of(config_of())
    layer = next(layer for layer in weighted_layers(network) if layer.get_weights()[0].ndim == 4)
    kernel = np.zeros_like(layer.get_weights()[0])
    # Of 8 bits, numbers from 1 to 2 are 1/128 apart.
    kernel.flat[:6] = 1 + 1 / 128, 1 + 1 / 256, 1 + 1 / 512, -1 - 1 / 256, 2 - 1 / 512, -0.75
    layer.set_weights([kernel, *layer.get_weights()[1:]])
    name = [other.name for other in weighted_layers(network)].index(layer.name)
    sizes = []
    for folder, bits in (("whole", 11), ("rounded", 8)):
        write_packed(network, tmp_path / folder, {}, kernel_bits=bits)
        sizes.append((tmp_path / folder / "weights.npz").stat().st_size)
    with np.load(tmp_path / "rounded/weights.npz") as archive:
        rounded = archive[
            next(key for key in archive.files if key.startswith(f"{name:03d}_") and key.endswith("/0"))
        ]
    assert rounded.dtype == np.float16
    assert rounded.ravel()[:6].tolist() == [1 + 1 / 128, 1 + 1 / 128, 1, -1 - 1 / 128, 2, -0.75]
    assert sizes[1] < 0.85 * sizes[0]


def test_training_steps_that_a_dropout_counted_change_no_byte(tmp_path):
    network = network_of(config_of())
    write_packed(network, tmp_path / "before", {})
    network.get_layer("dropout").set_weights([np.int32(7)])
    write_packed(network, tmp_path / "after", {})
    assert sha256_of(tmp_path / "before/weights.npz") == sha256_of(tmp_path / "after/weights.npz")


def test_names_that_keras_numbers_through_a_process_do_not_matter(tmp_path):
    folder = write(tmp_path)
    with np.load(folder / "weights.npz") as archive:
        arrays = dict(archive)
    content = io.BytesIO()
    renamed = {f"{name.partition('_')[0]}_batch_normalization_7/{name[-1]}": arrays[name] for name in arrays}
    np.savez(content, **renamed)
    expected = load_model(folder).network.get_weights()
    replace_weights(folder, content.getvalue())
    for one, other in zip(load_model(folder).network.get_weights(), expected, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("damage", ["truncated", "edited", "replaced"])
def test_damaged_weights_are_refused_by_checksum(tmp_path, damage):
    folder = write(tmp_path / "a")
    content = bytearray((folder / "weights.npz").read_bytes())
    if damage == "truncated":
        content = content[:-1]
    elif damage == "edited":
        content[len(content) // 2] ^= 1
    else:
        content = bytearray((write(tmp_path / "b", seed=4) / "weights.npz").read_bytes())
    (folder / "weights.npz").write_bytes(content)
    assert complaint(folder) == (
        f"{folder / 'weights.npz'} is damaged: its SHA-256 is not the one in weights.json; reinstall emotionet_tf, or "
        "pack the model again"
    )


def test_description_with_other_aus_is_refused(tmp_path):
    folder = write(tmp_path)
    text = (folder / "model.json").read_text()
    aus = json.loads(text)["aus"]
    (folder / "model.json").write_text(json.dumps({**json.loads(text), "aus": aus[::-1]}))
    assert "model.json is damaged: its SHA-256 is not the one in weights.json; reinstall" in complaint(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"weights_sha256": "0"}', "weights.npz is damaged: its SHA-256 is not the one in weights.json"),
        ("{", "weights.json is damaged: it has no weights_sha256"),
        ("[]", "weights.json is damaged: it has no weights_sha256"),
        ('{"provenance": {}}', "weights.json is damaged: it has no weights_sha256"),
    ],
)
def test_edited_description_is_refused(tmp_path, content, message):
    folder = write(tmp_path)
    (folder / "weights.json").write_text(content)
    assert f"{message}; reinstall emotionet_tf" in complaint(folder)


@pytest.mark.parametrize("name", ["model.json", "weights.json", "weights.npz"])
def test_missing_file_is_named_with_the_way_out(tmp_path, name):
    folder = write(tmp_path)
    (folder / name).unlink()
    assert name in complaint(folder) and "reinstall emotionet_tf" in complaint(folder)


def test_objects_are_not_unpickled(tmp_path):
    folder = write(tmp_path / "model")
    marker = tmp_path / "executed"

    class Executes:
        def __reduce__(self):
            return Path.touch, (marker,)

    content = io.BytesIO()
    np.savez(content, **{"000_conv/0": np.array([Executes()], object)})
    replace_weights(folder, content.getvalue())
    assert "weights.npz does not hold plain arrays: Object arrays cannot be loaded" in complaint(folder)
    replace_weights(folder, b"\x80\x04junk")
    assert "weights.npz does not hold plain arrays: " in complaint(folder)
    content = io.BytesIO()
    np.save(content, np.zeros(3))
    replace_weights(folder, content.getvalue())
    assert "weights.npz does not hold plain arrays: " in complaint(folder)
    assert not marker.exists()


def test_weights_of_another_network_are_refused(tmp_path):
    folder = write(tmp_path)
    weights = folder / "weights.npz"
    # Without the description's checksum.
    replace_weights(folder, weights.read_bytes())
    for changes in ({"aus": (1, 2, 4)}, {"uses_angles": False}, {"neck": "bn_dropout_fc_bn"}):
        write_json(folder / CONFIG_FILE, {**config_of().to_dict(), **changes})
        assert f"{weights} is not of the network that model.json describes: layer " in complaint(folder)


def test_arrays_that_the_network_has_no_place_for_are_refused(tmp_path):
    folder = write(tmp_path)
    with np.load(folder / "weights.npz") as archive:
        arrays = dict(archive)
    content = io.BytesIO()
    np.savez(content, **arrays, **{"900_more/0": np.zeros(3), "900_more/1": np.zeros(3)})
    replace_weights(folder, content.getvalue())
    assert "model.json describes: 2 arrays are left over; reinstall" in complaint(folder)


def test_weight_that_float16_cannot_hold_is_named(tmp_path):
    network = network_of(config_of())
    head = network.get_layer("head_opt")
    head.set_weights([head.get_weights()[0] + 70000, head.get_weights()[1]])
    with pytest.raises(UserError, match=r"_head_opt/0 cannot be packed: its largest value is 70000\."):
        write_packed(network, tmp_path, {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("which", ["best", "last"])
def test_best_and_last_are_nothing_that_a_packed_model_has(tmp_path, which):
    folder = write(tmp_path)
    assert network_path(folder) == folder / "weights.npz"
    with pytest.raises(UserError, match=f"is a packed model, .* leave which={which} out"):
        load_model(folder, which)


@pytest.mark.slow
def test_loading_needs_no_network(tmp_path, monkeypatch):
    def refuse(*arguments, **options):
        raise AssertionError("a connection was made")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    load_model(write(tmp_path, config_of("efficientnet_b0_x0.1_d0.1")))


def digest_of_arrays(path: Path) -> str:
    """Returns a checksum of a file's arrays in their order, whatever their layers are called and zlib makes of them."""
    digest = hashlib.sha256()
    with np.load(path, allow_pickle=False) as archive:
        for name in archive.files:
            digest.update(f"{name[:3]}/{name[-1]} {archive[name].dtype} {archive[name].shape}".encode())
            digest.update(archive[name].tobytes())
    return digest.hexdigest()[:16]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stack", "name", "expected"),
    [
        ("keras2", "efficientnet", "5fe8a4059f81317b"),
        ("keras2", "resnet18", "8d82b0350033baa3"),
        ("keras3", "efficientnet", "276c0297608e1757"),
        ("keras3", "resnet18", "27cd1f768ed98d7d"),
    ],
)
def test_model_is_packed_equally_by_both_stacks_and_scores_as_before(tmp_path, stack, name, expected):
    model = load_model(FOLDER / stack / name)
    pack_model(model, tmp_path / "packed", provenance={})
    assert digest_of_arrays(tmp_path / "packed/weights.npz") == expected
    scores = np.loadtxt(FOLDER / stack / name / "scores.csv", delimiter=",")
    np.testing.assert_allclose(scores_of(load_model(tmp_path / "packed")), scores, atol=0.01)
