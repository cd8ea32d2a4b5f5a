"""What is refused in files of networks; each input is harmless by itself."""

import json
import re
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from tensorflow import keras

import emotionet_tf
from emotionet_tf.errors import UserError
from emotionet_tf.keras_versions import KERAS_MAJOR
from emotionet_tf.models import ModelConfig, build_model
from emotionet_tf.models.backbones.building import build_backbone
from emotionet_tf.models.backbones.registry import BACKBONES
from emotionet_tf.models.file_checks.architectures import check_architecture
from emotionet_tf.models.file_checks.hdf5 import check_hdf5
from emotionet_tf.models.network_files import _OWN_LAYERS, read_network, write_network
from emotionet_tf.runtimes import onnx_session

SMALLEST = {
    "ownnet": "ownnet1",
    "mobilenet_v3_large": "mobilenet_v3_large_x0.5",
    "efficientnet_b0": "efficientnet_b0_x0.5_d0.3",
    "resnet18": "resnet18_x0.25",
    "resnet50": "resnet50_x0.25",
}
"""One of each file of backbones; ResNet-152 is ResNet-50 with more blocks."""

FUNCTIONAL = {2: "keras.src.engine.functional", 3: "keras.src.models.functional"}


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    config = ModelConfig(
        "ownnet1", (1, 2), "context", ("opt",), "opt", uses_angles=True, image_size_px=32, crop_size_px=36
    )
    path = tmp_path_factory.mktemp("saved") / "best.keras"
    write_network(build_model(config), path)
    return path


def changed(saved, folder, name="config.json", change=lambda content: content, more=()):
    """Returns a copy of an archive, one member changed and some added, [(member, content)]."""
    copy = folder / "best.keras"
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            content = old.read(member)
            new.writestr(member, change(content) if member == name else content)
        for member, content in more:
            new.writestr(member, content)
    return copy


def refusal(path):
    with pytest.raises(UserError) as error:
        read_network(path)
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)
    return str(error.value)


def harmless_lambda(folder):
    image = keras.Input((4,))
    path = folder / "best.keras"
    keras.Model(image, keras.layers.Lambda(lambda x: x + 1, name="plus_one")(image)).save(path)
    return path


def test_lambda_layer_is_refused_before_keras_sees_it(tmp_path, monkeypatch):
    path = harmless_lambda(tmp_path)
    monkeypatch.setattr(keras.models, "load_model", lambda *_, **__: pytest.fail("Keras was asked"))
    assert "'plus_one' is of the class 'Lambda'" in refusal(path)


def nested_in(content, where, value):
    config = json.loads(content)
    config["config"]["layers"][-1]["config"][where] = value
    return json.dumps(config).encode()


@pytest.mark.parametrize(
    "described",
    [
        {"class_name": "__lambda__", "config": {"value": ""}},
        {"class_name": "function", "module": "builtins", "config": "abs", "registered_name": "abs"},
        {"class_name": "Dense", "module": "os", "config": {}, "registered_name": None},
        {"class_name": "StringLookup", "module": "keras.layers", "config": {}, "registered_name": None},
        {
            "class_name": "TFOpLambda",
            "module": "keras.src.layers.core.tf_op_layer",
            "config": {"function": "math.abs"},
            "registered_name": "TFOpLambda",
        },
        {"class_name": "Dense", "module": "keras.layers", "config": {}, "registered_name": "somewhere>Dense"},
    ],
    ids=lambda described: described["class_name"] + "_of_" + described.get("module", "nothing"),
)
def test_object_that_is_not_a_plain_layer_is_refused_wherever_it_stands(saved, tmp_path, described):
    path = changed(
        saved, tmp_path, change=lambda content: nested_in(content, "activation", [{"deep": described}])
    )
    assert f"of the class {described['class_name']!r}" in refusal(path)


def test_layer_that_the_program_registered_itself_is_read(tmp_path):
    class TwiceAsMuch(keras.layers.Layer):
        def call(self, inputs):
            return 2 * inputs

    # Only here: a class at the module's level would be registered in every test.
    keras.utils.register_keras_serializable(package="someone")(TwiceAsMuch)
    image = keras.Input((4,))
    write_network(keras.Model(image, TwiceAsMuch()(image)), tmp_path / "best.keras")
    np.testing.assert_array_equal(read_network(tmp_path / "best.keras")(np.ones((1, 4))), np.full((1, 4), 2))


@pytest.mark.slow
@pytest.mark.parametrize("family", list(SMALLEST))
def test_architecture_of_every_backbone_is_taken(family):
    assert set(SMALLEST) == set(BACKBONES) - {"separable", "resnet152"}
    network = build_backbone(SMALLEST[family], 64, seed=0)
    config = {"class_name": "Functional", "module": FUNCTIONAL[KERAS_MAJOR], "config": network.get_config()}
    check_architecture(json.loads(json.dumps(config)), "best.keras", _OWN_LAYERS)


@pytest.mark.parametrize("name", ["../best.h5", "/best.h5", "folder\\..\\best.h5", "C:best.h5"])
def test_name_that_points_out_of_the_folder_is_refused(saved, tmp_path, name):
    assert "a path out of its folder" in refusal(changed(saved, tmp_path, more=[(name, b"")]))
    assert [path.name for path in tmp_path.iterdir()] == ["best.keras"]


def test_link_is_refused(saved, tmp_path):
    link = zipfile.ZipInfo("assets")
    link.external_attr = 0o120777 << 16
    assert "a link" in refusal(changed(saved, tmp_path, more=[(link, b"somewhere")]))


def test_file_that_keras_does_not_write_is_refused(saved, tmp_path):
    assert "'notes.txt', which does not belong there" in refusal(
        changed(saved, tmp_path, more=[("notes.txt", b"")])
    )


def test_zeros_beyond_the_limit_are_refused_and_the_limit_can_be_raised(saved, tmp_path, monkeypatch):
    monkeypatch.setenv("EMOTIONET_TF_MAX_UNPACKED_GIB", "0.001")
    path = changed(saved, tmp_path, "config.json", lambda content: content + b" " * (2 << 20))
    complaint = refusal(path)
    assert re.search(r"config.json unpacks to 2,\d{3},\d{3} bytes, more than the 1,073,741 ", complaint)
    assert complaint.endswith("set EMOTIONET_TF_MAX_UNPACKED_GIB=1")
    monkeypatch.setenv("EMOTIONET_TF_MAX_UNPACKED_GIB", "1")
    assert read_network(path).count_params() > 0


def test_limit_that_is_not_a_number_is_named(saved, monkeypatch):
    for text in ("much", "0", "nan", "-1"):
        monkeypatch.setenv("EMOTIONET_TF_MAX_UNPACKED_GIB", text)
        with pytest.raises(
            UserError, match=f"EMOTIONET_TF_MAX_UNPACKED_GIB is a number of GiB above 0, got '{text}'"
        ):
            read_network(saved)


def test_array_that_is_declared_but_not_there_is_refused(tmp_path):
    path = tmp_path / "large.weights.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("kernel", (1 << 28,), "float32", chunks=(1 << 20,))
    with pytest.raises(UserError, match=r"unpacks from [\d,]{5} to 1,073,741,824 bytes"):
        check_hdf5(path, path)


def test_link_to_another_file_is_refused_and_a_second_name_is_not(tmp_path):
    path = tmp_path / "linked.weights.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("layers/kernel", data=np.zeros(3))
        file["again"] = file["layers"]
    check_hdf5(path, path)
    with h5py.File(path, "a") as file:
        file["bias"] = h5py.ExternalLink("other.h5", "/bias")
    with pytest.raises(UserError, match="bias is a link"):
        check_hdf5(path, path)


def test_array_in_another_file_is_refused(tmp_path):
    path = tmp_path / "external.weights.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("kernel", (3,), "float32", external=[(str(tmp_path / "raw"), 0, 12)])
    with pytest.raises(UserError, match="/kernel lies in another file"):
        check_hdf5(path, path)


def test_onnx_file_whose_weights_lie_in_other_files_is_refused(tmp_path):
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    weights = onnx.helper.make_tensor("weights", onnx.TensorProto.FLOAT, [1], b"\0\0\x80?", raw=True)
    node = onnx.helper.make_node("Identity", ["weights"], ["out"])
    out = onnx.helper.make_tensor_value_info("out", onnx.TensorProto.FLOAT, [1])
    graph = onnx.helper.make_graph([node], "graph", [], [out], [weights])
    onnx.external_data_helper.set_external_data(graph.initializer[0], "weights.bin")
    (tmp_path / "model.onnx").write_bytes(onnx.helper.make_model(graph).SerializeToString())
    with pytest.raises(UserError, match="model.onnx keeps weights in other files"):
        onnx_session(tmp_path / "model.onnx", 1)


def test_keras_loads_models_at_one_place_only():
    package = Path(emotionet_tf.__file__).parent
    calls = re.compile(r"keras\.(models|saving)\.load_model|model_from_(json|config)|enable_unsafe|safe_mode")
    found = {path.name for path in package.rglob("*.py") if calls.search(path.read_text(encoding="utf-8"))}
    assert found == {"network_files.py"}
