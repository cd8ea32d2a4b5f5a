"""A model from photos and a CSV of AU codes.

python examples/train_on_csv.py PHOTOS_DIR CODES.csv OUTPUT_DIR [NUM_STEPS]

The CSV has a column `path`, relative to the folder of photos, and columns such as `AU01` (1, 0, blank = unknown).
Photos of one person lie in a folder of their own, so that no person is in training and validation.
"""

import sys
from pathlib import Path

from emotionet_tf.cli.entry_point import set_up_process

set_up_process()  # TensorFlow's fast CPU kernels, before it is imported

from emotionet_tf.faces.align_photos import AlignConfig, align_photos  # noqa: E402
from emotionet_tf.faces.detectors.choice import DetectorChoice, build_detector  # noqa: E402
from emotionet_tf.records.splits import Split  # noqa: E402
from emotionet_tf.records.writing.au_records import RecordsConfig, write_records  # noqa: E402
from emotionet_tf.stream.sources import Source  # noqa: E402
from emotionet_tf.training.train import train  # noqa: E402
from emotionet_tf.training.train_config import TrainConfig  # noqa: E402


def main(photos_dir: str, codes: str, output_dir: str, num_steps: str = "3000") -> None:
    """Aligns the photos, writes records, and trains a small network; prints what each step does."""
    output = Path(output_dir)
    choice = DetectorChoice(("mtcnn",))
    align_photos(AlignConfig(photos_dir, str(output / "faces")), build_detector(choice), choice.settings())
    split = Split(val_fraction=0.2, split_by="folder")
    write_records(
        RecordsConfig(
            faces_dir=str(output / "faces"),
            label_files=(codes,),
            dataset="mine",
            output_dir=str(output / "records"),
            split=split,
        )
    )
    train(
        TrainConfig(
            sources=(Source("mine", str(output / "records/mine-train")),),
            val_records_dir=str(output / "records/mine-val"),
            output_dir=str(output / "model"),
            group="expression",
            backbone="ownnet3",
            image_size_px=96,
            optimizer="adam",
            learning_rate=0.001,
            norm_momentum=0.95,
            num_steps=int(num_steps),
            checkpoint_interval_steps=500,
            validation_interval_steps=500,
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
