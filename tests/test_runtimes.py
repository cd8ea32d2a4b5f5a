import pytest

from emotionet_tf import runtimes
from emotionet_tf.errors import UserError
from emotionet_tf.inference.shipped_detectors import onnx_file
from emotionet_tf.runtimes import chosen_runtime


def test_tensorflow_runs_where_it_is_there_and_else_onnx_runtime(monkeypatch):
    installed = {"tensorflow", "onnxruntime"}
    monkeypatch.setattr(runtimes, "find_spec", lambda name: name in installed or None)
    assert chosen_runtime() == "tensorflow" and chosen_runtime("onnx") == "onnx"
    installed.remove("tensorflow")
    assert chosen_runtime() == "onnx"
    installed.clear()
    with pytest.raises(UserError, match=r"ONNX Runtime is not installed: pip install 'emotionet_tf\[onnx\]'"):
        chosen_runtime()


def test_unknown_runtime_and_detector_are_named():
    with pytest.raises(UserError, match="runtime 'torch' must be one of tensorflow, onnx"):
        chosen_runtime("torch")
    with pytest.raises(UserError, match="must be one of fast, got 'best'"):
        onnx_file("best")
