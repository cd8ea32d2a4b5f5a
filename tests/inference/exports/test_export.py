import json
import sys

import numpy as np
import pytest
from small_models import write_small_model

from emotionet_tf.errors import UserError
from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.inference.au_detector import ActionUnitDetector
from emotionet_tf.inference.exports import export as export_module
from emotionet_tf.inference.exports import onnx_format, saved_model_format, tflite_format
from emotionet_tf.inference.exports.export import export
from emotionet_tf.inference.exports.faces import FACES_DIR, faces_for_check
from emotionet_tf.inference.exports.graph import DetectorGraph
from emotionet_tf.inference.exports.settings import ExportConfig
from emotionet_tf.inference.scoring.keras_models import KerasScorer
from emotionet_tf.inference.scoring.onnx_file import OnnxScorer
from emotionet_tf.photos.reading import list_photos


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Two models of the face that share AU 12, and one of the pose that takes the head's angles."""
    root = tmp_path_factory.mktemp("models")
    return [
        write_small_model(root / "a", (1, 12), seed=1),
        write_small_model(root / "b", (12, 25), seed=2),
        write_small_model(root / "pose", (51, 52), view="context", uses_angles=True, seed=3),
    ]


@pytest.fixture(scope="module")
def scorer(models):
    """The models, loaded once; whoever changes it loads its own."""
    return KerasScorer(models)


@pytest.fixture(scope="module")
def faces():
    """Eight noisy photos with a face each; the last one's angles are unknown."""
    random = np.random.default_rng(0)
    landmarks = np.array([[30, 30], [50, 30], [40, 43], [32, 53], [48, 53.0]])
    places = [
        (
            random.integers(0, 256, (90, 110, 3), np.uint8),
            Face((20.0, 20.0, 40.0, 50.0), 0.9, landmarks + random.normal(0, 1, (5, 2))),
        )
        for _ in range(8)
    ]
    return places, [*(tuple(random.normal(0, 0.3, 3)) for _ in range(7)), None]


@pytest.fixture
def with_faces(monkeypatch, faces):
    monkeypatch.setattr(export_module, "faces_for_check", lambda photos_dir: faces)


@pytest.fixture(scope="module")
def whole_tflite(tmp_path_factory, scorer, faces):
    """The models as a TFLite file of float32, and the check that it passed."""
    file = tmp_path_factory.mktemp("tflite") / "whole.tflite"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export_module, "faces_for_check", lambda photos_dir: faces)
        return file, export(ExportConfig(str(file), format="tflite"), scorer)


@pytest.mark.parametrize("mean", [pytest.param("scores", marks=pytest.mark.slow), "logits"])
def test_onnx_file_gives_what_keras_gives(tmp_path, models, faces, with_faces, mean):
    scorer = KerasScorer(models, mean=mean)
    scorer.thresholds = np.array([0.4, 0.5, 0.6, 0.45, 0.55])
    file = tmp_path / "all.onnx"
    check = export(ExportConfig(str(file)), scorer)
    assert (check.num_faces, check.num_decisions, check.num_different) == (8, 40, 0)
    own = OnnxScorer(file)
    assert own.aus == (1, 12, 25, 51, 52)
    np.testing.assert_array_equal(own.thresholds, scorer.thresholds)
    np.testing.assert_allclose(own.scores(*faces), scorer.scores(*faces), atol=1e-6)
    outputs = onnx_format.run(file, DetectorGraph.of(scorer).inputs(*faces))
    np.testing.assert_array_equal(outputs["decisions"], scorer.scores(*faces) >= scorer.thresholds)
    assert own.about["model"] == scorer.about["model"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", [saved_model_format, tflite_format], ids=["saved_model", "tflite"])
def test_other_formats_give_what_keras_gives_and_say_what_they_take(
    tmp_path, request, scorer, faces, with_faces, kind
):
    if kind is tflite_format:
        output, check = request.getfixturevalue("whole_tflite")
    else:
        output = tmp_path / "out"
        check = export(ExportConfig(str(output), format="saved_model"), scorer)
    assert check.largest_difference < 1e-6 and check.num_different == 0
    outputs = kind.run(output, DetectorGraph.of(scorer).inputs(*faces))
    np.testing.assert_allclose(outputs["scores"], scorer.scores(*faces), atol=1e-6)
    about = json.loads(output.with_name(f"{output.name}.about.json").read_text())
    assert list(about["inputs"]) == ["close_up", "context", "angles", "angles_mask"]
    assert about["crops"]["context"] == {"view": "context", "crop_size_px": 35, "framing": "registered"}
    assert about["au_names"] == ["AU01", "AU12", "AU25", "AU51", "AU52"]
    assert about["checked"]["num_faces"] == 8


@pytest.mark.slow
@pytest.mark.parametrize(("precision", "share", "most"), [("float16", 0.6, 0.01), ("int8", 0.4, 0.1)])
def test_smaller_tflite_files_are_smaller_and_nearly_the_same(
    tmp_path, scorer, whole_tflite, with_faces, precision, share, most
):
    small, (whole, _) = tmp_path / "small.tflite", whole_tflite
    check = export(ExportConfig(str(small), format="tflite", precision=precision), scorer)
    assert small.stat().st_size < share * whole.stat().st_size
    assert 0 < check.largest_difference < most


@pytest.mark.slow
def test_two_crops_of_one_view_are_two_inputs(tmp_path, faces):
    dirs = [write_small_model(tmp_path / "a", (1,)), write_small_model(tmp_path / "b", (2,), framing="box")]
    graph = DetectorGraph.of(KerasScorer(dirs))
    assert list(graph.crops) == ["close_up_registered_35", "close_up_box_35"]
    inputs = graph.inputs(*faces)
    assert not np.array_equal(*inputs.values())


@pytest.mark.slow
def test_detector_takes_an_exported_file_in_place_of_folders(tmp_path, models, scorer, faces, with_faces):
    file = tmp_path / "all.onnx"
    export(ExportConfig(str(file)), scorer)

    class Finds:
        name = "finds"

        def detect(self, photos, *, largest_only=True, names=()):
            return [[faces[0][0][1]] for _ in photos]

    photo = faces[0][0][0]
    (by_file,), (by_folders,) = (
        ActionUnitDetector(given, detector=Finds()).detect([photo])[0] for given in ([file], models)
    )
    np.testing.assert_allclose(by_file.scores, by_folders.scores, atol=1e-6)
    np.testing.assert_array_equal(by_file.decisions, by_folders.decisions)
    with pytest.raises(UserError, match=r"predicts alone, got .*all.onnx, .*a; export folders together"):
        ActionUnitDetector([file, models[0]], detector=Finds())
    for given in ([file], None):
        with pytest.raises(UserError, match="neither a best nor a last one: leave which=best out"):
            ActionUnitDetector(given, which="best", runtime="onnx", detector=Finds())
    with pytest.raises(UserError, match="a model folder, which TensorFlow runs; emotionet-tf export makes"):
        ActionUnitDetector(models, runtime="onnx", detector=Finds())


@pytest.mark.slow
def test_float_file_that_differs_is_not_written(tmp_path, scorer, with_faces, monkeypatch):
    right = onnx_format.run
    monkeypatch.setattr(
        onnx_format, "run", lambda *given: {**right(*given), "scores": right(*given)["scores"] + 2e-4}
    )
    with pytest.raises(
        UserError, match=r"a.onnx is not written: its scores differ from Keras's by up to 0.0002"
    ):
        export(ExportConfig(str(tmp_path / "a.onnx")), scorer)
    assert list(tmp_path.iterdir()) == []


def test_file_of_others_and_no_onnx_file_are_named(tmp_path):
    import tensorflow as tf

    signature = tf.TensorSpec([None, 2], name="x")
    doubled = tf.function(lambda x: {"y": 2 * x}, input_signature=[signature])
    onnx_format.write_function(doubled, [signature], tmp_path / "other.onnx", {})
    with pytest.raises(UserError, match="other.onnx does not say which AUs it predicts"):
        OnnxScorer(tmp_path / "other.onnx")
    (tmp_path / "text.onnx").write_text("no network")
    with pytest.raises(UserError, match="text.onnx cannot be read as ONNX"):
        OnnxScorer(tmp_path / "text.onnx")
    with pytest.raises(UserError, match="missing.onnx cannot be read: No such file"):
        OnnxScorer(tmp_path / "missing.onnx")


def test_kernels_that_float16_holds_take_half_the_room_and_lose_nothing(tmp_path):
    import onnx
    import tensorflow as tf

    random = np.random.default_rng(0)
    exact = random.normal(size=(64, 64)).astype(np.float16).astype(np.float32)
    inexact = random.normal(size=(64, 64)).astype(np.float32)
    signature = tf.TensorSpec([None, 64], name="x")
    product = tf.function(lambda x: {"y": (x @ exact) * x @ inexact}, input_signature=[signature])
    onnx_format.write_function(product, [signature], tmp_path / "a.onnx", {})
    stored = {one.data_type: tuple(one.dims) for one in onnx.load(tmp_path / "a.onnx").graph.initializer}
    assert stored == {onnx.TensorProto.FLOAT16: (64, 64), onnx.TensorProto.FLOAT: (64, 64)}
    x = random.normal(size=(3, 64)).astype(np.float32)
    (y,) = onnx_format.onnx_session(tmp_path / "a.onnx", 1).run(["y"], {"x": x})
    np.testing.assert_allclose(y, (x @ exact) * x @ inexact, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"output": "a.tflite"}, "must end in .onnx for --format=onnx"),
        ({"output": "a.onnx", "precision": "int8"}, "--precision=int8 is for --format=tflite, not for onnx"),
        (
            {"output": "a", "format": "coreml"},
            "format must be one of onnx, tflite, saved_model, got 'coreml'",
        ),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(UserError, match=message):
        ExportConfig(**settings)


def test_missing_packages_are_named_with_their_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    with pytest.raises(UserError, match=r"needs tf2onnx and onnx: pip install 'emotionet_tf\[onnx\]'"):
        onnx_format.check_packages()


@pytest.mark.slow
def test_folder_of_something_else_is_not_replaced(tmp_path, scorer, with_faces):
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(UserError, match="is not a SavedModel folder"):
        export(ExportConfig(str(tmp_path), format="saved_model"), scorer)
    assert (tmp_path / "mine.txt").read_text() == "keep"


@pytest.mark.slow
def test_faces_come_with_the_package_or_from_photos(tmp_path):
    places, angles = faces_for_check(None)
    assert len(places) == len(angles) == len(list_photos(FACES_DIR)) == 10
    assert all(angle is not None for angle in angles)
    from PIL import Image

    Image.new("RGB", (64, 64)).save(tmp_path / "black.png")
    with pytest.raises(UserError, match="no face is found in 1 photos; give photos of faces"):
        faces_for_check(str(tmp_path))
    (tmp_path / "a.jpg").write_text("no picture")
    with pytest.raises(UserError, match=r"a.jpg cannot be read: no photo of a known kind"):
        faces_for_check(str(tmp_path))
