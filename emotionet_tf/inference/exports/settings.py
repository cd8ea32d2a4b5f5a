"""What is exported, how, and where to. Needs no TensorFlow."""

from __future__ import annotations

from dataclasses import MISSING, dataclass

from emotionet_tf.errors import UserError
from emotionet_tf.settings import check_settings, setting

FORMATS = ("onnx", "tflite", "saved_model")
PRECISIONS = ("float32", "float16", "int8")


@dataclass(frozen=True)
class ExportConfig:
    """An export; what each setting is, its declaration says.

    Raises:
      UserError: If a value is not valid, or a precision is not for the format.
    """

    output: str = setting(
        MISSING, "File to write, or folder of a saved_model; what it takes and gives is written beside it."
    )
    format: str = setting(
        "onnx",
        "onnx, for ONNX Runtime (extra onnx); tflite, for LiteRT on phones and small machines; or saved_model, for "
        "TensorFlow's own servers.",
        choices=FORMATS,
    )
    precision: str = setting(
        "float32",
        "Of a tflite file: float32; float16, half as large; or int8, a quarter as large, fastest, and less exact.",
        choices=PRECISIONS,
    )
    photos_dir: str | None = setting(
        None,
        "Photos whose faces the file is checked on, and an int8 one is calibrated on: give some hundred of the kind "
        "that it will see. Default: ten pictures that come with the package.",
    )

    def __post_init__(self) -> None:
        check_settings(self)
        if self.precision != "float32" and self.format != "tflite":
            raise UserError(f"--precision={self.precision} is for --format=tflite, not for {self.format}")
        endings = {"onnx": ".onnx", "tflite": ".tflite", "saved_model": ""}
        ending = endings[self.format]
        if not self.output.endswith(ending):
            raise UserError(f"--output={self.output} must end in {ending} for --format={self.format}")
