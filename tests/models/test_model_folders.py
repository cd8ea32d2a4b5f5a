import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.models import load_model
from emotionet_tf.models.backbones.backbone_folders import read_backbone_info
from emotionet_tf.models.model_folders import read_model_config


def test_exported_file_is_no_model_folder_and_is_told_what_takes_it(tmp_path):
    (tmp_path / "fast.onnx").write_bytes(b"")
    with pytest.raises(
        UserError, match=r"fast.onnx is not a model folder: it is a file; an exported .onnx file"
    ):
        load_model(tmp_path / "fast.onnx")


@pytest.mark.parametrize("read", [load_model, read_model_config, read_backbone_info])
def test_network_file_in_its_folders_place_is_told_the_folder(tmp_path, read):
    for name in ("best.keras", "model.json"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(UserError, match=rf"best\.keras.* is a file; give its folder {tmp_path}"):
        read(tmp_path / "best.keras")
