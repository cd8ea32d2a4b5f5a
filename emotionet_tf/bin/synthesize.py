"""Renders what can take EmotioNet's place: photos of faces with exact AUs, in four sets with EmotioNet's label lists.

Two more sets can be added to pre-train on: many photos of each person, and categories of expression.

Example:
  python -m emotionet_tf.bin.synthesize --output_dir=/data/standin --num_train=4000 --num_opt=1200
"""

from __future__ import annotations

from pathlib import Path

from absl import flags

from emotionet_tf.cli import entry_point
from emotionet_tf.cli.config_flags import ConfigFlags
from emotionet_tf.errors import UserError
from emotionet_tf.storage.paths import refuse_remote
from emotionet_tf.synthetic.dataset.photo_set_config import PhotoSetConfig

_OUTPUT_DIR = flags.DEFINE_string(
    "output_dir", None, "Folder for photos, label lists and truth table; made where it is missing."
)
_CONTACT_SHEET = flags.DEFINE_string(
    "contact_sheet",
    None,
    "Instead of photo sets, write this PNG: a face with each AU, 40 photos as they come, and eight of each category "
    "of expression.",
)
_CONFIG = ConfigFlags(PhotoSetConfig)


def main(arguments: list[str]) -> None:
    """Renders the photo sets or the contact sheet."""
    if len(arguments) > 1:
        raise UserError(f"unexpected argument {arguments[1]!r}; everything is a flag, see --help")
    refuse_remote(output_dir=_OUTPUT_DIR.value, contact_sheet=_CONTACT_SHEET.value)
    if _CONTACT_SHEET.value:
        _contact_sheet(Path(_CONTACT_SHEET.value))
    elif _OUTPUT_DIR.value:
        _render_photo_sets(Path(_OUTPUT_DIR.value))
    else:
        raise UserError("needs --output_dir=FOLDER, or --contact_sheet=FILE.png")


def _contact_sheet(path: Path) -> None:
    from emotionet_tf.synthetic.dataset.preview import write_contact_sheet

    if path.suffix.lower() != ".png":
        raise UserError(f"--contact_sheet={path} must end in .png")
    write_contact_sheet(path, _CONFIG.values()["seed"])
    print(f"wrote {path}")


def _render_photo_sets(output_dir: Path) -> None:
    from emotionet_tf.console.durations import format_duration
    from emotionet_tf.synthetic.dataset.file_names import CLASS_FILES, LABEL_FILES, TRUTH_FILE
    from emotionet_tf.synthetic.dataset.photo_set import SETTINGS_FILE, synthesize

    config = _CONFIG.build(output_dir=output_dir)
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
