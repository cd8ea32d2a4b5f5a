"""Renders what can take EmotioNet's place: photos of faces with exact AUs, in four sets with EmotioNet's label lists.

Two more sets can be added to pre-train on: many photos of each person, and categories of expression.

Example:
  python -m emotionet_tf.bin.synthesize --output_dir=/data/standin --num_train=4000 --num_opt=1200
"""

from __future__ import annotations

from pathlib import Path

from absl import flags

from emotionet_tf.cli import entry_point
from emotionet_tf.errors import UserError
from emotionet_tf.storage.paths import refuse_remote

FLAGS = flags.FLAGS

flags.DEFINE_string(
    "output_dir", None, "Folder for photos, label lists and truth table; made where it is missing."
)
flags.DEFINE_integer(
    "num_train",
    2000,
    "Photos with automatic, partly wrong labels of 12 AUs. Default: a few minutes on 2 cores.",
)
flags.DEFINE_integer(
    "num_opt", 800, "Photos with exact labels of 23 AUs to train on. Default: as --num_train."
)
flags.DEFINE_integer("num_val", 200, "Photos of the validation set. Default: as --num_train.")
flags.DEFINE_integer("num_test", 400, "Photos of the test set. Default: as --num_train.")
flags.DEFINE_integer(
    "num_identity",
    0,
    "Photos of a set to pre-train face recognition on: 12 to 24 of each person. Default: none.",
)
flags.DEFINE_integer(
    "num_expression",
    0,
    "Photos of a set to pre-train expression recognition on: eight categories, each person showing every one. "
    "Default: none.",
)
flags.DEFINE_integer(
    "seed", 0, "The same seed makes the same labels and landmarks, with any number of workers."
)
flags.DEFINE_integer(
    "size_px_min", 256, "Smallest side of a photo in pixels. Default: about EmotioNet's faces."
)
flags.DEFINE_integer("size_px_max", 400, "Largest side of a photo in pixels. Default: as --size_px_min.")
flags.DEFINE_integer("num_workers", 0, "Processes that render; 0 (the default) is one per core.")
flags.DEFINE_string(
    "contact_sheet",
    None,
    "Instead of photo sets, write this PNG: a face with each AU, 40 photos as they come, and eight of each category "
    "of expression.",
)


def main(arguments: list[str]) -> None:
    """Renders the photo sets or the contact sheet."""
    if len(arguments) > 1:
        raise UserError(f"unexpected argument {arguments[1]!r}; everything is a flag, see --help")
    refuse_remote(output_dir=FLAGS.output_dir, contact_sheet=FLAGS.contact_sheet)
    if FLAGS.contact_sheet:
        _contact_sheet(Path(FLAGS.contact_sheet))
    elif FLAGS.output_dir:
        _render_photo_sets()
    else:
        raise UserError("needs --output_dir=FOLDER, or --contact_sheet=FILE.png")


def _contact_sheet(path: Path) -> None:
    from emotionet_tf.synthetic.dataset.preview import write_contact_sheet

    if path.suffix.lower() != ".png":
        raise UserError(f"--contact_sheet={path} must end in .png")
    write_contact_sheet(path, FLAGS.seed)
    print(f"wrote {path}")


def _render_photo_sets() -> None:
    from emotionet_tf.console.durations import format_duration
    from emotionet_tf.synthetic.dataset.file_names import CLASS_FILES, LABEL_FILES, TRUTH_FILE
    from emotionet_tf.synthetic.dataset.photo_set import SETTINGS_FILE, PhotoSetConfig, synthesize

    config = PhotoSetConfig(
        output_dir=Path(FLAGS.output_dir),
        num_train=FLAGS.num_train,
        num_opt=FLAGS.num_opt,
        num_val=FLAGS.num_val,
        num_test=FLAGS.num_test,
        seed=FLAGS.seed,
        size_px_min=FLAGS.size_px_min,
        size_px_max=FLAGS.size_px_max,
        num_workers=FLAGS.num_workers,
        num_identity=FLAGS.num_identity,
        num_expression=FLAGS.num_expression,
    )
    summary = synthesize(config)
    print(
        f"{summary.num_photos} photos in {config.output_dir / 'photos'}, {summary.num_rendered} of them new, "
        f"in {format_duration(summary.seconds)}"
    )
    for set_name, name in LABEL_FILES.items():
        print(f"  {set_name}: {config.num_photos(set_name)} photos, labels in {config.output_dir / name}")
    for set_name in config.class_sets():
        path = config.output_dir / CLASS_FILES[set_name]
        print(f"  {set_name}: {config.num_photos(set_name)} photos, classes in {path}")
    print(
        f"  truth: {config.output_dir / TRUTH_FILE}; settings and error rates: {config.output_dir / SETTINGS_FILE}"
    )


if __name__ == "__main__":
    entry_point.run(main)
