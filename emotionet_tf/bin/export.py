"""Writes trained models as a file that other runtimes run, checked against Keras on real faces.

`python -m emotionet_tf.bin.export --output=fast.onnx [--format={onnx,tflite,saved_model}] [--model_dir=DIR ...]`

Without a model folder it is the detector that comes with the package. Aligned crops go in; calibrated scores and
decisions come out. Several models become one file.
"""

from emotionet_tf.cli import entry_point
from emotionet_tf.cli.config_flags import ConfigFlags
from emotionet_tf.errors import UserError
from emotionet_tf.inference.exports.settings import ExportConfig
from emotionet_tf.inference.prediction_settings import FusedModelUse
from emotionet_tf.inference.shipped_detectors import DEFAULT_DETECTOR

_MODELS = ConfigFlags(FusedModelUse)
_CONFIG = ConfigFlags(ExportConfig)


def main(arguments: list[str]) -> None:
    """Exports the models, and prints how the file compares with Keras."""
    from emotionet_tf.inference.exports.export import check_export, export
    from emotionet_tf.inference.scoring.keras_models import KerasScorer
    from emotionet_tf.inference.tables.about import about_path
    from emotionet_tf.models.model_folders import read_model_config

    entry_point.refuse_arguments(arguments)
    models, config = _MODELS.build(), _CONFIG.build()
    if models.mirror:
        raise UserError(
            "--mirror is not for export: a file has the networks, which see each crop as it is; give --mirror to the "
            "predict that runs the file"
        )
    folders = models.folders(DEFAULT_DETECTOR)
    for folder in folders:
        read_model_config(folder)
    check_export(config)
    if remark := models.remark(DEFAULT_DETECTOR):
        print(remark)
    scorer = KerasScorer(folders, which=models.which, mean=models.mean, use_thresholds=models.use_thresholds)
    if scorer.intensity_aus:
        print("the models' intensities are left out: exported files have scores and decisions only")
    check = export(config, scorer)
    print(
        f"checked against Keras on {check.num_faces} faces: scores differ by at most {check.largest_difference:.2g}, "
        f"{check.num_different} of {check.num_decisions} decisions differ"
    )
    print(f"{config.format}: {config.output}; what it takes and gives: {about_path(config.output)}")


if __name__ == "__main__":
    entry_point.run(main)
