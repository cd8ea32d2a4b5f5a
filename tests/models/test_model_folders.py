import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.models import load_model


def test_exported_file_is_no_model_folder_and_is_told_what_takes_it(tmp_path):
    (tmp_path / "fast.onnx").write_bytes(b"")
    with pytest.raises(
        UserError, match=r"fast.onnx is not a model folder: it is a file; an exported .onnx file"
    ):
        load_model(tmp_path / "fast.onnx")
