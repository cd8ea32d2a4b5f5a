"""Shows what is in records: `python -m tfrecords_tools.inspect_records --records_dir=DIR[,DIR...] [--output=PNG]`.

Reads every record, compares it with `dataset.json`, and prints counts, each AU's labels, head angles, what is damaged,
and what occurs twice in a folder or in two of them. With --output it draws a sheet of crops with their AUs. The exit
code is 2 where a folder is damaged; what occurs twice is a warning.
"""

from absl import flags

from emotionet_tf.action_units import VIEWS
from emotionet_tf.cli import entry_point

_RECORDS_DIRS = flags.DEFINE_list(
    "records_dir", None, "Records folder of write_records, write_class_records or prepare. Several, with commas "
    "between, such as a training and a validation split, are compared, too.", required=True,
)  # fmt: skip
_OUTPUT = flags.DEFINE_string("output", "", "PNG file for a sheet of crops with their AUs. Default: none.")
_NUM_PHOTOS = flags.DEFINE_integer("num_photos", 24, "Photos of each folder on the sheet. Default: ours.")
_SEED = flags.DEFINE_integer(
    "seed", 0, "Decides which photos the sheet shows; 0 is as good as any.", lower_bound=0
)
_AUS = flags.DEFINE_list(
    "aus",
    [],
    "Show photos where all of these AUs are present, such as 12,25 or, of one side, L12. Default: any.",
)
_IDS = flags.DEFINE_list("ids", [], "Show the photos with these ids, instead of some drawn by the seed.")
_VIEW = flags.DEFINE_enum(
    "view", "both", ["both", *VIEWS], "Which crops the sheet shows. Default: both, side by side."
)
_NEAR_BITS = flags.DEFINE_integer(
    "near_bits", 0, "Also look for nearly the same pictures: those whose codes differ in at most so many of 256 bits, "
    "0 to 11. 8 finds about half of the copies that were compressed again or scaled. Default 0: only equal files are "
    "looked for, as each close-up has to be decoded for it, about half a millisecond each.",
)  # fmt: skip
_MAX_LISTED = flags.DEFINE_integer(
    "max_listed",
    10,
    "How many problems of a folder and examples of what occurs twice to name. Default: ours.",
)


def main(arguments: list[str]) -> None:
    """Looks, prints, and fails where something is damaged."""
    entry_point.refuse_arguments(arguments)
    from emotionet_tf.action_units import parse_au
    from emotionet_tf.errors import UserError
    from emotionet_tf.inspection.contact_sheet import SheetChoice
    from emotionet_tf.inspection.inspect_records import InspectionConfig, inspect_records
    from emotionet_tf.inspection.text_report import format_contents, format_damage, format_repetitions
    from emotionet_tf.storage.paths import whole_paths

    try:
        aus = tuple(map(parse_au, _AUS.value))
    except ValueError as error:
        raise UserError(f"--aus is AUs with commas between, such as 12,25 or L12: {error}") from error
    config = InspectionConfig(
        records_dirs=tuple(whole_paths(_RECORDS_DIRS.value)),
        output=_OUTPUT.value,
        sheet=SheetChoice(
            num_photos=_NUM_PHOTOS.value,
            seed=_SEED.value,
            aus=aus,
            ids=tuple(_IDS.value),
            views=VIEWS if _VIEW.value == "both" else (_VIEW.value,),
        ),
        near_bits=_NEAR_BITS.value,
        max_listed=_MAX_LISTED.value,
    )
    inspection = inspect_records(config, lambda contents: print(format_contents(contents, config.max_listed)))
    print(format_repetitions(inspection))
    if config.output:
        print(f"sheet: {config.output}")
    if inspection.missing_ids:
        raise UserError(
            f"--ids: no record has the id {inspection.missing_ids[0]}: no face was found in its photo, or it is damaged"
        )
    if damage := format_damage(inspection):
        raise UserError(damage)


if __name__ == "__main__":
    entry_point.run(main)
